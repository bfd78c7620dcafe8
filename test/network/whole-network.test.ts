// The story of a torrent on a whole network in this process, over real sockets: planted, announced, looked up, and
// still there when nodes and supernodes go and come back.

import { expect } from 'chai';
import { decode } from '../../shared/protocol/encoding/bencoding.ts';
import { type PlantedReport, TestNetwork } from '../helpers/test-network.ts';
import { until } from '../helpers/until.ts';

const PROBE_FLAGS = ['--probe-interval', '1s'];

describe('a whole network', () => {
  let network: TestNetwork;
  let planted: PlantedReport;

  before(async () => {
    network = await TestNetwork.create({ nodes: 3, supernodes: 2, supernodeFlags: PROBE_FLAGS });
    planted = await network.plant(network.folder.write('some-file', 'what is to be shared'), ['--copies', '2']);
  });

  after(() => network?.stop());

  it('writes one tier into the torrent: the carriers, then two supernodes', () => {
    const carriers = planted.carriers.map(({ url }) => `${url}/announce`);
    const supernodes = network.supernodes.map(({ baseUrl }) => `${baseUrl}/announce`);
    expect(carriers).to.have.length(2);
    expect(planted.trackers.slice(0, 2)).to.have.members(carriers);
    expect(planted.trackers.slice(2)).to.have.members(supernodes);
  });

  it('lets two clients meet at a carrier', async () => {
    const [url = ''] = planted.trackers;
    await announce(url, planted.infoHash, 7001);
    const { peers } = await announce(url, planted.infoHash, 7002);
    expect(ports(peers)).to.include(7001);
  });

  it('refuses the torrent at the node that does not carry it, so that clients try the next URL', async () => {
    const other = network.nodes.find(({ baseUrl }) => planted.carriers.every(({ url }) => url !== baseUrl));
    const answer = await announce(`${other?.baseUrl}/announce`, planted.infoHash, 7003);
    expect(answer).to.have.property('failure reason');
    expect(answer).to.have.property('interval');
  });

  it('finds the torrent through the supernode that was not told by the allocation', async () => {
    for (const { baseUrl } of network.supernodes) {
      const location = await until(() => redirect(baseUrl, planted.infoHash), { what: `a redirect from ${baseUrl}` });
      expect(planted.carriers.some(({ url }) => location.startsWith(`${url}/announce?`))).to.equal(true);
    }
  });

  it('redirects to the other carrier when one is lost', async () => {
    const [supernode] = network.supernodes;
    const target = new URL((await redirect(supernode!.baseUrl, planted.infoHash)) ?? '').origin;
    await network.nodeAt(target).stop();
    const next = await until(async () => {
      const location = await redirect(supernode!.baseUrl, planted.infoHash);
      return location !== undefined && !location.startsWith(target) ? location : undefined;
    });
    expect(planted.carriers.some(({ url }) => next.startsWith(`${url}/announce?`))).to.equal(true);
    await announce(next, planted.infoHash, 7004);
    await network.nodeAt(target).startAgain();
  });

  it('serves look-ups and plants when a supernode is lost', async () => {
    const [first, second] = network.supernodes;
    await first!.stop();
    expect(await redirect(second!.baseUrl, planted.infoHash)).to.be.a('string');
    const other = await network.plant(network.folder.write('another-file', 'more'), [], [second!]);
    expect(other.carriers).to.have.length(3);
    await first!.startAgain();
    await until(() => redirect(first!.baseUrl, other.infoHash), {
      what: 'the plant it missed, at the supernode that is back',
    });
  });

  it('loses nothing when everything stops and starts again', async () => {
    await Promise.all(network.nodes.map((node) => node.stop()));
    await Promise.all(network.supernodes.map((supernode) => supernode.stop()));
    for (const supernode of network.supernodes) await supernode.startAgain();
    for (const node of network.nodes) await (await node.startAgain()).ready;
    for (const { baseUrl } of network.supernodes) {
      const location = await until(() => redirect(baseUrl, planted.infoHash), { what: `a redirect from ${baseUrl}` });
      expect(await announce(location, planted.infoHash, 7005)).to.have.property('peers');
    }
    const again = await network.plant(planted.file, ['--copies', '2']);
    expect(again.status).to.equal('refreshed');
    expect(again.carriers.map(({ id }) => id)).to.have.members(planted.carriers.map(({ id }) => id));
  });
});

/** The answer to an announce of a leecher; `url` may be a redirect's target, whose query is replaced. */
async function announce(url: string, infoHash: string, port: number): Promise<Record<string, unknown>> {
  const response = await fetch(`${new URL(url).origin}/announce?${query(infoHash, port)}`);
  return decode(new Uint8Array(await response.arrayBuffer())) as Record<string, unknown>;
}

/** Where a supernode sends an announce; undefined when it knows no live carrier. */
async function redirect(baseUrl: string, infoHash: string): Promise<string | undefined> {
  const response = await fetch(`${baseUrl}/announce?${query(infoHash, 7000)}`, { redirect: 'manual' });
  await response.arrayBuffer();
  return response.headers.get('location') ?? undefined;
}

function query(infoHash: string, port: number): string {
  const escaped = infoHash.replace(/../g, '%$&');
  return `info_hash=${escaped}&peer_id=-XX0000-00000000${port}&port=${port}&uploaded=0&downloaded=0&left=20&compact=1&event=started`;
}

/** Ports of compact IPv4 peers. */
function ports(peers: unknown): number[] {
  const bytes = Buffer.from(peers as Uint8Array);
  return Array.from({ length: bytes.length / 6 }, (_, index) => bytes.readUInt16BE(index * 6 + 4));
}
