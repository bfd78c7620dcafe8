import { expect } from 'chai';
import { SortedTorrents } from '../../../node/tracker/sorted-torrents.ts';
import type { SwarmStore } from '../../../node/tracker/swarm-store.ts';
import { seededRandom } from '../../../shared/platform/random.ts';
import { addTorrent, createStore, removeTorrent } from './filled-store.ts';

function collect(store: SwarmStore): SortedTorrents {
  const sorted = new SortedTorrents(store);
  while (sorted.collect(1000));
  return sorted;
}

function rest(sorted: SortedTorrents): string[] {
  const hashes: string[] = [];
  for (let hash = sorted.next(); hash !== undefined; hash = sorted.next()) hashes.push(hash.toString('hex'));
  return hashes;
}

describe('node/tracker/sorted-torrents.ts', () => {
  it('gives the hashes of all torrents in order, whatever the number of runs', () => {
    const random = seededRandom(5);
    for (const count of [0, 1, 2, 8191, 8192, 8193, 40_000]) {
      const store = createStore();
      const hashes = Array.from({ length: count }, () => random.bytes(20).toString('hex'));
      for (const hash of hashes) addTorrent(store, hash);
      expect(rest(collect(store))).to.deep.equal(hashes.sort());
    }
  });

  it('orders hashes that begin alike by what follows', () => {
    const store = createStore();
    const random = seededRandom(6);
    const hashes = ['00000000', 'ffffffff', '80000000', '7fffffff'].flatMap((prefix) =>
      Array.from({ length: 250 }, () => prefix + random.bytes(16).toString('hex')),
    );
    for (const hash of hashes) addTorrent(store, hash);
    expect(rest(collect(store))).to.deep.equal(hashes.sort());
  });

  it('stays in order when thousands of hashes are made to begin alike', () => {
    const store = createStore();
    const random = seededRandom(7);
    for (let i = 0; i < 5000; i++) addTorrent(store, `abcdabcd${random.bytes(16).toString('hex')}`);
    addTorrent(store, 'ff'.repeat(20));
    const hashes = rest(collect(store));
    expect(hashes).to.deep.equal([...new Set(hashes)].sort());
    expect(hashes.length).to.be.above(1024);
    expect(hashes.at(-1)).to.equal('ff'.repeat(20));
  });

  it('leaves out torrents that went, and does not mistake others in their place for them', () => {
    const store = createStore();
    const hashOf = (index: number): string => index.toString(16).padStart(8, '0').padEnd(40, '7');
    for (let i = 0; i < 10_000; i++) addTorrent(store, hashOf(i));
    const sorted = collect(store);
    expect(sorted.next()?.toString('hex')).to.equal(hashOf(0));
    for (let i = 1; i <= 5000; i++) removeTorrent(store, hashOf(i));
    for (let i = 0; i < 4000; i++) addTorrent(store, hashOf(i + 0xf0000000));
    expect(rest(sorted)).to.deep.equal(Array.from({ length: 4999 }, (_, index) => hashOf(5001 + index)));
  });
});
