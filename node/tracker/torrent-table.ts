// From info hash to torrent: fixed records of 64 bytes (a cache line) in one reserved array, chained from the buckets of
// a linear hash table (Litwin 1980). One bucket is split per torrent added, so growing to millions of torrents never
// rehashes more than a chain at a time: there is no pause, and no second table to look into.

import type { InfoHash } from '../../shared/protocol/info-hash.ts';
import { INFO_HASH_BYTES } from '../../shared/protocol/tracker-messages.ts';
import { MemoryBudget } from './memory-budget.ts';
import { readWord } from './peer-entry.ts';

/** A torrent, as the index of the first word of its record; 0 is none. */
export type Torrent = number;

// The record, in words of 32 bits. Words 0-4: the info hash, big endian.
const NEXT = 5;
const STATE = 6;
const DOWNLOADED = 7;
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

const USED_BIT = 1;
const PLANTED_BIT = 2;
const HASH_MULTIPLIER = 0x9e3779b1;

export class TorrentTable {
  readonly words: Int32Array;
  count = 0;
  readonly #capacity: number;
  readonly #seed: number;
  readonly #buckets: Int32Array;
  /** Buckets in use: #half + #split, where #half is a power of two and those below #split are split already. */
  #half = 1;
  #split = 0;
  #end: Torrent = RECORD_WORDS;
  #free: Torrent = 0;
  readonly #budget: MemoryBudget;
  /** Records below this may be used. */
  #granted: Torrent = RECORD_WORDS;
  // The info hash that was read last.
  #word0 = 0;
  #word1 = 0;
  #word2 = 0;
  #word3 = 0;
  #word4 = 0;

  /** `seed` is secret, so that nobody can choose info hashes that collide. */
  constructor(capacity: number, seed: number, budget: MemoryBudget = new MemoryBudget()) {
    this.#budget = budget;
    this.#capacity = capacity;
    this.#seed = seed;
    this.words = new Int32Array((capacity + 1) * RECORD_WORDS);
    this.#buckets = new Int32Array(capacity + 1);
  }

