// How long to leave a partner alone that has failed: longer each time, never two partners in step.

import type { Random } from '../../shared/platform/random.ts';

/** After the first, second... failure in a row; the last one stands for all further. */
export const FAILURE_PAUSES_MS: readonly number[] = [5_000, 25_000, 120_000, 600_000];
const FAILURE_JITTER = 0.4;
const UINT32_RANGE = 2 ** 32;

/** `value` give or take a share of it, 0 to 1. */
export function jittered(value: number, share: number, random: Random): number {
  return value * (1 + share * ((2 * random.uint32()) / UINT32_RANGE - 1));
}

/** The pause in ms after failure number `failures` in a row, counted from 1. */
export function pauseAfter(failures: number, random: Random): number {
  const pauseMs = FAILURE_PAUSES_MS[Math.min(failures, FAILURE_PAUSES_MS.length) - 1]!;
  return jittered(pauseMs, FAILURE_JITTER, random);
}
