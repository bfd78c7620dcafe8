// Opens the database that the operator chose.

import type { Random } from '../../shared/platform/random.ts';
import type { RecordStore } from './record-store.ts';
import { SqlRecordStore } from './sql-record-store.ts';
import { openSqlite } from './sqlite-engine.ts';

/** An SQLite database in `file`, or ':memory:'. Rejects when it cannot be used. */
export async function openSqliteStore(file: string, random: Random): Promise<RecordStore> {
  try {
    return await SqlRecordStore.open(openSqlite(file), random);
  } catch (cause) {
    throw cause instanceof Error && cause.message.startsWith('cannot open') ? cause : unusable(file, cause);
  }
}

/** The PostgreSQL database of a URL, which stays a secret. Rejects when it cannot be used. */
export async function openPostgresStore(url: string, random: Random): Promise<RecordStore> {
  // Most supernodes need no PostgreSQL: they are spared reading what speaks to it.
  const { openPostgres } = await import('./postgres-engine.ts');
  try {
    return await SqlRecordStore.open(await openPostgres(url), random);
  } catch (cause) {
    throw unusable('of --database', cause);
  }
}

function unusable(name: string, cause: unknown): Error {
  return new Error(`cannot use the database ${name}: ${reasonOf(cause)}`, { cause });
}

/** A name with several addresses fails with one error for each, and no word of its own. */
function reasonOf(cause: unknown): string {
  if (cause instanceof AggregateError) return reasonOf(cause.errors[0]);
  return cause instanceof Error ? cause.message : String(cause);
}
