// The block of peers of one swarm and family. Up to 32 slots: a dense array, found by a linear scan. Above: open
// addressing with linear probing, deletion by shifting back, at most 7/8 full. A block at most 3/8 full is halved.

import { BlockArena, type BlockRef, blockOrder, blockSize, blockSlot, MAX_ORDER } from './block-arena.ts';
import type { MemoryBudget } from './memory-budget.ts';
import type { PeerKey } from './peer-entry.ts';

const DENSE_SLOTS = 32;

/** Peers that the largest block holds (7/8 of 2^17): what one swarm may have of one family. */
export const MAX_PEERS_PER_BLOCK = (1 << MAX_ORDER) - (1 << (MAX_ORDER - 3));

/** Finds, places and removes entries in blocks; the callers keep each block's reference and count. */
export class PeerBlocks {
  readonly arena: BlockArena;
  readonly words: Int32Array;
  readonly entryWords: number;
  readonly #isWide: boolean;
  /** Secret, so that nobody can choose addresses and ports that collide. */
  readonly #seed: number;

  constructor(slots: number, entryWords: 2 | 5, seed: number, budget?: MemoryBudget) {
    this.arena = new BlockArena(slots, entryWords, budget);
    this.words = this.arena.words;
    this.entryWords = entryWords;
    this.#isWide = entryWords === 5;
    this.#seed = seed;
  }

  /** Index of the first word of the block: below 2^31 (MAX_PEERS), which `imul` tells the compiler. */
  start(ref: BlockRef): number {
    return Math.imul(blockSlot(ref), this.entryWords);
  }

  /** Index of the entry's first word, or -1. */
  find(ref: BlockRef, count: number, key: PeerKey): number {
    if (ref === 0) return -1;
    const start = this.start(ref);
    const size = blockSize(ref);
    const step = this.entryWords;
    if (size <= DENSE_SLOTS) {
      for (let at = start; at < start + count * step; at += step) if (this.#matches(at, key)) return at;
      return -1;
    }
    let slot = this.#hash(key.port, this.#addressOf(key)) >>> (32 - blockOrder(ref));
    for (;;) {
      const at = start + slot * step;
      if (this.words[at] === 0) return -1;
      if (this.#matches(at, key)) return at;
      slot = (slot + 1) & (size - 1);
    }
  }

  /**
   * A slot such that a walk from the one before it downwards, round to it, meets each entry once although it removes
   * some: what a removal moves comes from slots passed. Downwards, since removing the last of a cluster moves nothing.
   */
  boundary(ref: BlockRef): number {
    if (blockSize(ref) <= DENSE_SLOTS) return 0;
    let slot = 0;
    while (this.words[this.start(ref) + slot * this.entryWords] !== 0) slot++;
    return slot;
  }

  hasRoom(ref: BlockRef, count: number): boolean {
    const size = blockSize(ref);
    return count < (size <= DENSE_SLOTS ? size : size - (size >>> 3));
  }

  /** Puts an entry that is not there yet into a block that has room; returns the index of its first word. */
  insert(ref: BlockRef, count: number, key: PeerKey, flags: number): number {
    const words = this.words;
    const at = this.#vacancy(ref, count, key.port, this.#addressOf(key));
    words[at] = (key.port << 16) | flags;
    words[at + 1] = key.word0;
    if (this.#isWide) {
      words[at + 2] = key.word1;
      words[at + 3] = key.word2;
      words[at + 4] = key.word3;
    }
    return at;
  }

  /** Takes an entry out; another one may then be at the same index. */
  remove(ref: BlockRef, count: number, at: number): void {
    const start = this.start(ref);
    const size = blockSize(ref);
    const step = this.entryWords;
    if (size <= DENSE_SLOTS) {
      const last = start + (count - 1) * step;
      this.#copy(last, at);
      this.words[last] = 0;
      return;
    }
    const mask = size - 1;
    const shift = 32 - blockOrder(ref);
    let hole = (at - start) / step;
    for (let slot = (hole + 1) & mask; ; slot = (slot + 1) & mask) {
      const from = start + slot * step;
      if (this.words[from] === 0) break;
      const home = this.#hashAt(from) >>> shift;
      if (((slot - home) & mask) < ((slot - hole) & mask)) continue;
      this.#copy(from, start + hole * step);
      hole = slot;
    }
    this.words[start + hole * step] = 0;
  }

  /** The order that a block should have after removals: its own, or a smaller one once it is at most 3/8 full. */
  fittingOrder(ref: BlockRef, count: number): number {
    let order = blockOrder(ref);
    while (order > 0 && count * 8 <= 3 * (1 << order)) order--;
    return order;
  }

  /** Moves all entries to a new block and frees the old one; 0, and nothing done, when the arena has no room. */
  resize(ref: BlockRef, order: number): BlockRef {
    const target = order > MAX_ORDER ? 0 : this.arena.allocate(order);
    if (target === 0) return 0;
    const end = this.start(ref) + blockSize(ref) * this.entryWords;
    let moved = 0;
    for (let at = this.start(ref); at < end; at += this.entryWords) {
      if (this.words[at] === 0) continue;
      this.#copy(at, this.#vacancy(target, moved, this.words[at]! >>> 16, this.#addressAt(at)));
      moved++;
    }
    this.arena.free(ref);
    return target;
  }

  /** Index of the slot where an entry belongs. The upper bits of the hash choose it, so a resize walks both in order. */
  #vacancy(ref: BlockRef, count: number, port: number, address: number): number {
    const start = this.start(ref);
    const size = blockSize(ref);
    if (size <= DENSE_SLOTS) return start + count * this.entryWords;
    let slot = this.#hash(port, address) >>> (32 - blockOrder(ref));
    while (this.words[start + slot * this.entryWords] !== 0) slot = (slot + 1) & (size - 1);
    return start + slot * this.entryWords;
  }

  #matches(at: number, key: PeerKey): boolean {
    const words = this.words;
    const tail = words[at]!;
    if (tail >>> 16 !== key.port || words[at + 1] !== key.word0 || (tail & key.ownerMask) !== key.owner) return false;
    return !this.#isWide || (words[at + 2] === key.word1 && words[at + 3] === key.word2 && words[at + 4] === key.word3);
  }

  #copy(from: number, to: number): void {
    for (let i = 0; i < this.entryWords; i++) this.words[to + i] = this.words[from + i]!;
  }

  #hashAt(at: number): number {
    return this.#hash(this.words[at]! >>> 16, this.#addressAt(at));
  }

  #addressOf(key: PeerKey): number {
    return this.#isWide ? this.#fold(key.word0, key.word1, key.word2, key.word3) : key.word0;
  }

  #addressAt(at: number): number {
    const words = this.words;
    if (!this.#isWide) return words[at + 1]!;
    return this.#fold(words[at + 1]!, words[at + 2]!, words[at + 3]!, words[at + 4]!);
  }

  /** An IPv6 address in one word; seeded too, since a single client may own 2^64 addresses. */
  #fold(word0: number, word1: number, word2: number, word3: number): number {
    let hash = Math.imul(word0 ^ this.#seed, 0x9e3779b1);
    hash = Math.imul(hash ^ (hash >>> 15) ^ word1, 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 13) ^ word2, 0xc2b2ae35);
    return Math.imul(hash ^ (hash >>> 16) ^ word3, 0x27d4eb2f);
  }

  #hash(port: number, address: number): number {
    let hash = Math.imul(address ^ this.#seed, 0x9e3779b1);
    hash = Math.imul(hash ^ (hash >>> 15) ^ port, 0x85ebca6b);
    return Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  }
}
