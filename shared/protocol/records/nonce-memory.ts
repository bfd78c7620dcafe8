// Which calls were received already: bounded in time and number. When there are too many, the window of dates in which calls
// are taken closes behind them: whoever floods a receiver makes callers date their calls exactly, and shuts nobody out.

import { PublicError } from '../../errors.ts';
import type { Id } from './record.ts';

/** As long as a call may be taken for its date: five minutes, and the ten seconds that it may be dated ahead. */
export const NONCE_LIFETIME_MS = 310_000;
/** About 25 MB when full. */
const MAX_NONCES = 100_000;

interface Received {
  /** The call's date, unix ms. */
  readonly at: number;
  /** Last unix ms to know it. */
  readonly until: number;
}

export class NonceMemory {
  readonly #maxNonces: number;
  /** By author and nonce; the first received first. */
  readonly #calls = new Map<string, Received>();
  /** Calls dated up to here, unix ms, may have been received and forgotten early. */
  #floor = 0;

  constructor(maxNonces: number = MAX_NONCES) {
    this.#maxNonces = maxNonces;
  }

  get size(): number {
    return this.#calls.size;
  }

  /**
   * Remembers a call dated `at` that comes at `now`, both unix ms. False for one dated so early that it may have been
   * forgotten; throws PublicError 'replay' for one that is remembered.
   */
  remember(author: Id, nonce: string, at: number, now: number): boolean {
    this.#forgetUntil(now);
    const key = author + nonce;
    if (this.#calls.has(key)) throw new PublicError('replay', 'this call was received before');
    if (at <= this.#floor) return false;
    this.#calls.set(key, { at, until: now + NONCE_LIFETIME_MS });
    if (this.#calls.size > this.#maxNonces) this.#forgetFirst();
    return true;
  }

  /** What was received when the clock was far ahead is refused for its date; kept, it would hold up all that came later. */
  #forgetUntil(now: number): void {
    const farAhead = now + 2 * NONCE_LIFETIME_MS;
    if (this.#floor > farAhead) this.#floor = 0;
    for (const [key, { until }] of this.#calls) {
      if (until >= now && until <= farAhead) return;
      this.#calls.delete(key);
    }
  }

  #forgetFirst(): void {
    for (const [key, { at }] of this.#calls) {
      this.#calls.delete(key);
      this.#floor = Math.max(this.#floor, at);
      return;
    }
  }
}
