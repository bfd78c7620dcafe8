import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { main } from '../../planter/main.ts';
import { connect } from '../../planter/network.ts';
import { PublicError } from '../../shared/errors.ts';
import { supernodeSources } from '../../shared/network/supernode-sources.ts';
import { systemClock } from '../../shared/platform/clock.ts';
import { createSigner } from '../../shared/platform/keys.ts';
import { systemRandom } from '../../shared/platform/random.ts';
import { decode } from '../../shared/protocol/encoding/bencoding.ts';
import { readMetainfo } from '../../shared/protocol/torrent/metainfo.ts';
import { TemporaryFolder } from '../helpers/temporary-folder.ts';
import { TestNetwork } from '../helpers/test-network.ts';
import { infoHybrid, infoV1, infoV2, torrentOf } from '../helpers/torrents.ts';

/** Nobody listens on port 1. */
const DEAD = 'http://127.0.0.1:1';

describe('planter/network.ts', () => {
  let folder: TemporaryFolder;
  let network: TestNetwork;
  let talk: string;
  let out: string;

  before(async () => {
    network = await TestNetwork.create({ nodes: 3, supernodes: 2 });
  });

  after(() => network.stop());

  beforeEach(() => {
    folder = new TemporaryFolder();
    talk = '';
    out = '';
  });

  afterEach(() => folder.remove());

  const cases = { 'version 1': infoV1('one'), 'version 2': infoV2('two'), hybrid: infoHybrid('three') };
  for (const [version, info] of Object.entries(cases)) {
    it(`has running nodes carry a ${version} torrent, under every announce URL and hash`, async () => {
      const file = folder.write('a.torrent', torrentOf(info));
      expect(await plant(file, '--supernode', network.supernodes[0]!.baseUrl), talk).to.equal(0);
      const { announceList, hashes } = readMetainfo(readFileSync(file));
      expect(announceList[0]).to.have.length(5);
      for (const url of announceList[0]!) {
        for (const hash of hashes) expect(await announce(url, hash), url).to.have.property('peers');
      }
    });
  }

  it('finds a network that runs in the folder, and plants anew what it planted before', async () => {
    const supernodes = network.supernodes.map(({ baseUrl }) => baseUrl);
    folder.write('data/network.json', JSON.stringify({ supernodes, nodes: [] }));
    const file = folder.write('a.bin', 'hello');
    expect(await plant(file, '--copies', '2', '--json'), talk).to.equal(0);
    const [first] = JSON.parse(out).torrents;
    expect(first).to.include({ status: 'planted' });
    expect(first.carriers).to.have.length(2);
    const urls = first.seenAt.map(({ url }: { url: string }) => url);
    expect(urls).to.have.members(supernodes);
    expect([first.missingAt, first.warnings]).to.deep.equal([[], []]);
    out = '';
    expect(await plant(file, '--copies', '2', '--json'), talk).to.equal(0);
    const [second] = JSON.parse(out).torrents;
    expect(second).to.include({ status: 'refreshed', infoHash: first.infoHash });
    expect(second.carriers.map(({ id }: { id: string }) => id)).to.have.members(
      first.carriers.map(({ id }: { id: string }) => id),
    );
  });

  it('goes on to the next supernode when one does not answer, and registers at those that it is introduced to', async () => {
    const file = folder.write('a.bin', 'next');
    expect(
      await plant(file, '--supernode', DEAD, '--supernode', network.supernodes[1]!.baseUrl, '--json'),
      talk,
    ).to.equal(0);
    const [torrent] = JSON.parse(out).torrents;
    expect(torrent.supernodes.map(({ url }: { url: string }) => url)).to.deep.equal([
      network.supernodes[1]!.baseUrl,
      network.supernodes[0]!.baseUrl,
    ]);
  });

  it('says of every supernode why it could not be used, and leaves the file alone', async () => {
    const bytes = torrentOf(infoV1());
    const file = folder.write('a.torrent', bytes);
    const node = network.nodes[0]!.baseUrl;
    expect(await plant(file, '--supernode', DEAD, '--supernode', node)).to.equal(1);
    expect(talk).to.include(`${DEAD}: connection refused (named by you)`).and.include(`${node} gave an answer`);
    expect(readFileSync(file)).to.deep.equal(bytes);
  });

  it('does not call this machine because a torrent says so', async () => {
    const hinted = [network.supernodes[0]!.baseUrl];
    const nothing = { named: [], domains: [], allowNetworks: [], remembered: [], searchDomain: async () => [] };
    const [source] = await supernodeSources({ ...nothing, hinted, folder: folder.path });
    const identity = { signer: createSigner(), clock: systemClock, random: systemRandom };
    const error: unknown = await connect(source!, identity).catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(PublicError).with.property('message').that.includes('--allow-network 127.0.0.0/8');
  });

  it('says how to name a supernode when none is known', async () => {
    expect(await plant(folder.write('a.bin', 'x'))).to.equal(1);
    expect(talk).to.include('no supernode is known: name one with --supernode URL');
  });

  function plant(...argv: string[]): Promise<number> {
    const write = {
      out: (text: string) => {
        out += text;
      },
      talk: (text: string) => {
        talk += text;
      },
    };
    return main(argv, { HOME: folder.path }, { ...write, folder: folder.path });
  }
});

/** What the tracker behind a URL answers a new peer; redirects are followed. */
async function announce(url: string, infoHash: string): Promise<unknown> {
  const hash = infoHash.replace(/../g, (hex) => `%${hex}`);
  const query = `info_hash=${hash}&peer_id=-AT0001-abcdefghijkl&port=6881&uploaded=0&downloaded=0&left=1&compact=1`;
  const response = await fetch(`${url}?${query}`);
  return decode(new Uint8Array(await response.arrayBuffer()));
}
