// What a node does for itself: peers and plants expire, counters go to disk.

import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock } from '../../shared/platform/clock.ts';
import { every } from '../../shared/platform/every.ts';
import type { Log } from '../../shared/platform/log.ts';
import type { Random } from '../../shared/platform/random.ts';
import type { Holdings } from '../store/holdings.ts';
import type { DownloadedCount } from '../store/torrents.ts';
import type { Tracker } from '../tracker/tracker.ts';

export interface UpkeepOptions {
  readonly tracker: Pick<Tracker, 'sweep' | 'takeDownloaded' | 'stats'>;
  readonly holdings: Pick<Holdings, 'expire' | 'saveDownloaded'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

export interface Upkeep {
  /** Writes the last counts of downloads; rejects when they cannot be written. */
  stop(): Promise<void>;
}

const SWEEP_INTERVAL_MS = 250;
/** All torrents are looked at about once in this time, in slices. */
const SWEEP_ROUND_MS = 60_000;
const MIN_TORRENTS_PER_SLICE = 100;
const FLUSH_INTERVAL_MS = 30_000;
/** A few milliseconds of writing. */
const COUNTS_PER_TRANSACTION = 1000;
const EXPIRY_INTERVAL_MS = 60_000;

/** Plants that expired while the node was down are dropped at once. */
export function startUpkeep(options: UpkeepOptions): Upkeep {
  const { tracker, holdings, clock, random, log } = options;
  const sweep = every({
    intervalMs: SWEEP_INTERVAL_MS,
    random,
    task: () => {
      const share = Math.ceil((tracker.stats.torrents * SWEEP_INTERVAL_MS) / SWEEP_ROUND_MS);
      tracker.sweep(Math.floor(clock.now() / 1000), Math.max(share, MIN_TORRENTS_PER_SLICE));
    },
    onError: (error) => log.error({ err: error }, 'expiring peers failed'),
  });
  const downloaded = new DownloadedCounts(tracker, holdings);
  const flush = every({
    intervalMs: FLUSH_INTERVAL_MS,
    random,
    task: async (signal) => {
      while (!signal.aborted && downloaded.save()) await nextTurn();
    },
    onError: (error) => log.error({ err: error }, 'keeping the counts of downloads failed'),
  });
  const expiry = every({
    intervalMs: EXPIRY_INTERVAL_MS,
    random,
    startNow: true,
    task: async (signal) => {
      while (!signal.aborted && holdings.expire(clock.now())) await nextTurn();
    },
    onError: (error) => log.error({ err: error }, 'expiring plants failed'),
  });
  return {
    stop: async () => {
      await Promise.all([sweep.stop(), flush.stop(), expiry.stop()]);
      while (downloaded.save());
    },
  };
}

/** Brings counts of downloads to disk; those that could not be written are written first the next time. */
class DownloadedCounts {
  readonly #tracker: UpkeepOptions['tracker'];
  readonly #holdings: UpkeepOptions['holdings'];
  #taken: readonly DownloadedCount[] = [];

  constructor(tracker: UpkeepOptions['tracker'], holdings: UpkeepOptions['holdings']) {
    this.#tracker = tracker;
    this.#holdings = holdings;
  }

  /** Writes some of the counts that changed; returns whether there may be more. */
  save(): boolean {
    if (this.#taken.length === 0) this.#taken = this.#tracker.takeDownloaded(COUNTS_PER_TRANSACTION);
    const { length } = this.#taken;
    if (length > 0) this.#holdings.saveDownloaded(this.#taken);
    this.#taken = [];
    return length === COUNTS_PER_TRANSACTION;
  }
}
