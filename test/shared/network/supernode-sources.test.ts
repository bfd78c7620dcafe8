import { expect } from 'chai';
import { isLoopback, supernodeSources } from '../../../shared/network/supernode-sources.ts';
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

  it('asks nobody but the supernodes that the user named', async () => {
    folder.write('data/network.json', JSON.stringify({ supernodes: [LOCAL], nodes: [] }));
    const sources = await ask({ named: [PUBLIC], hinted: ['http://192.0.2.2'], remembered: ['http://192.0.2.3'] });
    expect(sources).to.deep.equal([
      { origin: 'named by you', supernodes: [PUBLIC], configuredUrls: [PUBLIC], allowNetworks: ['10.0.0.0/8'] },
    ]);
  });

  it('else takes those in the torrent, those used before, those of a network in this folder', async () => {
    folder.write('data/network.json', JSON.stringify({ supernodes: [LOCAL], nodes: ['http://127.0.0.1:6969'] }));
    const sources = await ask({ hinted: ['http://192.0.2.2'], remembered: ['http://192.0.2.3'] });
    expect(sources.map(({ supernodes }) => supernodes[0])).to.deep.equal([
      'http://192.0.2.2',
      'http://192.0.2.3',
      LOCAL,
    ]);
    expect(sources.map(({ configuredUrls }) => configuredUrls)).to.deep.equal([
      [],
      [],
      [LOCAL, 'http://127.0.0.1:6969'],
    ]);
  });

  it('lets only supernodes on this machine introduce nodes on this machine', async () => {
    expect((await ask({ named: [LOCAL] }))[0]?.allowNetworks).to.deep.equal(['10.0.0.0/8', ...LOOPBACK]);
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

  function ask(question: { named?: string[]; hinted?: string[]; remembered?: string[] }) {
    const nothing = { named: [], hinted: [], remembered: [] };
    return supernodeSources({ ...nothing, allowNetworks: ['10.0.0.0/8'], folder: folder.path, ...question });
  }
});
