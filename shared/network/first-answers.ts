// Several are asked at once, and who answers is waited for, not who does not.

import { setTimeout as sleep } from 'node:timers/promises';

/** After the first answer the others have so long: more than the way round the world and back, and less than a user notices. */
const GRACE_MS = 1000;

/** How each call ended, in order; left out are those that have not when GRACE_MS have gone by since the first success. */
export async function firstAnswers<T>(calls: readonly Promise<T>[]): Promise<PromiseSettledResult<T>[]> {
  const results: (PromiseSettledResult<T> | undefined)[] = calls.map(() => undefined);
  const noted = calls.map(async (call, index) => {
    [results[index]] = await Promise.allSettled([call]);
  });
  const over = new AbortController();
  const grace = Promise.any(calls).then(() => sleep(GRACE_MS, undefined, { signal: over.signal }));
  // Rejects when all calls did, or when all have ended.
  await Promise.race([Promise.all(noted), grace.catch(() => Promise.all(noted))]);
  over.abort();
  return results.filter((result) => result !== undefined);
}
