// Expiry: a cursor that goes round the torrents for ever, a slice at a time.

import type { SwarmStore } from './swarm-store.ts';
import type { Torrent } from './torrent-table.ts';

/** Slots and records that a slice passes at most, whatever the swarms: below 3 ms. */
const MAX_PLACES_PER_SLICE = 1 << 18;

export class Sweep {
  /** Times that the cursor came round. */
  rounds = 0;
  readonly #store: SwarmStore;
  readonly #lifetimeMinutes: number;
  #torrent: Torrent = 0;

  constructor(store: SwarmStore, lifetimeMinutes: number) {
    this.#store = store;
    this.#lifetimeMinutes = lifetimeMinutes;
  }

  /** Visits the next `maxTorrents` torrents, or fewer when they are large or the round ends; returns how many peers expired. */
  next(minute: number, maxTorrents: number): number {
    let expired = 0;
    let visited = 0;
    for (let places = 0; places < MAX_PLACES_PER_SLICE && visited < maxTorrents; places++) {
      this.#torrent = this.#store.torrents.following(this.#torrent);
      if (this.#torrent === 0) {
        this.rounds++;
        break;
      }
      if (!this.#store.torrents.isUsed(this.#torrent)) continue;
      visited++;
      places += this.#store.slotCount(this.#torrent);
      expired += this.#store.expire(this.#torrent, minute, this.#lifetimeMinutes);
      this.#store.forgetIfUnused(this.#torrent);
    }
    return expired;
  }
}
