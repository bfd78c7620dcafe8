// How long to leave a partner alone that has failed: longer each time, never two partners in step.

import type { Random } from '../../shared/platform/random.ts';

/**
 * After the first, second... failure in a row; the last one stands for those that follow. With the 3 s that connecting may take,
 * a partner hears within 15 s that a cut has healed.
 */
export const FAILURE_PAUSES_MS: readonly number[] = [2_000, 5_000, 10_000];
/**
 * Who is heard of is tried at once, but not sooner after a failure than this: what its record says is its URL may be somebody
 * else's, who is to be spared from whatever pace it calls at.
 */
export const WAKE_PAUSE_MS = 2000;
/** A partner that failed so often, half an hour or more, is tried less. */
export const PATIENCE_FAILURES = 150;
export const LONG_PAUSE_MS = 120_000;
const FAILURE_JITTER = 0.2;
const UINT32_RANGE = 2 ** 32;

/** `value` give or take a share of it, 0 to 1. */
export function jittered(value: number, share: number, random: Random): number {
  return value * (1 + share * ((2 * random.uint32()) / UINT32_RANGE - 1));
}

/** The pause in ms after failure number `failures` in a row, counted from 1. */
export function pauseAfter(failures: number, random: Random): number {
  const usualMs = FAILURE_PAUSES_MS[Math.min(failures, FAILURE_PAUSES_MS.length) - 1]!;
  const pauseMs = failures > PATIENCE_FAILURES ? LONG_PAUSE_MS : usualMs;
  return jittered(pauseMs, FAILURE_JITTER, random);
}
