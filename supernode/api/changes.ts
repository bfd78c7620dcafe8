// GET /v2/changes: the feed of records as a long poll.

import { PublicError } from '../../shared/errors.ts';
import type { ChangesAnswer } from '../../shared/protocol/directory-messages.ts';
import type { Ledger } from '../store/ledger.ts';
import type { Cursor } from '../store/record-store.ts';

/** Requests waiting for something new at the same time. */
export const MAX_WAITING_POLLS = 256;
const BUSY_RETRY_SECONDS = 10;

export class Changes {
  readonly #ledger: Ledger;
  readonly #waiting = new Set<() => void>();
  readonly #endGrowth: () => void;
  #isClosed = false;

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
    this.#endGrowth = ledger.onGrowth(() => this.#release());
  }

  /**
   * The next page after `cursor`: at once when there is one, else as soon as something arrives, the signal is aborted
   * or `waitMs` are over. Throws PublicError 'busy' (429) when too many wait already.
   */
  async next(cursor: Cursor, waitMs: number, signal: AbortSignal): Promise<ChangesAnswer> {
    const answer = this.#read(cursor);
    const isNews = answer.isReset || answer.records.length > 0;
    if (isNews || waitMs === 0 || signal.aborted || this.#isClosed) return answer;
    if (this.#waiting.size >= MAX_WAITING_POLLS) {
      throw new PublicError('busy', 'too many requests wait for changes', {
        status: 429,
        retrySeconds: BUSY_RETRY_SECONDS,
      });
    }
    await this.#growth(waitMs, signal);
    return this.#read(cursor);
  }

  /** Answers everybody who waits; nobody waits afterwards. */
  close(): void {
    this.#isClosed = true;
    this.#endGrowth();
    this.#release();
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  #release(): void {
    for (const wake of this.#waiting) wake();
  }

  #read(cursor: Cursor): ChangesAnswer {
    return { feed: this.#ledger.feed, ...this.#ledger.changes(cursor) };
  }

  async #growth(waitMs: number, signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, waitMs).unref();
    this.#waiting.add(resolve);
    signal.addEventListener('abort', () => resolve(), { once: true });
    await promise;
    clearTimeout(timer);
    this.#waiting.delete(resolve);
  }
}
