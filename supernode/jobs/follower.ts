// Reads the feeds of other supernodes by long poll, so that what one has learned all know.

import { PublicError } from '../../shared/errors.ts';
import type { SupernodeClient } from '../../shared/http/supernode-client.ts';
import type { Clock } from '../../shared/platform/clock.ts';
import { every, type Repetition } from '../../shared/platform/every.ts';
import type { Log } from '../../shared/platform/log.ts';
import type { Random } from '../../shared/platform/random.ts';
import { inSlices } from '../../shared/platform/slices.ts';
import type { Id } from '../../shared/protocol/records/record.ts';
import type { Acquaintances } from '../directory/acquaintances.ts';
import type { Directory } from '../directory/directory.ts';
import { type Entry, isMember, openEntry, readUnverified } from '../directory/entry.ts';
import { chooseFollowed } from '../directory/following.ts';
import { Renewals } from '../directory/renewals.ts';
import type { Ledger } from '../store/ledger.ts';
import type { RecordStore } from '../store/record-store.ts';
import { backOffMs, pause } from './back-off.ts';
import type { Leadership } from './lease.ts';
import type { Newcomers } from './newcomers.ts';

export interface FollowerOptions {
  readonly self: Id;
  readonly directory: Directory;
  readonly ledger: Ledger;
  readonly cursors: Pick<RecordStore, 'cursor' | 'saveCursor'>;
  readonly client: Pick<SupernodeClient, 'changes'>;
  readonly acquaintances: Pick<Acquaintances, 'isNamed' | 'isWelcome'>;
  readonly newcomers: Pick<Newcomers, 'screen'>;
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
/** For each record that was verified for nothing, which takes a seventh of that, and for each that no supernode passes on. */
const KNOWN_PAUSE_MS = 1;
const UNUSABLE_PAUSE_MS = 10;

/** What became of the records of a page. */
export interface Harvest {
  news: number;
  /** Or not wanted, or to be asked first. */
  known: number;
  /** They do not verify, or have expired. */
  unusable: number;
}

/** Ms until the next page is read: the less the last one was worth, the longer. */
export function pauseAfterMs({ news, known, unusable }: Readonly<Harvest>): number {
  return Math.max(news > 0 ? 0 : IDLE_PAUSE_MS, KNOWN_PAUSE_MS * known + UNUSABLE_PAUSE_MS * unusable);
}

interface Reading {
  readonly controller: AbortController;
  readonly ended: Promise<void>;
}

export class Follower {
  readonly #options: FollowerOptions;
  /** What this process reads: all that are chosen, while it leads. */
  readonly #reading = new Map<Id, Reading>();
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
    const all = [...this.#reading.values()];
    for (const { controller } of all) controller.abort();
    await Promise.all(all.map(({ ended }) => ended));
  }

  #choose(): void {
    const { self, directory, acquaintances, leadership, onStranger } = this.#options;
    const question = { self, known: directory.supernodes.values(), acquaintances };
    const { chosen, strangers } = chooseFollowed(question);
    this.#chosen = chosen;
    const read = leadership.isLeading ? chosen : [];
    for (const [id, { controller }] of this.#reading) if (!read.includes(id)) controller.abort();
    for (const id of read) if (!this.#reading.has(id)) this.#start(id);
    if (strangers.some((id) => !this.#strangers.has(id))) onStranger();
    this.#strangers = new Set(strangers);
  }

  #start(id: Id): void {
    const controller = new AbortController();
    const ended = this.#follow(id, controller.signal).finally(() => this.#reading.delete(id));
    this.#reading.set(id, { controller, ended });
  }

  async #follow(id: Id, signal: AbortSignal): Promise<void> {
    const { random, log } = this.#options;
    log.info({ id }, 'following a supernode');
    let failures = 0;
    while (!signal.aborted) {
      try {
        const harvest = await this.#readPage(id, signal);
        failures = 0;
        await pause(pauseAfterMs(harvest), signal);
      } catch (error) {
        if (signal.aborted) break;
        failures++;
        log.debug({ err: error, id, failures }, 'feed not read');
        await pause(backOffMs(failures, random), signal);
      }
    }
    log.info({ id }, 'no longer following a supernode');
  }

  async #readPage(id: Id, signal: AbortSignal): Promise<Harvest> {
    const { directory, cursors, client } = this.#options;
    const harvest = { news: 0, known: 0, unusable: 0 };
    const member = directory.supernodes.get(id);
    if (member === undefined) return harvest;
    const cursor = await cursors.cursor(id);
    const from = { ...(cursor ?? { since: 0 }), waitSeconds: WAIT_SECONDS };
    const { feed, next, records } = await client.changes(member.url, from, signal);
    await inSlices(records, (slice) => this.#take(id, slice, harvest), signal);
    if (signal.aborted) return harvest;
    if (cursor?.feed !== feed || cursor.since !== next) await cursors.saveCursor(id, { feed, since: next });
    return harvest;
  }

  async #take(id: Id, records: readonly Uint8Array[], harvest: Harvest): Promise<void> {
    const { directory, ledger, newcomers, clock, log } = this.#options;
    const entries: Entry[] = [];
    for (const bytes of records) {
      try {
        // Every feed brings every record: each is verified once.
        if (directory.knows(readUnverified(bytes, clock.now()))) harvest.known++;
        else entries.push(openEntry(bytes, clock.now()));
      } catch (error) {
        if (!(error instanceof PublicError)) throw error;
        harvest.unusable++;
        log.debug({ err: error, id }, 'a record of a feed was left out');
      }
    }
    const screened = entries.filter((entry) => !isMember(entry) || newcomers.screen(entry, id));
    const timely = screened.filter((entry) => this.#isTimely(entry, clock.now()));
    const verdicts = await ledger.offer(timely);
    const news = verdicts.filter(({ kind }) => kind === 'new' || kind === 'newer').length;
    harvest.news += news;
    harvest.known += entries.length - news;
  }

  /** What is left out here comes later: plants when all are compared, members' records with pongs, receipts as catalogues. */
  #isTimely(entry: Entry, now: number): boolean {
    const { directory } = this.#options;
    if (!directory.hasRoomForNews(entry)) return false;
    return directory.judge(entry, now).kind !== 'newer' || this.#renewals.take(entry, now);
  }
}
