// Ledgers over SQLite in memory, for tests of what uses them.

import type { Clock } from '../../shared/platform/clock.ts';
import { seededRandom } from '../../shared/platform/random.ts';
import { Directory } from '../../supernode/directory/directory.ts';
import { DIRECTORY_LIMITS } from '../../supernode/directory/limits.ts';
import { Ledger } from '../../supernode/store/ledger.ts';
import { openSqliteStore } from '../../supernode/store/open-store.ts';
import type { RecordStore } from '../../supernode/store/record-store.ts';

export interface Books {
  readonly store: RecordStore;
  readonly directory: Directory;
  readonly ledger: Ledger;
}

/** A new database, or the one given, and a directory that knows what is in it. */
export async function openBooks(
  clock: Clock,
  options: { store?: RecordStore; limits?: typeof DIRECTORY_LIMITS } = {},
): Promise<Books> {
  const store = options.store ?? (await openSqliteStore(':memory:', seededRandom(1)));
  const directory = new Directory(options.limits ?? DIRECTORY_LIMITS);
  return { store, directory, ledger: await Ledger.open({ directory, store, clock }) };
}
