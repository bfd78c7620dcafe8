// The one way for records in and out: judged by the directory, written, taken over, told to whoever waits. One writer at a
// time; what is offered while it writes goes into the next transaction together. The directory is never ahead of what is on
// disk, nor behind it for whoever has waited.

import { setImmediate as yieldToOthers } from 'node:timers/promises';
import { PublicError } from '../../shared/errors.ts';
import type { Clock } from '../../shared/platform/clock.ts';
import type { DirectoryPage } from '../../shared/protocol/messages/directory-messages.ts';
import { type Directory, judgeAgainst, type Verdict } from '../directory/directory.ts';
import { Draft } from '../directory/draft.ts';
import type { Entry } from '../directory/entry.ts';
import { type Offer, Offers } from './offers.ts';
import { type Cursor, type FeedPage, MAX_READ_RECORDS, type RecordStore } from './record-store.ts';
import { remind } from './reminder.ts';
import { Turns } from './turns.ts';
import { Upkeep } from './upkeep.ts';

export interface LedgerOptions {
  readonly directory: Directory;
  readonly store: RecordStore;
  readonly clock: Clock;
}

export class Ledger {
  /** Records added to the feed, by this process or another, since this was made. */
  appended = 0;
  readonly #directory: Directory;
  readonly #store: RecordStore;
  readonly #clock: Clock;
  readonly #turns = new Turns();
  readonly #listeners = new Set<() => void>();
  readonly #offers = new Offers();
  #isDraining = false;
  /** The directory knows everything up to this position. */
  #position = 0;
  /** Whether the database was seen to have forgotten something. */
  #hasLost = false;
  /** Repairs of the feed that this process has taken part in. */
  #repairs = 0;
  readonly #upkeep: Upkeep;

  private constructor({ directory, store, clock }: LedgerOptions) {
    this.#directory = directory;
    this.#store = store;
    this.#clock = clock;
    this.#upkeep = new Upkeep(directory, store, this.#turns, clock.now());
  }

  /** Fills the directory with what the store holds. */
  static async open(options: LedgerOptions): Promise<Ledger> {
    const { directory, store } = options;
    const ledger = new Ledger(options);
    ledger.#repairs = (await store.head()).repairs;
    await ledger.catchUp();
    for (const [node, at] of await store.joined()) directory.nodes.setJoined(node, at);
    ledger.appended = 0;
    return ledger;
  }

  get feed(): string {
    return this.#store.feed;
  }

  /** Whether records can be written, as far as is known. */
  get isWritable(): boolean {
    return this.#store.isReachable;
  }

  /** Records that wait to be written. */
  get waiting(): number {
    return this.#offers.records;
  }

  /** Plants that had to give way to others, since nobody carries them. */
  get ended(): number {
    return this.#upkeep.ended;
  }

  /**
   * Takes over those records that say something new: all of them or, when it rejects, none. Settles when they are on disk and
   * in the directory. Rejects with PublicError 'database' or 'busy' (503) when they cannot be written now.
   */
  offer(entries: readonly Entry[]): Promise<Verdict[]> {
    if (entries.length === 0) return Promise.resolve([]);
    const verdicts = this.#offers.add(entries);
    if (!this.#isDraining) void this.#drain();
    return verdicts;
  }

  /** Takes over what other processes have written, and tells the database what it has lost. */
  catchUp(): Promise<void> {
    return this.#turns.take(async () => {
      const head = await this.#store.head();
      let { repairs } = head;
      if (this.#hasLost || head.last < this.#position) {
        repairs = await this.#store.repair(this.#position);
        this.#hasLost = false;
      }
      if (repairs !== this.#repairs) {
        await this.#readAnew();
        this.#repairs = repairs;
      } else if (head.last > this.#position) await this.#readOn(head.last);
    });
  }

  /** Forgets the records whose time is over, and those that have said all they had to say. */
  expire(): Promise<void> {
    return this.#upkeep.run(this.#clock.now());
  }

  changes(cursor: Cursor): Promise<FeedPage> {
    return this.#store.changes(cursor, this.#clock.now());
  }

