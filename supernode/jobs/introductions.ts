// Makes this supernode known to those that its operator named, and them to it.

import type { SupernodeClient } from '../../shared/http/supernode-client.ts';
import type { Clock } from '../../shared/platform/clock.ts';
import type { Log } from '../../shared/platform/log.ts';
import type { Random } from '../../shared/platform/random.ts';
import type { Id } from '../../shared/protocol/record.ts';
import type { Directory } from '../directory/directory.ts';
import { openSupernode } from '../directory/entry.ts';
import type { Ledger } from '../store/ledger.ts';
import { backOffMs, pause } from './back-off.ts';
import type { OwnRecord } from './own-record.ts';

export interface IntroductionsOptions {
  readonly self: Id;
  /** Base URLs of supernodes. */
  readonly urls: readonly string[];
  /** The ids found behind the URLs are put here. */
  readonly configured: Set<Id>;
  readonly ownRecord: Pick<OwnRecord, 'current'>;
  readonly directory: Directory;
  readonly ledger: Ledger;
  readonly client: Pick<SupernodeClient, 'ping' | 'join'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** Whatever the other side says, it is asked no sooner than this, in ms. */
const MIN_PAUSE_MS = 1000;

export class Introductions {
  readonly #options: IntroductionsOptions;
  readonly #stopping = new AbortController();
  readonly #running: Promise<unknown>;

  /** Starts at once. */
  constructor(options: IntroductionsOptions) {
    this.#options = options;
    this.#running = Promise.all(options.urls.map((url) => this.#keepKnown(url)));
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  async #keepKnown(url: string): Promise<void> {
    const { random, log } = this.#options;
    const { signal } = this.#stopping;
    let failures = 0;
    while (!signal.aborted) {
      try {
        const retrySeconds = await this.#introduce(url);
        if (retrySeconds === undefined) return;
        failures = 0;
        await pause(Math.max(MIN_PAUSE_MS, retrySeconds * 1000), signal);
      } catch (error) {
        if (signal.aborted) return;
        failures++;
        log.warn({ err: error, url, failures }, 'supernode not reached');
        await pause(backOffMs(failures, random), signal);
      }
    }
  }

  /** Seconds until the next introduction; undefined when the URL is this supernode's own. */
  async #introduce(url: string): Promise<number | undefined> {
    const { self, configured, ownRecord, directory, ledger, client, clock, log } = this.#options;
    const { id, pong } = await client.ping(url, undefined, { signal: this.#stopping.signal });
    if (id === self) {
      log.info({ url }, 'a configured supernode is this one');
      return undefined;
    }
    configured.add(id);
    const entry = openSupernode(pong.record, clock.now());
    ledger.offer([entry]);
    directory.note(entry, true, clock.now());
    const answer = await client.join(url, id, { record: ownRecord.current() });
    if (answer.status !== 'accepted') log.warn({ url, status: answer.status, reason: answer.reason }, 'not joined');
    ledger.offer(answer.supernodes.map((bytes) => openSupernode(bytes, clock.now())));
    return answer.retrySeconds;
  }
}
