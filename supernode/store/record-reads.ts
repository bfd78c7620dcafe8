// How records come out of their table again, in the order of their positions.

import { MAX_PAGE_RECORDS } from '../../shared/protocol/messages/directory-messages.ts';
import { restoreEntry } from '../directory/entry.ts';
import type { Engine } from './engine.ts';
import { fillPage } from './feed-page.ts';
import { type FeedPage, MAX_READ_RECORDS, type PlacedEntry } from './record-store.ts';

type Database = Engine['database'];
type Page = Omit<FeedPage, 'isReset'>;

export async function entriesAfter(database: Database, position: number, now: number): Promise<PlacedEntry[]> {
  const rows = await database
    .selectFrom('records')
    .select(['position', 'type', 'author', 'bytes'])
    .where('position', '>', position)
    .where('expires_at', '>', now)
    .orderBy('position')
    .limit(MAX_READ_RECORDS)
    .execute();
  return rows.map(({ position: place, type, author, bytes }) => {
    return { position: place, entry: restoreEntry(type, author, bytes, now) };
  });
}

export async function pageAfter(database: Database, position: number, now: number): Promise<Page> {
  const rows = await database
    .selectFrom('records')
    .select(['position', 'bytes'])
    .where('position', '>', position)
    .where('expires_at', '>', now)
    .orderBy('position')
    .limit(MAX_PAGE_RECORDS)
    .execute();
  return fillPage(rows, position);
}

/** `prefix`: the first hex digits of the info hashes. */
export async function plantsAfter(database: Database, prefix: string, position: number, now: number): Promise<Page> {
  const rows = await database
    .selectFrom('records')
    .select(['position', 'bytes'])
    .where('type', '=', 'plant')
    .where('subject', '>=', prefix)
    // 'g' comes after every hex digit.
    .where('subject', '<', `${prefix}g`)
    .where('position', '>', position)
    .where('expires_at', '>', now)
    .orderBy('position')
    .limit(MAX_PAGE_RECORDS)
    .execute();
  return fillPage(rows, position);
}
