// Records of one length without an object for each: words of 32 bits in one array, and a list of those that are free.

import { Reserve } from './reserve.ts';

/** A record, as the index of its first word; 0 is none. */
export type RecordPlace = number;

/** Memory comes into use for so many records at a time. */
const STEP_RECORDS = 16_384;

export class RecordPool {
  readonly words: Int32Array;
  count = 0;
  readonly capacity: number;
  readonly #recordWords: number;
  readonly #reserve: Reserve;
  #end: RecordPlace;
  /** The first word of a free record is the next one. */
  #free: RecordPlace = 0;

  constructor(recordWords: number, capacity: number) {
    this.capacity = capacity;
    this.#recordWords = recordWords;
    this.#reserve = new Reserve(4 * recordWords * (capacity + 1));
    this.words = new Int32Array(this.#reserve.buffer);
    this.#end = recordWords;
  }

  get isFull(): boolean {
    return this.count >= this.capacity;
  }

  /** A record of zeroes; throws a RangeError when there is none: the caller has asked. */
  take(): RecordPlace {
    if (this.isFull) throw new RangeError(`all ${this.capacity} records are taken`);
    this.count++;
    const freed = this.#free;
    if (freed !== 0) {
      this.#free = this.words[freed]!;
      this.words.fill(0, freed, freed + this.#recordWords);
      return freed;
    }
    const fresh = this.#end;
    this.#end += this.#recordWords;
    if (this.#end > this.words.length) this.#reserve.growTo(4 * (fresh + STEP_RECORDS * this.#recordWords));
    return fresh;
  }

  free(place: RecordPlace): void {
    this.words[place] = this.#free;
    this.#free = place;
    this.count--;
  }
}
