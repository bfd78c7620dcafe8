// Supernodes and nodes on loopback in this process, each of which can be stopped and started again as if on a machine of its own.

import { nodeOptions } from '../../node/config.ts';
import { type NodeOverrides, type NodeService, startNode } from '../../node/service.ts';
import { main as plantMain } from '../../planter/main.ts';
import { parseOptions } from '../../shared/platform/options.ts';
import { supernodeOptions } from '../../supernode/config.ts';
import { type SupernodeOverrides, type SupernodeService, startSupernode } from '../../supernode/service.ts';
import { TemporaryFolder } from './temporary-folder.ts';
import { until } from './until.ts';

export interface TestNetworkPlan {
  readonly nodes: number;
  readonly supernodes: number;
  /** Flags beside those for the place: ['--mode', 'open']. */
  readonly nodeFlags?: readonly string[];
  readonly supernodeFlags?: readonly string[];
  /** Nobody is told of supernodes by flags: they have to be found. */
  readonly areStrangers?: boolean;
  /** By index of the node. */
  readonly nodeOverrides?: (index: number) => Partial<NodeOverrides>;
  /** By index of the supernode. */
  readonly supernodeOverrides?: (index: number) => Partial<SupernodeOverrides>;
}

/** What `anatomic plant --json` says of a torrent. */
export interface PlantedReport {
  readonly infoHash: string;
  readonly status: string;
  readonly file: string;
  /** The written announce URLs, the one in `announce` first. */
  readonly trackers: readonly string[];
  readonly carriers: readonly { readonly id: string; readonly url: string }[];
}

const ANYWHERE = ['--host', '127.0.0.1', '--allow-network', '127.0.0.0/8', '--log-level', 'silent'];

/** A role that comes back on the same port with the same data. */
class Member<Service extends { readonly baseUrl: string; stop(): Promise<void> }> {
  readonly baseUrl: string;
  readonly #start: (flags: readonly string[]) => Promise<Service>;
  #service: Service | undefined;

  private constructor(service: Service, start: (flags: readonly string[]) => Promise<Service>) {
    this.baseUrl = service.baseUrl;
    this.#service = service;
    this.#start = start;
  }

  static async start<Service extends { readonly baseUrl: string; stop(): Promise<void> }>(
    start: (flags: readonly string[]) => Promise<Service>,
  ): Promise<Member<Service>> {
    return new Member(await start(['--http-port', '0']), start);
  }

  get service(): Service {
    if (this.#service === undefined) throw new Error(`${this.baseUrl} is stopped`);
    return this.#service;
  }

  async stop(): Promise<void> {
    const service = this.#service;
    this.#service = undefined;
    await service?.stop();
  }

  async startAgain(): Promise<Service> {
    this.#service = await this.#start(['--http-port', new URL(this.baseUrl).port]);
    return this.#service;
  }
}

export class TestNetwork implements AsyncDisposable {
  readonly folder = new TemporaryFolder();
  readonly nodes: Member<NodeService>[] = [];
  readonly supernodes: Member<SupernodeService>[] = [];

  readonly #plan: TestNetworkPlan;

  private constructor(plan: TestNetworkPlan) {
    this.#plan = plan;
  }

  /** Resolves when every supernode that nodes were told of sees all of them up. */
  static async create(plan: TestNetworkPlan): Promise<TestNetwork> {
    const network = new TestNetwork(plan);
    try {
      for (let index = 0; index < plan.supernodes; index++) await network.addSupernode();
      for (let index = 0; index < plan.nodes; index++) await network.addNode();
      await Promise.all(network.nodes.map(({ service }) => service.ready));
      if (plan.areStrangers !== true)
        await until(() => network.#isWhole(), { what: 'all nodes seen by all supernodes' });
      return network;
    } catch (error) {
      await network.stop();
      throw error;
    }
  }

  /** Plants through the first supernode, or those given; returns what the planter reports. Throws with its words when it fails. */
  async plant(
    file: string,
    flags: readonly string[] = [],
    supernodes: readonly { readonly baseUrl: string }[] = this.supernodes.slice(0, 1),
  ): Promise<PlantedReport> {
    let out = '';
    let talk = '';
    const named = supernodes.flatMap(({ baseUrl }) => ['--supernode', baseUrl]);
    const home = { XDG_CONFIG_HOME: this.folder.at('config'), XDG_STATE_HOME: this.folder.at('state') };
    const code = await plantMain([file, ...named, '--json', ...flags], home, {
      out: (text) => {
        out += text;
      },
      talk: (text) => {
        talk += text;
      },
      folder: this.folder.path,
    });
    const report = code === 0 ? (JSON.parse(out) as { torrents: PlantedReport[] }).torrents[0] : undefined;
    if (report === undefined) throw new Error(`planting failed:\n${talk}`);
    return report;
  }

  nodeAt(baseUrl: string): Member<NodeService> {
    const node = this.nodes.find((candidate) => candidate.baseUrl === baseUrl);
    if (node === undefined) throw new Error(`no node at ${baseUrl}`);
    return node;
  }

  async stop(): Promise<void> {
    await Promise.all([...this.nodes, ...this.supernodes].map((member) => member.stop()));
    this.folder.remove();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  /** One more by the same plan. */
  async addSupernode(): Promise<void> {
    const plan = this.#plan;
    const index = this.supernodes.length;
    const settings = [...this.#settings(`supernode-${index}`), ...(plan.supernodeFlags ?? [])];
    const member = await Member.start(async (flags) => {
      const parsed = parseOptions(supernodeOptions, { argv: [...settings, ...flags], env: {} });
      if (parsed.kind !== 'config') throw new Error('not a configuration');
      return startSupernode(parsed.config, plan.supernodeOverrides?.(index));
    });
    this.supernodes.push(member);
  }

  async addNode(): Promise<void> {
    const plan = this.#plan;
    const index = this.nodes.length;
    const settings = [...this.#settings(`node-${index}`), '--udp-port', '0', ...(plan.nodeFlags ?? [])];
    const member = await Member.start(async (flags) => {
      const parsed = parseOptions(nodeOptions, { argv: [...settings, ...flags], env: {} });
      if (parsed.kind !== 'config') throw new Error('not a configuration');
      return startNode(parsed.config, plan.nodeOverrides?.(index));
    });
    this.nodes.push(member);
  }

  async #isWhole(): Promise<boolean> {
    const seen = this.supernodes.map(async ({ baseUrl }) => {
      const { nodes } = (await (await fetch(`${baseUrl}/health`)).json()) as { nodes: { up: number } };
      return nodes.up === this.nodes.length;
    });
    return (await Promise.all(seen)).every(Boolean);
  }

  /** Where a member lives and whom it knows: the supernodes that were there before it. */
  #settings(name: string): string[] {
    const introduced = this.#plan.areStrangers === true ? [] : this.supernodes;
    const known = introduced.flatMap(({ baseUrl }) => ['--supernode', baseUrl]);
    return [...ANYWHERE, '--data-directory', this.folder.at(name), ...known];
  }
}
