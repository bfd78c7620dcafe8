// How records leave their table: in steps, since millions may do so in the same second.

import { sql } from 'kysely';
import type { Id } from '../../shared/protocol/records/record.ts';
import type { InfoHash } from '../../shared/protocol/torrent/info-hash.ts';
import type { Engine } from './engine.ts';
import { type Expired, type ExpiryPlace, MAX_EXPIRED_RECORDS } from './record-store.ts';

type Database = Engine['database'];

/** In two questions: neither engine finds its way into the middle of what expires at the same time otherwise. */
export async function expiredAfter(database: Database, { at, position }: ExpiryPlace, until: number): Promise<Expired> {
  const columns = ['type', 'author', 'subject', 'expires_at', 'position'] as const;
  const records = database.selectFrom('records').select(columns);
  const same = await records
    .where('expires_at', '=', at)
    .where('position', '>', position)
    .orderBy('position')
    .limit(MAX_EXPIRED_RECORDS)
    .execute();
  const later = await records
    .where('expires_at', '>', at)
    .where('expires_at', '<=', until)
    .orderBy('expires_at')
    .orderBy('position')
    .limit(MAX_EXPIRED_RECORDS)
    .execute();
  const rows = [...same, ...later].slice(0, MAX_EXPIRED_RECORDS);
  const keys = rows.map(({ type, author, subject }) => ({ type, author, subject }));
  const last = rows.length < MAX_EXPIRED_RECORDS ? undefined : rows.at(-1);
  return last === undefined ? { keys } : { keys, next: { at: last.expires_at, position: last.position } };
}

/** Returns whether there was nothing more to delete. */
export async function deleteExpired(database: Database, before: number): Promise<boolean> {
  const { numDeletedRows } = await database
    .deleteFrom('records')
    .where('position', 'in', (from) =>
      from
        .selectFrom('records')
        .select('position')
        .where('expires_at', '<=', before)
        .orderBy('expires_at')
        .limit(MAX_EXPIRED_RECORDS),
    )
    .executeTakeFirstOrThrow();
  return numDeletedRows < MAX_EXPIRED_RECORDS;
}

export async function endPlants(database: Database, infoHashes: readonly InfoHash[], at: number): Promise<number> {
  if (infoHashes.length === 0) return 0;
  const { numUpdatedRows } = await database
    .updateTable('records')
    .set({ expires_at: at })
    .where('type', '=', 'plant')
    .where('subject', 'in', infoHashes)
    .where('expires_at', '>', at)
    .executeTakeFirstOrThrow();
  return Number(numUpdatedRows);
}

export async function deleteReceipts(database: Database, node: Id, until: number): Promise<void> {
  await database
    .deleteFrom('records')
    .where('type', '=', 'receipt')
    .where('author', '=', node)
    .where('seq', '<=', until)
    .execute();
}

/** What is remembered of members counts for as long as a record of theirs does. */
export async function forgetGone(database: Database, now: number): Promise<void> {
  const isGone = (type: 'node' | 'supernode', member: 'joined.node' | 'cursors.supernode') => sql<boolean>`not exists (
    select 1 from records where type = ${type} and author = ${sql.ref(member)} and expires_at > ${now}
  )`;
  await database.deleteFrom('joined').where(isGone('node', 'joined.node')).execute();
  await database.deleteFrom('cursors').where(isGone('supernode', 'cursors.supernode')).execute();
}
