// Short runs of bytes without an object for each: chains of cells of one size, so that whatever comes and goes leaves no gaps.

import { type RecordPlace, RecordPool } from './record-pool.ts';

/** A run of bytes, as its first cell; 0 is none. */
export type Run = RecordPlace;

/** As much as a signature takes. */
const CELL_BYTES = 64;

// A cell, in words of 32 bits.
const NEXT = 0;
/** Of the whole run, in its first cell. */
const LENGTH = 1;
const DATA = 2;
const CELL_WORDS = DATA + CELL_BYTES / 4;

export class ByteCells {
  readonly #pool: RecordPool;
  readonly #bytes: Uint8Array;

  constructor(capacityBytes: number) {
    this.#pool = new RecordPool(CELL_WORDS, Math.floor(capacityBytes / (4 * CELL_WORDS)));
    this.#bytes = new Uint8Array(this.#pool.words.buffer);
  }

  /** Share of the room that is taken, 0 to 1. */
  get fill(): number {
    return this.#pool.count / this.#pool.capacity;
  }

  /** Whether so many bytes fit, also when the run `instead` goes first. */
  fits(length: number, instead: Run = 0): boolean {
    const given = instead === 0 ? 0 : cellsFor(this.#pool.words[instead + LENGTH]!);
    return this.#pool.count - given + cellsFor(length) <= this.#pool.capacity;
  }

  /** Copies bytes that fit; at least one. */
  keep(bytes: Uint8Array): Run {
    const { words } = this.#pool;
    let next: Run = 0;
    for (let at = (cellsFor(bytes.length) - 1) * CELL_BYTES; at >= 0; at -= CELL_BYTES) {
      const cell = this.#pool.take();
      words[cell + NEXT] = next;
      this.#bytes.set(bytes.subarray(at, at + CELL_BYTES), 4 * (cell + DATA));
      next = cell;
    }
    words[next + LENGTH] = bytes.length;
    return next;
  }

  /** A copy of the bytes. */
  read(run: Run): Uint8Array {
    const { words } = this.#pool;
    const out = new Uint8Array(words[run + LENGTH]!);
    let cell = run;
    for (let at = 0; at < out.length; at += CELL_BYTES) {
      const start = 4 * (cell + DATA);
      out.set(this.#bytes.subarray(start, start + Math.min(CELL_BYTES, out.length - at)), at);
      cell = words[cell + NEXT]!;
    }
    return out;
  }

  release(run: Run): void {
    let cell = run;
    while (cell !== 0) {
      const next = this.#pool.words[cell + NEXT]!;
      this.#pool.free(cell);
      cell = next;
    }
  }
}

function cellsFor(length: number): number {
  return Math.ceil(length / CELL_BYTES);
}
