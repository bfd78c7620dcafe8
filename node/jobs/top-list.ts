// The torrents with the most peers, for whoever asks: looked for in slices, and kept for a while.

import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock } from '../../shared/platform/clock.ts';
import type { TopTorrent } from '../tracker/top-torrents.ts';
import type { Tracker } from '../tracker/tracker.ts';

export const MAX_TOP_TORRENTS = 100;
const LIFETIME_MS = 10_000;
/** Places of the table that are looked at in about a millisecond. */
const PLACES_PER_TURN = 20_000;

export class TopList {
  readonly #tracker: Pick<Tracker, 'topTorrents'>;
  readonly #clock: Clock;
  #list: Promise<readonly TopTorrent[]> = Promise.resolve([]);
  #expiresAt = 0;

  constructor(tracker: Pick<Tracker, 'topTorrents'>, clock: Clock) {
    this.#tracker = tracker;
    this.#clock = clock;
  }

  /** At most MAX_TOP_TORRENTS, most peers first, as they were some seconds ago. */
  get(): Promise<readonly TopTorrent[]> {
    const leftMs = this.#expiresAt - this.#clock.now();
    // More is left than there can be when the clock was set back.
    if (leftMs <= 0 || leftMs > LIFETIME_MS) {
      this.#expiresAt = this.#clock.now() + LIFETIME_MS;
      this.#list = this.#find();
    }
    return this.#list;
  }

  async #find(): Promise<readonly TopTorrent[]> {
    const top = this.#tracker.topTorrents(MAX_TOP_TORRENTS);
    while (top.next(PLACES_PER_TURN)) await nextTurn();
    return top.result();
  }
}
