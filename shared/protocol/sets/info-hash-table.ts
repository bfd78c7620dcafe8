// From info hash to a record of 32-bit words: records of one length in one array, chained from the buckets of a linear hash
// table (Litwin 1980). One bucket is split per record added, so growing to millions never rehashes more than a chain at a
// time: there is no pause, and no second table to look into. What follows the first words belongs to whoever keeps the table.

import { readWord } from '../encoding/words.ts';
import { INFO_HASH_BYTES, type InfoHash } from '../torrent/info-hash.ts';

/** A record, as the index of its first word; 0 is none. */
export type HashRecord = number;

// The record. Words 0-4: the info hash, big endian.
const NEXT = 5;
/** 0 when the record is free, else USED_BIT and what the keeper adds. */
export const STATE = 6;
export const USED_BIT = 1;
/** The first word that belongs to the keeper. */
export const KEEPERS_WORDS = 7;

const HASH_MULTIPLIER = 0x9e3779b1;

/** Where the records lie: room for all that there may be, of which as much is in use as was taken. */
export interface TableMemory {
  readonly words: Int32Array;
  readonly buckets: Int32Array;
  /** Records for which memory is taken into use at a time. */
  readonly stepRecords: number;
  /** Whether memory for a further step is to be had. */
  hasRoom(): boolean;
  /** Takes memory for a further step into use; it reads as zeroes. */
  take(): void;
}

export interface TableOptions {
  /** Words of a record, KEEPERS_WORDS or more. */
  readonly recordWords: number;
  /** Records at most. */
  readonly capacity: number;
  /** Secret, so that nobody can choose info hashes that collide. */
  readonly seed: number;
  readonly memory: TableMemory;
}

export class InfoHashTable {
  readonly words: Int32Array;
  count = 0;
  readonly #recordWords: number;
  readonly #capacity: number;
  readonly #seed: number;
  readonly #memory: TableMemory;
  readonly #buckets: Int32Array;
  /** Buckets in use: #half + #split, where #half is a power of two and those below #split are split already. */
  #half = 1;
  #split = 0;
  #end: HashRecord;
  #free: HashRecord = 0;
  /** Records below this may be used. */
  #granted: HashRecord;
  // The info hash that was read last.
  #word0 = 0;
  #word1 = 0;
  #word2 = 0;
  #word3 = 0;
  #word4 = 0;

  constructor({ recordWords, capacity, seed, memory }: TableOptions) {
    this.#recordWords = recordWords;
    this.#capacity = capacity;
    this.#seed = seed;
    this.#memory = memory;
    this.words = memory.words;
    this.#buckets = memory.buckets;
    this.#end = recordWords;
    this.#granted = recordWords;
  }

  /** All that grows with the records. */
  get arrays(): readonly Int32Array[] {
    return [this.words, this.#buckets];
  }

  get isFull(): boolean {
    if (this.count === this.#capacity) return true;
    return this.#free === 0 && this.#end === this.#granted && !this.#memory.hasRoom();
  }

  /** Looks up the 20 bytes at `offset`; 0 when they are not there. */
  find(infoHash: Uint8Array, offset: number): HashRecord {
    this.#read(infoHash, offset);
    const words = this.words;
    let record = this.#buckets[this.#bucketOf(this.#hash())]!;
    while (record !== 0 && !this.#matches(record)) record = words[record + NEXT]!;
    return record;
  }

  /** The record that `find` looks at first, 0 when there is none, without touching it. */
  first(infoHash: Uint8Array, offset: number): HashRecord {
    this.#read(infoHash, offset);
    return this.#buckets[this.#bucketOf(this.#hash())]!;
  }

  /** Adds a record of zeroes for a hash that is not there to a table that is not full. */
  add(infoHash: Uint8Array, offset: number): HashRecord {
    this.#read(infoHash, offset);
    const words = this.words;
    let record = this.#free;
    if (record !== 0) {
      this.#free = words[record + NEXT]!;
    } else {
      record = this.#end;
      if (record === this.#granted && this.#memory.hasRoom()) {
        this.#memory.take();
        this.#granted += this.#memory.stepRecords * this.#recordWords;
      }
      this.#end += this.#recordWords;
    }
    words.fill(0, record, record + this.#recordWords);
    words[record] = this.#word0;
    words[record + 1] = this.#word1;
    words[record + 2] = this.#word2;
    words[record + 3] = this.#word3;
    words[record + 4] = this.#word4;
    words[record + STATE] = USED_BIT;
    const bucket = this.#bucketOf(this.#hash());
    words[record + NEXT] = this.#buckets[bucket]!;
    this.#buckets[bucket] = record;
    this.count++;
    if (this.count > this.#half + this.#split) this.#splitBucket();
    return record;
  }

  remove(record: HashRecord): void {
    const words = this.words;
    this.#load(record);
    const bucket = this.#bucketOf(this.#hash());
    const next = words[record + NEXT]!;
    let before = this.#buckets[bucket]!;
    if (before === record) {
      this.#buckets[bucket] = next;
    } else {
      while (words[before + NEXT] !== record) before = words[before + NEXT]!;
      words[before + NEXT] = next;
    }
    words[record + STATE] = 0;
    words[record + NEXT] = this.#free;
    this.#free = record;
    this.count--;
  }

  /** The record after this one in the order of memory, used or not, for walks in slices; 0 before the first and after the last. */
  following(record: HashRecord): HashRecord {
    const next = record + this.#recordWords;
    return next < this.#end ? next : 0;
  }

  isUsed(record: HashRecord): boolean {
    return this.words[record + STATE] !== 0;
  }

  infoHash(record: HashRecord): InfoHash {
    const bytes = Buffer.alloc(INFO_HASH_BYTES);
    this.writeInfoHash(record, bytes, 0);
    return bytes.toString('hex');
  }

  /** The first 4 bytes of the info hash, as an unsigned integer. */
  prefix(record: HashRecord): number {
    return this.words[record]! >>> 0;
  }

  writeInfoHash(record: HashRecord, out: Buffer, at: number): void {
    for (let i = 0; i < INFO_HASH_BYTES / 4; i++) out.writeInt32BE(this.words[record + i]!, at + 4 * i);
  }

  /** Shares the records of the next bucket in turn between it and a new one at the end. */
  #splitBucket(): void {
    const words = this.words;
    let record = this.#buckets[this.#split]!;
    let stay: HashRecord = 0;
    let move: HashRecord = 0;
    while (record !== 0) {
      const next = words[record + NEXT]!;
      this.#load(record);
      if ((this.#hash() & this.#half) === 0) {
        words[record + NEXT] = stay;
        stay = record;
      } else {
        words[record + NEXT] = move;
        move = record;
      }
      record = next;
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

  #load(record: HashRecord): void {
    const words = this.words;
    this.#word0 = words[record]!;
    this.#word1 = words[record + 1]!;
    this.#word2 = words[record + 2]!;
    this.#word3 = words[record + 3]!;
    this.#word4 = words[record + 4]!;
  }

  #matches(record: HashRecord): boolean {
    const words = this.words;
    return (
      words[record] === this.#word0 &&
      words[record + 1] === this.#word1 &&
      words[record + 2] === this.#word2 &&
      words[record + 3] === this.#word3 &&
      words[record + 4] === this.#word4
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
