// Reads the feeds of other supernodes by long poll, so that what one has learned all know.

import { setImmediate as yieldToOthers } from 'node:timers/promises';
import { PublicError } from '../../shared/errors.ts';
import type { SupernodeClient } from '../../shared/http/supernode-client.ts';
import type { Clock } from '../../shared/platform/clock.ts';
import { every, type Repetition } from '../../shared/platform/every.ts';
import type { Log } from '../../shared/platform/log.ts';
import type { Random } from '../../shared/platform/random.ts';
import type { Id } from '../../shared/protocol/record.ts';
import type { Acquaintances } from '../directory/acquaintances.ts';
import type { Directory } from '../directory/directory.ts';
import { type Entry, openEntry } from '../directory/entry.ts';
import { chooseFollowed } from '../directory/following.ts';
import { primaryUrl } from '../directory/registry.ts';
import { Renewals } from '../directory/renewals.ts';
import type { Ledger } from '../store/ledger.ts';
import type { RecordStore } from '../store/record-store.ts';
import { backOffMs, pause } from './back-off.ts';
import type { Leadership } from './lease.ts';

export interface FollowerOptions {
  readonly self: Id;
  readonly directory: Directory;
  readonly ledger: Ledger;
  readonly cursors: Pick<RecordStore, 'cursor' | 'saveCursor'>;
  readonly client: Pick<SupernodeClient, 'changes'>;
  readonly acquaintances: Pick<Acquaintances, 'isNamed' | 'isWelcome'>;
  /** Whoever does not lead chooses as well, and reads nothing. */
  readonly leadership: Leadership;
  /** A supernode has appeared that too few know. */
  readonly onStranger: () => void;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

const CHOOSE_EVERY_MS = 250;
const WAIT_SECONDS = 25;
/** After a page that brought nothing new, so that a feed that never waits cannot keep this supernode busy. */
const IDLE_PAUSE_MS = 250;
/** Records verified before others have their turn: about 10 ms. */
const SLICE_RECORDS = 50;

interface Following {
  readonly controller: AbortController;
  readonly ended: Promise<void>;
}

export class Follower {
  readonly #options: FollowerOptions;
  readonly #followed = new Map<Id, Following>();
  readonly #renewals = new Renewals();
  readonly #choosing: Repetition;
  #chosen: readonly Id[] = [];
  #strangers: ReadonlySet<Id> = new Set();

  /** Starts at once. */
  constructor(options: FollowerOptions) {
    this.#options = options;
    const onError = (error: unknown): void => options.log.error({ err: error }, 'following failed');
    const task = (): void => this.#choose();
    this.#choosing = every({ intervalMs: CHOOSE_EVERY_MS, random: options.random, task, onError, startNow: true });
  }

  /** The supernodes whose feeds this supernode reads, in this process or another. */
  get followed(): readonly Id[] {
    return this.#chosen;
  }

  async stop(): Promise<void> {
    await this.#choosing.stop();
    const all = [...this.#followed.values()];
    for (const { controller } of all) controller.abort();
    await Promise.all(all.map(({ ended }) => ended));
  }

  #choose(): void {
    const { self, directory, acquaintances, leadership, onStranger } = this.#options;
    const question = { self, known: directory.supernodes.values(), acquaintances };
    const { chosen, strangers } = chooseFollowed(question);
    this.#chosen = chosen;
    const read = leadership.isLeading ? chosen : [];
    for (const [id, { controller }] of this.#followed) if (!read.includes(id)) controller.abort();
    for (const id of read) if (!this.#followed.has(id)) this.#start(id);
    if (strangers.some((id) => !this.#strangers.has(id))) onStranger();
    this.#strangers = new Set(strangers);
  }

  #start(id: Id): void {
    const controller = new AbortController();
    const ended = this.#follow(id, controller.signal).finally(() => this.#followed.delete(id));
    this.#followed.set(id, { controller, ended });
  }

  async #follow(id: Id, signal: AbortSignal): Promise<void> {
    const { random, log } = this.#options;
    log.info({ id }, 'following a supernode');
    let failures = 0;
    while (!signal.aborted) {
      try {
        const isNews = await this.#readPage(id, signal);
        failures = 0;
        if (!isNews) await pause(IDLE_PAUSE_MS, signal);
      } catch (error) {
        if (signal.aborted) break;
        failures++;
        log.debug({ err: error, id, failures }, 'feed not read');
        await pause(backOffMs(failures, random), signal);
      }
    }
    log.info({ id }, 'no longer following a supernode');
  }

  /** Whether anything in the page was new. */
  async #readPage(id: Id, signal: AbortSignal): Promise<boolean> {
    const { directory, cursors, client } = this.#options;
    const member = directory.supernodes.get(id);
    if (member === undefined) return false;
    const cursor = await cursors.cursor(id);
    const from = { ...(cursor ?? { since: 0 }), waitSeconds: WAIT_SECONDS };
    const { feed, next, records } = await client.changes(primaryUrl(member.entry), from, signal);
    let isNews = false;
    for (let at = 0; at < records.length; at += SLICE_RECORDS) {
      isNews = (await this.#take(id, records.slice(at, at + SLICE_RECORDS))) || isNews;
      await yieldToOthers();
      if (signal.aborted) return isNews;
    }
    if (cursor?.feed !== feed || cursor.since !== next) await cursors.saveCursor(id, { feed, since: next });
    return isNews;
  }

  async #take(id: Id, records: readonly Uint8Array[]): Promise<boolean> {
    const { ledger, clock, log } = this.#options;
    const entries: Entry[] = [];
    for (const bytes of records) {
      try {
        entries.push(openEntry(bytes, clock.now()));
      } catch (error) {
        if (!(error instanceof PublicError)) throw error;
        log.debug({ err: error, id }, 'a record of a feed was left out');
      }
    }
    const timely = entries.filter((entry) => this.#isTimely(entry, clock.now()));
    return (await ledger.offer(timely)).some(({ kind }) => kind === 'new' || kind === 'newer');
  }

  /** What is left out here comes later: plants when all are compared, members' records with pongs, receipts as catalogues. */
  #isTimely(entry: Entry, now: number): boolean {
    return this.#options.directory.judge(entry, now).kind !== 'newer' || this.#renewals.take(entry, now);
  }
}
