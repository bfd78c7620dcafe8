import { expect } from 'chai';
import fc from 'fast-check';
import { rank } from '../../../shared/protocol/sets/rendezvous.ts';
import { Rankings } from '../../../supernode/directory/rankings.ts';

const change = fc.record({ number: fc.nat(60), weight: fc.constantFrom(0, 0, 50, 100, 1000) });

function listed(rankings: Rankings, key: string): string[] {
  return Array.from(rankings.of(key), (slot) => rankings.idOf(slot));
}

describe('supernode/directory/rankings.ts', () => {
  it('ranks as if everything was ranked anew, whoever comes, goes or changes weight', () => {
    fc.assert(
      fc.property(fc.array(fc.array(change, { maxLength: 12 }), { maxLength: 12 }), (rounds) => {
        const rankings = new Rankings();
        const weights = new Map<string, number>();
        for (const [round, changes] of rounds.entries()) {
          for (const { number, weight } of changes) {
            const id = `node ${number}`;
            if (weight === 0) {
              rankings.remove(id);
              weights.delete(id);
            } else {
              rankings.set(id, weight);
              weights.set(id, weight);
            }
          }
          // Not every ranking is asked for each time: some have much to follow.
          for (const key of round % 3 === 0 ? ['000', 'fff'] : ['abc']) {
            const members = [...weights].map(([id, weight]) => ({ id, weight }));
            expect(listed(rankings, key)).to.deep.equal(rank(key, members));
          }
        }
      }),
    );
  });

  it('is right again after more changes than it remembers', () => {
    const rankings = new Rankings();
    for (let number = 0; number < 100; number++) rankings.set(`node ${number}`, 100);
    rankings.of('000');
    for (let turn = 0; turn < 10_000; turn++) rankings.set('node 5', 100 + (turn % 7));
    const members = Array.from({ length: 100 }, (_, number) => ({
      id: `node ${number}`,
      weight: number === 5 ? 103 : 100,
    }));
    rankings.set('node 5', 103);
    expect(listed(rankings, '000')).to.deep.equal(rank('000', members));
  });

  it('ranks nothing anew for a change of one in a hundred', () => {
    const rankings = new Rankings();
    for (let number = 0; number < 1000; number++) rankings.set(`node ${number}`, 100);
    rankings.of('000');
    const before = rankings.scored;
    for (let number = 0; number < 10; number++) rankings.remove(`node ${number}`);
    rankings.set('newcomer', 50);
    rankings.of('000');
    expect(rankings.scored - before).to.be.below(20);
  });

  it('tells the rank of a member', () => {
    const rankings = new Rankings();
    for (const id of ['a', 'b', 'c', 'd']) rankings.set(id, 1);
    for (const [rank, id] of listed(rankings, '123').entries()) expect(rankings.rankOf('123', id)).to.equal(rank);
    expect(rankings.rankOf('123', 'nobody')).to.equal(-1);
  });
});