  get isFull(): boolean {
    if (this.count === this.#capacity) return true;
    return this.#free === 0 && this.#end === this.#granted && !this.#budget.hasRoom(STEP_BYTES);
  }

  /** Looks up the 20 bytes at `offset`; 0 when there is no such torrent. */
  find(infoHash: Uint8Array, offset: number): Torrent {
    this.#read(infoHash, offset);
    const words = this.words;
    let torrent = this.#buckets[this.#bucketOf(this.#hash())]!;
    while (torrent !== 0 && !this.#matches(torrent)) torrent = words[torrent + NEXT]!;
    return torrent;
  }

  /** Adds a torrent that is not there to a table that is not full. */
  add(infoHash: Uint8Array, offset: number): Torrent {
    this.#read(infoHash, offset);
    const words = this.words;
    let torrent = this.#free;
    if (torrent !== 0) {
      this.#free = words[torrent + NEXT]!;
    } else {
      torrent = this.#end;
      if (torrent === this.#granted && this.#budget.take(STEP_BYTES)) this.#granted += STEP_TORRENTS * RECORD_WORDS;
      this.#end += RECORD_WORDS;
    }
    words.fill(0, torrent, torrent + RECORD_WORDS);
    words[torrent] = this.#word0;
    words[torrent + 1] = this.#word1;
    words[torrent + 2] = this.#word2;
    words[torrent + 3] = this.#word3;
    words[torrent + 4] = this.#word4;
    words[torrent + STATE] = USED_BIT;
    const bucket = this.#bucketOf(this.#hash());
    words[torrent + NEXT] = this.#buckets[bucket]!;
    this.#buckets[bucket] = torrent;
    this.count++;
    if (this.count > this.#half + this.#split) this.#splitBucket();
    return torrent;
  }

  /** Forgets a torrent; its peers must be gone. */
  remove(torrent: Torrent): void {
    const words = this.words;
    this.#load(torrent);
    const bucket = this.#bucketOf(this.#hash());
    const next = words[torrent + NEXT]!;
    let before = this.#buckets[bucket]!;
    if (before === torrent) {
      this.#buckets[bucket] = next;
    } else {
      while (words[before + NEXT] !== torrent) before = words[before + NEXT]!;
      words[before + NEXT] = next;
    }
    words[torrent + STATE] = 0;
    words[torrent + NEXT] = this.#free;
    this.#free = torrent;
    this.count--;
  }

  /** The record after this one in the order of memory, used or not, for walks in slices; 0 before the first and after the last. */
  following(torrent: Torrent): Torrent {
    const next = torrent + RECORD_WORDS;
    return next < this.#end ? next : 0;
  }

  isUsed(torrent: Torrent): boolean {
    return this.words[torrent + STATE] !== 0;
  }

  infoHash(torrent: Torrent): InfoHash {
    const bytes = Buffer.alloc(INFO_HASH_BYTES);
    this.writeInfoHash(torrent, bytes, 0);
    return bytes.toString('hex');
  }

  /** The first 4 bytes of the info hash, as an unsigned integer. */
  prefix(torrent: Torrent): number {
    return this.words[torrent]! >>> 0;
  }

  writeInfoHash(torrent: Torrent, out: Buffer, at: number): void {
    for (let i = 0; i < INFO_HASH_BYTES / 4; i++) out.writeInt32BE(this.words[torrent + i]!, at + 4 * i);
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

  /** Shares the torrents of the next bucket in turn between it and a new one at the end. */
  #splitBucket(): void {
    const words = this.words;
    let torrent = this.#buckets[this.#split]!;
    let stay: Torrent = 0;
    let move: Torrent = 0;
    while (torrent !== 0) {
      const next = words[torrent + NEXT]!;
      this.#load(torrent);
      if ((this.#hash() & this.#half) === 0) {
        words[torrent + NEXT] = stay;
        stay = torrent;
      } else {
        words[torrent + NEXT] = move;
        move = torrent;
      }
      torrent = next;
    }
    this.#buckets[this.#split] = stay;
    this.#buckets[this.#split + this.#half] = move;
    this.#split++;
    if (this.#split < this.#half) return;
    this.#half *= 2;
    this.#split = 0;
  }

  #bucketOf(hash: number): number {
    const bucket = hash & (this.#half - 1);
    return bucket < this.#split ? hash & (2 * this.#half - 1) : bucket;
  }

  #read(infoHash: Uint8Array, offset: number): void {
    this.#word0 = readWord(infoHash, offset);
    this.#word1 = readWord(infoHash, offset + 4);
    this.#word2 = readWord(infoHash, offset + 8);
    this.#word3 = readWord(infoHash, offset + 12);
    this.#word4 = readWord(infoHash, offset + 16);
  }

  #load(torrent: Torrent): void {
    const words = this.words;
    this.#word0 = words[torrent]!;
    this.#word1 = words[torrent + 1]!;
    this.#word2 = words[torrent + 2]!;
    this.#word3 = words[torrent + 3]!;
    this.#word4 = words[torrent + 4]!;
  }

  #matches(torrent: Torrent): boolean {
    const words = this.words;
    return (
      words[torrent] === this.#word0 &&
      words[torrent + 1] === this.#word1 &&
      words[torrent + 2] === this.#word2 &&
      words[torrent + 3] === this.#word3 &&
      words[torrent + 4] === this.#word4
    );
  }

  #hash(): number {
    let hash = Math.imul(this.#word0 ^ this.#seed, HASH_MULTIPLIER);
    hash = Math.imul(hash ^ (hash >>> 15) ^ this.#word1, HASH_MULTIPLIER);
    hash = Math.imul(hash ^ (hash >>> 15) ^ this.#word2, HASH_MULTIPLIER);
    hash = Math.imul(hash ^ (hash >>> 15) ^ this.#word3, HASH_MULTIPLIER);
    hash = Math.imul(hash ^ (hash >>> 15) ^ this.#word4, HASH_MULTIPLIER);
    return hash ^ (hash >>> 15);
  }
}
