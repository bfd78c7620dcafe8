// Chance on the hot path: a small generator whose state is one 32-bit integer, so that a throw makes no garbage.

import type { Random } from '../../shared/platform/random.ts';

/** Xorshift32 (Marsaglia 2003), seeded once; good enough to choose peers by, never for secrets. */
export class Dice {
  #state: number;

  constructor(random: Random) {
    this.#state = random.uint32() | 1;
  }

  /** A signed 32-bit integer, never 0. */
  next(): number {
    let state = this.#state;
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    this.#state = state;
    return state;
  }

  /** An integer from 0 to `limit` - 1; the limit is small against 2^31. */
  below(limit: number): number {
    return (this.next() >>> 1) % limit;
  }
}
