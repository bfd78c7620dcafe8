// Databases of supernodes: filled as a supernode fills them, but with many records at a time.

import { systemRandom } from '../../shared/platform/random.ts';
import type { Entry } from '../../supernode/directory/entry.ts';
import { openPostgresStore, openSqliteStore } from '../../supernode/store/open-store.ts';
import type { RecordStore } from '../../supernode/store/record-store.ts';
import { hasPostgres, TestPostgres } from '../../test/helpers/postgres.ts';
import { TemporaryFolder } from '../../test/helpers/temporary-folder.ts';
import type { Engine } from './options.ts';
import type { Planted } from './planted.ts';

const RECORDS_PER_TRANSACTION = 10_000;
const SQLITE_FILE = 'supernode.sqlite';

/** A supernode's data directory, and the database that it is to use. */
export interface Place {
  readonly folder: TemporaryFolder;
  /** Flags that name both. */
  readonly flags: readonly string[];
  remove(): Promise<void>;
}

export function isInstalled(engine: Engine): boolean {
  return engine === 'sqlite' || hasPostgres();
}

/** A new place with these members and the plants of the first `torrents`. */
export async function fillPlace(
  engine: Engine,
  members: readonly Entry[],
  planted: Planted,
  torrents: number,
): Promise<Place> {
  const folder = new TemporaryFolder();
  if (engine === 'sqlite') {
    await fill(await openSqliteStore(folder.at(SQLITE_FILE), systemRandom), members, planted, torrents);
    return { folder, flags: ['--data-directory', folder.path], remove: async () => folder.remove() };
  }
  const server = await TestPostgres.start();
  const url = await server.database();
  await fill(await openPostgresStore(url, systemRandom), members, planted, torrents);
  return {
    folder,
    flags: ['--data-directory', folder.path, '--database', url],
    remove: async () => {
      await server[Symbol.asyncDispose]();
      folder.remove();
    },
  };
}

async function fill(store: RecordStore, members: readonly Entry[], planted: Planted, torrents: number): Promise<void> {
  try {
    const now = Date.now();
    await store.append(members, now);
    for (let first = 0; first < torrents; first += RECORDS_PER_TRANSACTION) {
      const count = Math.min(RECORDS_PER_TRANSACTION, torrents - first);
      await store.append(planted.entries(first, count), now);
    }
  } finally {
    await store.close();
  }
}
