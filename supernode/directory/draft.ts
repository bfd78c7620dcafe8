// Records that are about to be written: judged as if they had been put, before anybody can see them.

import { type Directory, judgeAgainst, type Verdict } from './directory.ts';
import type { Entry } from './entry.ts';
import type { Countable, Pending } from './room.ts';

export class Draft implements Pending {
  readonly #directory: Directory;
  readonly #now: number;
  /** The newest of each type, author and subject, in the order of arrival. */
  readonly #entries = new Map<string, Entry>();
  readonly #counts = new Map<string, number>();

  constructor(directory: Directory, now: number) {
    this.#directory = directory;
    this.#now = now;
  }

  /** What is to be written. */
  get entries(): Entry[] {
    return [...this.#entries.values()];
  }

  /** Judges a record by the directory and by what was taken before; takes it when it is new or newer. */
  take(entry: Entry): Verdict {
    const key = `${entry.type} ${entry.author} ${entry.subject}`;
    const taken = this.#entries.get(key);
    const verdict =
      taken === undefined ? this.#directory.judge(entry, this.#now, this) : judgeAgainst(taken, entry, this.#now);
    if (verdict.kind !== 'new' && verdict.kind !== 'newer') return verdict;
    if (verdict.kind === 'new') this.#count(entry);
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    return verdict;
  }

  count(what: Countable, of = ''): number {
    return this.#counts.get(`${what} ${of}`) ?? 0;
  }

  #count({ type, author, subject }: Entry): void {
    const isNewcomer = this.count(type, author) === 0 && this.#directory.plants.plantsOf(author) === 0;
    this.#add(type);
    this.#add(type, author);
    if (type !== 'plant') return;
    if (isNewcomer) this.#add('author');
    const isFirst = this.count('planter', subject) === 0 && !this.#directory.plants.has(subject);
    if (isFirst) this.#add('torrent');
    this.#add('planter', subject);
  }

  #add(what: Countable, of = ''): void {
    this.#counts.set(`${what} ${of}`, this.count(what, of) + 1);
  }
}
