// How many peers at one address each co-carrier has named, so that none can point a thousand swarms at one victim.

const CELL_BITS = 20;

/**
 * Counters by a hash of origin and address (of IPv6 the /64): two addresses may share one, so a count may be too high, never
 * too low. 2 MB, taken into use by the first remote peer.
 */
export class AddressCounts {
  readonly #cells = new Uint16Array(1 << CELL_BITS);
  readonly #seed: number;

  /** `seed` is secret, so that nobody can fill another's counter. */
  constructor(seed: number) {
    this.#seed = seed;
  }

  count(origin: number, family: 4 | 6, word0: number, word1: number): number {
    return this.#cells[this.#cellOf(origin, family, word0, word1)]!;
  }

  add(origin: number, family: 4 | 6, word0: number, word1: number, by: 1 | -1): void {
    this.#cells[this.#cellOf(origin, family, word0, word1)]! += by;
  }

  #cellOf(origin: number, family: 4 | 6, word0: number, word1: number): number {
    let hash = Math.imul(word0 ^ this.#seed, 0x9e3779b1);
    hash = Math.imul(hash ^ (hash >>> 15) ^ (family === 6 ? word1 : 0), 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 13) ^ (origin << 3) ^ family, 0xc2b2ae35);
    return (hash ^ (hash >>> 16)) >>> (32 - CELL_BITS);
  }
}
