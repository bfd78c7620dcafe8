import { expect } from 'chai';
import { type NodeConfig, nodeOptions } from '../../node/config.ts';
import { SharingSide } from '../../node/sharing-side.ts';
import { Holdings } from '../../node/store/holdings.ts';
import { NodeStore } from '../../node/store/node-store.ts';
import { Tracker } from '../../node/tracker/tracker.ts';
import { createGuard, type Guard } from '../../shared/http/guard.ts';
import { createLog } from '../../shared/platform/log.ts';
import { parseOptions } from '../../shared/platform/options.ts';
import { seededRandom } from '../../shared/platform/random.ts';
import type { Signer } from '../../shared/protocol/records/record.ts';
import { nodeRecord } from '../../shared/protocol/records/statements.ts';
import { DAY_MS, hashOf, NOW, plantOf, signerOf } from './plant-records.ts';

const NODE = signerOf(100);
const OTHER = signerOf(102);
const T = hashOf(1);

function configOf(): NodeConfig {
  const parsed = parseOptions(nodeOptions, { argv: [], env: {} });
  if (parsed.kind !== 'config') throw new Error(`printed ${parsed.kind}`);
  return parsed.config;
}

function recordOf(node: Signer): Uint8Array {
  const statement = { urls: ['http://192.0.2.1:6969'], udpPort: 0, state: 'open', weight: 100 } as const;
  return nodeRecord.sign({ ...statement, software: 'test', seq: NOW, ttlSeconds: 86_400 }, node).bytes;
}

describe('node/sharing-side.ts', () => {
  let store: NodeStore;
  let guard: Guard;
  let running: SharingSide[];
  let holdings: Holdings;

  beforeEach(() => {
    store = new NodeStore(':memory:');
    guard = createGuard({ allowNetworks: [], configuredUrls: [] });
    running = [];
  });
  afterEach(async () => {
    await Promise.all([...running.map((side) => side.stop()), guard.close()]);
    store.close();
  });

  /** What a node is after a start. */
  function start(): SharingSide {
    const limits = { maxTorrents: 100, maxPeers: 1000, maxPeersPerTorrent: 500 };
    const times = { intervalSeconds: 1800, minIntervalSeconds: 900, peerLifetimeSeconds: 2700 };
    const random = seededRandom(1);
    const tracker = new Tracker({ mode: 'planted', ...times, ...limits }, random);
    holdings = new Holdings(store, tracker, { maxPlants: 100 });
    const log = createLog({ level: 'silent', role: 'node' });
    const parts = { signer: NODE, store, tracker, guard, supernodes: () => [], clock: { now: () => NOW }, random, log };
    const side = new SharingSide(configOf(), parts);
    running.push(side);
    return side;
  }

  const learn = (side: SharingSide, nodes: readonly Signer[], records: readonly Signer[]): Promise<void> =>
    side.learn(
      records.map(recordOf),
      nodes.length === 0 ? [] : [{ infoHash: T, nodes: [NODE.id, ...nodes.map(({ id }) => id)] }],
      NOW,
    );

  it('shares after a restart with those that an allocation named, where their records say', async () => {
    const side = start();
    holdings.plant([plantOf(signerOf(1), T)], NOW);
    await learn(side, [OTHER], [OTHER]);
    const [partner] = [...start().sharing.partners.values()];
    expect(partner).to.deep.include({ id: OTHER.id, urls: ['http://192.0.2.1:6969'] });
  });

  it('remembers no record of a node that no allocation names, however many a planter brings', async () => {
    const side = start();
    holdings.plant([plantOf(signerOf(1), T)], NOW);
    const invented = Array.from({ length: 20 }, (_, index) => signerOf(110 + index));
    await learn(side, [], invented);
    await learn(side, [OTHER], [OTHER, ...invented]);
    expect(store.coCarriers.nodes().map(({ id }) => id)).to.deep.equal([OTHER.id]);
    expect(invented.some(({ id }) => side.sharing.partners.known(id) !== undefined)).to.equal(false);
  });

  it('keeps the record of a partner that was introduced before it was one', async () => {
    const side = start();
    holdings.plant([plantOf(signerOf(1), T)], NOW);
    await side.introduce([recordOf(OTHER)], NOW);
    await side.stop();
    expect(store.coCarriers.nodes()).to.deep.equal([]);
    side.learnWitnessed('f'.repeat(64), T, [OTHER.id], NOW);
    await side.stop();
    expect(store.coCarriers.nodes().map(({ id }) => id)).to.deep.equal([OTHER.id]);
  });

  it('forgets who carried a torrent that is carried no longer', async () => {
    const side = start();
    const plant = plantOf(signerOf(1), T);
    holdings.plant([plant], NOW);
    await learn(side, [OTHER], [OTHER]);
    expect([...store.coCarriers.pairs()]).to.deep.equal([{ infoHash: T, node: OTHER.id }]);
    holdings.expire(NOW + DAY_MS);
    expect([...store.coCarriers.pairs()]).to.deep.equal([]);
  });
});
