// The engines that a record store runs on, for suites that hold on both. Call `describeEngines` while tests are loaded.

import { seededRandom } from '../../../shared/platform/random.ts';
import { openPostgresStore, openSqliteStore } from '../../../supernode/store/open-store.ts';
import type { RecordStore } from '../../../supernode/store/record-store.ts';
import { need } from '../../helpers/needs.ts';
import { hasPostgres } from '../../helpers/postgres.ts';
import { sharedPostgres } from '../../helpers/shared-postgres.ts';
import { TemporaryFolder } from '../../helpers/temporary-folder.ts';

/** A database of one test. */
export interface TestDatabase {
  /** Opens the database; of SQLite one at a time. What is open is closed after the test. */
  open(): Promise<RecordStore>;
}

type Suite = (database: () => TestDatabase) => void;

export function describeSqlite(suite: Suite): void {
  describe('on SQLite', () => {
    let folder: TemporaryFolder;
    beforeEach(() => {
      folder = new TemporaryFolder();
    });
    suite(stores(async () => () => openSqliteStore(folder.at('supernode.sqlite'), seededRandom(1))));
    afterEach(() => folder.remove());
  });
}

export function describePostgres(suite: Suite): void {
  describe('on PostgreSQL', () => {
    before(async function () {
      this.timeout(60_000);
      need(this, hasPostgres(), 'PostgreSQL');
      await sharedPostgres();
    });
    suite(
      stores(async () => {
        const url = await (await sharedPostgres()).database();
        return () => openPostgresStore(url, seededRandom(1));
      }),
    );
  });
}

export function describeEngines(suite: Suite): void {
  describeSqlite(suite);
  describePostgres(suite);
}

/** Registers hooks that give each test a database of its own, and close it. */
function stores(create: () => Promise<() => Promise<RecordStore>>): () => TestDatabase {
  let database: TestDatabase;
  let opened: RecordStore[];
  beforeEach(async () => {
    opened = [];
    const open = await create();
    database = {
      open: async () => {
        const store = await open();
        opened.push(store);
        return store;
      },
    };
  });
  afterEach(async () => {
    for (const store of opened) await store.close();
  });
  return () => database;
}
