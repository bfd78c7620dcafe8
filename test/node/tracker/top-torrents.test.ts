import { expect } from 'chai';
import { TopTorrents } from '../../../node/tracker/top-torrents.ts';
import { addTorrent, createStore, removeTorrent } from './filled-store.ts';

const hashOf = (digit: number): string => String(digit).repeat(40);

describe('node/tracker/top-torrents.ts', () => {
  it('finds the torrents with the most peers, in as many slices as it takes', () => {
    const store = createStore();
    for (const [index, peers] of [3, 0, 9, 1, 7, 9, 2].entries()) addTorrent(store, hashOf(index), peers, 1);
    for (const places of [1, 3, 100]) {
      const top = new TopTorrents(store, 4);
      let slices = 1;
      while (top.next(places)) slices++;
      expect(slices).to.equal(Math.floor(7 / places) + 1);
      const result = top.result();
      expect(result.map(({ infoHash }) => infoHash)).to.deep.equal([2, 5, 4, 0].map(hashOf));
      expect(result[2]).to.deep.equal({ infoHash: hashOf(4), seeders: 1, leechers: 6, downloaded: 0 });
    }
  });

  it('leaves out torrents without peers, and those that went before the end', () => {
    const store = createStore();
    addTorrent(store, hashOf(1), 2);
    addTorrent(store, hashOf(2), 5);
    addTorrent(store, hashOf(3), 0);
    const top = new TopTorrents(store, 10);
    while (top.next(10));
    removeTorrent(store, hashOf(2));
    expect(top.result().map(({ infoHash }) => infoHash)).to.deep.equal([hashOf(1)]);
  });
});
