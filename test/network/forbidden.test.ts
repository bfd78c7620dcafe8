// What becomes of a planted torrent that the operator of one of its carriers forbids.

import { expect } from 'chai';
import type { Id } from '../../shared/protocol/records/record.ts';
import { TemporaryFolder } from '../helpers/temporary-folder.ts';
import { WatchedNetwork } from './watched-network.ts';

describe('a planted torrent that one node forbids', () => {
  let folder: TemporaryFolder;
  let watched: WatchedNetwork;

  beforeEach(async () => {
    folder = new TemporaryFolder();
    const list = folder.write('denied', '');
    watched = await WatchedNetwork.start({ nodes: 3, supernodes: 1, nodeFlags: ['--deny-torrents', list] });
  });
  afterEach(async () => {
    await watched.stop();
    folder.remove();
  });

  it('is refused there, leaves its catalogue, and is carried by another node, also after a restart', async () => {
    const infoHash = await watched.plant('the torrent');
    const other = await watched.plant('another torrent');
    const [first = '', second = '', third = ''] = watched.ranking(infoHash);
    await watched.everySupernode(infoHash, (now) => now.length === 2, 'two carriers');
    const before = await watched.everySupernode(other, (now) => now.length === 2, 'two carriers');

    folder.write('denied', `${infoHash}\n`);
    await watched.admin(watched.nodeOf(first).baseUrl, '/reload');
    const isHealed = (now: Id[]): boolean => now.length === 2 && !now.includes(first);
    const healed = await watched.everySupernode(infoHash, isHealed, 'two carriers without the one that forbids');
    expect(healed).to.deep.equal([second, third].sort());
    expect(await watched.servedBy(infoHash)).to.deep.equal(healed);
    expect(await watched.servedBy(other)).to.deep.equal(before);

    await watched.nodeOf(second).stop();
    await watched.nodeOf(second).startAgain();
    expect(await watched.servedBy(infoHash)).to.deep.equal([third]);
  });
});
