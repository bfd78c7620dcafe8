// How records get into their table, whoever else writes.

import { MAX_SEQ_AHEAD_MS } from '../../shared/protocol/records/lasting.ts';
import type { Entry } from '../directory/entry.ts';
import type { Engine } from './engine.ts';
import type { Tables } from './tables.ts';

/** Records in one statement: PostgreSQL takes 65 535 parameters, SQLite 32 766. */
const MAX_INSERTED = 200;

/** Writes records at the positions from `first` on; returns those of the records that won by the merge law. */
export async function writeRecords(
  transaction: Engine['database'],
  entries: readonly Entry[],
  first: number,
  now: number,
): Promise<Set<number>> {
  const rows = entries.map((entry, index) => rowOf(entry, first + index));
  const written = new Set<number>();
  for (let at = 0; at < rows.length; at += MAX_INSERTED) {
    const positions = await insert(transaction, rows.slice(at, at + MAX_INSERTED), now);
    for (const position of positions) written.add(position);
  }
  return written;
}

/** Notes when nodes came, unless they were here before. */
export async function noteJoined(
  transaction: Engine['database'],
  entries: readonly Entry[],
  at: number,
): Promise<void> {
  const nodes = new Set(entries.filter(({ type }) => type === 'node').map(({ author }) => author));
  if (nodes.size === 0) return;
  const rows = [...nodes].map((node) => ({ node, at }));
  await transaction
    .insertInto('joined')
    .values(rows)
    .onConflict((conflict) => conflict.column('node').doNothing())
    .execute();
}

/** Those of which the database holds nothing as new. */
export async function missingOf(database: Engine['database'], entries: readonly Entry[]): Promise<Entry[]> {
  const dates = new Map<string, number>();
  for (const [type, some] of Map.groupBy(entries, (entry) => entry.type)) {
    const rows = await database
      .selectFrom('records')
      .select(['author', 'subject', 'seq'])
      .where('type', '=', type)
      .where('author', 'in', [...new Set(some.map(({ author }) => author))])
      .where('subject', 'in', [...new Set(some.map(({ subject }) => subject))])
      .execute();
    for (const { author, subject, seq } of rows) dates.set(`${type} ${author} ${subject}`, seq);
  }
  return entries.filter(({ type, author, subject, seq }) => {
    const held = dates.get(`${type} ${author} ${subject}`);
    return held === undefined || held < seq;
  });
}

function rowOf(entry: Entry, position: number): Tables['records'] {
  const { type, author, subject, seq, expiresAt, bytes } = entry;
  return { position, type, author, subject, seq, expires_at: expiresAt, bytes };
}

/**
 * The merge law of shared/protocol/records/lasting.ts, between processes that do not know of each other's writes: higher seq wins, of
 * equals the greater bytes. What has expired, or a wrong clock has dated ahead, yields to any other. Returns the positions
 * written.
 */
async function insert(
  transaction: Engine['database'],
  rows: readonly Tables['records'][],
  now: number,
): Promise<number[]> {
  const written = await transaction
    .insertInto('records')
    .values(rows)
    .onConflict((conflict) =>
      conflict
        .columns(['type', 'author', 'subject'])
        .doUpdateSet(({ ref }) => ({
          position: ref('excluded.position'),
          seq: ref('excluded.seq'),
          expires_at: ref('excluded.expires_at'),
          bytes: ref('excluded.bytes'),
        }))
        .where(({ and, or, eb, ref }) =>
          or([
            eb('excluded.seq', '>', ref('records.seq')),
            and([eb('excluded.seq', '=', ref('records.seq')), eb('excluded.bytes', '>', ref('records.bytes'))]),
            and([
              or([eb('records.seq', '>', now + MAX_SEQ_AHEAD_MS), eb('records.expires_at', '<=', now)]),
              eb('excluded.bytes', '!=', ref('records.bytes')),
            ]),
          ]),
        ),
    )
    .returning('position')
    .execute();
  return written.map(({ position }) => position);
}
