// The torrents with the most peers, found by one walk over all of them.

import type { InfoHash } from '../../shared/protocol/torrent/info-hash.ts';
import { ScrapeCounts } from '../../shared/protocol/tracker/tracker-messages.ts';
import type { SwarmStore } from './swarm-store.ts';
import type { Torrent } from './torrent-table.ts';
import { TorrentWalk } from './torrent-walk.ts';

export interface TopTorrent {
  readonly infoHash: InfoHash;
  readonly seeders: number;
  readonly leechers: number;
  readonly downloaded: number;
}

interface Place {
  readonly torrent: Torrent;
  readonly peers: number;
}

export class TopTorrents {
  readonly #store: SwarmStore;
  readonly #max: number;
  readonly #walk: TorrentWalk;
  /** Most peers first. */
  readonly #places: Place[] = [];

  constructor(store: SwarmStore, max: number) {
    this.#store = store;
    this.#max = max;
    this.#walk = new TorrentWalk(store);
  }

  /** Looks at the next torrents; false when all have been looked at. */
  next(maxPlaces: number): boolean {
    return this.#walk.next(maxPlaces, this.#visit);
  }

  /** Those with peers, most first, as they are now. */
  result(): TopTorrent[] {
    const { torrents } = this.#store;
    return this.#places
      .filter(({ torrent }) => torrents.isUsed(torrent))
      .map(({ torrent }) => {
        const counts = new ScrapeCounts();
        this.#store.count(torrent, counts);
        return { infoHash: torrents.infoHash(torrent), ...counts };
      });
  }

  readonly #visit = (torrent: Torrent): void => {
    const places = this.#places;
    const peers = this.#store.peerCount(torrent);
    const isFull = places.length === this.#max;
    if (peers === 0 || (isFull && peers <= places.at(-1)!.peers)) return;
    if (isFull) places.pop();
    let at = places.length;
    while (at > 0 && places[at - 1]!.peers < peers) at--;
    places.splice(at, 0, { torrent, peers });
  };
}
