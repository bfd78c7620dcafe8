// GET /v2/changes: the feed of records as a long poll.

import { PublicError } from '../../shared/errors.ts';
import type { ChangesAnswer } from '../../shared/protocol/messages/directory-messages.ts';
import type { Ledger } from '../store/ledger.ts';
import type { Cursor } from '../store/record-store.ts';

/** Requests waiting for something new at the same time, of all and of one address. */
export const MAX_WAITING_POLLS = 512;
export const MAX_WAITING_POLLS_PER_ADDRESS = 64;
const BUSY_RETRY_SECONDS = 10;

/** How long somebody is ready to wait. */
export interface Patience {
  readonly waitMs: number;
  /** Aborted when the other side has gone. */
  readonly signal: AbortSignal;
  readonly address: string;
}

interface Waiting {
  readonly address: string;
  readonly wake: () => void;
}

export class Changes {
  readonly #ledger: Ledger;
  readonly #waiting = new Set<Waiting>();
  readonly #endGrowth: () => void;
  #isClosed = false;

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
    this.#endGrowth = ledger.onGrowth(() => this.#wakeAll());
  }

  /** Requests that wait now. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /**
   * The next page after `cursor`: at once when there is one, else as soon as something arrives or patience ends. Throws
   * PublicError 'busy' (429) when too many wait already.
   */
  async next(cursor: Cursor, patience: Patience): Promise<ChangesAnswer> {
    const { appended } = this.#ledger;
    const answer = await this.#read(cursor);
    const isNews = answer.isReset || answer.records.length > 0;
    if (isNews || patience.waitMs === 0 || patience.signal.aborted || this.#isClosed) return answer;
    this.#checkRoom(patience.address);
    // What came while this was read would wake nobody.
    if (this.#ledger.appended === appended) await this.#growth(patience);
    return this.#read(cursor);
  }

  /** Answers everybody who waits; nobody waits afterwards. */
  close(): void {
    this.#isClosed = true;
    this.#endGrowth();
    this.#wakeAll();
  }

  async #read(cursor: Cursor): Promise<ChangesAnswer> {
    return { feed: this.#ledger.feed, ...(await this.#ledger.changes(cursor)) };
  }

  #checkRoom(address: string): void {
    let sameAddress = 0;
    for (const waiting of this.#waiting) if (waiting.address === address) sameAddress++;
    if (this.#waiting.size < MAX_WAITING_POLLS && sameAddress < MAX_WAITING_POLLS_PER_ADDRESS) return;
    throw new PublicError('busy', 'too many requests wait for changes', {
      status: 429,
      retrySeconds: BUSY_RETRY_SECONDS,
    });
  }

  async #growth({ waitMs, signal, address }: Patience): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const waiting = { address, wake: resolve };
    const timer = setTimeout(resolve, waitMs).unref();
    this.#waiting.add(waiting);
    signal.addEventListener('abort', () => resolve(), { once: true });
    await promise;
    clearTimeout(timer);
    this.#waiting.delete(waiting);
  }

  #wakeAll(): void {
    for (const { wake } of this.#waiting) wake();
  }
}
