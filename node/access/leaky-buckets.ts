// Rates of very many sources in a table of fixed size: a leaky bucket each (Turner 1986), kept as the one time at which it
// will be empty (as ATM's cell rate algorithm does), so that nothing ticks and an empty bucket needs no entry.

export interface LeakyBucketsOptions {
  /** Units that a bucket holds. */
  readonly capacity: number;
  /** Time in which one unit leaks. */
  readonly secondsPerUnit: number;
  /** Buckets that the table has room for, rounded up to a power of two; 16 bytes each. */
  readonly maxBuckets: number;
}

/** Returned by `pour` when the bucket is full. */
export const OVERFLOW = -1;

/** A key may be in any place of its set: with so many, a table half full loses next to no bucket. */
const WAYS = 8;
/** What rounding of times may be wrong by, in units. */
const TOLERANCE = 1e-3;

export class LeakyBuckets {
  readonly #capacity: number;
  readonly #secondsPerUnit: number;
  readonly #seed: number;
  readonly #setMask: number;
  /** Two words for each bucket. */
  readonly #keys: Int32Array;
  /** Seconds; 0 = never used. */
  readonly #emptyAt: Float64Array;

  /** `seed` is secret, so that nobody can choose keys that push others out. */
  constructor({ capacity, secondsPerUnit, maxBuckets }: LeakyBucketsOptions, seed: number) {
    const sets = 2 ** Math.ceil(Math.log2(Math.max(1, maxBuckets / WAYS)));
    this.#capacity = capacity;
    this.#secondsPerUnit = secondsPerUnit;
    this.#seed = seed;
    this.#setMask = sets - 1;
    this.#keys = new Int32Array(2 * WAYS * sets);
    this.#emptyAt = new Float64Array(WAYS * sets);
  }

  /**
   * Adds units to the bucket of the key (64 bits in two words); returns its level then, or OVERFLOW when they do not fit
   * and were not added. When a set has no room, its emptiest bucket is forgotten. A clock that is set back leaves buckets
   * full at worst.
   */
  pour(key0: number, key1: number, nowSeconds: number, units = 1): number {
    const at = this.#bucketOf(key0, key1);
    const waiting = (this.#emptyAt[at]! - nowSeconds) / this.#secondsPerUnit;
    const level = Math.min(Math.max(waiting, 0), this.#capacity);
    const isOverflow = level + units > this.#capacity + TOLERANCE;
    const next = isOverflow ? level : level + units;
    this.#emptyAt[at] = nowSeconds + next * this.#secondsPerUnit;
    return isOverflow ? OVERFLOW : next;
  }

  /** The key's place; one is made when it has none. */
  #bucketOf(key0: number, key1: number): number {
    const first = (this.#hash(key0, key1) & this.#setMask) * WAYS;
    let emptiest = first;
    for (let at = first; at < first + WAYS; at++) {
      if (this.#keys[2 * at] === key0 && this.#keys[2 * at + 1] === key1) return at;
      if (this.#emptyAt[at]! < this.#emptyAt[emptiest]!) emptiest = at;
    }
    this.#keys[2 * emptiest] = key0;
    this.#keys[2 * emptiest + 1] = key1;
    this.#emptyAt[emptiest] = 0;
    return emptiest;
  }

  #hash(key0: number, key1: number): number {
    let hash = Math.imul(key0 ^ this.#seed, 0x9e3779b1);
    hash = Math.imul(hash ^ (hash >>> 15) ^ key1, 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
    return hash ^ (hash >>> 16);
  }
}
