// The one way for records in and out: judged by the directory, written, taken over, told to whoever waits.

import type { Clock } from '../../shared/platform/clock.ts';
import type { DirectoryPage } from '../../shared/protocol/directory-messages.ts';
import type { Directory, Verdict } from '../directory/directory.ts';
import type { Entry } from '../directory/entry.ts';
import type { Cursor, FeedPage, RecordStore } from './record-store.ts';

export interface LedgerOptions {
  readonly directory: Directory;
  readonly store: RecordStore;
  readonly clock: Clock;
}

export class Ledger {
  /** Records added to the feed since this was made. */
  appended = 0;
  readonly #directory: Directory;
  readonly #store: RecordStore;
  readonly #clock: Clock;
  readonly #listeners = new Set<() => void>();

  /** Fills the directory with what the store holds. */
  constructor({ directory, store, clock }: LedgerOptions) {
    this.#directory = directory;
    this.#store = store;
    this.#clock = clock;
    this.expire();
    const now = clock.now();
    for (const entry of store.entries(now)) directory.put(entry, now);
    for (const [node, at] of store.joined()) directory.nodes.setJoined(node, at);
  }

  get feed(): string {
    return this.#store.feed;
  }

  /** Takes over those records that say something new, all of them or, when the disk fails, none. */
  offer(entries: readonly Entry[]): Verdict[] {
    const undo: (() => void)[] = [];
    let verdicts: Verdict[];
    try {
      verdicts = this.#store.transaction(() => entries.map((entry) => this.#take(entry, undo)));
    } catch (error) {
      for (const step of undo.reverse()) step();
      throw error;
    }
    this.appended += undo.length;
    if (undo.length > 0) for (const listener of this.#listeners) listener();
    return verdicts;
  }

  /** Forgets the records whose time is over. */
  expire(): void {
    for (const key of this.#store.expire(this.#clock.now())) this.#directory.remove(key);
  }

  changes(cursor: Cursor): FeedPage {
    return this.#store.changes(cursor);
  }

  /** The plant records whose info hashes begin with `prefix`, page by page; `cursor` is empty or the `next` before. */
  plants(prefix: string, cursor: string): DirectoryPage {
    const after = Number(cursor);
    const { records, next } = this.#store.plants(prefix, after);
    return next === after ? { records } : { records, next: String(next) };
  }

  /** `listener` is called after each growth of the feed; the function returned ends that. */
  onGrowth(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #take(entry: Entry, undo: (() => void)[]): Verdict {
    const directory = this.#directory;
    const now = this.#clock.now();
    const verdict = directory.judge(entry, now);
    if (verdict.kind !== 'new' && verdict.kind !== 'newer') return verdict;
    const held = directory.held(entry);
    this.#store.put(entry, now);
    undo.push(() => (held === undefined ? directory.remove(entry) : directory.put(held, now)));
    directory.put(entry, now);
    return verdict;
  }
}
