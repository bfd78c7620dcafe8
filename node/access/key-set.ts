// A set of 160-bit keys in two typed arrays: about 28 bytes a key and no objects, so that lists of millions are cheap. The
// keys lie one behind the other, found through an open-addressed index that is at most half full.

const KEY_WORDS = 5;
/** Fraction of 2^32 that the golden ratio is: spreads what is multiplied by it. */
const MULTIPLIER = 0x9e3779b1;

/** One key, as signed 32-bit words; reused by those that look up. */
export class Key {
  readonly words = new Int32Array(KEY_WORDS);
}

export class KeySet {
  readonly capacity: number;
  count = 0;
  readonly #words: Int32Array;
  /** Number of the key, from 1; 0 = empty. */
  readonly #index: Int32Array;
  /** Secret, so that nobody can choose keys that collide. */
  readonly #seed: number;

  constructor(capacity: number, seed: number) {
    this.capacity = capacity;
    this.#seed = seed;
    this.#words = new Int32Array(capacity * KEY_WORDS);
    this.#index = new Int32Array(2 ** Math.ceil(Math.log2(2 * capacity + 2)));
  }

  has(key: Key): boolean {
    return this.#index[this.#slotOf(key)] !== 0;
  }

  /** Adds a key unless it is there; throws RangeError when there are `capacity` others. */
  add(key: Key): void {
    const slot = this.#slotOf(key);
    if (this.#index[slot] !== 0) return;
    if (this.count === this.capacity) throw new RangeError(`there are more than ${this.capacity} keys`);
    this.#words.set(key.words, this.count * KEY_WORDS);
    this.count++;
    this.#index[slot] = this.count;
  }

  /** Where the key is in the index, or the empty slot where it would be. */
  #slotOf(key: Key): number {
    const mask = this.#index.length - 1;
    let slot = this.#hash(key) & mask;
    for (;;) {
      const number = this.#index[slot]!;
      if (number === 0 || this.#isAt((number - 1) * KEY_WORDS, key)) return slot;
      slot = (slot + 1) & mask;
    }
  }

  #isAt(at: number, key: Key): boolean {
    for (let i = 0; i < KEY_WORDS; i++) if (this.#words[at + i] !== key.words[i]) return false;
    return true;
  }

  #hash(key: Key): number {
    let hash = this.#seed;
    for (let i = 0; i < KEY_WORDS; i++) {
      hash = Math.imul(hash ^ key.words[i]!, MULTIPLIER);
      hash ^= hash >>> 15;
    }
    return hash;
  }
}
