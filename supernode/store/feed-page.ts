// One answer's worth of records.

import { MAX_PAGE_BYTES } from '../../shared/protocol/messages/directory-messages.ts';

interface PageRow {
  readonly position: number;
  readonly bytes: Uint8Array;
}

/** As many rows as fit one answer, and the position of the last one; `start` when there is none. */
export function fillPage(rows: Iterable<PageRow>, start: number): { records: Uint8Array[]; next: number } {
  let bytesLeft = MAX_PAGE_BYTES;
  let next = start;
  const records: Uint8Array[] = [];
  for (const row of rows) {
    bytesLeft -= row.bytes.length;
    if (bytesLeft < 0) break;
    records.push(row.bytes);
    next = row.position;
  }
  return { records, next };
}
