// `anatomic get` and `anatomic seed` as real processes, against real clients in both directions, and through misfortune.

import { randomBytes } from 'node:crypto';
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { rewriteDictionary } from '../../shared/protocol/encoding/bencoding.ts';
import { startAnatomic } from '../helpers/anatomic.ts';
import { hasNamespaces, need } from '../helpers/needs.ts';
import type { RunningProcess } from '../helpers/running-process.ts';
import { aria2, makeSession, seedUnverified, transmission } from './clients.ts';
import { Lab } from './lab.ts';

const NODES = 2;
const [SUPERNODE_HOST, FIRST_NODE_HOST, SEED_HOST, GET_HOST] = [0, 1, 1 + NODES, 2 + NODES];
const FILE_BYTES = 3_000_001;
const FILE_NAME = 'given.bin';
const NO_ARGS: readonly string[] = [];
/** No supernode answers there. */
const NOBODY: readonly string[] = ['--supernode', 'http://127.0.0.1:1'];

for (const client of [aria2, transmission]) {
  describe(`anatomic get and seed with ${client.name}`, () => {
    let net: Network;

    before(async function () {
      need(this, client.isInstalled(), client.name);
      need(this, !client.needsNamespaces || hasNamespaces(), 'root, for network namespaces');
      net = await Network.start(client.needsNamespaces);
    });

    after(() => net?.stop());

    it(`gets what ${client.name} seeds`, async () => {
      const { lab, torrent } = net;
      await using _seed = await client.seed(
        await makeSession(lab.folder, 'theirs', torrent, lab.host(SEED_HOST), net.seedFolder),
      );
      await net.getsAll('got-theirs', torrent);
    });

    it(`seeds what ${client.name} gets`, async () => {
      const { lab, torrent } = net;
      // Some clients know one peer per address, and may take the seed from before for this one.
      await using _seed = await net.seed(torrent, { host: GET_HOST });
      const session = await makeSession(lab.folder, 'their-download', torrent, lab.host(SEED_HOST));
      await client.download(session, FILE_NAME);
      expect((await readFile(join(session.folder, FILE_NAME))).equals(net.content)).to.equal(true);
    });
  });
}

describe('anatomic get through misfortune', () => {
  let net: Network;

  beforeEach(async () => {
    net = await Network.start(false);
  });

  afterEach(() => net?.stop());

  it('ends although every carrier is killed meanwhile', async () => {
    await using _seed = await net.seed(net.torrent);
    await using get = net.get('got', net.torrent, '--download-limit', '1MiB');
    await get.line(/"event":"downloading".*"downloaded":[1-9]/);
    for (const node of net.nodes) await node.stop('SIGKILL');
    expect(await get.end(), get.stderrLines.join('\n')).to.equal(0);
    expect((await readFile(net.place('got'))).equals(net.content)).to.equal(true);
  });

  it('goes on after kill -9, and loads no more than is missing', async () => {
    await using _seed = await net.seed(net.torrent);
    await using first = net.get('got', net.torrent, '--download-limit', '512KiB');
    await first.line(/"event":"downloading".*"downloaded":[1-9]\d{6}/);
    await first.stop('SIGKILL');
    await using second = net.get('got', net.torrent);
    expect(await second.end(), second.stderrLines.join('\n')).to.equal(0);
    const [, onDisk] = await second.line(/"event":"verified".*?"downloaded":(\d+)/);
    const [, received] = await second.line(/"event":"ended".*"received":(\d+)/);
    expect(Number(onDisk)).to.be.greaterThan(500_000);
    expect(Number(received)).to.be.lessThan(FILE_BYTES - Number(onDisk) + 200_000);
    expect((await readFile(net.place('got'))).equals(net.content)).to.equal(true);
  });

  it('finds the damage on the disk, and loads only that', async () => {
    await using _seed = await net.seed(net.torrent);
    await net.getsAll('got', net.torrent);
    const damaged = Buffer.from(net.content);
    damaged[1_000_000]! ^= 1;
    await writeFile(net.place('got'), damaged);
    await using get = net.get('got', net.torrent);
    expect(await get.end(), get.stderrLines.join('\n')).to.equal(0);
    const [, received] = await get.line(/"event":"ended".*"received":(\d+)/);
    expect(Number(received)).to.be.within(1, 100_000);
    expect((await readFile(net.place('got'))).equals(net.content)).to.equal(true);
  });

  it('drops a peer that sends damaged pieces, and loads them from another', async function () {
    need(this, aria2.isInstalled(), aria2.name);
    const { lab, torrent } = net;
    const folder = join(lab.folder, 'damaged');
    await mkdir(folder);
    await writeFile(join(folder, FILE_NAME), randomBytes(FILE_BYTES));
    await using _liar = await seedUnverified(
      await makeSession(lab.folder, 'liar', torrent, lab.host(SEED_HOST), folder),
    );
    await using get = net.get('got', torrent);
    const [, peers, dropped] = await get.line(/"event":"damaged","piece":\d+,"peers":(\[.*?\]),"dropped":(\[.*?\])/);
    expect(dropped)
      .to.equal(peers)
      .and.match(/^\["127\.0\.0\.1:\d+"\]$/);
    // Nobody else has it yet: nothing that came is kept.
    expect(await readFile(net.place('got')).catch(() => Buffer.alloc(0))).to.have.length(0);
    await get.stop('SIGINT');
    await using _seed = await net.seed(torrent);
    await net.getsAll('got', torrent);
  });

  it('finds the carriers of now when all trackers in the file are dead', async () => {
    await using _seed = await net.seed(net.torrent);
    const dead = 'http://127.0.0.1:1/announce';
    const aged = join(net.lab.folder, 'aged.torrent');
    const changes = { announce: dead, 'announce-list': [[dead]] };
    await writeFile(aged, rewriteDictionary(await readFile(net.torrent), changes));
    await net.getsAll('got', aged);
  });

  for (const host of ['127.0.0.1', '::1']) {
    it(`works with a tracker of no network at ${host}, over HTTP and UDP`, async () => {
      const place = ['--host', host, '--http-port', '0', '--udp-port', '0'];
      const data = ['--data-directory', join(net.lab.folder, 'open')];
      await using tracker = startAnatomic(['node', '--mode', 'open', ...place, ...data]);
      for (const protocol of ['http', 'udp']) {
        const [, announce] = await tracker.line(new RegExp(`^listening (${protocol}:\\S+)$`));
        const foreign = join(net.lab.folder, `${protocol}.torrent`);
        const changes = { announce, 'announce-list': undefined, anatomic: undefined };
        await writeFile(foreign, rewriteDictionary(await readFile(net.torrent), changes));
        await using _seed = await net.seed(foreign, { args: NOBODY });
        await net.getsAll(`got-${protocol}`, foreign, ...NOBODY);
      }
    });
  }
});

