// Makes this supernode known to those that its operator named, and them to it, and asks them whom they know.

import type { SupernodeClient } from '../../shared/http/supernode-client.ts';
import type { NamedSupernode } from '../../shared/network/named-supernode.ts';
import type { Clock } from '../../shared/platform/clock.ts';
import type { Log } from '../../shared/platform/log.ts';
import type { Random } from '../../shared/platform/random.ts';
import { openGood } from '../../shared/protocol/records/codec.ts';
import type { Id } from '../../shared/protocol/records/record.ts';
import type { Acquaintances } from '../directory/acquaintances.ts';
import type { Directory } from '../directory/directory.ts';
import { openSupernode, type SupernodeEntry } from '../directory/entry.ts';
import type { Ledger } from '../store/ledger.ts';
import { backOffMs, pause } from './back-off.ts';
import type { Newcomers } from './newcomers.ts';
import type { OwnRecord } from './own-record.ts';

export interface IntroductionsOptions {
  readonly self: Id;
  readonly acquaintances: Pick<Acquaintances, 'note' | 'forget'>;
  readonly ownRecord: Pick<OwnRecord, 'current'>;
  readonly directory: Directory;
  readonly ledger: Ledger;
  readonly newcomers: Pick<Newcomers, 'screen'>;
  readonly client: Pick<SupernodeClient, 'ping' | 'join'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

interface Introduced {
  readonly id: Id;
  readonly known: readonly Id[];
  /** Until it wants to be asked again. */
  readonly retrySeconds: number;
}

/** A supernode that is kept informed. */
interface Running {
  readonly isConfigured: boolean;
  readonly stopping: AbortController;
  /** In a row. */
  failures: number;
  ended: Promise<void>;
}

/** Whatever the other side says, it is asked no sooner than this, in ms. */
const MIN_PAUSE_MS = 1000;
/** Supernodes asked, however many a domain names. */
const MAX_NAMED = 8;

export class Introductions {
  readonly #options: IntroductionsOptions;
  readonly #stopping = new AbortController();
  /** By base URL. */
  readonly #running = new Map<string, Running>();
  /** Of those that made room. */
  readonly #ending = new Set<Promise<void>>();
  #hurry = new AbortController();

  constructor(options: IntroductionsOptions) {
    this.#options = options;
  }

  /** The operator names it: introduces itself there from now on. */
  add(named: NamedSupernode): void {
    this.#start(named, true);
  }

  /** A domain of the operator's names it: the same while there is room, or one found before does not answer. */
  find(named: NamedSupernode): void {
    this.#start(named, false);
  }

  /**
   * Introduces itself there once: nobody whose word counts has named it, so that it is followed like any other that is
   * introduced. Never rejects.
   */
  async meet(stranger: NamedSupernode): Promise<void> {
    if (this.#running.has(stranger.url)) return;
    try {
      await this.#introduce(stranger);
    } catch (error) {
      if (!this.#stopping.signal.aborted) this.#options.log.debug({ err: error, url: stranger.url }, 'not introduced');
    }
  }

  /** Asks all again soon: somebody has appeared whom they may know. */
  hurry(): void {
    this.#hurry.abort();
    this.#hurry = new AbortController();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.all([...[...this.#running.values()].map(({ ended }) => ended), ...this.#ending]);
  }

  #start(named: NamedSupernode, isConfigured: boolean): void {
    if (this.#stopping.signal.aborted || this.#running.has(named.url) || !this.#hasRoom()) return;
    const running: Running = { isConfigured, stopping: new AbortController(), failures: 0, ended: Promise.resolve() };
    this.#running.set(named.url, running);
    running.ended = this.#keepKnown(named, running);
  }

  #hasRoom(): boolean {
    if (this.#running.size < MAX_NAMED) return true;
    const silent = [...this.#running].find(([, { isConfigured, failures }]) => !isConfigured && failures > 0);
    if (silent === undefined) return false;
    const [url, { stopping, ended }] = silent;
    stopping.abort();
    this.#options.acquaintances.forget(url);
    this.#ending.add(ended);
    void ended.finally(() => this.#ending.delete(ended));
    return this.#running.delete(url);
  }

  async #keepKnown(named: NamedSupernode, running: Running): Promise<void> {
    const { random, log } = this.#options;
    const signal = AbortSignal.any([this.#stopping.signal, running.stopping.signal]);
    while (!signal.aborted) {
      // Whoever appears while it asks is not in the answer.
      const hurry = this.#hurry.signal;
      try {
        const answer = await this.#introduce(named);
        if (answer === undefined) return;
        this.#options.acquaintances.note(named.url, answer.id, answer.known);
        running.failures = 0;
        await pause(MIN_PAUSE_MS, signal);
        await pause(answer.retrySeconds * 1000 - MIN_PAUSE_MS, AbortSignal.any([signal, hurry]));
      } catch (error) {
        if (signal.aborted) return;
        running.failures++;
        log.warn({ err: error, url: named.url, failures: running.failures }, 'supernode not reached');
        await pause(backOffMs(running.failures, random), signal);
      }
    }
  }

  /** What it answers, whom it knows; undefined when the URL is this supernode's own. */
  async #introduce({ url, id: expected }: NamedSupernode): Promise<Introduced | undefined> {
    const { self, ownRecord, ledger, newcomers, client, clock, log } = this.#options;
    const { id, pong } = await client.ping(url, expected, { signal: this.#stopping.signal });
    if (id === self) {
      log.debug({ url }, 'a supernode that was named or found is this one');
      return undefined;
    }
    await this.#take(openSupernode(pong.record, clock.now()), url);
    const answer = await client.join(url, id, { record: ownRecord.current() });
    if (answer.status !== 'accepted') log.warn({ url, status: answer.status, reason: answer.reason }, 'not joined');
    const now = clock.now();
    const others = openGood(answer.supernodes, (bytes) => openSupernode(bytes, now));
    await ledger.offer(others.filter((other) => newcomers.screen(other, id)));
    return { id, known: others.map(({ author }) => author), retrySeconds: answer.retrySeconds };
  }

  /** It has answered at `url`; other URLs in its record are yet to be asked. */
  async #take(entry: SupernodeEntry, url: string): Promise<void> {
    const { directory, ledger, newcomers, clock } = this.#options;
    if (!directory.isAtHome(entry) && entry.statement.urls.join() !== url) {
      newcomers.screen(entry, entry.author);
      return;
    }
    await ledger.offer([entry]);
    directory.note(entry, true, clock.now());
  }
}
