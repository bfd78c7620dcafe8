// GET /v2/changes: the feed of records as a long poll.

import { PublicError } from '../../shared/errors.ts';
import type { ChangesAnswer } from '../../shared/protocol/messages/directory-messages.ts';
import { prefixesOf } from '../directory/prefixes.ts';
import type { Ledger } from '../store/ledger.ts';
import type { Cursor, FeedPage } from '../store/record-store.ts';

/** Requests waiting for something new at the same time, of all and of one network. */
export const MAX_WAITING_POLLS = 512;
export const MAX_WAITING_POLLS_PER_NETWORK = 64;
const BUSY_RETRY_SECONDS = 10;

/** How long somebody is ready to wait. */
export interface Patience {
  readonly waitMs: number;
  /** Aborted when the other side has gone. */
  readonly signal: AbortSignal;
  readonly address: string;
}

interface Waiting {
  /** /24, IPv6 /48. */
  readonly network: string;
  readonly wake: () => void;
}

export class Changes {
  readonly #ledger: Ledger;
  readonly #waiting = new Set<Waiting>();
  /** Under way, by what is asked and how much there was: hundreds who wait for the same are woken together. */
  readonly #reads = new Map<string, Promise<FeedPage>>();
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
   * The next page after `cursor`: at once when there is one, else as soon as something arrives, patience ends, or the place
   * is needed for another network with fewer requests that wait. Throws PublicError 'busy' (429) when too many wait already.
   */
  async next(cursor: Cursor, patience: Patience): Promise<ChangesAnswer> {
    const { appended } = this.#ledger;
    const answer = await this.#read(cursor);
    const isNews = answer.isReset || answer.records.length > 0;
    if (isNews || patience.waitMs === 0 || patience.signal.aborted || this.#isClosed) return answer;
    const { narrow } = prefixesOf(patience.address);
    this.#makeRoom(narrow);
    // What came while this was read would wake nobody.
    if (this.#ledger.appended === appended) await this.#growth(patience, narrow);
    return this.#read(cursor);
  }

  /** Answers everybody who waits; nobody waits afterwards. */
  close(): void {
    this.#isClosed = true;
    this.#endGrowth();
    this.#wakeAll();
  }

  async #read(cursor: Cursor): Promise<ChangesAnswer> {
    const { feed, appended } = this.#ledger;
    const key = `${appended} ${cursor.feed} ${cursor.since}`;
    let page = this.#reads.get(key);
    if (page === undefined) {
      page = this.#ledger.changes(cursor).finally(() => this.#reads.delete(key));
      this.#reads.set(key, page);
    }
    return { feed, ...(await page) };
  }

  #makeRoom(network: string): void {
    const byNetwork = Map.groupBy(this.#waiting, (waiting) => waiting.network);
    const own = byNetwork.get(network)?.length ?? 0;
    const isFull = this.#waiting.size >= MAX_WAITING_POLLS;
    const [crowd = []] = isFull ? [...byNetwork.values()].sort((a, b) => b.length - a.length) : [];
    if (own >= MAX_WAITING_POLLS_PER_NETWORK || (isFull && crowd.length <= own + 1)) {
      throw new PublicError('busy', 'too many requests wait for changes', {
        status: 429,
        retrySeconds: BUSY_RETRY_SECONDS,
      });
    }
    // They lie in the order in which they came.
    crowd[0]?.wake();
  }

  async #growth({ waitMs, signal }: Patience, network: string): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const waiting = { network, wake: resolve };
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
