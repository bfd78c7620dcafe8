// One walk over all torrents, in slices, while announces go on: torrents that come and go meanwhile may be missed.

import type { SwarmStore } from './swarm-store.ts';
import type { Torrent } from './torrent-table.ts';

export class TorrentWalk {
  readonly #store: SwarmStore;
  #torrent: Torrent = 0;

  constructor(store: SwarmStore) {
    this.#store = store;
  }

  /** Visits the torrents in the next `maxPlaces` places of the table; false when that was the last of them. */
  next(maxPlaces: number, visit: (torrent: Torrent) => void): boolean {
    const { torrents } = this.#store;
    for (let places = 0; places < maxPlaces; places++) {
      this.#torrent = torrents.following(this.#torrent);
      if (this.#torrent === 0) return false;
      if (torrents.isUsed(this.#torrent)) visit(this.#torrent);
    }
    return true;
  }
}
