// What a supernode remembers, as its ledger sees it: signed records that are at the same time the feed that others follow.
// test/supernode/store/record-store.test.ts is the contract; SQLite and PostgreSQL keep it alike.

import type { Id } from '../../shared/protocol/records/record.ts';
import type { InfoHash } from '../../shared/protocol/torrent/info-hash.ts';
import type { Entry, EntryKey } from '../directory/entry.ts';

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

export interface FeedHead {
  /** The last position given away. */
  readonly last: number;
  /** How often a process found that the database had forgotten what it had said: the others see it by this. */
  readonly repairs: number;
}

/** A record and its place in the feed. */
export interface PlacedEntry {
  readonly position: number;
  readonly entry: Entry;
}

/** What became of records that were appended. */
export interface Appended {
  /** The end of the feed afterwards; the positions of these records are the last ones, one for each in order. */
  readonly last: number;
  /** For each record whether it was written; else the store held one that wins by the merge law. */
  readonly isWritten: readonly boolean[];
}

/** A place in the order in which records expire. */
export interface ExpiryPlace {
  /** Unix ms. */
  readonly at: number;
  /** Of those that expire at the same time, the last position. */
  readonly position: number;
}

/** Records whose time is over. */
export interface Expired {
  readonly keys: readonly EntryKey[];
  /** Where there may be more. */
  readonly next?: ExpiryPlace;
}

/** What one process at a time does, and how often its holder has shown that it is alive. */
export interface LeaseState {
  /** '' when nobody holds it. */
  readonly holder: string;
  readonly beat: number;
}

/**
 * Every method rejects with PublicError 'database' (503) while the database is out of reach, and works again when it is
 * back. Positions become visible in their order: who has seen one has seen all before it.
 */
export interface RecordStore {
  /** 16 hex digits, new when the database was lost. */
  readonly feed: string;
  /** Whether other processes may write to the same database. */
  readonly isShared: boolean;
  /** Whether the database answered when it was asked last, and takes what is new as far as is known. */
  readonly isReachable: boolean;

  /** Makes the database this supernode's unless it is another's already; says whose it is. */
  claim(supernode: Id): Promise<Id>;

  /**
   * Appends to the feed in one transaction, each record in place of the one of the same type, author and subject unless that
   * wins: all that do or, when it rejects, none. No two of the records are about the same. `now` is unix ms.
   */
  append(entries: readonly Entry[], now: number): Promise<Appended>;
  head(): Promise<FeedHead>;
  /** Those of some records of which it holds nothing as new. */
  missing(entries: readonly Entry[]): Promise<Entry[]>;
  /** Counts a repair, and gives no position up to this one away any more; returns the number of repairs. */
  repair(position: number): Promise<number>;
  /** The records after a position that count at `now`, in order, at most MAX_READ_RECORDS. */
  after(position: number, now: number): Promise<PlacedEntry[]>;
  /** The next page of the feed after a cursor, as large as an answer may be. */
  changes(cursor: Cursor, now: number): Promise<FeedPage>;
  /** The plant records that count at `now` and whose info hashes begin with `prefix` (hex digits), after a position. */
  plants(prefix: string, after: number, now: number): Promise<Omit<FeedPage, 'isReset'>>;

  /** What expired after `from` and until `until`, unix ms; at most MAX_EXPIRED_RECORDS. */
  expired(from: ExpiryPlace, until: number): Promise<Expired>;
  /** Has all plants of these torrents expire at `at`, unix ms, if they do not sooner; returns for how many that was so. */
  end(infoHashes: readonly InfoHash[], at: number): Promise<number>;
  /** Deletes the receipts of a node that are dated until `until`, unix ms. */
  dropReceipts(node: Id, until: number): Promise<void>;
  /**
   * Deletes records that had expired at `before`, at most MAX_EXPIRED_RECORDS, and forgets what it knows of members that have
   * expired at `now`. Returns whether that was all.
   */
  purge(before: number, now: number): Promise<boolean>;

  /** When nodes came first, unix ms. */
  joined(): Promise<Map<Id, number>>;
  /** Where reading the feeds of other supernodes goes on. */
  cursors(): Promise<Map<Id, Cursor>>;
  cursor(supernode: Id): Promise<Cursor | undefined>;
  saveCursor(supernode: Id, cursor: Cursor): Promise<void>;

  lease(): Promise<LeaseState>;
  /** Takes the lease, or shows that its holder lives, if it is as `known` says; undefined when it is not. */
  beat(holder: string, known: LeaseState): Promise<LeaseState | undefined>;
  /** Gives the lease up, if this holder has it. */
  release(holder: string): Promise<void>;

  /** `listener` is called when another process may have written; hints may be lost. The function returned ends that. */
  onHint(listener: () => void): () => void;
  close(): Promise<void>;
}

/** Records read at once by `after`. */
export const MAX_READ_RECORDS = 2000;
/** Some milliseconds. */
export const MAX_EXPIRED_RECORDS = 500;
