// Where real programs meet in a test: all on loopback, or each host in a network namespace of its own on one bridge.
// Some clients drop peers on 127.0.0.0/8, so only the second kind tells anything about them.

import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface Host {
  /** IPv4. */
  readonly address: string;
  readonly address6: string;
  /** Undefined on loopback. */
  readonly namespace: string | undefined;
}

/** Where a host is: within 10.0.0.0/8, and within fd77::/16. */
export interface Place {
  readonly address: string;
  readonly address6: string;
}

const NETWORK = '10.0.0.0/8';
const NETWORK6 = 'fd77::/16';
const PREFIX_BITS = 8;
const PREFIX_BITS6 = 16;
/** A MAC that no host has: what is sent there is lost. */
const NOWHERE = '02:00:00:00:00:01';

export class Lab implements AsyncDisposable {
  readonly hosts: readonly Host[];
  /** What servers must be told to allow: the lab's addresses are not public ones. */
  readonly network: string;
  readonly network6 = NETWORK6;
  /** A folder of its own, gone with the lab. */
  readonly folder: string;
  readonly #namespaces: readonly string[];

  private constructor(hosts: readonly Host[], network: string, folder: string, namespaces: readonly string[]) {
    this.hosts = hosts;
    this.network = network;
    this.folder = folder;
    this.#namespaces = namespaces;
  }

  static async onLoopback(count: number): Promise<Lab> {
    const hosts = Array.from({ length: count }, () => ({
      address: '127.0.0.1',
      address6: '::1',
      namespace: undefined,
    }));
    return new Lab(hosts, '127.0.0.0/8', await labFolder(), []);
  }

  /** `count` hosts 10.77.0.1, fd77::1 and up, joined by a bridge in a namespace of its own; nothing is routed out. Needs root. */
  static inNamespaces(count: number): Promise<Lab> {
    const places = Array.from({ length: count }, (_, index) => {
      return { address: `10.77.0.${index + 1}`, address6: `fd77::${index + 1}` };
    });
    return Lab.atPlaces(places);
  }

  /** As `inNamespaces`, with chosen addresses: all hosts are neighbours, whatever their networks look like. */
  static async atPlaces(places: readonly Place[]): Promise<Lab> {
    const prefix = `anatomic${process.pid}`;
    const bridge = `${prefix}-bridge`;
    const names = places.map((_, index) => `${prefix}-${index + 1}`);
    const hosts = places.map((place, index) => ({ ...place, namespace: names[index]! }));
    const lab = new Lab(hosts, NETWORK, await labFolder(), [bridge, ...names]);
    await ip(`netns add ${bridge}`);
    await ip(`-n ${bridge} link add br0 type bridge`);
    await ip(`-n ${bridge} link set br0 up`);
    for (const [index, { address, address6, namespace }] of hosts.entries()) {
      await ip(`netns add ${namespace}`);
      await ip(`-n ${bridge} link add p${index} type veth peer name eth0 netns ${namespace}`);
      await ip(`-n ${bridge} link set p${index} master br0 up`);
      await ip(`-n ${namespace} link set lo up`);
      await ip(`-n ${namespace} addr add ${address}/${PREFIX_BITS} dev eth0`);
      // Without waiting whether somebody else has the address.
      await ip(`-n ${namespace} addr add ${address6}/${PREFIX_BITS6} dev eth0 nodad`);
      await ip(`-n ${namespace} link set eth0 up`);
    }
    return lab;
  }

  /** From now on what `from` sends to `to` over IPv4 is lost; the other direction stays as it is. */
  async cut(from: Host, to: Host): Promise<void> {
    await ip(`-n ${from.namespace} neigh replace ${to.address} lladdr ${NOWHERE} dev eth0 nud permanent`);
  }

  async mend(from: Host, to: Host): Promise<void> {
    await ip(`-n ${from.namespace} neigh del ${to.address} dev eth0`);
  }

  host(index: number): Host {
    const host = this.hosts[index];
    if (host === undefined) throw new Error(`the lab has ${this.hosts.length} hosts`);
    return host;
  }

  /** All processes in the namespaces must have ended before. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const namespace of this.#namespaces) await ip(`netns del ${namespace}`);
    await rm(this.folder, { recursive: true, force: true });
  }
}

async function ip(line: string): Promise<void> {
  await run('ip', line.split(' '));
}

function labFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'anatomic-lab-'));
}
