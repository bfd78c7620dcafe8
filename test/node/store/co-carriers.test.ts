import { expect } from 'chai';
import { NodeStore } from '../../../node/store/node-store.ts';
import { TemporaryFolder } from '../../helpers/temporary-folder.ts';
import { hashOf, NOW, signerOf } from '../plant-records.ts';

const A = signerOf(1).id;
const B = signerOf(2).id;
const T = hashOf(1);
const U = hashOf(2);

describe('node/store/co-carriers.ts', () => {
  it('remembers pairs, node records and who is muted when it is opened again', () => {
    const folder = new TemporaryFolder();
    const first = new NodeStore(folder.at('node.sqlite'));
    first.torrents.carry(T, NOW);
    first.coCarriers.add({ infoHash: T, node: A });
    first.coCarriers.add({ infoHash: T, node: A });
    first.coCarriers.add({ infoHash: T, node: B });
    first.coCarriers.remove({ infoHash: T, node: B });
    first.coCarriers.putNode({ id: A, record: Buffer.from('old') });
    first.coCarriers.putNode({ id: A, record: Buffer.from('new') });
    first.coCarriers.setMuted(B, true);
    first.close();
    const second = new NodeStore(folder.at('node.sqlite'));
    expect([...second.coCarriers.pairs()]).to.deep.equal([{ infoHash: T, node: A }]);
    expect(second.coCarriers.nodes()).to.deep.equal([{ id: A, record: Buffer.from('new') }]);
    expect(second.coCarriers.muted()).to.deep.equal([B]);
    second.coCarriers.setMuted(B, false);
    expect(second.coCarriers.muted()).to.deep.equal([]);
    second.close();
    folder.remove();
  });

  it('tidies away pairs of torrents that are not carried, and nodes without any', () => {
    const store = new NodeStore(':memory:');
    store.torrents.carry(T, NOW);
    store.torrents.carry(U, NOW);
    store.torrents.drop(U);
    store.coCarriers.add({ infoHash: T, node: A });
    store.coCarriers.add({ infoHash: U, node: B });
    for (const id of [A, B]) store.coCarriers.putNode({ id, record: Buffer.from('record') });
    store.coCarriers.tidy();
    expect([...store.coCarriers.pairs()]).to.deep.equal([{ infoHash: T, node: A }]);
    expect(store.coCarriers.nodes().map(({ id }) => id)).to.deep.equal([A]);
    store.close();
  });
});
