// The control plane of a node on a real port, with a store in memory and everything around it in the test's hands.

import { LeakyBuckets, type LeakyBucketsOptions } from '../../../node/access/leaky-buckets.ts';
import { createApi } from '../../../node/api/app.ts';
import { OwnRecord } from '../../../node/api/own-record.ts';
import { CATALOGUE_PAGES, Quota, SIGNATURE_CHECKS } from '../../../node/api/quota.ts';
import { SourceRates } from '../../../node/api/source-rates.ts';
import { nodeMetrics } from '../../../node/api/stats.ts';
import { TopList } from '../../../node/jobs/top-list.ts';
import { SharingCounters } from '../../../node/sharing/stats.ts';
import { Holdings } from '../../../node/store/holdings.ts';
import { NodeStore } from '../../../node/store/node-store.ts';
import { Tracker } from '../../../node/tracker/tracker.ts';
import { Traffic } from '../../../node/tracker/traffic.ts';
import { AnswerCounts } from '../../../shared/http/answer-counts.ts';
import { createGuard } from '../../../shared/http/guard.ts';
import { NodeClient } from '../../../shared/http/node-client.ts';
import { OperatorNetworks, OperatorTokens } from '../../../shared/http/operators.ts';
import type { Clock } from '../../../shared/platform/clock.ts';
import { createLog } from '../../../shared/platform/log.ts';
import { seededRandom, systemRandom } from '../../../shared/platform/random.ts';
import { NetworkSet } from '../../../shared/protocol/addresses/networks.ts';
import type { Signer } from '../../../shared/protocol/records/record.ts';
import { serveOnLoopback } from '../../helpers/bound-server.ts';
import { hashOf, NOW, signerOf } from '../plant-records.ts';

export const NODE = signerOf(100);
export const SUPERNODE = signerOf(101);
/** The operator does not want this torrent. */
export const FORBIDDEN = hashOf(666);

export interface ApiServerOptions {
  readonly maxPlants?: number;
  readonly planter?: Signer;
  /** Signatures that are checked for one network at once. */
  readonly signatures?: number;
  /** Pages of the catalogue that one network gets at once. */
  readonly pages?: number;
}

export type ApiServer = Awaited<ReturnType<typeof startApiServer>>;

/** The node has joined SUPERNODE, and its clock stands at NOW until `clock.at` is changed. */
export async function startApiServer({
  maxPlants = 1000,
  planter = signerOf(1),
  signatures = SIGNATURE_CHECKS.capacity,
  pages = CATALOGUE_PAGES.capacity,
}: ApiServerOptions = {}) {
  const clock: Clock & { at: number } = { at: NOW, now: () => clock.at };
  const state = { readiness: 'ready' };
  const store = new NodeStore(':memory:');
  const limits = { maxTorrents: 5000, maxPeers: 100, maxPeersPerTorrent: 100 };
  const times = { intervalSeconds: 1800, minIntervalSeconds: 900, peerLifetimeSeconds: 2700 };
  const tracker = new Tracker({ mode: 'planted', ...times, ...limits }, seededRandom(1));
  const traffic = new Traffic();
  const holdings = new Holdings(store, tracker, { maxPlants });
  const ownRecord = new OwnRecord({
    description: { urls: ['http://192.0.2.1:6969'], udpPort: 6969, weight: 100, software: 'test' },
    signer: NODE,
    clock,
    takeSequence: (now) => store.ownSequence.take(now),
  });
  const answers = new AnswerCounts();
  const tokens = new OperatorTokens(['read:read-read-read-read', 'lifecycle:stop-stop-stop-stop']);
  const stats = () => ({
    software: 'test',
    uptimeSeconds: 5,
    state: 'open' as const,
    tracker: tracker.stats,
    listeners: [{ protocol: 'udp' as const, traffic: traffic.counts(), connections: 3, refusedConnections: 1 }],
    supernodes: 2,
    isDatabaseWritable: true,
    sharing: {
      counters: new SharingCounters(),
      partners: 0,
      links: 0,
      remotePeers: 0,
      longestQueue: 0,
      unsynced: 0,
    },
    answers,
  });
  const trustedProxies = new NetworkSet(['127.0.0.1']);
  const quota = (rates: LeakyBucketsOptions, of: string): Quota => {
    const buckets = new LeakyBuckets(rates, 1);
    return new Quota(new SourceRates({ buckets, per: 'network', trustedProxies, clock }), of);
  };
  const app = createApi({
    ping: { signer: NODE, clock, ownRecord, holdings, load: () => 7 },
    catalogue: { signer: NODE, holdings, pages: quota({ ...CATALOGUE_PAGES, capacity: pages }, 'pages') },
    plant: {
      signer: NODE,
      clock,
      holdings,
      hasJoined: (id) => id === SUPERNODE.id,
      isForbidden: (hash) => hash === FORBIDDEN,
      checks: quota({ ...SIGNATURE_CHECKS, capacity: signatures }, 'signatures to check'),
    },
    status: { id: NODE.id, readiness: () => state.readiness, stats },
    readers: { networks: new OperatorNetworks([], new NetworkSet([])), tokens },
    metrics: () => nodeMetrics(stats()),
    fullScrape: undefined,
    topTorrents: () => new TopList(tracker, clock).get(),
    admin: undefined,
    answers,
    log: createLog({ level: 'silent', role: 'node' }),
  });
  const server = await serveOnLoopback(app);
  const guard = createGuard({ allowNetworks: [], configuredUrls: [server.url] });
  const client = new NodeClient({ guard, signer: planter, clock: { now: () => NOW }, random: systemRandom });
  const close = async (): Promise<void> => {
    await guard.close();
    await server.close();
    store.close();
  };
  return { url: server.url, clock, state, traffic, tracker, holdings, store, client, guard, planter, close };
}
