// The networks that are measured: supernodes and nodes on loopback, torrents planted on two nodes each, and what anybody can
// see of them from outside.

import { createGuard, type Guard } from '../../shared/http/guard.ts';
import type { Id } from '../../shared/protocol/records/record.ts';
import type { InfoHash } from '../../shared/protocol/torrent/info-hash.ts';
import { LonePlanter } from '../../test/helpers/lone-planter.ts';
import { TemporaryFolder } from '../../test/helpers/temporary-folder.ts';
import { announce } from '../../test/helpers/test-client.ts';
import { until } from '../../test/helpers/until.ts';
import { Role } from './role.ts';

export const COPIES = 2;

export interface Torrent {
  readonly infoHash: InfoHash;
  /** Those that it was planted on. */
  readonly carriers: readonly Role[];
}

/** All clients of a bench have one address: it is to count as many. */
export const NODE_FLAGS: readonly string[] = ['--max-shared-per-address', '65535'];
const START_LIMIT_MS = 60_000;

export class Network {
  readonly supernodes: readonly Role[];
  readonly nodes: readonly Role[];
  readonly planter: LonePlanter;
  readonly #guard: Guard;
  readonly #folder: TemporaryFolder;
  #planted = 0;

  /** Of roles that run; the folder goes with the network. */
  constructor(supernodes: readonly Role[], nodes: readonly Role[], folder: TemporaryFolder) {
    this.supernodes = supernodes;
    this.nodes = nodes;
    this.#folder = folder;
    this.#guard = createGuard({ allowNetworks: ['127.0.0.0/8'], configuredUrls: [] });
    this.planter = new LonePlanter(this.#guard);
  }

  /** Resolves when every supernode knows every node. */
  static async start(supernodeCount: number, nodeCount: number, supernodeFlags: readonly string[]): Promise<Network> {
    const folder = new TemporaryFolder();
    const supernodes: Role[] = [];
    const known = (): string[] => supernodes.flatMap(({ baseUrl }) => ['--supernode', baseUrl]);
    for (let index = 0; index < supernodeCount; index++) {
      const flags = [...supernodeFlags, ...known()];
      supernodes.push(await Role.start('supernode', folder.at(`supernode-${index}`), flags));
    }
    const nodes: Role[] = [];
    for (let index = 0; index < nodeCount; index++) {
      nodes.push(await Role.start('node', folder.at(`node-${index}`), [...NODE_FLAGS, ...known()]));
    }
    const network = new Network(supernodes, nodes, folder);
    await network.settled();
    return network;
  }

  /** Resolves when every supernode knows that so many nodes, or all, answer. */
  async settled(nodes = this.nodes.length): Promise<void> {
    for (const { baseUrl } of this.supernodes) {
      const isKnown = async (): Promise<boolean> => (await upNodes(baseUrl)) === nodes;
      await until(isKnown, { what: `${nodes} nodes that answer`, timeoutMs: START_LIMIT_MS });
    }
  }

  /** Through one supernode, which alone is told. */
  async plant(through = 0): Promise<Torrent> {
    const name = `torrent ${this.#planted++}`;
    const { infoHash, carriers } = await this.planter.plant(this.supernodes[through]!, name, COPIES);
    return { infoHash, carriers: carriers.map(({ id }) => this.nodeOf(id)) };
  }

  async plantMany(count: number): Promise<Torrent[]> {
    const torrents: Torrent[] = [];
    for (let index = 0; index < count; index++) torrents.push(await this.plant(index % this.supernodes.length));
    return torrents;
  }

  nodeOf(id: Id): Role {
    return this.nodes.find((node) => node.id === id)!;
  }

  /** The carriers that answer, and how many plant records there are, as a supernode knows it. */
  async known({ baseUrl }: Role, infoHash: InfoHash): Promise<{ up: Role[]; plants: number }> {
    const { items } = await this.planter.supernodes.lookup(baseUrl, [infoHash]);
    const { carriers, plants } = items[0]!;
    const up = carriers.flatMap(({ node, state }) => (state === 'up' ? [this.nodeOf(node)] : []));
    return { up, plants: plants.length };
  }

  async stop(): Promise<void> {
    await Promise.all([...this.nodes, ...this.supernodes].map((role) => role.stop()));
    await this.#guard.close();
    this.#folder.remove();
  }
}

/** Whether a node serves the torrent to clients. */
export async function isServed({ baseUrl }: Role, infoHash: InfoHash): Promise<boolean> {
  return announce(baseUrl, infoHash, { port: 1999, event: 'stopped' }).then(
    () => true,
    () => false,
  );
}

/** Waits for a condition; returns the milliseconds since `begun`, a time of `performance.now()`. */
export async function elapsed(
  begun: number,
  condition: () => Promise<boolean>,
  options: { readonly what: string; readonly limitMs: number; readonly everyMs?: number },
): Promise<number> {
  await until(condition, { what: options.what, timeoutMs: options.limitMs, lookEveryMs: options.everyMs ?? 20 });
  return performance.now() - begun;
}

async function upNodes(supernodeUrl: string): Promise<number> {
  const health = (await (await fetch(`${supernodeUrl}/health`)).json()) as { readonly nodes: { readonly up: number } };
  return health.nodes.up;
}
