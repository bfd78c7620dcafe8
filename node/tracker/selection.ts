// Choosing peers for an answer: a random start and a walk. All who may be chosen are equally likely: the start is drawn
// among them alone, and each of them is passed by the walks from as many starts as peers are wanted.

import { COMPACT_IPV4_BYTES, COMPACT_IPV6_BYTES } from '../../shared/protocol/tracker-messages.ts';
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
  select(ref: BlockRef, asker: number, skipped: number, eligible: number, wanted: number, out: Uint8Array): number {
    const words = this.#blocks.words;
    const step = this.#blocks.entryWords;
    const start = this.#blocks.start(ref);
    const size = blockSize(ref);
    const isWide = step > 2;
    const bytes = isWide ? COMPACT_IPV6_BYTES : COMPACT_IPV4_BYTES;
    const enough = Math.min(wanted, eligible);
    let slot = this.#drawStart(start, size, asker, skipped, enough < eligible ? MAX_DRAWS : 1);
    let given = 0;
    for (let steps = Math.min(size, MAX_WALK); steps > 0 && given < enough; steps--) {
      const at = start + slot * step;
      slot = (slot + 1) & (size - 1);
      const tail = words[at]!;
      if (tail === 0 || (tail & skipped) !== 0 || at === asker) continue;
      writeEntry(words, at, isWide, out, given * bytes);
      given++;
    }
    return given;
  }

  /** Writes the compact entry at `at` to `out`. */
  write(at: number, out: Uint8Array, to: number): void {
    writeEntry(this.#blocks.words, at, this.#blocks.entryWords > 2, out, to);
  }

  #drawStart(start: number, size: number, asker: number, skipped: number, draws: number): number {
    let slot = 0;
    for (let draw = 0; draw < draws; draw++) {
      slot = this.#dice.next() & (size - 1);
      const at = start + slot * this.#blocks.entryWords;
      const tail = this.#blocks.words[at]!;
      if (tail !== 0 && (tail & skipped) === 0 && at !== asker) return slot;
    }
    return slot;
  }
}

/** Writes one compact entry. Unrolled: a loop over the words of the address costs 100 ns an answer. */
function writeEntry(words: Int32Array, at: number, isWide: boolean, out: Uint8Array, to: number): void {
  const tail = words[at]!;
  const word = words[at + 1]!;
  out[to] = word >>> 24;
  out[to + 1] = word >>> 16;
  out[to + 2] = word >>> 8;
  out[to + 3] = word;
  const end = isWide ? writeRest(words, at, out, to + 4) : to + 4;
  out[end] = tail >>> 24;
  out[end + 1] = tail >>> 16;
}

/** The words of an IPv6 address after the first. */
function writeRest(words: Int32Array, at: number, out: Uint8Array, from: number): number {
  let to = from;
  for (let i = at + 2; i < at + 5; i++) {
    const word = words[i]!;
    out[to] = word >>> 24;
    out[to + 1] = word >>> 16;
    out[to + 2] = word >>> 8;
    out[to + 3] = word;
    to += 4;
  }
  return to;
}
