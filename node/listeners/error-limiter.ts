// How many errors a source is sent: some clients answer each with another request, without pause (200 000 in 9 s seen).

import { identityOfBytes } from '../../shared/protocol/tracker/tracker-messages.ts';

const BUCKETS = 4096;
const WINDOW_SECONDS = 10;
const MAX_ERRORS_PER_WINDOW = 5;

/** Sources share a fixed table, so that forged ones cost no memory; at worst they silence errors for a few others. */
export class ErrorLimiter {
  readonly #counts = new Uint8Array(BUCKETS);
  #window = -1;

  /** Counts an error to this address; false when it is to be met with silence instead. */
  isAllowed(address: Uint8Array, length: number, nowSeconds: number): boolean {
    const window = Math.floor(nowSeconds / WINDOW_SECONDS);
    if (window !== this.#window) {
      this.#window = window;
      this.#counts.fill(0);
    }
    const bucket = identityOfBytes(address, length) % BUCKETS;
    if (this.#counts[bucket] === MAX_ERRORS_PER_WINDOW) return false;
    this.#counts[bucket]!++;
    return true;
  }
}
