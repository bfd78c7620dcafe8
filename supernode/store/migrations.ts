// The schema of a supernode's database, for both engines: each element leads from one version to the next; published ones
// never change.

import { type Kysely, sql } from 'kysely';
import type { Random } from '../../shared/platform/random.ts';
import type { Engine, TableStyle } from './engine.ts';
import type { Tables } from './tables.ts';

interface Step {
  /** Its types are those of today: only what builds schemas, and SQL as text, know how tables were. */
  readonly database: Kysely<Tables>;
  readonly style: TableStyle;
  readonly random: Random;
}

const FEED_ID_BYTES = 8;

export const MIGRATIONS: readonly ((step: Step) => Promise<void>)[] = [createRecords, sequencePositions, countRepairs];

/** Brings the schema up to date; throws, and changes nothing, when it is newer than this program. */
export async function migrate(engine: Engine, random: Random): Promise<void> {
  const known = MIGRATIONS.length;
  await engine.database.transaction().execute(async (transaction) => {
    const version = await engine.lockVersion(transaction);
    if (version > known) {
      const advice = `the newest this program knows; install a newer anatomic`;
      throw new Error(`its schema ${version} is newer than ${known}, ${advice}`);
    }
    if (version === known) return;
    for (const step of MIGRATIONS.slice(version)) await step({ database: transaction, style: engine.style, random });
    await engine.setVersion(transaction, known);
  });
}

/** Version 1, of SQLite alone: the row number is the position. */
async function createRecords({ database: { schema }, style }: Step): Promise<void> {
  const { integer, bytes, options, countsRows } = style;
  await schema
    .createTable('records')
    .addColumn('position', integer, (column) =>
      countsRows ? column.primaryKey().autoIncrement() : column.primaryKey().notNull(),
    )
    .addColumn('type', 'text', (column) => column.notNull())
    .addColumn('author', 'text', (column) => column.notNull())
    .addColumn('subject', 'text', (column) => column.notNull())
    .addColumn('seq', integer, (column) => column.notNull())
    .addColumn('expires_at', integer, (column) => column.notNull())
    .addColumn('bytes', bytes, (column) => column.notNull())
    .addUniqueConstraint('records_once', ['type', 'author', 'subject'])
    .modifyEnd(sql.raw(options.numbered))
    .execute();
  await schema.createIndex('records_by_expiry').on('records').column('expires_at').execute();
  await schema.createIndex('records_by_subject').on('records').columns(['type', 'subject']).execute();
  await schema
    .createTable('feed')
    .addColumn('id', 'text', (column) => column.notNull())
    .modifyEnd(sql.raw(options.numbered))
    .execute();
  await schema
    .createTable('cursors')
    .addColumn('supernode', 'text', (column) => column.primaryKey().notNull())
    .addColumn('feed', 'text', (column) => column.notNull())
    .addColumn('since', integer, (column) => column.notNull())
    .modifyEnd(sql.raw(options.keyed))
    .execute();
  await schema
    .createTable('joined')
    .addColumn('node', 'text', (column) => column.primaryKey().notNull())
    .addColumn('at', integer, (column) => column.notNull())
    .modifyEnd(sql.raw(options.keyed))
    .execute();
}

/** Version 2: positions come from one row that writers wait for, so that they appear in their order. */
async function sequencePositions({ database, style, random }: Step): Promise<void> {
  const { schema } = database;
  const { integer, options, countsRows } = style;
  const named = await sql<{ id: string }>`select id from feed`.execute(database);
  const id = named.rows[0]?.id ?? random.bytes(FEED_ID_BYTES).toString('hex');
  const counted = countsRows
    ? await sql<{ seq: number }>`select seq from sqlite_sequence where name = 'records'`.execute(database)
    : undefined;
  const last = counted?.rows[0]?.seq ?? 0;
  await schema.dropTable('feed').execute();
  await schema
    .createTable('feed_head')
    .addColumn('id', 'text', (column) => column.primaryKey().notNull())
    .addColumn('last', integer, (column) => column.notNull())
    .addColumn('supernode', 'text')
    .modifyEnd(sql.raw(options.keyed))
    .execute();
  await sql`insert into feed_head (id, last) values (${id}, ${last})`.execute(database);
  await schema
    .createTable('lease')
    .addColumn('name', 'text', (column) => column.primaryKey().notNull())
    .addColumn('holder', 'text', (column) => column.notNull())
    .addColumn('beat', integer, (column) => column.notNull())
    .modifyEnd(sql.raw(options.keyed))
    .execute();
  await sql`insert into lease (name, holder, beat) values ('once', '', 0)`.execute(database);
}

/** Version 3: processes tell each other that the database went back to an earlier state. */
async function countRepairs({ database: { schema }, style: { integer } }: Step): Promise<void> {
  await schema
    .alterTable('feed_head')
    .addColumn('repairs', integer, (column) => column.notNull().defaultTo(0))
    .execute();
}
