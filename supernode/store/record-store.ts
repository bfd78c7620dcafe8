// The one table of records that is both what a supernode remembers and the feed that others follow.

import { type Database, openDatabase, type Statement } from '../../shared/platform/database.ts';
import type { Random } from '../../shared/platform/random.ts';
import { MAX_PAGE_BYTES, MAX_PAGE_RECORDS } from '../../shared/protocol/directory-messages.ts';
import type { Id } from '../../shared/protocol/record.ts';
import { type Entry, type EntryKey, type EntryType, restoreEntry } from '../directory/entry.ts';
import { MIGRATIONS } from './schema.ts';

const FEED_ID_BYTES = 8;

/** How far a feed has been read. */
export interface Cursor {
  /** 16 hex digits. */
  readonly feed: string;
  readonly since: number;
}

export interface FeedPage {
  /** The cursor was beyond the end or of another feed: `records` start from the beginning. */
  readonly isReset: boolean;
  readonly records: readonly Uint8Array[];
  readonly next: number;
}

interface PageRow {
  readonly position: number;
  readonly bytes: Uint8Array;
}

interface StoredRow {
  readonly type: EntryType;
  readonly author: Id;
  readonly bytes: Uint8Array;
}

export class RecordStore {
  /** 16 hex digits, new when the database was lost. */
  readonly feed: string;
  readonly #database: Database;
  readonly #put: Statement<[string, string, string, number, number, Uint8Array]>;
  readonly #page: Statement<[number, number], PageRow>;
  readonly #plants: Statement<[string, string, number, number], PageRow>;
  readonly #last: Statement<[], { seq: number }>;
  readonly #expire: Statement<[number], EntryKey>;
  readonly #cursor: Statement<[string], Cursor>;
  readonly #saveCursor: Statement<[string, string, number]>;
  readonly #noteJoined: Statement<[string, number]>;
  readonly #forgetJoined: Statement<[string]>;

  /** `file` may be ':memory:'. */
  constructor(file: string, random: Random) {
    const database = openDatabase(file, MIGRATIONS);
    // A position that somebody has been shown must survive a power cut, or it would be given to another record.
    database.pragma('synchronous = FULL');
    this.#database = database;
    this.feed = readOrCreateFeedId(database, random);
    this.#put = database.prepare(
      'INSERT OR REPLACE INTO records (type, author, subject, seq, expires_at, bytes) VALUES (?, ?, ?, ?, ?, ?)',
    );
    this.#page = database.prepare('SELECT position, bytes FROM records WHERE position > ? ORDER BY position LIMIT ?');
    this.#plants = database.prepare(
      "SELECT position, bytes FROM records WHERE type = 'plant' AND subject >= ? AND subject < ? AND position > ? ORDER BY position LIMIT ?",
    );
    this.#last = database.prepare("SELECT seq FROM sqlite_sequence WHERE name = 'records'");
    this.#expire = database.prepare('DELETE FROM records WHERE expires_at <= ? RETURNING type, author, subject');
    this.#cursor = database.prepare('SELECT feed, since FROM cursors WHERE supernode = ?');
    this.#saveCursor = database.prepare('INSERT OR REPLACE INTO cursors (supernode, feed, since) VALUES (?, ?, ?)');
    this.#noteJoined = database.prepare('INSERT OR IGNORE INTO joined (node, at) VALUES (?, ?)');
    this.#forgetJoined = database.prepare('DELETE FROM joined WHERE node = ?');
  }

  /** When nodes came first, unix ms. */
  joined(): Map<Id, number> {
    const rows = this.#database.prepare<[], { node: Id; at: number }>('SELECT node, at FROM joined').all();
    return new Map(rows.map(({ node, at }) => [node, at]));
  }

  /** Runs `work` so that all of its changes are kept or, when it throws, none. */
  transaction<T>(work: () => T): T {
    return this.#database.transaction(work).immediate();
  }

  /** Appends to the feed; the record of the same type, author and subject leaves it. `now` is unix ms. */
  put(entry: Entry, now: number): void {
    if (entry.type === 'node') this.#noteJoined.run(entry.author, now);
    this.#put.run(entry.type, entry.author, entry.subject, entry.seq, entry.expiresAt, entry.bytes);
  }

  /** Deletes what has expired and says what that was. */
  expire(now: number): EntryKey[] {
    const expired = this.#expire.all(now);
    for (const { type, author } of expired) if (type === 'node') this.#forgetJoined.run(author);
    return expired;
  }

  /** Every record that still counts, in the order of the feed. */
  *entries(now: number): Generator<Entry> {
    const rows = this.#database
      .prepare<[number], StoredRow>('SELECT type, author, bytes FROM records WHERE expires_at > ? ORDER BY position')
      .iterate(now);
    for (const { type, author, bytes } of rows) yield restoreEntry(type, author, bytes, now);
  }

  /** The next page of the feed after a cursor, as large as an answer may be. */
  changes(cursor: Cursor): FeedPage {
    const isReset = cursor.feed !== this.feed || cursor.since > this.#lastPosition();
    const start = isReset ? 0 : cursor.since;
    return { isReset, ...fillPage(this.#page.iterate(start, MAX_PAGE_RECORDS), start) };
  }

  /** The plant records whose info hashes begin with `prefix` (hex digits), from the first one after a position. */
  plants(prefix: string, after: number): { records: readonly Uint8Array[]; next: number } {
    // 'g' comes after every hex digit.
    return fillPage(this.#plants.iterate(prefix, `${prefix}g`, after, MAX_PAGE_RECORDS), after);
  }

  /** Where reading another supernode's feed goes on. */
  cursor(supernode: Id): Cursor | undefined {
    return this.#cursor.get(supernode);
  }

  saveCursor(supernode: Id, { feed, since }: Cursor): void {
    this.#saveCursor.run(supernode, feed, since);
  }

  close(): void {
    this.#database.close();
  }

  #lastPosition(): number {
    return this.#last.get()?.seq ?? 0;
  }
}

/** As many rows as fit one answer. */
function fillPage(rows: Iterable<PageRow>, start: number): { records: Uint8Array[]; next: number } {
  let bytesLeft = MAX_PAGE_BYTES;
  let next = start;
  const records: Uint8Array[] = [];
  for (const row of rows) {
    bytesLeft -= row.bytes.length;
    if (bytesLeft < 0) break;
    records.push(row.bytes);
    next = row.position;
  }
  return { records, next };
}

function readOrCreateFeedId(database: Database, random: Random): string {
  const row = database.prepare<[], { id: string }>('SELECT id FROM feed').get();
  if (row !== undefined) return row.id;
  const id = random.bytes(FEED_ID_BYTES).toString('hex');
  database.prepare('INSERT INTO feed (id) VALUES (?)').run(id);
  return id;
}
