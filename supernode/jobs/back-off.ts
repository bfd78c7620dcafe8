// Pauses after failures: longer each time, never the same for everybody.

import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '../../shared/platform/random.ts';

const FIRST_MS = 1000;
const LONGEST_MS = 60_000;
const UINT32_RANGE = 2 ** 32;

/** Ms to wait after the `failures`th failure in a row: 1 s doubled up to 60 s, of which up to half is left to chance. */
export function backOffMs(failures: number, random: Random): number {
  const longest = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(failures - 1, 16));
  return Math.round(longest * (0.5 + random.uint32() / UINT32_RANGE / 2));
}

/** Returns early, and without an error, when the signal is aborted. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(Math.max(0, ms), undefined, { signal, ref: false }).catch(() => undefined);
}
