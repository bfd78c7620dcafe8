// Memory for peers: one typed array, cut into blocks of 2^order slots by a buddy allocator (Knowlton 1965), so that a
// million swarms cost no object each. The whole length is reserved at once and the system commits a page at its first
// touch: memory follows use, and nothing is ever copied to grow. (A resizable buffer reads 1.3 to 1.8 times slower on
// Node.js 24, a growable shared one 13 times; a plain shared one as fast as this.) Memory once touched is kept for reuse.

import { MemoryBudget } from './memory-budget.ts';

/**
 * Orders 0..MAX_ORDER; a block of the last one is a chunk, the step in which the arena is taken into use. It bounds the
 * longest pause too: the peers of one swarm move to a block of this order in 1.5 ms (IPv4) to 3 ms (IPv6).
 */
export const MAX_ORDER = 17;
const CHUNK_SLOTS = 1 << MAX_ORDER;
const NO_SLOT = -1;

/**
 * A block, as one integer: 2 * first slot + size. The first slot is a multiple of the size, a power of two, so the
 * lowest set bit is the size. 0 is no block.
 */
export type BlockRef = number;

export function blockSize(ref: BlockRef): number {
  return ref & -ref;
}

export function blockOrder(ref: BlockRef): number {
  return 31 - Math.clz32(ref & -ref);
}

export function blockSlot(ref: BlockRef): number {
  return (ref & (ref - 1)) >>> 1;
}

/** Blocks of slots; a slot is `slotWords` 32-bit words, at least 2. */
export class BlockArena {
  readonly words: Int32Array;
  readonly slotWords: number;
  usedSlots = 0;
  readonly #capacity: number;
  /** Slots below this are in use or in a free list; those above were never touched. */
  #top = 0;
  /** First free block of each order; a free block holds the slots of the next and the previous one in its first words. */
  readonly #heads = new Int32Array(MAX_ORDER + 1).fill(NO_SLOT);
  /** One bit per pair of buddies: exactly one of them is free. */
  readonly #pairs: Uint8Array;
  readonly #budget: MemoryBudget;

  /** `slots` is rounded up to whole chunks. */
  constructor(slots: number, slotWords: number, budget: MemoryBudget = new MemoryBudget()) {
    this.#budget = budget;
    this.#capacity = Math.ceil(slots / CHUNK_SLOTS) * CHUNK_SLOTS;
    this.slotWords = slotWords;
    this.words = new Int32Array(this.#capacity * slotWords);
    this.#pairs = new Uint8Array(this.#capacity / 8);
  }

  /** Of the memory taken into use. */
  get freeBytes(): number {
    return 4 * this.slotWords * (this.#top - this.usedSlots);
  }

  /** A zeroed block of 2^order slots, or 0 when there is none. */
  allocate(order: number): BlockRef {
    let found = order;
    while (found <= MAX_ORDER && this.#heads[found] === NO_SLOT) found++;
    let slot: number;
    if (found <= MAX_ORDER) {
      slot = this.#heads[found]!;
      this.#unlink(slot, found);
      if (found < MAX_ORDER) this.#togglePair(slot, found);
    } else if (this.#top < this.#capacity && this.#budget.take(4 * CHUNK_SLOTS * this.slotWords)) {
      slot = this.#top;
      this.#top += CHUNK_SLOTS;
      found = MAX_ORDER;
    } else {
      return 0;
    }
    while (found > order) {
      found--;
      this.#link(slot + (1 << found), found);
      this.#togglePair(slot, found);
    }
    this.words.fill(0, slot * this.slotWords, (slot + (1 << order)) * this.slotWords);
    this.usedSlots += 1 << order;
    return 2 * slot + (1 << order);
  }

  free(ref: BlockRef): void {
    let slot = blockSlot(ref);
    let order = blockOrder(ref);
    this.usedSlots -= 1 << order;
    while (order < MAX_ORDER && this.#togglePair(slot, order) === 0) {
      this.#unlink(slot ^ (1 << order), order);
      slot &= ~(1 << order);
      order++;
    }
    this.#link(slot, order);
  }

  /** Every free block: with the blocks in use they tile the arena. */
  *freeBlocks(): Generator<BlockRef> {
    for (let order = 0; order <= MAX_ORDER; order++) {
      for (let slot = this.#heads[order]!; slot !== NO_SLOT; slot = this.words[slot * this.slotWords]!) {
        yield 2 * slot + (1 << order);
      }
    }
    for (let slot = this.#top; slot < this.#capacity; slot += CHUNK_SLOTS) yield 2 * slot + CHUNK_SLOTS;
  }

  /** Flips the bit of a block and its buddy; returns it. A chunk's pairs are numbered as an implicit binary tree. */
  #togglePair(slot: number, order: number): number {
    const pair = ((slot & (CHUNK_SLOTS - 1)) | CHUNK_SLOTS) >>> (order + 1);
    const bit = (slot & -CHUNK_SLOTS) + pair;
    const byte = bit >>> 3;
    const mask = 1 << (bit & 7);
    this.#pairs[byte]! ^= mask;
    return this.#pairs[byte]! & mask;
  }

  #link(slot: number, order: number): void {
    const next = this.#heads[order]!;
    const at = slot * this.slotWords;
    this.words[at] = next;
    this.words[at + 1] = NO_SLOT;
    if (next !== NO_SLOT) this.words[next * this.slotWords + 1] = slot;
    this.#heads[order] = slot;
  }

  #unlink(slot: number, order: number): void {
    const at = slot * this.slotWords;
    const next = this.words[at]!;
    const previous = this.words[at + 1]!;
    if (next !== NO_SLOT) this.words[next * this.slotWords + 1] = previous;
    if (previous === NO_SLOT) this.#heads[order] = next;
    else this.words[previous * this.slotWords] = next;
  }
}
