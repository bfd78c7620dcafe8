// The server that took over from another may not have heard of the last writes: it is told again what this process remembers.

import { setImmediate as yieldToOthers } from 'node:timers/promises';
import type { Directory } from '../directory/directory.ts';
import type { Entry } from '../directory/entry.ts';
import type { RecordStore } from './record-store.ts';

/** Records that the database is asked about at once: some milliseconds. */
const SLICE_RECORDS = 500;

/** Writes what the database lacks; returns how many records that were. Nobody else in this process writes meanwhile. */
export async function remind(store: RecordStore, directory: Directory, now: number): Promise<number> {
  let written = 0;
  let slice: Entry[] = [];
  const tell = async (): Promise<void> => {
    const missing = await store.missing(slice);
    slice = [];
    if (missing.length === 0) return;
    const { isWritten } = await store.append(missing, now);
    written += isWritten.filter(Boolean).length;
  };
  for (const entry of directory.entries()) {
    slice.push(entry);
    if (slice.length < SLICE_RECORDS) continue;
    await tell();
    await yieldToOthers();
  }
  await tell();
  return written;
}
