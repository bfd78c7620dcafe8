// Measures how hard the node is pressed, and has the tracker answer longer intervals when it is.

import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Clock } from '../../shared/platform/clock.ts';
import { every } from '../../shared/platform/every.ts';
import type { Log } from '../../shared/platform/log.ts';
import type { Random } from '../../shared/platform/random.ts';
import { type LoadPolicy, pressureOf } from '../tracker/load-policy.ts';
import type { Tracker } from '../tracker/tracker.ts';

export interface LoadWatchOptions {
  readonly tracker: Pick<Tracker, 'fill' | 'setPressure'>;
  /** Announces received so far. */
  readonly announces: () => number;
  readonly policy: LoadPolicy;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Pick<Log, 'warn' | 'info' | 'error'>;
  /** Of the process this runs in unless a test hands in another. */
  readonly loopDelay?: LoopDelay;
}

/** How late timers come. */
export interface LoopDelay {
  /** Milliseconds on average since it was last asked. */
  take(): number;
  stop(): void;
}

export interface LoadWatch {
  /** Looks now; settles when done. */
  runNow(): Promise<void>;
  stop(): Promise<void>;
}

const WATCH_INTERVAL_MS = 5000;
const RESOLUTION_MS = 20;
/** The operator is told when the pressure rises beyond this, and when it is gone. */
const WORTH_SAYING = 0.5;

export function startLoadWatch(options: LoadWatchOptions): LoadWatch {
  const { tracker, announces, policy, clock, random, log, loopDelay = measureLoopDelay() } = options;
  let lastAnnounces = announces();
  let lastMs = clock.now();
  let isPressed = false;
  const watch = every({
    intervalMs: WATCH_INTERVAL_MS,
    random,
    task: () => {
      const nowMs = clock.now();
      const count = announces();
      // Nothing is known of a time in which the clock was set back.
      const seconds = nowMs > lastMs ? (nowMs - lastMs) / 1000 : Number.POSITIVE_INFINITY;
      const sample = {
        announcesPerSecond: (count - lastAnnounces) / seconds,
        eventLoopDelayMs: loopDelay.take(),
        fill: tracker.fill,
      };
      lastAnnounces = count;
      lastMs = nowMs;
      const pressure = pressureOf(sample, policy);
      tracker.setPressure(pressure);
      if (!isPressed && pressure > WORTH_SAYING) log.warn(sample, 'under pressure: clients are asked back later');
      if (isPressed && pressure === 0) log.info(sample, 'at ease again');
      isPressed = pressure > WORTH_SAYING || (isPressed && pressure > 0);
    },
    onError: (error) => log.error({ err: error }, 'measuring the load failed'),
  });
  return {
    runNow: () => watch.runNow(),
    stop: async () => {
      loopDelay.stop();
      await watch.stop();
    },
  };
}

function measureLoopDelay(): LoopDelay {
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  histogram.enable();
  return {
    take: () => {
      const meanMs = histogram.count === 0 ? 0 : histogram.mean / 1e6 - RESOLUTION_MS;
      histogram.reset();
      return Math.max(0, meanMs);
    },
    stop: () => void histogram.disable(),
  };
}
