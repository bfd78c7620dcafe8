import { expect } from 'chai';
import type { NamedSupernode } from '../../../shared/network/named-supernode.ts';
import { isLoopback, type SourceQuestion, supernodeSources } from '../../../shared/network/supernode-sources.ts';
import { systemClock } from '../../../shared/platform/clock.ts';
import { seededRandom } from '../../../shared/platform/random.ts';
import { TemporaryFolder } from '../../helpers/temporary-folder.ts';

const LOCAL = 'http://127.0.0.1:6970';
const PUBLIC = 'http://192.0.2.1:6970';
const LOOPBACK = ['127.0.0.0/8', '::1/128'];

describe('shared/network/supernode-sources.ts', () => {
  let folder: TemporaryFolder;

  beforeEach(() => {
    folder = new TemporaryFolder();
  });

  afterEach(() => folder.remove());

  it('takes those used before, those in this folder, those in the torrent, those in the DHT, in this order', async () => {
    folder.write('data/network.json', JSON.stringify({ supernodes: [LOCAL], nodes: ['http://127.0.0.1:6969'] }));
    const sources = await ask({
      remembered: [anybodyAt('http://192.0.2.3')],
      hinted: ['http://192.0.2.2'],
      searchDht: async () => [anybodyAt('http://192.0.2.4')],
    });
    expect(await urlsOf(sources)).to.deep.equal([
      ['used before', 'http://192.0.2.3'],
      ['in data/network.json', LOCAL],
      ['named in the torrent', 'http://192.0.2.2'],
      ['found in the DHT', 'http://192.0.2.4'],
    ]);
    expect(sources.map(({ configuredUrls }) => configuredUrls)).to.deep.equal([
      [],
      [LOCAL, 'http://127.0.0.1:6969'],
      [],
      [],
    ]);
  });

  it('asks those of the network that the user means, and neither the torrent nor this folder', async () => {
    folder.write('data/network.json', JSON.stringify({ supernodes: [LOCAL], nodes: [] }));
    const sources = await ask({
      named: [anybodyAt(PUBLIC)],
      domains: ['example.org', 'example.net'],
      remembered: [anybodyAt('http://192.0.2.3')],
      hinted: ['http://192.0.2.2'],
      searchDomain: async (domain) => [anybodyAt(`http://${domain}`)],
      searchDht: async () => [anybodyAt('http://192.0.2.4')],
    });
    expect(await urlsOf(sources)).to.deep.equal([
      ['used before', 'http://192.0.2.3'],
      ['named by you', PUBLIC],
      ['named by example.org', 'http://example.org'],
      ['named by example.net', 'http://example.net'],
      ['found in the DHT', 'http://192.0.2.4'],
    ]);
    expect(sources.map(({ configuredUrls }) => configuredUrls)).to.deep.equal([[PUBLIC], [PUBLIC], [], [], []]);
  });

  it('counts what a torrent says for that torrent alone', async () => {
    const sources = await ask({ remembered: [anybodyAt(PUBLIC)], hinted: ['http://192.0.2.2'] });
    expect(sources.map(({ isLasting }) => isLasting)).to.deep.equal([true, false]);
  });

  it('lets only supernodes on this machine introduce nodes on this machine', async () => {
    expect((await ask({ named: [anybodyAt(LOCAL)] }))[0]?.allowNetworks).to.deep.equal(['10.0.0.0/8', ...LOOPBACK]);
    expect((await ask({ hinted: [LOCAL] }))[0]?.allowNetworks).to.deep.equal(['10.0.0.0/8']);
  });

  it('takes a network file that is absent, damaged or full of nonsense for none', async () => {
    expect(await ask({})).to.deep.equal([]);
    for (const text of ['', '{', 'null', '[]', '7', '{"supernodes":"x"}', '{"supernodes":[1,null,"x","ftp://x/"]}']) {
      folder.write('data/network.json', text);
      expect(await ask({}), text).to.deep.equal([]);
    }
  });

  it('knows which URLs name this machine', () => {
    for (const url of [
      LOCAL,
      'http://127.9.9.9',
      'https://[::1]:1',
      'http://localhost:1',
      'http://0x7f.1',
      'http://[::ffff:127.0.0.1]',
    ]) {
      expect(isLoopback(url), url).to.equal(true);
    }
    for (const url of [PUBLIC, 'http://localhost.example', 'http://127.0.0.1.example', 'http://[::2]', 'nonsense']) {
      expect(isLoopback(url), url).to.equal(false);
    }
  });

  function ask(question: Partial<SourceQuestion>) {
    const nothing = { named: [], domains: [], hinted: [], remembered: [], searchDomain: async () => [] };
    return supernodeSources({ ...nothing, allowNetworks: ['10.0.0.0/8'], folder: folder.path, ...question });
  }
});

function urlsOf(sources: Awaited<ReturnType<typeof supernodeSources>>): Promise<string[][]> {
  return Promise.all(
    sources.map(async ({ origin, supernodes, search }) => {
      const found = (await search?.({ clock: systemClock, random: seededRandom(1) })) ?? supernodes;
      return [origin, ...found.map(({ url }) => url)];
    }),
  );
}

function anybodyAt(url: string): NamedSupernode {
  return { url, id: undefined };
}
