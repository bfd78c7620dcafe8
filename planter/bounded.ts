// Work on many things, a few at a time.

type Work<T, R> = (item: T, index: number) => Promise<R>;

/** Results in the order of the items. After `signal` or an error no item is begun; those left have no result. Rejects with the first error. */
export function bounded<T, R>(items: readonly T[], limit: number, work: Work<T, R>): Promise<R[]>;
export function bounded<T, R>(
  items: readonly T[],
  limit: number,
  work: Work<T, R>,
  signal: AbortSignal | undefined,
): Promise<(R | undefined)[]>;
export async function bounded<T, R>(
  items: readonly T[],
  limit: number,
  work: Work<T, R>,
  signal?: AbortSignal,
): Promise<(R | undefined)[]> {
  const results: (R | undefined)[] = new Array(items.length).fill(undefined);
  const queue = items.entries();
  let hasFailed = false;
  const take = async (): Promise<void> => {
    for (const [index, item] of queue) {
      if (hasFailed || signal?.aborted === true) return;
      try {
        results[index] = await work(item, index);
      } catch (error) {
        hasFailed = true;
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, take));
  return results;
}