/** A supernode, two nodes, and a file planted on both. */
class Network {
  readonly lab: Lab;
  readonly content: Buffer;
  readonly torrent: string;
  readonly seedFolder: string;
  readonly nodes: readonly RunningProcess[];
  readonly #supernode: RunningProcess;
  readonly #environment: Readonly<Record<string, string>>;

  private constructor(lab: Lab, content: Buffer, supernode: RunningProcess, nodes: readonly RunningProcess[]) {
    this.lab = lab;
    this.content = content;
    this.torrent = join(lab.folder, 'given.torrent');
    this.seedFolder = join(lab.folder, 'seed');
    this.nodes = nodes;
    this.#supernode = supernode;
    this.#environment = { XDG_CONFIG_HOME: join(lab.folder, 'config'), XDG_STATE_HOME: join(lab.folder, 'state') };
  }

  static async start(inNamespaces: boolean): Promise<Network> {
    const lab = await (inNamespaces ? Lab.inNamespaces(GET_HOST + 1) : Lab.onLoopback(GET_HOST + 1));
    const supernode = server(lab, SUPERNODE_HOST, 'supernode', ['--probe-interval', '1s']);
    const [, supernodeUrl = ''] = await supernode.line(/^listening (http:\S+)\/announce$/);
    const nodes = Array.from({ length: NODES }, (_, index) =>
      server(lab, FIRST_NODE_HOST + index, 'node', ['--udp-port', '0', '--supernode', supernodeUrl]),
    );
    for (const node of nodes) await node.line(/^ready$/);
    const net = new Network(lab, randomBytes(FILE_BYTES), supernode, nodes);
    await mkdir(net.seedFolder);
    await writeFile(join(net.seedFolder, FILE_NAME), net.content);
    const wish = [
      join(net.seedFolder, FILE_NAME),
      '--copies',
      '2',
      '--output',
      net.torrent,
      '--supernode',
      supernodeUrl,
    ];
    await using planter = net.#anatomic('plant', SEED_HOST, wish);
    expect(await planter.end(), planter.stderrLines.join('\n')).to.equal(0);
    return net;
  }

  /** Resolves when trackers know of it. */
  async seed(torrent: string, { host = SEED_HOST, args = NO_ARGS } = {}): Promise<RunningProcess> {
    const seeding = this.#anatomic('seed', host, [torrent, '--data', this.seedFolder, '--json', ...args]);
    await seeding.line(/"event":"seeding"/);
    return seeding;
  }

  get(label: string, torrent: string, ...args: readonly string[]): RunningProcess {
    return this.#anatomic('get', GET_HOST, [torrent, '--output', join(this.lab.folder, label), '--json', ...args]);
  }

  async getsAll(label: string, torrent: string, ...args: readonly string[]): Promise<void> {
    await using get = this.get(label, torrent, '--give-up', '60s', ...args);
    expect(await get.end(), [...get.stdoutLines.slice(-20), ...get.stderrLines].join('\n')).to.equal(0);
    expect((await readFile(this.place(label))).equals(this.content), 'the same bytes').to.equal(true);
    expect((await stat(this.place(label))).size).to.equal(FILE_BYTES);
  }

  place(label: string): string {
    return join(this.lab.folder, label, FILE_NAME);
  }

  async stop(): Promise<void> {
    for (const node of this.nodes) await node.stop();
    await this.#supernode.stop();
    await this.lab[Symbol.asyncDispose]();
  }

  #anatomic(command: string, host: number, args: readonly string[]): RunningProcess {
    const { namespace } = this.lab.host(host);
    const environment = { ...this.#environment, ...(command === 'plant' ? {} : { ANATOMIC_PORT: '0' }) };
    return startAnatomic([command, ...args, '--allow-network', this.lab.network], { namespace, environment });
  }
}

function server(lab: Lab, hostIndex: number, role: string, args: readonly string[]): RunningProcess {
  const { address, namespace } = lab.host(hostIndex);
  const place = ['--host', address, '--http-port', '0', '--data-directory', join(lab.folder, `${role}-${hostIndex}`)];
  return startAnatomic([role, ...place, '--allow-network', lab.network, ...args], { namespace });
}
