// A process that writes a snapshot of a hundred peers to the file it is told: for a test that limits how long its files may be.

import { writeSnapshot } from '../../../node/store/swarm-snapshot.ts';
import { Tracker } from '../../../node/tracker/tracker.ts';
import { seededRandom } from '../../../shared/platform/random.ts';
import { infoHashBytes } from '../../../shared/protocol/torrent/info-hash.ts';
import { AnnounceAnswer, AnnounceRequest } from '../../../shared/protocol/tracker/tracker-messages.ts';
import { hashOf, NOW } from '../plant-records.ts';

const limits = { maxTorrents: 10, maxPeers: 1000, maxPeersPerTorrent: 1000 };
const times = { intervalSeconds: 1800, minIntervalSeconds: 900, peerLifetimeSeconds: 2700 };
const tracker = new Tracker({ mode: 'open', ...times, ...limits }, seededRandom(1));
const request = new AnnounceRequest();
infoHashBytes(hashOf(1)).copy(request.infoHash);
for (let port = 2000; port < 2100; port++) {
  request.port = port;
  tracker.announce(request, new AnnounceAnswer(), NOW / 1000);
}
await writeSnapshot(process.argv[2]!, tracker.image, NOW);
