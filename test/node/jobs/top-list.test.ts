import { expect } from 'chai';
import { TopList } from '../../../node/jobs/top-list.ts';
import { TopTorrents } from '../../../node/tracker/top-torrents.ts';
import { addTorrent, createStore } from '../tracker/filled-store.ts';

const A = '0a'.repeat(20);
const B = '0b'.repeat(20);

describe('node/jobs/top-list.ts', () => {
  it('looks anew when the list is ten seconds old, or the clock was set back', async () => {
    const store = createStore();
    const clock = { at: 1_000_000_000, now: () => clock.at };
    const list = new TopList({ topTorrents: (max) => new TopTorrents(store, max) }, clock);
    const names = async (): Promise<string[]> => (await list.get()).map(({ infoHash }) => infoHash);
    addTorrent(store, A, 1);
    expect(await names()).to.deep.equal([A]);
    addTorrent(store, B, 2);
    clock.at += 9999;
    expect(await names()).to.deep.equal([A]);
    clock.at += 1;
    expect(await names()).to.deep.equal([B, A]);
    addTorrent(store, '0c'.repeat(20), 3);
    clock.at -= 86_400_000;
    expect(await names()).to.have.length(3);
  });
});
