// What changed among the own peers of shared torrents, for those who pass it on: which peer, not how. Whoever reads an
// entry looks up what the peer is by then, so the newest state wins without anything being replaced.
//
// One ring for all readers, each of which keeps its position: memory is bounded whatever they do, and a reader that
// falls behind by a whole ring has lost something. Noting makes no garbage and costs a few stores.

import type { AddressFamily } from '../../shared/protocol/tracker/tracker-messages.ts';
import { PeerKey } from './peer-entry.ts';
import type { Torrent } from './torrent-table.ts';

/** 26 s at 10 000 changes a second; 7 MB once it has gone round. */
export const LOG_ENTRIES: number = 1 << 18;
// An entry: torrent, first word of its info hash, port and family, 4 words of address.
const ENTRY_WORDS = 7;
const FAMILY6_BIT = 1;

/** How many entries there were when something was written, modulo 2^32 as a signed integer: compare by `distance`. */
export type LogPosition = number;

/** Entries from the one position to the other. */
export function distance(from: LogPosition, to: LogPosition): number {
  return (to - from) | 0;
}

/** One entry as read; reused. */
export class LoggedChange {
  torrent: Torrent = 0;
  /** First word of the torrent's info hash: another torrent may have taken the place of the record since. */
  hashWord = 0;
  family: AddressFamily = 4;
  readonly key = new PeerKey();
}

export class ChangeLog {
  /** Position behind the last entry. */
  head: LogPosition = 0;
  readonly #capacity: number;
  readonly #words: Int32Array;

  /** `capacity` is a power of two. */
  constructor(capacity: number = LOG_ENTRIES) {
    this.#capacity = capacity;
    this.#words = new Int32Array(capacity * ENTRY_WORDS);
  }

  note(torrent: Torrent, hashWord: number, family: AddressFamily, key: PeerKey): void {
    const at = (this.head & (this.#capacity - 1)) * ENTRY_WORDS;
    const words = this.#words;
    words[at] = torrent;
    words[at + 1] = hashWord;
    words[at + 2] = (key.port << 1) | (family === 6 ? FAMILY6_BIT : 0);
    words[at + 3] = key.word0;
    words[at + 4] = key.word1;
    words[at + 5] = key.word2;
    words[at + 6] = key.word3;
    this.head = (this.head + 1) | 0;
  }

  /** Whether all entries from the position on are still there. */
  reachesBack(position: LogPosition): boolean {
    return distance(position, this.head) <= this.#capacity;
  }

  /** Reads the entry at a position that the log reaches back to and that is not the head. */
  read(position: LogPosition, into: LoggedChange): void {
    const at = (position & (this.#capacity - 1)) * ENTRY_WORDS;
    const words = this.#words;
    const portAndFamily = words[at + 2]!;
    into.torrent = words[at]!;
    into.hashWord = words[at + 1]!;
    into.family = (portAndFamily & FAMILY6_BIT) === 0 ? 4 : 6;
    const { key } = into;
    key.port = portAndFamily >>> 1;
    key.word0 = words[at + 3]!;
    key.word1 = words[at + 4]!;
    key.word2 = words[at + 5]!;
    key.word3 = words[at + 6]!;
  }
}
