// A body as it arrives, in as much memory as it has bytes: the object for a piece of one byte takes four hundred.

const LEAST_BYTES = 4096;

export class GatheredBytes {
  readonly #maxBytes: number;
  #buffer = Buffer.alloc(0);
  #length = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** False, and nothing is taken, when there would be more than the limit. */
  add(piece: Uint8Array): boolean {
    const length = this.#length + piece.length;
    if (length > this.#maxBytes) return false;
    if (length > this.#buffer.length) this.#grow(length);
    this.#buffer.set(piece, this.#length);
    this.#length = length;
    return true;
  }

  /** All that was added; what is added later may be in the same memory. */
  get bytes(): Buffer {
    return this.#buffer.subarray(0, this.#length);
  }

  #grow(atLeast: number): void {
    const room = Math.min(this.#maxBytes, Math.max(LEAST_BYTES, atLeast, 2 * this.#buffer.length));
    const larger = Buffer.allocUnsafeSlow(room);
    larger.set(this.bytes);
    this.#buffer = larger;
  }
}
