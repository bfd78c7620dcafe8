// Which calls were received already: bounded in time and number.

import { PublicError } from '../errors.ts';
import type { Id } from './record.ts';

/** Twice the clock window: a call dated that far ahead is refused as a repetition until it is refused for its date. */
export const NONCE_LIFETIME_MS = 600_000;
/** About 20 MB when full. */
const MAX_NONCES = 100_000;

export class NonceMemory {
  readonly #maxNonces: number;
  /** Author and nonce -> last unix ms to know it; oldest first. */
  readonly #expiries = new Map<string, number>();

  constructor(maxNonces: number = MAX_NONCES) {
    this.#maxNonces = maxNonces;
  }

  get size(): number {
    return this.#expiries.size;
  }

  /** Throws PublicError 'replay' for a nonce of this author remembered at `now` (unix ms), 'busy' (503) when full. */
  remember(author: Id, nonce: string, now: number): void {
    this.#forgetUntil(now);
    const key = author + nonce;
    if (this.#expiries.has(key)) throw new PublicError('replay', 'this call was received before');
    if (this.#expiries.size >= this.#maxNonces) {
      // Forgetting early would let calls be replayed: a call refused now costs its author one retry.
      throw new PublicError('busy', 'too many calls in the last minutes', { status: 503, retrySeconds: 60 });
    }
    this.#expiries.set(key, now + NONCE_LIFETIME_MS);
  }

  /** A call remembered when the clock was far ahead is refused for its date; kept, it would hold all later ones here. */
  #forgetUntil(now: number): void {
    for (const [key, expiry] of this.#expiries) {
      if (expiry >= now && expiry <= now + 2 * NONCE_LIFETIME_MS) return;
      this.#expiries.delete(key);
    }
  }
}
