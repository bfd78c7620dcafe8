// The promise of the whole project, with real processes and real clients: what was planted can be downloaded by any
// standard client through a node and through a supernode, and still after the announcing node was killed.

import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { rewriteDictionary } from '../../shared/protocol/encoding/bencoding.ts';
import { startAnatomic } from '../helpers/anatomic.ts';
import type { RunningProcess } from '../helpers/running-process.ts';
import { type Client, makeSession, needClient } from './clients.ts';
import { Lab } from './lab.ts';

const NODES = 3;
const [SUPERNODE_HOST, FIRST_NODE_HOST, SEED_HOST, DOWNLOAD_HOST] = [0, 1, 1 + NODES, 2 + NODES];
const FILE_BYTES = 700_001;
const FILE_NAME = 'planted.bin';

/** Registers the story for one client, and a torrent of a version that it knows (BEP 52). */
export function describePlantedDownload(client: Client, version: 'v1' | 'v2' | 'hybrid' = 'v1'): void {
  describe(`a planted file, ${version}, downloaded with ${client.name}`, () => {
    let network: Network;

    before(async function () {
      needClient(this, client);
      network = await Network.start(client, version);
    });

    after(() => network?.stop());

    it("arrives byte for byte through a node's announce URL", () => network.exchange('node', network.carriers[0]));
    it("arrives byte for byte through a supernode's redirect", () =>
      network.exchange('redirect', network.supernodeAnnounce));

    describe('when the announcing node was killed with SIGKILL', () => {
      before(() => network.killFirstCarrier());

      it("arrives through the file's own announce list", () => network.exchange('list-after', undefined));
      it("arrives through the supernode's redirect, now to another carrier", () =>
        network.exchange('redirect-after', network.supernodeAnnounce));
    });
  });
}

/** One supernode, three nodes, and a file planted on two of them. */
class Network {
  readonly supernodeAnnounce: string;
  /** Announce URLs, the first is the one in `announce`. */
  readonly carriers: readonly string[];
  readonly #client: Client;
  readonly #lab: Lab;
  readonly #supernode: RunningProcess;
  readonly #nodes: ReadonlyMap<string, RunningProcess>;
  readonly #content: Buffer;
  readonly #torrentFile: string;

  private constructor(parts: {
    client: Client;
    lab: Lab;
    supernode: RunningProcess;
    supernodeAnnounce: string;
    nodes: ReadonlyMap<string, RunningProcess>;
    carriers: readonly string[];
    content: Buffer;
    torrentFile: string;
  }) {
    this.#client = parts.client;
    this.#lab = parts.lab;
    this.#supernode = parts.supernode;
    this.supernodeAnnounce = parts.supernodeAnnounce;
    this.#nodes = parts.nodes;
    this.carriers = parts.carriers;
    this.#content = parts.content;
    this.#torrentFile = parts.torrentFile;
  }

  static async start(client: Client, version: string): Promise<Network> {
    const lab = await (client.needsNamespaces
      ? Lab.inNamespaces(DOWNLOAD_HOST + 1)
      : Lab.onLoopback(DOWNLOAD_HOST + 1));
    const supernode = server(lab, SUPERNODE_HOST, 'supernode', ['--probe-interval', '1s']);
    const supernodeAnnounce = await announceUrl(supernode);
    const supernodeUrl = supernodeAnnounce.replace(/\/announce$/, '');
    const nodes = new Map<string, RunningProcess>();
    for (let index = 0; index < NODES; index += 1) {
      const node = server(lab, FIRST_NODE_HOST + index, 'node', ['--supernode', supernodeUrl]);
      nodes.set(await announceUrl(node), node);
    }
    for (const node of nodes.values()) await node.line(/^ready$/);

    const content = randomBytes(FILE_BYTES);
    const seedFolder = join(lab.folder, 'seed');
    await mkdir(seedFolder);
    await writeFile(join(seedFolder, FILE_NAME), content);
    const torrentFile = join(lab.folder, 'planted.torrent');
    const planted = await plant(lab, [
      join(seedFolder, FILE_NAME),
      '--torrent-version',
      version,
      '--supernode',
      supernodeUrl,
      '--copies',
      '2',
      '--output',
      torrentFile,
    ]);
    const carriers = planted.trackers.filter((url) => nodes.has(url));
    expect(carriers).to.have.length(2);
    expect(planted.trackers).to.include(supernodeAnnounce);
    return new Network({ client, lab, supernode, supernodeAnnounce, nodes, carriers, content, torrentFile });
  }

  /** One seed and one download of the planted file; with `announce`, both know only that URL. */
  async exchange(label: string, announce: string | undefined): Promise<void> {
    const torrentFile = join(this.#lab.folder, `${label}.torrent`);
    const bytes = await readFile(this.#torrentFile);
    await writeFile(
      torrentFile,
      announce === undefined ? bytes : rewriteDictionary(bytes, { announce, 'announce-list': undefined }),
    );
    const { folder } = this.#lab;
    await using _seed = await this.#client.seed(
      await makeSession(folder, `${label}-seed`, torrentFile, this.#lab.host(SEED_HOST), join(folder, 'seed')),
    );
    const session = await makeSession(folder, `${label}-download`, torrentFile, this.#lab.host(DOWNLOAD_HOST));
    await this.#client.download(session, FILE_NAME);
    const received = await readFile(join(session.folder, FILE_NAME));
    expect(received.equals(this.#content), 'the same bytes').to.equal(true);
  }

  async killFirstCarrier(): Promise<void> {
    await this.#nodes.get(this.carriers[0] ?? '')?.stop('SIGKILL');
  }

  async stop(): Promise<void> {
    for (const node of this.#nodes.values()) await node.stop();
    await this.#supernode.stop();
    await this.#lab[Symbol.asyncDispose]();
  }
}

function server(lab: Lab, hostIndex: number, role: string, args: readonly string[]): RunningProcess {
  const { address, namespace } = lab.host(hostIndex);
  const place = ['--host', address, '--http-port', '0', '--data-directory', join(lab.folder, `${role}-${hostIndex}`)];
  return startAnatomic([role, ...place, '--allow-network', lab.network, ...args], { namespace });
}

async function announceUrl(process: RunningProcess): Promise<string> {
  return (await process.line(/^listening (http:\S+)$/))[1] ?? '';
}

interface Planted {
  /** The written announce URLs: `announce` first. */
  readonly trackers: readonly string[];
}

async function plant(lab: Lab, args: readonly string[]): Promise<Planted> {
  const environment = { XDG_CONFIG_HOME: join(lab.folder, 'config'), XDG_STATE_HOME: join(lab.folder, 'state') };
  await using planter = startAnatomic(['plant', ...args, '--json', '--allow-network', lab.network], {
    namespace: lab.host(SEED_HOST).namespace,
    environment,
  });
  const code = await planter.end();
  expect(code, planter.stderrLines.join('\n')).to.equal(0);
  const { torrents } = JSON.parse(planter.stdoutLines.join('\n')) as { torrents: readonly Planted[] };
  return torrents[0] ?? { trackers: [] };
}
