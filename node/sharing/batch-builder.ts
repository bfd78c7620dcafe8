// Makes the next batch for a partner out of the log of changes: every peer once, as it is now, in groups by torrent.

import {
  AGE_UNIT_SECONDS,
  GROUP_HEAD_BYTES,
  MAX_AGE_UNITS,
  SHARED_LISTS,
  SHARED_SEEDER,
  ShareGroups,
  ShareGroupWriter,
} from '../../shared/protocol/messages/share-groups.ts';
import { MAX_BATCH_BYTES } from '../../shared/protocol/messages/share-messages.ts';
import { LoggedChange, type LogPosition } from '../tracker/change-log.ts';
import type { Torrent } from '../tracker/torrent-table.ts';
import { OwnPeerState, type TrackerSharing } from '../tracker/tracker-sharing.ts';
import { REFUSED } from './link-notes.ts';
import type { PeerPolicy } from './peer-policy.ts';

export interface BuiltBatch {
  readonly groups: ShareGroups;
  /** The batch has everything before this position. */
  readonly end: LogPosition;
  readonly entries: number;
}

/** Entries of the log looked at for one batch: about 2 ms. */
const MAX_SCANNED = 16_384;
const UNITS_PER_MINUTE = 60 / AGE_UNIT_SECONDS;
/** Places to find repetitions by: more than entries fit a batch, a power of two. */
const SEEN_PLACES = 32_768;
const MAX_ENTRY_BYTES = 20;
// What a group keeps of an entry besides its position in the log: the list it goes into (2 bits), whether it is a seeder, its age.
const LIST_MASK = 3;
const FIRST_REMOVED_LIST = 2;
const SEEDER_BIT = 4;
const AGE_SHIFT = 3;

interface PendingGroup {
  readonly positions: LogPosition[];
  readonly states: number[];
  /** One bit for each list that has entries. */
  lists: number;
}

export class BatchBuilder {
  readonly #tracker: TrackerSharing;
  readonly #policy: PeerPolicy;
  readonly #writer = new ShareGroupWriter(MAX_BATCH_BYTES);
  readonly #change = new LoggedChange();
  readonly #other = new LoggedChange();
  readonly #state = new OwnPeerState();
  readonly #entry = new Uint8Array(MAX_ENTRY_BYTES);
  /** Positions of the entries taken, by a hash of torrent and peer; a place is empty when its mark is not of this batch. */
  readonly #seen = new Int32Array(SEEN_PLACES);
  readonly #marks = new Int32Array(SEEN_PLACES);
  #mark = 0;

  constructor(tracker: TrackerSharing, policy: PeerPolicy) {
    this.#tracker = tracker;
    this.#policy = policy;
  }