  /** The plant records whose info hashes begin with `prefix`, page by page; `cursor` is empty or the `next` before. */
  async plants(prefix: string, cursor: string): Promise<DirectoryPage> {
    const after = Number(cursor);
    const { records, next } = await this.#store.plants(prefix, after, this.#clock.now());
    return next === after ? { records } : { records, next: String(next) };
  }

  /** `listener` is called after each growth of the feed; the function returned ends that. */
  onGrowth(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async #drain(): Promise<void> {
    this.#isDraining = true;
    while (this.#offers.records > 0) {
      // What arrives in the same turn of the event loop is written together.
      await yieldToOthers();
      await this.#turns.take(() => this.#write(this.#offers.next()));
    }
    this.#isDraining = false;
  }

  /** Never rejects: whoever offered hears how it ended. An offer that spoils its group fails alone. */
  async #write(group: readonly Offer[]): Promise<void> {
    try {
      const verdicts = await this.#take(group.map(({ entries }) => entries));
      for (const [index, { resolve }] of group.entries()) resolve(verdicts[index]!);
    } catch (error) {
      const isHopeless = group.length === 1 || error instanceof PublicError;
      if (isHopeless) for (const { reject } of group) reject(error);
      else for (const offer of group) await this.#write([offer]);
    }
  }

  async #take(group: readonly (readonly Entry[])[]): Promise<Verdict[][]> {
    const now = this.#clock.now();
    const draft = new Draft(this.#directory, now);
    const verdicts = group.map((entries) => entries.map((entry) => draft.take(entry)));
    const news = draft.entries;
    if (news.length === 0) return verdicts;
    const { last, isWritten } = await this.#store.append(news, now);
    const isAlone = this.#position === last - news.length;
    if (this.#position > last - news.length) this.#hasLost = true;
    const written = news.filter((_, index) => isWritten[index]);
    for (const entry of written) this.#directory.put(entry, now);
    this.#grow(written.length);
    if (isAlone) this.#position = last;
    // What others wrote in between is read at once; should that fail, it is read with the next look at the feed.
    else await this.#readOn(last).catch(() => undefined);
    if (written.length === news.length) return verdicts;
    const lost = new Set(news.filter((_, index) => !isWritten[index]));
    return verdicts.map((ofOffer, offer) =>
      ofOffer.map((verdict, index) =>
        lost.has(group[offer]![index]!) ? this.#outdone(group[offer]![index]!) : verdict,
      ),
    );
  }

  /** Another process wrote the same record, or one that wins, a moment earlier. */
  #outdone(entry: Entry): Verdict {
    return { kind: this.#isHeld(entry) ? 'known' : 'older' };
  }

  /** Puts into the directory what is in the database after the position that it knows, up to `last` at least. */
  async #readOn(last: number): Promise<void> {
    let isEnd = false;
    while (!isEnd) {
      const now = this.#clock.now();
      const page = await this.#store.after(this.#position, now);
      const news = page.filter(({ entry }) => this.#isNews(entry, now));
      for (const { entry } of news) this.#directory.put(entry, now);
      this.#position = page.at(-1)?.position ?? this.#position;
      this.#grow(news.length);
      isEnd = page.length < MAX_READ_RECORDS;
    }
    this.#position = Math.max(this.#position, last);
  }

  /** The server that took over from another may have heard of things that this process has not, and the other way round. */
  async #readAnew(): Promise<void> {
    this.#position = 0;
    await this.#readOn(0);
    this.#grow(await remind(this.#store, this.#directory, this.#clock.now()));
    await this.#readOn(0);
  }

  #isNews(entry: Entry, now: number): boolean {
    const held = this.#directory.held(entry);
    return held === undefined || judgeAgainst(held, entry, now).kind === 'newer';
  }

  #isHeld(entry: Entry): boolean {
    const held = this.#directory.held(entry);
    return held !== undefined && Buffer.compare(held.bytes, entry.bytes) === 0;
  }

  #grow(count: number): void {
    this.appended += count;
    if (count > 0) for (const listener of this.#listeners) listener();
  }
}
