import { expect } from 'chai';
import { NodeStore } from '../../../node/store/node-store.ts';

const A = 'a'.repeat(64);
const B = 'b'.repeat(64);

describe('node/store/node-store.ts', () => {
  it('remembers joined supernodes, the last joined first, one row per id', () => {
    const { supernodes } = new NodeStore(':memory:');
    supernodes.put({ id: A, url: 'http://a:1', learnedFrom: 'http://a:1', joinedAt: 1 });
    supernodes.put({ id: B, url: 'http://b:1', learnedFrom: 'http://a:1', joinedAt: 2 });
    supernodes.put({ id: A, url: 'http://a:2', learnedFrom: 'http://a:2', joinedAt: 3 });
    expect(supernodes.all()).to.deep.equal([
      { id: A, url: 'http://a:2', learnedFrom: 'http://a:2', joinedAt: 3 },
      { id: B, url: 'http://b:1', learnedFrom: 'http://a:1', joinedAt: 2 },
    ]);
    supernodes.delete(A);
    expect(supernodes.all().map(({ id }) => id)).to.deep.equal([B]);
  });

  it('gives sequences that grow although the clock goes back', () => {
    const { ownSequence } = new NodeStore(':memory:');
    const now = 1_800_000_000_000;
    expect([now, now, now - 5000, now + 10].map((at) => ownSequence.take(at))).to.deep.equal([
      now,
      now + 1,
      now + 2,
      now + 10,
    ]);
  });

  it('goes on from the present when a wrong clock had dated a sequence years ahead', () => {
    const { ownSequence } = new NodeStore(':memory:');
    const now = 1_800_000_000_000;
    ownSequence.take(now + 31_536_000_000);
    expect([ownSequence.take(now), ownSequence.take(now)]).to.deep.equal([now, now + 1]);
  });

  it('keeps nothing of a transaction that throws', () => {
    const store = new NodeStore(':memory:');
    const work = (): void => {
      store.torrents.carry('ab'.repeat(20), 1);
      throw new Error('power cut');
    };
    expect(() => store.transact(work)).to.throw('power cut');
    expect([...store.torrents.carried()]).to.deep.equal([]);
    expect(store.torrents.head().change).to.equal(0);
  });
});