  /** What changed for the co-carrier in the slot from `position` on; the log must reach back to it. */
  build(slot: number, position: LogPosition, nowMs: number): BuiltBatch {
    const minute = this.#tracker.minuteAt(nowMs);
    const { head } = this.#tracker.log;
    const groups = new Map<Torrent, PendingGroup>();
    const total = { entries: 0, bytes: 0 };
    this.#mark = (this.#mark + 1) | 0;
    let end = position;
    for (let scanned = 0; scanned < MAX_SCANNED && end !== head; scanned++) {
      this.#tracker.log.read(end, this.#change);
      if (this.#isWanted(slot) && !this.#add(end, groups, total, minute)) break;
      end = (end + 1) | 0;
    }
    return { groups: this.#write(groups), end, entries: total.entries };
  }

  /** Whether the entry in `#change` is for the co-carrier. */
  #isWanted(slot: number): boolean {
    if (!this.#tracker.isCurrent(this.#change)) return false;
    const { links } = this.#tracker.shared;
    const link = links.find(this.#change.torrent, slot);
    return link !== 0 && (links.notes(link) & REFUSED) === 0;
  }

  /** Adds the entry in `#change`, unless it repeats another; false when it does not fit. */
  #add(
    position: LogPosition,
    groups: Map<Torrent, PendingGroup>,
    total: { entries: number; bytes: number },
    minute: number,
  ): boolean {
    const { torrent, family, key } = this.#change;
    key.writeCompact(family, this.#entry, 0);
    if (this.#policy.judge(this.#entry, 0, family) !== 'allowed' || !this.#isNew(position)) return true;
    const state = this.#stateNow(minute);
    let group = groups.get(torrent);
    const bytes = SHARED_LISTS[state & LIST_MASK]!.bytes + (group === undefined ? GROUP_HEAD_BYTES : 0);
    if (total.bytes + bytes > MAX_BATCH_BYTES) return false;
    if (group === undefined) {
      group = { positions: [], states: [], lists: 0 };
      groups.set(torrent, group);
    }
    group.positions.push(position);
    group.states.push(state);
    group.lists |= 1 << (state & LIST_MASK);
    total.bytes += bytes;
    total.entries++;
    return true;
  }

  /** What the peer in `#change` is now, packed into one integer. */
  #stateNow(minute: number): number {
    const { torrent, family, key } = this.#change;
    const isOwn = this.#tracker.findOwn(torrent, family, key, minute, this.#state);
    const list = (family === 4 ? 0 : 1) + (isOwn ? 0 : FIRST_REMOVED_LIST);
    const age = Math.min(this.#state.ageMinutes * UNITS_PER_MINUTE, MAX_AGE_UNITS);
    return list | (this.#state.isSeeder ? SEEDER_BIT : 0) | (age << AGE_SHIFT);
  }

  /** Whether no entry with the peer of `#change` was taken; it is, from here on. */
  #isNew(position: LogPosition): boolean {
    const { torrent, family, key } = this.#change;
    let hash = Math.imul(key.word0 ^ torrent, 0x9e3779b1) ^ key.port;
    if (family === 6) hash = Math.imul(hash ^ key.word1 ^ key.word2, 0x85ebca6b) ^ key.word3;
    hash = Math.imul(hash ^ (hash >>> 15), 0xc2b2ae35);
    let place = (hash >>> 16) & (SEEN_PLACES - 1);
    while (this.#marks[place] === this.#mark) {
      this.#tracker.log.read(this.#seen[place]!, this.#other);
      const { torrent: otherTorrent, family: otherFamily } = this.#other;
      if (otherTorrent === torrent && otherFamily === family && this.#other.key.isSame(family, key)) return false;
      place = (place + 1) & (SEEN_PLACES - 1);
    }
    this.#marks[place] = this.#mark;
    this.#seen[place] = position;
    return true;
  }

  #write(groups: ReadonlyMap<Torrent, PendingGroup>): ShareGroups {
    const writer = this.#writer;
    writer.clear();
    for (const [torrent, group] of groups) {
      const seeders = this.#tracker.ownSeeders(torrent);
      const hashAt = writer.begin(seeders, this.#tracker.ownPeers(torrent) - seeders);
      this.#tracker.writeInfoHash(torrent, writer.bytes, hashAt);
      for (let list = 0; list < SHARED_LISTS.length; list++) {
        if ((group.lists & (1 << list)) !== 0) this.#writeList(group, list);
      }
    }
    return new ShareGroups(writer.take());
  }

  #writeList({ positions, states }: PendingGroup, list: number): void {
    const { family, isRemoved, bytes } = SHARED_LISTS[list]!;
    for (let index = 0; index < states.length; index++) {
      const state = states[index]!;
      if ((state & LIST_MASK) !== list) continue;
      const at = this.#writer.length;
      this.#tracker.log.read(positions[index]!, this.#change);
      this.#change.key.writeCompact(family, this.#writer.bytes, at);
      if (!isRemoved) {
        this.#writer.bytes[at + bytes - 2] = (state & SEEDER_BIT) === 0 ? 0 : SHARED_SEEDER;
        this.#writer.bytes[at + bytes - 1] = state >>> AGE_SHIFT;
      }
      this.#writer.count(list, 1);
    }
  }
}
