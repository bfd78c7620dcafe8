// What changed among the own peers of shared torrents since an image was made, as bytes to be appended to it: who came, went or
// became a seeder. Frames are read in the order in which they were written, so the last word on a peer counts. Big endian:
//
//   info hash 20, family 1 (4 or 6), state 1 (0 leecher, 1 seeder, 2 gone), minutes since the last announce 1,
//   fingerprint of the identity 1, address 4 or 16, port 2

import { INFO_HASH_BYTES } from '../../shared/protocol/torrent/info-hash.ts';
import type { AddressFamily } from '../../shared/protocol/tracker/tracker-messages.ts';
import { distance, LoggedChange, type LogPosition } from './change-log.ts';
import type { MinuteClock } from './minute-clock.ts';
import { PeerKey } from './peer-entry.ts';
import type { SwarmStore } from './swarm-store.ts';
import { OwnPeerState, type TrackerSharing } from './tracker-sharing.ts';

const HEAD_BYTES: number = INFO_HASH_BYTES + 4;
const ENDPOINT_BYTES = { 4: 6, 6: 18 } as const;
const MAX_ENTRY_BYTES: number = HEAD_BYTES + ENDPOINT_BYTES[6];
const LEECHER = 0;
const SEEDER = 1;
const GONE = 2;
/** Changes looked at for one frame: about 3 ms. */
const MAX_SCANNED = 16_384;
export const MAX_JOURNAL_FRAME_BYTES: number = MAX_SCANNED * MAX_ENTRY_BYTES;

export interface SwarmJournalParts {
  readonly store: SwarmStore;
  readonly sharing: TrackerSharing;
  readonly clock: MinuteClock;
  readonly lifetimeMinutes: number;
}

export interface JournalFrame {
  /** Empty when nothing changed. */
  readonly bytes: Buffer;
  /** Where the next frame begins. */
  readonly next: LogPosition;
}

export class SwarmJournal {
  readonly #parts: SwarmJournalParts;
  readonly #change = new LoggedChange();
  readonly #state = new OwnPeerState();
  readonly #key = new PeerKey();

  constructor(parts: SwarmJournalParts) {
    this.#parts = parts;
  }

  /** Where a journal begins that goes with an image made from now on. */
  get head(): LogPosition {
    return this.#parts.sharing.log.head;
  }

  /** Peers that changed after `position`, as they are now; undefined when so much has happened that it is not known any more. */
  write(position: LogPosition, nowSeconds: number): JournalFrame | undefined {
    const { sharing, clock } = this.#parts;
    const { log } = sharing;
    if (!log.reachesBack(position)) return undefined;
    const minute = clock.minuteAt(nowSeconds);
    const bytes = Buffer.allocUnsafe(Math.min(MAX_SCANNED, distance(position, log.head)) * MAX_ENTRY_BYTES);
    let length = 0;
    let next = position;
    for (let scanned = 0; scanned < MAX_SCANNED && next !== log.head; scanned++) {
      log.read(next, this.#change);
      if (sharing.isCurrent(this.#change)) length = this.#writeChange(bytes, length, minute);
      next = (next + 1) | 0;
    }
    return { bytes: bytes.subarray(0, length), next };
  }

  /**
   * Takes a frame over as it was written `elapsedMinutes` ago; changes of torrents that are not carried any more are left
   * out. Returns how many there were. Throws RangeError when the frame is cut off.
   */
  read(frame: Buffer, elapsedMinutes: number, nowSeconds: number): number {
    const minute = this.#parts.clock.minuteAt(nowSeconds);
    let changes = 0;
    for (let at = 0; at < frame.length; changes++) {
      const family: AddressFamily = frame.readUInt8(at + INFO_HASH_BYTES) === 6 ? 6 : 4;
      const end = at + HEAD_BYTES + ENDPOINT_BYTES[family];
      if (end > frame.length) throw new RangeError('a change of a journal is cut off');
      this.#readChange(frame, at, family, minute, elapsedMinutes);
      at = end;
    }
    return changes;
  }

  #writeChange(bytes: Buffer, at: number, minute: number): number {
    const { sharing } = this.#parts;
    const { torrent, family, key } = this.#change;
    const isThere = sharing.findOwn(torrent, family, key, minute, this.#state);
    const { isSeeder, ageMinutes, fingerprint } = this.#state;
    sharing.writeInfoHash(torrent, bytes, at);
    bytes[at + INFO_HASH_BYTES] = family;
    bytes[at + INFO_HASH_BYTES + 1] = isThere ? (isSeeder ? SEEDER : LEECHER) : GONE;
    bytes[at + INFO_HASH_BYTES + 2] = ageMinutes;
    bytes[at + INFO_HASH_BYTES + 3] = fingerprint;
    key.writeCompact(family, bytes, at + HEAD_BYTES);
    return at + HEAD_BYTES + ENDPOINT_BYTES[family];
  }

  #readChange(frame: Buffer, at: number, family: AddressFamily, minute: number, elapsedMinutes: number): void {
    const { store, sharing, lifetimeMinutes } = this.#parts;
    const torrent = sharing.findCarried(frame, at);
    this.#key.setCompact(family, frame, at + HEAD_BYTES);
    if (torrent === 0 || this.#key.port === 0) return;
    store.unrestore(torrent, family, this.#key);
    const state = frame[at + INFO_HASH_BYTES + 1]!;
    const age = frame[at + INFO_HASH_BYTES + 2]! + elapsedMinutes;
    if (state === GONE || age > lifetimeMinutes) return;
    const fingerprint = frame[at + INFO_HASH_BYTES + 3]!;
    store.restore(torrent, family, this.#key, state === SEEDER, minute - age, fingerprint);
  }
}
