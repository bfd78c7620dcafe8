// One node of the sharing bench, in a process of its own: a tracker, its sharing, and the control plane that partners call.
// No client reaches it over the network: the bench announces straight to the tracker, so that what remains is sharing.

import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { createShareHandler } from '../../node/api/share.ts';
import { createSyncHandler } from '../../node/api/sync.ts';
import { startSharing } from '../../node/jobs/sharing.ts';
import { Sharing } from '../../node/sharing/sharing.ts';
import { Tracker } from '../../node/tracker/tracker.ts';
import { readBencodedBody } from '../../shared/http/bencoded-body.ts';
import { handleErrors } from '../../shared/http/error-handler.ts';
import { createGuard } from '../../shared/http/guard.ts';
import { NodeClient } from '../../shared/http/node-client.ts';
import { systemClock as clock } from '../../shared/platform/clock.ts';
import { createSigner } from '../../shared/platform/keys.ts';
import { createLog } from '../../shared/platform/log.ts';
import { systemRandom as random } from '../../shared/platform/random.ts';
import { NetworkSet } from '../../shared/protocol/addresses/networks.ts';
import { SHARE_PATH, SYNC_PATH } from '../../shared/protocol/messages/share-messages.ts';
import { nodeRecord } from '../../shared/protocol/records/statements.ts';
import { type InfoHash, infoHashBytes } from '../../shared/protocol/torrent/info-hash.ts';
import { AnnounceAnswer, AnnounceRequest, ScrapeCounts } from '../../shared/protocol/tracker/tracker-messages.ts';

export interface BenchNode {
  readonly id: string;
  readonly url: string;
  readonly record: Uint8Array;
  readonly tracker: Tracker;
  readonly sharing: Sharing;
  /** A new peer of a torrent; its number makes its address. */
  announce(infoHash: InfoHash, peer: number): void;
  /** Seeders and leechers together. */
  peers(infoHash: InfoHash): number;
  stop(): Promise<void>;
}

const TIMES = { smallFlushMs: 200, flushMs: 2000, censusMs: 3_600_000, syncPauseMs: 5000 };

export async function startBenchNode(number: number): Promise<BenchNode> {
  const signer = createSigner(Buffer.alloc(32, number));
  const limits = { maxTorrents: 100_000, maxPeers: 5_000_000, maxPeersPerTorrent: 100_000 };
  const tracker = new Tracker(
    { mode: 'planted', intervalSeconds: 1800, minIntervalSeconds: 900, peerLifetimeSeconds: 2700, ...limits },
    random,
  );
  const allowed = new NetworkSet([]);
  const options = { self: signer.id, tracker: tracker.sharing, random, allowed, times: TIMES };
  const sharing = new Sharing({ ...options, maxPartners: 10, maxPeersPerTorrent: 1000 });
  const log = createLog({ level: 'warn', role: 'bench' });
  const app = express();
  const calls = { signer, clock, sharing, checks: { count: () => undefined } };
  app.post(SHARE_PATH, readBencodedBody(), createShareHandler(calls));
  app.post(SYNC_PATH, readBencodedBody(), createSyncHandler(calls));
  app.use(handleErrors(log));
  const server = createServer(app).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const guard = createGuard({ allowNetworks: ['127.0.0.0/8'], configuredUrls: [] });
  const client = new NodeClient({ guard, signer, clock, random });
  const job = startSharing({ sharing, client, clock, random, log });
  const statement = { urls: [url], udpPort: 0, state: 'open' as const, weight: 100, software: 'bench' };
  const record = nodeRecord.sign({ ...statement, seq: clock.now(), ttlSeconds: 3600 }, signer).bytes;
  return {
    id: signer.id,
    url,
    record,
    tracker,
    sharing,
    announce: announcer(tracker),
    peers: counter(tracker),
    stop: async () => {
      await Promise.all([job.stop(), guard.close()]);
      server.close();
      server.closeAllConnections();
    },
  };
}

function announcer(tracker: Tracker): BenchNode['announce'] {
  const request = new AnnounceRequest();
  const answer = new AnnounceAnswer();
  return (infoHash, peer) => {
    infoHashBytes(infoHash).copy(request.infoHash);
    request.address.writeUInt32BE(0x05000000 + (peer >>> 6), 0);
    request.port = 2000 + (peer & 63);
    if (tracker.announce(request, answer, Math.floor(clock.now() / 1000)) !== undefined) throw new Error('refused');
  };
}

function counter(tracker: Tracker): BenchNode['peers'] {
  const counts = new ScrapeCounts();
  return (infoHash) => {
    tracker.scrape(infoHashBytes(infoHash), 0, counts);
    return counts.seeders + counts.leechers;
  };
}
