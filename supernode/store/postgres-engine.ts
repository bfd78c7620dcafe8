// PostgreSQL, or what speaks its protocol: one database for several processes. Row locks and transactions are all that is
// relied on; notifications are hints.

import { Kysely, PostgresDialect, sql, type Transaction } from 'kysely';
import { failureKind, listen, openPool } from '../../shared/platform/postgres.ts';
import type { Engine, TableStyle } from './engine.ts';
import type { Tables } from './tables.ts';

const STYLE: TableStyle = {
  integer: 'bigint',
  bytes: 'bytea',
  options: { numbered: '', keyed: '' },
  countsRows: false,
};
const CHANNEL = 'anatomic_feed';
const CREATE_ATTEMPTS = 5;

/** Reaches out to the server; rejects when it cannot be used. */
export async function openPostgres(url: string): Promise<Engine> {
  const pool = openPool(url);
  const database = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
  try {
    await createVersionTable(database);
  } catch (error) {
    await database.destroy();
    throw error;
  }
  let isHinting = false;
  const hint = async (): Promise<void> => {
    if (isHinting) return;
    isHinting = true;
    // Some that speak the protocol have no notifications: the others look every so often anyway.
    await sql`select pg_notify(${CHANNEL}, '')`.execute(database).catch(() => undefined);
    isHinting = false;
  };
  const endings = new Set<() => void>();
  return {
    database,
    style: STYLE,
    isShared: true,
    lockVersion: async (transaction: Transaction<Tables>) => {
      const { rows } = await sql<{ version: number }>`
        update anatomic_schema set version = version where name = 'supernode' returning version
      `.execute(transaction);
      return rows[0]?.version ?? 0;
    },
    setVersion: async (transaction: Transaction<Tables>, version: number) => {
      await sql`update anatomic_schema set version = ${version} where name = 'supernode'`.execute(transaction);
    },
    failureOf: failureKind,
    isReadOnly: async () => {
      const { rows } = await sql<{ mode: string }>`select current_setting('transaction_read_only') as mode`.execute(
        database,
      );
      return rows[0]?.mode === 'on';
    },
    hint: () => void hint(),
    onHint: (listener) => {
      const end = listen(url, CHANNEL, listener);
      endings.add(end);
      return end;
    },
    close: async () => {
      for (const end of endings) end();
      await database.destroy();
    },
  };
}

/** Two processes that create the same table at the same time get in each other's way: one of them is refused. */
async function createVersionTable(database: Kysely<Tables>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await sql`create table if not exists anatomic_schema (name text primary key, version bigint not null)`.execute(
        database,
      );
      await sql`insert into anatomic_schema (name, version) values ('supernode', 0) on conflict do nothing`.execute(
        database,
      );
      return;
    } catch (error) {
      if (failureKind(error) !== 'busy' || attempt === CREATE_ATTEMPTS) throw error;
    }
  }
}
