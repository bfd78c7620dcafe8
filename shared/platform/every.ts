// A task repeated for as long as a service lives: never overlapping, never keeping the process alive.

import type { Random } from './random.ts';

export interface EveryOptions {
  /** Pause from the end of one run to the start of the next. */
  readonly intervalMs: number;
  /** Share of the interval, 0 to 1, by which each pause is shortened or lengthened at random; 0 when left out. */
  readonly jitter?: number;
  readonly random: Random;
  /** The signal is aborted by `stop`. */
  readonly task: (signal: AbortSignal) => Promise<void> | void;
  /** Told of everything the task throws, except after `stop`; the next run comes all the same. */
  readonly onError: (error: unknown) => void;
  /** The first run starts at once instead of after the first pause. */
  readonly startNow?: boolean;
}

export interface Repetition {
  /** Runs the task now, or once more after the run in progress; settles when that run has ended, never rejects. */
  runNow(): Promise<void>;
  /** Aborts the task's signal, waits for the run in progress; no run starts afterwards. */
  stop(): Promise<void>;
}

const MAX_TIMER_MS = 2 ** 31 - 1;
const UINT32_RANGE = 2 ** 32;

export function every(options: EveryOptions): Repetition {
  const { intervalMs, jitter = 0, random, task, onError, startNow = false } = options;
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let current: Promise<void> | undefined;
  let following: Promise<void> | undefined;

  const schedule = (): void => {
    clearTimeout(timer);
    if (controller.signal.aborted) return;
    const swing = jitter * ((2 * random.uint32()) / UINT32_RANGE - 1);
    timer = setTimeout(start, Math.min(intervalMs * (1 + swing), MAX_TIMER_MS)).unref();
  };

  const run = async (): Promise<void> => {
    try {
      await task(controller.signal);
    } catch (error) {
      if (!controller.signal.aborted) onError(error);
    }
  };

  const start = (): Promise<void> => {
    if (controller.signal.aborted) return Promise.resolve();
    clearTimeout(timer);
    current ??= run().finally(() => {
      current = undefined;
      schedule();
    });
    return current;
  };

  const runNow = (): Promise<void> => {
    if (current === undefined) return start();
    following ??= current.then(() => {
      following = undefined;
      return start();
    });
    return following;
  };

  const stop = async (): Promise<void> => {
    controller.abort();
    clearTimeout(timer);
    await current;
  };

  if (startNow) void start();
  else schedule();
  return { runNow, stop };
}
