// The own peers of all swarms as bytes, to outlive the process, in frames of whole torrents. All numbers are big endian:
//
//   info hash 20, number of IPv4 peers 4, of IPv6 peers 4, then the peers:
//   address 4 or 16, port 2, seeder 1, minutes since the last announce 1, fingerprint of the identity 1

import { INFO_HASH_BYTES } from '../../shared/protocol/torrent/info-hash.ts';
import type { AddressFamily } from '../../shared/protocol/tracker/tracker-messages.ts';
import type { MinuteClock } from './minute-clock.ts';
import { PeerKey } from './peer-entry.ts';
import type { SwarmStore } from './swarm-store.ts';
import type { Torrent } from './torrent-table.ts';
import type { TrackerSharing } from './tracker-sharing.ts';

const COUNTS_BYTES = 8;
const HEAD_BYTES: number = INFO_HASH_BYTES + COUNTS_BYTES;
const ENTRY_BYTES = { 4: 9, 6: 21 } as const;
const FAMILIES = [4, 6] as const;
/** Records passed for one frame at most, a millisecond. */
const MAX_SCANNED = 65_536;
/** The longest frame: one torrent with as many peers as may be, and what was in the frame before. */
export const MAX_IMAGE_FRAME_BYTES: number = 8 * 1024 * 1024;

/** Where an image goes on, and whether it is complete. */
export interface ImageFrame {
  readonly bytes: Buffer;
  /** To be given for the next frame; 0 after the last. */
  readonly next: Torrent;
}

export interface SwarmImageParts {
  readonly store: SwarmStore;
  readonly sharing: TrackerSharing;
  readonly clock: MinuteClock;
  readonly lifetimeMinutes: number;
  /** Whether torrents that nobody planted are tracked. */
  readonly isOpen: boolean;
}

export class SwarmImage {
  readonly #parts: SwarmImageParts;
  readonly #key = new PeerKey();

  constructor(parts: SwarmImageParts) {
    this.#parts = parts;
  }

  /** The frame after `torrent` (0: the first), of about `wantedBytes`; it may be empty and not the last. */
  write(torrent: Torrent, nowSeconds: number, wantedBytes: number): ImageFrame {
    const { store, clock } = this.#parts;
    const minute = clock.minuteAt(nowSeconds);
    const chunks: Buffer[] = [];
    let length = 0;
    let next = torrent;
    for (let scanned = 0; scanned < MAX_SCANNED && length < wantedBytes; scanned++) {
      next = store.torrents.following(next);
      if (next === 0) break;
      if (!store.torrents.isUsed(next) || store.peerCount(next) === 0) continue;
      const chunk = this.#writeTorrent(next, minute);
      chunks.push(chunk);
      length += chunk.length;
    }
    return { bytes: Buffer.concat(chunks, length), next };
  }

  /**
   * Takes a frame over as it was written `elapsedMinutes` ago; peers that would have expired since are left out, and so
   * are those that nothing has room for. Returns how many came back. Throws RangeError when the frame is cut off.
   */
  read(frame: Buffer, elapsedMinutes: number, nowSeconds: number): number {
    const minute = this.#parts.clock.minuteAt(nowSeconds);
    let restored = 0;
    for (let at = 0; at < frame.length; ) {
      const counts = { 4: frame.readUInt32BE(at + INFO_HASH_BYTES), 6: frame.readUInt32BE(at + INFO_HASH_BYTES + 4) };
      const end = at + HEAD_BYTES + counts[4] * ENTRY_BYTES[4] + counts[6] * ENTRY_BYTES[6];
      if (end > frame.length) throw new RangeError('a torrent of an image is cut off');
      const torrent = this.#torrentOf(frame, at);
      at += HEAD_BYTES;
      for (const family of FAMILIES) {
        for (let left = counts[family]; left > 0; left--, at += ENTRY_BYTES[family]) {
          if (torrent !== 0 && this.#restore(torrent, family, frame, at, minute, elapsedMinutes)) restored++;
        }
      }
      if (torrent !== 0) this.#parts.store.forgetIfUnused(torrent);
    }
    return restored;
  }

  #writeTorrent(torrent: Torrent, minute: number): Buffer {
    const { store, sharing } = this.#parts;
    const counts = { 4: sharing.shared.ownCount(torrent, 4), 6: sharing.shared.ownCount(torrent, 6) };
    const bytes = Buffer.allocUnsafe(HEAD_BYTES + counts[4] * ENTRY_BYTES[4] + counts[6] * ENTRY_BYTES[6]);
    store.torrents.writeInfoHash(torrent, bytes, 0);
    bytes.writeUInt32BE(counts[4], INFO_HASH_BYTES);
    bytes.writeUInt32BE(counts[6], INFO_HASH_BYTES + 4);
    let at = HEAD_BYTES;
    for (const family of FAMILIES) {
      const addressBytes = ENTRY_BYTES[family] - 3;
      sharing.eachOwn(torrent, family, minute, counts[family], (entry, isSeeder, age, fingerprint) => {
        for (let i = 0; i < addressBytes; i++) bytes[at + i] = entry[i]!;
        bytes[at + addressBytes] = isSeeder ? 1 : 0;
        bytes[at + addressBytes + 1] = age;
        bytes[at + addressBytes + 2] = fingerprint;
        at += ENTRY_BYTES[family];
        return true;
      });
    }
    return bytes;
  }

  /** 0 when the torrent is not tracked any more. */
  #torrentOf(frame: Buffer, at: number): Torrent {
    const { store, isOpen } = this.#parts;
    const torrent = store.torrents.find(frame, at);
    if (torrent !== 0) return torrent;
    return isOpen && store.takesTorrents ? store.torrents.add(frame, at) : 0;
  }

  #restore(
    torrent: Torrent,
    family: AddressFamily,
    frame: Buffer,
    at: number,
    minute: number,
    elapsedMinutes: number,
  ): boolean {
    const stateAt = at + ENTRY_BYTES[family] - 3;
    const age = frame[stateAt + 1]! + elapsedMinutes;
    this.#key.setCompact(family, frame, at);
    if (age > this.#parts.lifetimeMinutes || this.#key.port === 0) return false;
    return this.#parts.store.restore(
      torrent,
      family,
      this.#key,
      frame[stateAt] === 1,
      minute - age,
      frame[stateAt + 2]!,
    );
  }
}
