// Supernodes and nodes as processes, each on a host of its own in the lab, and a visitor on one more host who sees them all.

import { join } from 'node:path';
import type { Id } from '../../shared/protocol/records/record.ts';
import type { InfoHash } from '../../shared/protocol/torrent/info-hash.ts';
import { startAnatomic } from '../helpers/anatomic.ts';
import { LonePlanter } from '../helpers/lone-planter.ts';
import type { RunningProcess } from '../helpers/running-process.ts';
import { until } from '../helpers/until.ts';
import { type Host, Lab, type Place } from './lab.ts';
import { Visitor } from './visitor.ts';

/** A running role. */
export interface LabRole {
  readonly host: Host;
  readonly baseUrl: string;
  readonly id: Id;
}

export interface LabPlan {
  readonly supernodes: readonly Place[];
  /** The one in `isIpv6` has no other URL than its IPv6 address. */
  readonly nodes: readonly (Place & { readonly isIpv6?: boolean })[];
  readonly visitor: Place;
  readonly supernodeFlags: readonly string[];
}

const PORT = 7000;
const TOKEN = 'test-test-test-test';
const START_LIMIT_MS = 60_000;
const MAX_ANSWER_BYTES = 65_536;

export class LabNetwork implements AsyncDisposable {
  readonly lab: Lab;
  readonly supernodes: LabRole[] = [];
  readonly nodes: LabRole[] = [];
  readonly planter: LonePlanter;
  readonly #visitor: Visitor;
  readonly #processes: RunningProcess[] = [];

  private constructor(lab: Lab) {
    this.lab = lab;
    this.#visitor = new Visitor(lab.hosts.at(-1)!, [lab.network, lab.network6]);
    this.planter = new LonePlanter(this.#visitor);
  }

  /** Resolves when all supernodes know each other and all nodes. Needs root. */
  static async start(plan: LabPlan): Promise<LabNetwork> {
    const { supernodes, nodes, visitor } = plan;
    const network = new LabNetwork(await Lab.atPlaces([...supernodes, ...nodes, visitor]));
    try {
      await network.#startAll(plan);
      return network;
    } catch (error) {
      await network[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Where a supernode sends an announce of a leecher; undefined when it knows no carrier that answers. */
  async redirectOf({ baseUrl }: LabRole, infoHash: InfoHash): Promise<string | undefined> {
    const query = `info_hash=${infoHash.replace(/../g, '%$&')}&peer_id=-XX0000-000000000000&port=2000&left=1`;
    const { headers } = await this.#get(`${baseUrl}/announce?${query}`);
    return headers.location?.replace(/\/announce\?.*$/, '');
  }

  /** The nodes that serve the torrent to clients, whatever supernodes say. */
  async servedBy(infoHash: InfoHash): Promise<LabRole[]> {
    const query = `info_hash=${infoHash.replace(/../g, '%$&')}&peer_id=-XX0000-000000000000&port=2000&left=1&event=stopped`;
    const serves = await Promise.all(
      this.nodes.map(async ({ baseUrl }) => {
        const { body } = await this.#get(`${baseUrl}/announce?${query}`);
        return !body.includes('failure reason');
      }),
    );
    return this.nodes.filter((_, index) => serves[index]);
  }

  /** How many nodes the supernode calls dead. */
  async deadNodes({ baseUrl }: LabRole): Promise<number> {
    const { body } = await this.#get(`${baseUrl}/admin/v1/healing`, { Authorization: `Bearer ${TOKEN}` });
    return (JSON.parse(body.toString()) as { deadNodes: number }).deadNodes;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#processes.map((process) => process.stop()));
    await this.#visitor.close();
    await this.lab[Symbol.asyncDispose]();
  }

  async #startAll({ supernodes, nodes, supernodeFlags }: LabPlan): Promise<void> {
    const urls = supernodes.map((place) => urlOf(place));
    const known = urls.flatMap((url) => ['--supernode', url]);
    const admin = ['--admin-token', `all:${TOKEN}`, '--allow-admin', this.lab.network];
    const start = (role: string, index: number, host: string, flags: readonly string[]): RunningProcess => {
      const { namespace } = this.lab.host(index);
      const place = [
        '--host',
        host,
        '--http-port',
        String(PORT),
        '--data-directory',
        join(this.lab.folder, `${index}`),
      ];
      const allowed = ['--allow-network', this.lab.network, '--allow-network', this.lab.network6];
      const process = startAnatomic([role, ...place, ...allowed, ...known, '--log-level', 'silent', ...flags], {
        namespace,
      });
      this.#processes.push(process);
      return process;
    };
    const first = supernodes.map(({ address }, index) =>
      start('supernode', index, address, [...admin, ...supernodeFlags]),
    );
    await Promise.all(first.map((process) => process.line(/^ready$/)));
    const others = nodes.map(({ address, address6, isIpv6 = false }, index) =>
      start('node', supernodes.length + index, isIpv6 ? address6 : address, []),
    );
    await Promise.all(others.map((process) => process.line(/^ready$/)));
    for (const [index, baseUrl] of urls.entries()) {
      const { id } = await this.planter.supernodes.ping(baseUrl);
      this.supernodes.push({ host: this.lab.host(index), baseUrl, id });
    }
    for (const [index, place] of nodes.entries()) {
      const baseUrl = urlOf(place);
      const { id } = await this.planter.nodes.ping(baseUrl);
      this.nodes.push({ host: this.lab.host(supernodes.length + index), baseUrl, id });
    }
    for (const supernode of this.supernodes) await this.#settle(supernode);
  }

  #settle({ baseUrl }: LabRole): Promise<boolean> {
    const knowsAll = async (): Promise<boolean> => {
      const { body } = await this.#get(`${baseUrl}/health`);
      const { nodes, supernodes } = JSON.parse(body.toString()) as Record<'nodes' | 'supernodes', { up: number }>;
      return nodes.up === this.nodes.length && supernodes.up === this.supernodes.length;
    };
    return until(knowsAll, { what: 'all known to all', timeoutMs: START_LIMIT_MS });
  }

  #get(url: string, headers: Readonly<Record<string, string>> = {}): ReturnType<Visitor['request']> {
    return this.#visitor.request(url, { method: 'GET', headers, maxBytes: MAX_ANSWER_BYTES });
  }
}

function urlOf({ address, address6, isIpv6 = false }: Place & { readonly isIpv6?: boolean }): string {
  return `http://${isIpv6 ? `[${address6}]` : address}:${PORT}`;
}
