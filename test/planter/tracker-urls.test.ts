import { expect } from 'chai';
import type { Carrier } from '../../planter/carriers.ts';
import { trackerUrls } from '../../planter/tracker-urls.ts';
import { seededRandom } from '../../shared/platform/random.ts';
import { FakeNetwork } from './fake-network.ts';

const network = new FakeNetwork(4, 3);

describe('planter/tracker-urls.ts', () => {
  it('names the carriers in any order, then two supernodes', () => {
    const firsts = new Set<string>();
    for (let seed = 0; seed < 40; seed++) {
      const urls = trackerUrls(question(), seededRandom(seed));
      expect(urls).to.have.length(6);
      expect(urls.slice(0, 4)).to.have.members(network.nodes.map((node) => `${node.urls[0]}/announce`));
      expect(urls.slice(4)).to.deep.equal(['http://198.51.100.1:6970/announce', 'http://198.51.100.2:6970/announce']);
      firsts.add(urls[0]!);
    }
    expect(firsts.size).to.equal(4);
  });

  it('names supernodes only when portable', () => {
    const urls = trackerUrls({ ...question(), isPortable: true }, seededRandom(1));
    expect(urls).to.deep.equal(['http://198.51.100.1:6970/announce', 'http://198.51.100.2:6970/announce']);
  });

  it('names carriers of half a hybrid after those of both halves', () => {
    const { carriers, ...rest } = question();
    const [first, ...others] = carriers;
    const half = { ...first!, items: first!.items.slice(1) };
    for (let seed = 0; seed < 10; seed++) {
      const urls = trackerUrls({ ...rest, carriers: [half, ...others] }, seededRandom(seed));
      expect(urls[3]).to.equal(`${half.url}/announce`);
    }
  });
});

function question() {
  const items = ['a', 'b'].map((digit) => ({ infoHash: digit.repeat(40), status: 'planted' as const }));
  const carriers = network.nodes.map((node): Carrier => ({ node, url: node.urls[0]!, items }));
  return { carriers, supernodes: network.supernodes, isPortable: false, hashCount: 2 };
}
