// A store with torrents and peers by number, for tests of what walks over it.

import { SwarmStore } from '../../../node/tracker/swarm-store.ts';
import { seededRandom } from '../../../shared/platform/random.ts';
import { infoHashBytes } from '../../../shared/protocol/torrent/info-hash.ts';
import { AnnounceRequest } from '../../../shared/protocol/tracker/tracker-messages.ts';

export function createStore(maxTorrents = 50_000): SwarmStore {
  return new SwarmStore(
    { maxTorrents, maxPeers: 10_000, maxPeersPerTorrent: 1000, refreshMinutes: 15 },
    seededRandom(1),
  );
}

/** Adds a torrent with so many peers, the first of them seeders. */
export function addTorrent(store: SwarmStore, infoHash: string, peers = 0, seeders = 0): void {
  const torrent = store.torrents.add(infoHashBytes(infoHash), 0);
  const request = new AnnounceRequest();
  request.address[3] = 1;
  for (let i = 0; i < peers; i++) {
    request.port = i + 1;
    request.isSeeder = i < seeders;
    store.enter(torrent, request, 0);
  }
}

export function removeTorrent(store: SwarmStore, infoHash: string): void {
  const torrent = store.torrents.find(infoHashBytes(infoHash), 0);
  store.removePeers(torrent);
  store.torrents.remove(torrent);
}
