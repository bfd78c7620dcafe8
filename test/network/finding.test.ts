// Networks whose members are told of nobody: they find each other in the DHT, users find them there or in the domain name system.

import { Resolver } from 'node:dns/promises';
import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { main as get } from '../../client/get/main.ts';
import { main as seed } from '../../client/seed/main.ts';
import { main as status } from '../../client/status/main.ts';
import { main as plant } from '../../planter/main.ts';
import { connect } from '../../planter/network.ts';
import { createGuard } from '../../shared/http/guard.ts';
import { SupernodeClient } from '../../shared/http/supernode-client.ts';
import { Dht } from '../../shared/network/dht.ts';
import { meetingPoints } from '../../shared/network/dht-supernodes.ts';
import { systemClock } from '../../shared/platform/clock.ts';
import { createSigner } from '../../shared/platform/keys.ts';
import { systemRandom } from '../../shared/platform/random.ts';
import { startNameServer } from '../helpers/name-server.ts';
import { TestNetwork } from '../helpers/test-network.ts';
import { until } from '../helpers/until.ts';

const LOOPBACK = ['127.0.0.0/8'];
const ALLOWED = ['--allow-network', LOOPBACK[0]!];

describe('finding the network', function () {
  this.timeout(60_000);
  let network: TestNetwork;
  let said: string;
  let out: string;

  beforeEach(() => {
    said = '';
    out = '';
  });

  it('finds everybody from one node of the DHT, and goes on when a supernode dies', async () => {
    await using dht = await startDht();
    const flags = ['--dht', '--dht-bootstrap', `127.0.0.1:${dht.port}`];
    await using strangers = await TestNetwork.create({
      nodes: 0,
      supernodes: 1,
      areStrangers: true,
      nodeFlags: flags,
      supernodeFlags: flags,
    });
    network = strangers;
    await until(() => dht.announced(1));
    await network.addSupernode();
    await until(() => dht.announced(2));
    const [first, second] = network.supernodes.map(({ baseUrl }) => baseUrl);
    await until(async () => (await knownTo(first!)).supernodes === 2 && (await knownTo(second!)).supernodes === 2);
    await network.addNode();
    await network.addNode();
    await until(async () => (await knownTo(first!)).nodes === 2 && (await knownTo(second!)).nodes === 2);

    const hash = await plantFolder('first', flags);
    expect(await run(status, [hash, ...flags, ...ALLOWED]), said).to.equal(0);
    await network.supernodes[0]!.stop();
    await plantFolder('second', flags);

    const seeding = seedFolder('first', ['--supernode', second!, ...ALLOWED]);
    await until(() => said.includes('seeding'));
    const target = network.folder.at('got');
    expect(await run(get, [hash, '--output', target, '--port', '0', ...flags, ...ALLOWED]), said).to.equal(0);
    expect(readFileSync(network.folder.at('got', 'first', 'a.bin'), 'utf8')).to.equal('first');
    seeding.stop.abort();
    expect(await seeding.ended, said).to.equal(0);
  });

  it('finds the supernode that a domain names, and nobody who took its place', async () => {
    await using known = await TestNetwork.create({ nodes: 1, supernodes: 1 });
    network = known;
    const [{ service, baseUrl }] = network.supernodes as [(typeof network.supernodes)[0]];
    await using server = await startNameServer({
      '_anatomic.example.org': [[`${service.id}@${baseUrl}`]],
      '_anatomic.example.net': [[`${'ab'.repeat(32)}@${baseUrl}`]],
    });
    const resolver = new Resolver({ timeout: 1000, tries: 1 });
    resolver.setServers([server.address]);
    const world = { resolveTxt: (name: string) => resolver.resolveTxt(name) };
    const file = network.folder.write('a.bin', 'named');
    expect(await run(plant, [file, '--network', 'example.org', '--json', ...ALLOWED], world), said).to.equal(0);
    const hash = hashIn(out);
    expect(await run(status, [hash, '--network', 'example.org', ...ALLOWED], world), said).to.equal(0);
    expect(await run(status, [hash, '--network', 'example.net', ...ALLOWED], world)).to.equal(1);
    expect(said).to.include('named by example.net').and.include('is signed by');
    expect(await run(status, [hash, '--network', 'nowhere.example', ...ALLOWED], world)).to.equal(1);
    expect(said).to.include('no TXT records at _anatomic.nowhere.example');
  });

  it('goes on with supernodes that it was introduced to when those that it knew die', async () => {
    await using known = await TestNetwork.create({ nodes: 1, supernodes: 2 });
    const [first, second] = known.supernodes.map(({ baseUrl }) => baseUrl);
    await until(async () => (await knownTo(first!)).supernodes === 2);
    const source = { origin: 'here', supernodes: [{ url: first!, id: undefined }], isLasting: true };
    const identity = { signer: createSigner(), clock: systemClock, random: systemRandom };
    const reached = await connect({ ...source, configuredUrls: [], allowNetworks: LOOPBACK }, identity);
    expect((await reached.introduced()).map(({ url }) => url)).to.deep.equal([second]);
    await known.supernodes[0]!.stop();
    const hash = 'ab'.repeat(20);
    expect((await reached.allocate(hash, 1)).nodes).to.have.length(1);
    expect(await reached.lookUp([hash])).to.deep.equal([{ infoHash: hash, carriers: [], plants: [] }]);
    await reached.close();
  });

  /** Plants a folder of this name with one file, in which its name stands. */
  async function plantFolder(name: string, flags: readonly string[]): Promise<string> {
    network.folder.write(`${name}/a.bin`, name);
    out = '';
    const argv = [network.folder.at(name), '--copies', '2', '--json', ...flags, ...ALLOWED];
    expect(await run(plant, argv), said).to.equal(0);
    return hashIn(out);
  }

  function seedFolder(name: string, flags: readonly string[]) {
    const stop = new AbortController();
    const argv = [network.folder.at(`${name}.torrent`), '--port', '0', ...flags];
    return { stop, ended: run(seed, argv, { signal: stop.signal }) };
  }

  function run<World extends object>(
    command: (argv: readonly string[], environment: Record<string, string>, world: World) => Promise<number>,
    argv: readonly string[],
    world?: object,
  ): Promise<number> {
    out = '';
    const common = {
      folder: network.folder.path,
      isTerminal: false,
      signal: new AbortController().signal,
      out: (text: string) => {
        out += text;
      },
      talk: (text: string) => {
        said += text;
      },
    };
    return command(argv, { HOME: network.folder.path }, { ...common, ...world } as unknown as World);
  }
});

/** A node of the DHT that knows nobody, to which everybody comes. */
async function startDht() {
  const dht = await Dht.open({ port: 0, host: '127.0.0.1', bootstrap: [], allowNetworks: LOOPBACK });
  const [meeting] = meetingPoints([]);
  return {
    port: dht.port,
    /** Whether so many supernodes have announced themselves. */
    announced: async (count: number) => (await dht.find(meeting!)).length >= count,
    [Symbol.asyncDispose]: () => dht.close(),
  };
}

async function knownTo(supernode: string): Promise<{ readonly nodes: number; readonly supernodes: number }> {
  const guard = createGuard({ allowNetworks: LOOPBACK, configuredUrls: [] });
  try {
    const client = new SupernodeClient({ guard, signer: createSigner(), clock: systemClock, random: systemRandom });
    const [nodes, supernodes] = await Promise.all([client.nodes(supernode), client.supernodes(supernode)]);
    return { nodes: nodes.records.length, supernodes: supernodes.records.length };
  } finally {
    await guard.close();
  }
}

function hashIn(report: string): string {
  return (JSON.parse(report) as { torrents: { infoHash: string }[] }).torrents[0]!.infoHash;
}
