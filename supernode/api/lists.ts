// What is known, page by page, and the list of announce URLs that clients can subscribe to.

import {
  type DirectoryPage,
  MAX_PAGE_BYTES,
  MAX_PAGE_RECORDS,
} from '../../shared/protocol/messages/directory-messages.ts';
import type { Directory } from '../directory/directory.ts';
import type { MemberEntry } from '../directory/entry.ts';
import { isSteady } from '../directory/liveness.ts';
import type { Registry } from '../directory/registry.ts';

/** The members after the id `cursor` (all when it is empty), in the order of ids, as many as fit one message. */
export function listMembers(registry: Registry<MemberEntry>, cursor: string): DirectoryPage {
  const records: Uint8Array[] = [];
  let bytesLeft = MAX_PAGE_BYTES;
  let last = cursor;
  // One more than fits, to see whether there is a next page.
  for (const { entry } of registry.page(cursor, MAX_PAGE_RECORDS + 1)) {
    bytesLeft -= entry.bytes.length;
    if (records.length === MAX_PAGE_RECORDS || bytesLeft < 0) return { records, next: last };
    records.push(entry.bytes);
    last = entry.author;
  }
  return { records };
}

/**
 * Announce URLs of the supernodes and nodes that answer and stay, one per line with a blank line between, as clients' tracker
 * lists have them. Supernodes come first: they lead to the right nodes, of which each serves some of the torrents only.
 */
export function listTrackers(directory: Directory, now: number): string {
  const supernodes = directory.supernodes.trusted(now).map(({ entry }) => entry.statement);
  const nodes = directory.nodes
    .trusted(now)
    .filter(({ liveness }) => isSteady(liveness, now))
    .map(({ entry }) => entry.statement);
  return [...supernodes, ...nodes]
    .filter(({ state }) => state === 'open')
    .flatMap(({ urls }) => urls.map((url) => `${url}/announce\n`))
    .join('\n');
}
