// Waits for a condition, not for a time: looks again and again, and fails after a bound that is far from any real wait.

import { setTimeout as sleep } from 'node:timers/promises';

const TIMEOUT_MS = 20_000;
const LOOK_EVERY_MS = 10;

/** Resolves with the first value of `condition` that is neither undefined nor false; throws after `timeoutMs`. */
export async function until<Value>(
  condition: () => Value | Promise<Value>,
  options: { readonly timeoutMs?: number; readonly what?: string; readonly lookEveryMs?: number } = {},
): Promise<Exclude<Value, undefined | false>> {
  const { timeoutMs = TIMEOUT_MS, what = 'the condition', lookEveryMs = LOOK_EVERY_MS } = options;
  const end = performance.now() + timeoutMs;
  for (;;) {
    const value = await condition();
    if (value !== undefined && value !== false) return value as Exclude<Value, undefined | false>;
    if (performance.now() > end) throw new Error(`${what} did not come true within ${timeoutMs} ms`);
    await sleep(lookEveryMs);
  }
}
