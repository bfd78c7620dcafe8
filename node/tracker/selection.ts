// Choosing peers for an answer: a random start and a walk. All who may be chosen are equally likely: the start is drawn
// among them alone, and each of them is passed by the walks from as many starts as peers are wanted.

import { type BlockRef, blockSize } from './block-arena.ts';
import type { Dice } from './dice.ts';
import type { PeerBlocks } from './peer-blocks.ts';

// These bindings are not exported: the loop would load them anew each time, 80 ns an answer.

/** Draws for a start that may itself be chosen; blocks are at least 3/8 full, so nearly always one of them hits. */
const MAX_DRAWS = 24;

/** Slots that a walk passes at most: where leechers are one in hundreds of seeders, a seeder is given fewer of them. */
const MAX_WALK = 16_384;

/** Selects from the blocks of one family. */
export class PeerSelection {
  readonly #blocks: PeerBlocks;
  readonly #dice: Dice;

  constructor(blocks: PeerBlocks, dice: Dice) {
    this.#blocks = blocks;
    this.#dice = dice;
  }

  /**
   * Writes up to `wanted` compact entries (address, port in network byte order) into `out`, leaving out the entry at
   * `asker` and those with the flag `skipped` (SEEDER_BIT or 0); returns how many. `eligible` is how many are not left out, above 0.
   */
  select(ref: BlockRef, asker: number, skipped: number, eligible: number, wanted: number, out: DataView): number {
    const words = this.#blocks.words;
    const start = this.#blocks.start(ref);
    const size = blockSize(ref);
    const enough = Math.min(wanted, eligible);
    // The asker's slot is empty meanwhile, so that the walk need not look for it.
    const tail = asker < 0 ? 0 : words[asker]!;
    if (asker >= 0) words[asker] = 0;
    const first = this.#drawStart(start, size, skipped, enough < eligible ? MAX_DRAWS : 1);
    const given =
      this.#blocks.entryWords === 2
        ? walk4(words, start, first, size, skipped, enough, out)
        : walk6(words, start, first, size, skipped, enough, out);
    if (asker >= 0) words[asker] = tail;
    return given;
  }

  /** Writes the compact entry at `at` to `out`. */
  write(at: number, out: DataView, to: number): void {
    const { words, entryWords } = this.#blocks;
    for (let i = 1; i < entryWords; i++) out.setInt32(to + 4 * (i - 1), words[at + i]!);
    out.setInt16(to + 4 * (entryWords - 1), words[at]! >>> 16);
  }

  #drawStart(start: number, size: number, skipped: number, draws: number): number {
    let slot = 0;
    for (let draw = 0; draw < draws; draw++) {
      slot = this.#dice.next() & (size - 1);
      const tail = this.#blocks.words[start + slot * this.#blocks.entryWords]!;
      if (tail !== 0 && (tail & skipped) === 0) return slot;
    }
    return slot;
  }
}

// The walks write every entry that they pass, and go on behind those that are wanted: nobody can predict which slots are empty,
// and a branch foretold wrongly costs more than two stores. One walk for each family, no calls in them, and `| 0` against checks
// for overflow: all this together takes 110 ns for 50 of 64 slots, where branches, calls and single bytes took 330.

function walk4(
  words: Int32Array,
  start: number,
  first: number,
  size: number,
  skipped: number,
  enough: number,
  out: DataView,
): number {
  const mask = (size - 1) | 0;
  const flag = skipped | 0;
  const end = (first + Math.min(size, MAX_WALK)) | 0;
  const full = Math.imul(enough, 6);
  let to = 0;
  for (let slot = first | 0; slot < end && to < full; slot = (slot + 1) | 0) {
    const at = (start + ((slot & mask) << 1)) | 0;
    const tail = words[at]!;
    out.setInt32(to, words[(at + 1) | 0]!);
    out.setInt16((to + 4) | 0, tail >>> 16);
    // All bits of the second for an entry, of the third for one without the flag `skipped`: bit 0, or none.
    to = (to + (6 & ((tail | -tail) >> 31) & ((tail & flag) - 1))) | 0;
  }
  return to / 6;
}

function walk6(
  words: Int32Array,
  start: number,
  first: number,
  size: number,
  skipped: number,
  enough: number,
  out: DataView,
): number {
  const mask = (size - 1) | 0;
  const flag = skipped | 0;
  const end = (first + Math.min(size, MAX_WALK)) | 0;
  const full = Math.imul(enough, 18);
  let to = 0;
  for (let slot = first | 0; slot < end && to < full; slot = (slot + 1) | 0) {
    const at = (start + Math.imul(slot & mask, 5)) | 0;
    const tail = words[at]!;
    out.setInt32(to, words[(at + 1) | 0]!);
    out.setInt32((to + 4) | 0, words[(at + 2) | 0]!);
    out.setInt32((to + 8) | 0, words[(at + 3) | 0]!);
    out.setInt32((to + 12) | 0, words[(at + 4) | 0]!);
    out.setInt16((to + 16) | 0, tail >>> 16);
    to = (to + (18 & ((tail | -tail) >> 31) & ((tail & flag) - 1))) | 0;
  }
  return to / 18;
}
