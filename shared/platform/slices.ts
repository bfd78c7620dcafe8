// Records that have to be verified, some at a time: whoever is answered by the same thread does not wait for all of them.

import { setImmediate as yieldToOthers } from 'node:timers/promises';

/** Records verified before others have their turn: about 10 ms. */
export const SLICE_RECORDS = 50;

/** Gives `work` the records in order, some at a time, until the signal is aborted; rejects as soon as it does. */
export async function inSlices<T>(
  records: readonly T[],
  work: (slice: readonly T[]) => Promise<void> | void,
  signal?: AbortSignal,
): Promise<void> {
  for (let at = 0; at < records.length; at += SLICE_RECORDS) {
    if (at > 0) await yieldToOthers();
    if (signal?.aborted === true) return;
    await work(records.slice(at, at + SLICE_RECORDS));
  }
}
