// A network whose supernodes can be cut off from each other and whose nodes can be killed, with times so short that a test
// sees what takes minutes and hours elsewhere.

import { expect } from 'chai';
import { createGuard } from '../../shared/http/guard.ts';
import type { SupernodeClient } from '../../shared/http/supernode-client.ts';
import type { Id } from '../../shared/protocol/records/record.ts';
import { rank } from '../../shared/protocol/sets/rendezvous.ts';
import type { InfoHash } from '../../shared/protocol/torrent/info-hash.ts';
import { CuttableGuards } from '../helpers/cuttable-guard.ts';
import { LonePlanter } from '../helpers/lone-planter.ts';
import { announce } from '../helpers/test-client.ts';
import { TestNetwork } from '../helpers/test-network.ts';
import { until } from '../helpers/until.ts';

type Node = TestNetwork['nodes'][number];

const TOKEN = 'test-test-test-test';
const ADMIN = ['--admin-token', `all:${TOKEN}`];
const DEAD_AFTER_MS = 1500;
/** Of the supernodes ranked for a torrent, each waits so much longer. */
export const HEAL_DELAY_MS = 800;
const TIMES = [
  ...['--probe-interval', '150ms', '--dead-after', `${DEAD_AFTER_MS}ms`, '--heal-delay', `${HEAL_DELAY_MS}ms`],
  ...['--trim-after', '500ms', '--brake-window', '1d'],
];
/** Of everything planted here. */
const COPIES = 2;

export interface WatchedPlan {
  readonly nodes: number;
  readonly supernodes: number;
  /** Beside those for the times. */
  readonly nodeFlags?: readonly string[];
  readonly supernodeFlags?: readonly string[];
  /** How supernodes reach the network; as ever when left out. */
  readonly openGuard?: typeof createGuard;
}

export class WatchedNetwork {
  readonly network: TestNetwork;
  /** Of the supernodes. */
  readonly guards: readonly CuttableGuards[];
  readonly #nodeGuards: readonly CuttableGuards[];
  readonly #guard = createGuard({ allowNetworks: ['127.0.0.0/8'], configuredUrls: [] });
  readonly #planter = new LonePlanter(this.#guard);
  readonly #ids: ReadonlyMap<string, Id>;

  private constructor(network: TestNetwork, guards: readonly CuttableGuards[], nodeGuards: readonly CuttableGuards[]) {
    this.network = network;
    this.guards = guards;
    this.#nodeGuards = nodeGuards;
    this.#ids = new Map(network.nodes.map(({ baseUrl, service }) => [baseUrl, service.id]));
  }

  get client(): SupernodeClient {
    return this.#planter.supernodes;
  }

  static async start(plan: WatchedPlan): Promise<WatchedNetwork> {
    const guards = Array.from({ length: plan.supernodes }, () => new CuttableGuards(plan.openGuard));
    const nodeGuards = Array.from({ length: plan.nodes }, () => new CuttableGuards());
    const network = await TestNetwork.create({
      ...plan,
      nodeFlags: [...ADMIN, ...(plan.nodeFlags ?? [])],
      supernodeFlags: [...TIMES, ...ADMIN, ...(plan.supernodeFlags ?? [])],
      // Nodes that come later cannot be cut off.
      nodeOverrides: (index) => ({ openGuard: nodeGuards[index]?.open ?? createGuard }),
      supernodeOverrides: (index) => ({ openGuard: guards[index]!.open }),
    });
    return new WatchedNetwork(network, guards, nodeGuards);
  }

  async stop(): Promise<void> {
    await this.network.stop();
    await this.#guard.close();
  }

  /** Plants two copies with the help of one supernode, and tells that one alone. */
  async plant(name: string, through = 0): Promise<InfoHash> {
    const { baseUrl, service } = this.network.supernodes[through]!;
    return (await this.#planter.plant({ baseUrl, id: service.id }, name, COPIES)).infoHash;
  }

  /** Tells the first supernode alone. */
  uproot(infoHash: InfoHash): Promise<void> {
    const { baseUrl, service } = this.network.supernodes[0]!;
    return this.#planter.uproot({ baseUrl, id: service.id }, infoHash);
  }

  /** The carriers that answer, as a supernode knows them, in the order of their ids. */
  async carriersAt(baseUrl: string, infoHash: InfoHash): Promise<Id[]> {
    const { items } = await this.client.lookup(baseUrl, [infoHash]);
    return items[0]!.carriers.flatMap(({ node, state }) => (state === 'up' ? [node] : [])).sort();
  }

  /** Resolves when all supernodes name carriers as wished; with those of the first. */
  everySupernode(infoHash: InfoHash, wish: (ids: Id[]) => boolean, what: string): Promise<Id[]> {
    const look = async (): Promise<Id[] | undefined> => {
      const urls = this.network.supernodes.map(({ baseUrl }) => baseUrl);
      const views = await Promise.all(urls.map((url) => this.carriersAt(url, infoHash)));
      return views.every(wish) ? views[0] : undefined;
    };
    return until(look, { what, timeoutMs: 15_000 });
  }

  /** Where a supernode sends an announce; undefined when it knows no carrier that answers. */
  async redirectOf(baseUrl: string, infoHash: InfoHash): Promise<string | undefined> {
    const query = `info_hash=${infoHash.replace(/../g, '%$&')}&peer_id=-XX0000-000000000000&port=2000&left=1`;
    const response = await fetch(`${baseUrl}/announce?${query}`, { redirect: 'manual' });
    await response.arrayBuffer();
    return response.headers.get('location')?.replace(/\/announce\?.*$/, '');
  }

  /** The running nodes that serve the torrent to clients, whatever supernodes say; in the order of their ids. */
  async servedBy(infoHash: InfoHash): Promise<Id[]> {
    const answers = this.network.nodes.map(async ({ baseUrl }) => {
      await announce(baseUrl, infoHash, { port: 2000, event: 'stopped' });
      return this.#ids.get(baseUrl)!;
    });
    const settled = await Promise.allSettled(answers);
    return settled.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : [])).sort();
  }

  nodeOf(id: Id): Node {
    return this.network.nodes.find(({ baseUrl }) => this.#ids.get(baseUrl) === id)!;
  }

  /** All nodes in the order in which they carry the torrent. */
  ranking(infoHash: InfoHash): Id[] {
    const candidates = [...this.#ids.values()].map((id) => ({ id, weight: 50 }));
    return rank(infoHash.slice(0, 3), candidates);
  }

  /** Ends a node as a broken machine does: nobody is told. */
  async kill(id: Id): Promise<void> {
    const node = this.nodeOf(id);
    const guard = this.#nodeGuards[this.network.nodes.indexOf(node)]!;
    guard.cut(...this.network.supernodes.map(({ baseUrl }) => baseUrl));
    await node.stop();
    guard.mend();
  }

  async admin(baseUrl: string, path: string): Promise<void> {
    const headers = { Authorization: `Bearer ${TOKEN}`, 'Content-Type': 'application/json' };
    const { status } = await fetch(`${baseUrl}/admin/v1${path}`, { method: 'POST', headers, body: '{}' });
    expect(status).to.equal(200);
  }

  /** What a supernode tells its operator of healing. */
  async healingOf(baseUrl: string): Promise<{ readonly deadNodes: number; readonly isBraked: boolean }> {
    const answer = await fetch(`${baseUrl}/admin/v1/healing`, { headers: { Authorization: `Bearer ${TOKEN}` } });
    return (await answer.json()) as { deadNodes: number; isBraked: boolean };
  }
}
