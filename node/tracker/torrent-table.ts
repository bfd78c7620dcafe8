// From info hash to torrent: records of 64 bytes (a cache line) in one reserved array.

import { InfoHashTable, KEEPERS_WORDS, STATE, USED_BIT } from '../../shared/protocol/sets/info-hash-table.ts';
import { MemoryBudget } from './memory-budget.ts';

/** A torrent, as the index of the first word of its record; 0 is none. */
export type Torrent = number;

// The record, in words of 32 bits; the first ones are those of the table.
const DOWNLOADED = KEEPERS_WORDS;
/** Three words on the IPv4 peers, see family-peers.ts. */
export const SWARM4 = 8;
/** The same on the IPv6 peers. */
export const SWARM6 = 11;
/** First of the torrent's co-carriers, 0 when it has none; see carrier-links.ts. Word 15 is free. */
export const LINKS = 14;
const RECORD_WORDS = 16;
const BUCKET_BYTES = 4;
const BYTES_PER_TORRENT = 4 * RECORD_WORDS + BUCKET_BYTES;
/** Memory is taken into use for so many torrents at a time: about a MiB. */
const STEP_TORRENTS = 16_384;
const STEP_BYTES = STEP_TORRENTS * BYTES_PER_TORRENT;

const PLANTED_BIT = 2;

/** A torrent's peers must be gone before it is removed. */
export class TorrentTable extends InfoHashTable {
  /** `seed` is secret, so that nobody can choose info hashes that collide. */
  constructor(capacity: number, seed: number, budget: MemoryBudget = new MemoryBudget()) {
    const memory = {
      words: new Int32Array((capacity + 1) * RECORD_WORDS),
      buckets: new Int32Array(capacity + 1),
      stepRecords: STEP_TORRENTS,
      hasRoom: () => budget.hasRoom(STEP_BYTES),
      take: () => void budget.take(STEP_BYTES),
    };
    super({ recordWords: RECORD_WORDS, capacity, seed, memory });
  }

  isPlanted(torrent: Torrent): boolean {
    return (this.words[torrent + STATE]! & PLANTED_BIT) !== 0;
  }

  setPlanted(torrent: Torrent, isPlanted: boolean): void {
    this.words[torrent + STATE] = isPlanted ? USED_BIT | PLANTED_BIT : USED_BIT;
  }

  downloaded(torrent: Torrent): number {
    return this.words[torrent + DOWNLOADED]!;
  }

  countDownload(torrent: Torrent): void {
    this.words[torrent + DOWNLOADED]! += 1;
  }

  setDownloaded(torrent: Torrent, downloaded: number): void {
    this.words[torrent + DOWNLOADED] = downloaded;
  }
}
