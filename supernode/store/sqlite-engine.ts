// SQLite, in a file that this process alone uses: what a supernode on one machine needs, and nothing to set up.

import { Kysely, SqliteDialect, type SqliteStatement, sql, type Transaction } from 'kysely';
import { openUnmigrated } from '../../shared/platform/database.ts';
import type { Engine, TableStyle } from './engine.ts';
import { MIGRATIONS } from './migrations.ts';
import type { Tables } from './tables.ts';

const STYLE: TableStyle = {
  integer: 'integer',
  bytes: 'blob',
  options: { numbered: 'strict', keyed: 'strict, without rowid' },
  countsRows: true,
};

const NOTHING = 'select 1 where false';
/** A disk that is full, broken, or mounted for reading alone. */
const UNWRITABLE = /^SQLITE_(?:FULL|IOERR|READONLY)/;

/** `file` may be ':memory:'. Throws when it is in use, holds a newer schema or is not a database. */
export function openSqlite(file: string): Engine {
  const database = openUnmigrated(file, MIGRATIONS.length);
  // A position that somebody has been shown must survive a power cut, or it would be given to another record.
  database.pragma('synchronous = FULL');
  // Where the disk is full SQLite ends a transaction by itself; to end it again would fail, and hide why.
  const prepare = (text: string) =>
    database.prepare(text === 'rollback' && !database.inTransaction ? NOTHING : text) as SqliteStatement;
  const dialect = new SqliteDialect({ database: { prepare, close: () => void database.close() } });
  const kysely = new Kysely<Tables>({ dialect });
  return {
    database: kysely,
    style: STYLE,
    isShared: false,
    lockVersion: async (transaction: Transaction<Tables>) => {
      const { rows } = await sql<{ user_version: number }>`pragma user_version`.execute(transaction);
      return rows[0]?.user_version ?? 0;
    },
    setVersion: async (transaction: Transaction<Tables>, version: number) => {
      await sql.raw(`pragma user_version = ${version}`).execute(transaction);
    },
    failureOf: (error) =>
      error instanceof Error && 'code' in error && UNWRITABLE.test(String(error.code)) ? 'read-only' : 'other',
    isReadOnly: () =>
      sql`update feed_head set last = last`.execute(kysely).then(
        () => false,
        () => true,
      ),
    hint: () => undefined,
    onHint: () => () => undefined,
    close: () => kysely.destroy(),
  };
}
