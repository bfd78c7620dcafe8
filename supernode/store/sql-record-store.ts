// The record store over SQL: one set of statements for SQLite and PostgreSQL.

import type { Random } from '../../shared/platform/random.ts';
import type { Id } from '../../shared/protocol/records/record.ts';
import type { InfoHash } from '../../shared/protocol/torrent/info-hash.ts';
import type { Entry } from '../directory/entry.ts';
import { DatabaseDoor, lostError, retrying } from './database-door.ts';
import type { Engine } from './engine.ts';
import { migrate } from './migrations.ts';
import { entriesAfter, pageAfter, plantsAfter } from './record-reads.ts';
import type {
  Appended,
  Cursor,
  Expired,
  ExpiryPlace,
  FeedHead,
  FeedPage,
  LeaseState,
  PlacedEntry,
  RecordStore,
} from './record-store.ts';
import { deleteExpired, deleteReceipts, endPlants, expiredAfter, forgetGone } from './record-upkeep.ts';
import { missingOf, noteJoined, writeRecords } from './record-writes.ts';

export class SqlRecordStore implements RecordStore {
  readonly feed: string;
  readonly isShared: boolean;
  readonly #engine: Engine;
  readonly #door: DatabaseDoor;

  private constructor(engine: Engine, feed: string) {
    this.#engine = engine;
    this.#door = new DatabaseDoor(engine);
    this.isShared = engine.isShared;
    this.feed = feed;
  }

  /** Brings the schema up to date. On failure the engine is closed. */
  static async open(engine: Engine, random: Random): Promise<SqlRecordStore> {
    try {
      await retrying(engine, () => migrate(engine, random));
      const { id } = await engine.database.selectFrom('feed_head').select('id').executeTakeFirstOrThrow();
      return new SqlRecordStore(engine, id);
    } catch (error) {
      await engine.close();
      throw error;
    }
  }

  get isReachable(): boolean {
    return this.#door.isReachable;
  }

  claim(supernode: Id): Promise<Id> {
    return this.#ask(async (database) => {
      const { owner } = await database
        .updateTable('feed_head')
        .set((head) => ({ supernode: head.fn.coalesce('supernode', head.val(supernode)) }))
        .returning('supernode as owner')
        .executeTakeFirstOrThrow();
      return owner ?? supernode;
    });
  }

  async append(entries: readonly Entry[], now: number): Promise<Appended> {
    const appended = await this.#ask((database) =>
      database.transaction().execute(async (transaction) => {
        const { id, last } = await transaction
          .updateTable('feed_head')
          .set((head) => ({ last: head('last', '+', entries.length) }))
          .returning(['id', 'last'])
          .executeTakeFirstOrThrow();
        this.#checkFeed(id);
        const first = last - entries.length + 1;
        const written = await writeRecords(transaction, entries, first, now);
        await noteJoined(transaction, entries, now);
        return { last, isWritten: entries.map((_, index) => written.has(first + index)) };
      }),
    );
    this.#engine.hint();
    return appended;
  }

  head(): Promise<FeedHead> {
    return this.#ask((database) => this.#readHead(database));
  }

  missing(entries: readonly Entry[]): Promise<Entry[]> {
    return this.#ask((database) => missingOf(database, entries));
  }

  repair(position: number): Promise<number> {
    return this.#ask(async (database) => {
      const { id, repairs } = await database
        .updateTable('feed_head')
        .set((head) => ({
          repairs: head('repairs', '+', 1),
          last: head.case().when('last', '<', position).then(position).else(head.ref('last')).end(),
        }))
        .returning(['id', 'repairs'])
        .executeTakeFirstOrThrow();
      this.#checkFeed(id);
      return repairs;
    });
  }

  after(position: number, now: number): Promise<PlacedEntry[]> {
    return this.#ask((database) => entriesAfter(database, position, now));
  }

  changes(cursor: Cursor, now: number): Promise<FeedPage> {
    return this.#ask(async (database) => {
      const isReset = cursor.feed !== this.feed || cursor.since > (await this.#readHead(database)).last;
      return { isReset, ...(await pageAfter(database, isReset ? 0 : cursor.since, now)) };
    });
  }

  plants(prefix: string, after: number, now: number): Promise<Omit<FeedPage, 'isReset'>> {
    return this.#ask((database) => plantsAfter(database, prefix, after, now));
  }

  expired(from: ExpiryPlace, until: number): Promise<Expired> {
    return this.#ask((database) => expiredAfter(database, from, until));
  }

  end(infoHashes: readonly InfoHash[], at: number): Promise<number> {
    return this.#ask((database) => endPlants(database, infoHashes, at));
  }

  dropReceipts(node: Id, until: number): Promise<void> {
    return this.#ask((database) => deleteReceipts(database, node, until));
  }

  purge(before: number, now: number): Promise<boolean> {
    return this.#ask(async (database) => {
      const isDone = await deleteExpired(database, before);
      if (isDone) await forgetGone(database, now);
      return isDone;
    });
  }

  joined(): Promise<Map<Id, number>> {
    return this.#ask(async (database) => {
      const rows = await database.selectFrom('joined').select(['node', 'at']).execute();
      return new Map(rows.map(({ node, at }) => [node, at]));
    });
  }

  cursors(): Promise<Map<Id, Cursor>> {
    return this.#ask(async (database) => {
      const rows = await database.selectFrom('cursors').select(['supernode', 'feed', 'since']).execute();
      return new Map(rows.map(({ supernode, feed, since }) => [supernode, { feed, since }]));
    });
  }

  cursor(supernode: Id): Promise<Cursor | undefined> {
    return this.#ask((database) =>
      database.selectFrom('cursors').select(['feed', 'since']).where('supernode', '=', supernode).executeTakeFirst(),
    );
  }

  saveCursor(supernode: Id, { feed, since }: Cursor): Promise<void> {
    return this.#ask(async (database) => {
      await database
        .insertInto('cursors')
        .values({ supernode, feed, since })
        .onConflict((conflict) => conflict.column('supernode').doUpdateSet({ feed, since }))
        .execute();
    });
  }

  lease(): Promise<LeaseState> {
    return this.#ask((database) => database.selectFrom('lease').select(['holder', 'beat']).executeTakeFirstOrThrow());
  }

  beat(holder: string, known: LeaseState): Promise<LeaseState | undefined> {
    return this.#ask((database) =>
      database
        .updateTable('lease')
        .set({ holder, beat: known.beat + 1 })
        .where('holder', '=', known.holder)
        .where('beat', '=', known.beat)
        .returning(['holder', 'beat'])
        .executeTakeFirst(),
    );
  }

  release(holder: string): Promise<void> {
    return this.#ask(async (database) => {
      await database.updateTable('lease').set({ holder: '' }).where('holder', '=', holder).execute();
    });
  }

  onHint(listener: () => void): () => void {
    return this.#engine.onHint(listener);
  }

  close(): Promise<void> {
    return this.#engine.close();
  }

  async #readHead(database: Engine['database']): Promise<FeedHead> {
    const { id, ...head } = await database
      .selectFrom('feed_head')
      .select(['id', 'last', 'repairs'])
      .executeTakeFirstOrThrow();
    this.#checkFeed(id);
    return head;
  }

  /** Another database may have come in the place of this one: what is in memory says nothing about it. */
  #checkFeed(id: string): void {
    if (id === this.feed) return;
    throw lostError(new Error('the database was replaced by another one: start this process again'));
  }

  #ask<T>(question: (database: Engine['database']) => Promise<T>): Promise<T> {
    return this.#door.ask(question);
  }
}
