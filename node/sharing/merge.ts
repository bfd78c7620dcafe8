// Taking over what a co-carrier sends: each of its peers under its own name, so that whatever is merged in whatever order
// touches nobody else's, and within limits that hold for each of them.

import {
  AGE_UNIT_SECONDS,
  SHARED_LISTS,
  SHARED_SEEDER,
  type ShareGroups,
} from '../../shared/protocol/messages/share-groups.ts';
import { INFO_HASH_BYTES } from '../../shared/protocol/torrent/info-hash.ts';
import type { Link } from '../tracker/carrier-links.ts';
import { PeerKey } from '../tracker/peer-entry.ts';
import type { TrackerSharing } from '../tracker/tracker-sharing.ts';
import { REFUSED } from './link-notes.ts';
import type { Partner } from './partners.ts';
import type { PeerPolicy } from './peer-policy.ts';
import type { SharingCounters } from './stats.ts';

/** A co-carrier's word on the size of its swarm counts up to this. */
const MAX_REPORTED = 1_000_000;
const UNITS_PER_MINUTE = 60 / AGE_UNIT_SECONDS;

export class Merge {
  readonly #tracker: TrackerSharing;
  readonly #policy: PeerPolicy;
  readonly #counters: SharingCounters;

  constructor(tracker: TrackerSharing, policy: PeerPolicy, counters: SharingCounters) {
    this.#tracker = tracker;
    this.#policy = policy;
    this.#counters = counters;
  }

  /** Applies groups; those of a page replace what is kept of their torrents. Returns the hashes that are not shared. */
  apply(partner: Partner, groups: ShareGroups, isPage: boolean, nowMs: number): string[] {
    const minute = this.#tracker.minuteAt(nowMs);
    const { links } = this.#tracker.shared;
    const key = new PeerKey();
    key.setOrigin(partner.slot);
    const refused: string[] = [];
    const replaced = new Set<Link>();
    while (groups.next()) {
      const torrent = this.#tracker.findCarried(groups.bytes, groups.hashAt);
      const link = torrent === 0 ? 0 : links.find(torrent, partner.slot);
      if (link === 0) {
        refused.push(groups.bytes.toString('hex', groups.hashAt, groups.hashAt + INFO_HASH_BYTES));
        this.#counters.refused['not-shared'] += this.#entriesIn(groups);
        continue;
      }
      // A torrent named twice in one page would cost two walks over its swarm, and the first group would be lost.
      if (isPage && replaced.has(link)) continue;
      if (isPage) this.#tracker.shared.clear(link);
      replaced.add(link);
      links.setRound(link, partner.inbox.round);
      links.setNotes(link, links.notes(link) & ~REFUSED);
      links.report(link, Math.min(groups.seeders, MAX_REPORTED), Math.min(groups.leechers, MAX_REPORTED));
      for (let list = 0; list < SHARED_LISTS.length; list++) this.#applyList(link, groups, list, key, minute);
    }
    return refused;
  }

  #applyList(link: Link, groups: ShareGroups, list: number, key: PeerKey, minute: number): void {
    const { family, isRemoved, bytes: step } = SHARED_LISTS[list]!;
    const { bytes } = groups;
    let at = groups.listAt(list);
    for (let left = groups.countOf(list); left > 0; left--, at += step) {
      key.setCompact(family, bytes, at);
      if (isRemoved) {
        this.#tracker.shared.remove(link, family, key);
        this.#counters.removals++;
        continue;
      }
      const verdict = this.#policy.judge(bytes, at, family);
      if (verdict !== 'allowed') {
        this.#counters.refused[verdict]++;
        continue;
      }
      const isSeeder = bytes[at + step - 2] === SHARED_SEEDER;
      const age = Math.floor(bytes[at + step - 1]! / UNITS_PER_MINUTE);
      this.#count(this.#tracker.put(link, family, key, isSeeder, minute, age));
    }
  }

  #count(outcome: ReturnType<TrackerSharing['put']>): void {
    if (outcome === 'stored') this.#counters.stored++;
    else if (outcome === 'refreshed') this.#counters.refreshed++;
    else this.#counters.refused[outcome]++;
  }

  #entriesIn(groups: ShareGroups): number {
    let entries = 0;
    for (let list = 0; list < SHARED_LISTS.length; list++) entries += groups.countOf(list);
    return entries;
  }
}
