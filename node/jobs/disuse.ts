// Torrents that were planted and that nobody announces make room again: who plants without sharing has a day.

import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock } from '../../shared/platform/clock.ts';
import { every, type Repetition } from '../../shared/platform/every.ts';
import type { Log } from '../../shared/platform/log.ts';
import type { Random } from '../../shared/platform/random.ts';
import { type InfoHash, infoHashBytes } from '../../shared/protocol/torrent/info-hash.ts';
import { ScrapeCounts } from '../../shared/protocol/tracker/tracker-messages.ts';
import type { Holdings } from '../store/holdings.ts';
import type { UnusedTorrent } from '../store/torrents.ts';
import type { Tracker } from '../tracker/tracker.ts';

export interface DisuseOptions {
  readonly tracker: Pick<Tracker, 'scrape'>;
  readonly holdings: Pick<Holdings, 'reviewUnused'>;
  /** A torrent that has had no peer for so long since it was planted is given up. */
  readonly unusedAfterMs: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** Peers stay for longer than that, so that none is overlooked. */
const REVIEW_INTERVAL_MS = 600_000;
const REVIEWS_PER_LAPSE = 10;

export function startDisuse(options: DisuseOptions): Repetition {
  const { tracker, holdings, unusedAfterMs, clock, random, log } = options;
  const counts = new ScrapeCounts();
  const isUsed = (infoHash: InfoHash): boolean => {
    tracker.scrape(infoHashBytes(infoHash), 0, counts);
    return counts.seeders + counts.leechers + counts.downloaded > 0;
  };
  return every({
    intervalMs: Math.min(REVIEW_INTERVAL_MS, unusedAfterMs / REVIEWS_PER_LAPSE),
    jitter: 0.1,
    random,
    task: async (signal) => {
      const deadline = clock.now() - unusedAfterMs;
      let place: UnusedTorrent | undefined;
      do {
        place = holdings.reviewUnused(place, isUsed, deadline);
        await nextTurn();
      } while (place !== undefined && !signal.aborted);
    },
    onError: (error) => log.error({ err: error }, 'looking for unused torrents failed'),
  });
}
