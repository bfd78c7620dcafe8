import { expect } from 'chai';
import { type Compared, compareDoors, groupBySwarm } from '../../../client/check/compare.ts';

function door(
  name: string,
  firstPort: number,
  seen: readonly number[] | undefined,
  more: Partial<Compared> = {},
): Compared {
  const peers = seen?.map((port) => ({ address: '9.9.9.9', port }));
  return { name, family: 4, firstPort, peers, externalAddress: undefined, ...more };
}

describe('client/check/compare.ts', () => {
  it('groups doors that see each other, also through a third one', () => {
    const doors = [door('a', 1, [3]), door('b', 2, []), door('c', 3, [4]), door('d', 4, [])];
    const names = groupBySwarm(doors).map((group) => group.map(({ name }) => name).sort());
    expect(names).to.deep.equal([['b'], ['a', 'c', 'd']]);
  });

  it('passes one swarm, and names those that stand apart', () => {
    expect(compareDoors([door('a', 1, [1, 2]), door('b', 2, [])])).to.deep.equal([
      { verdict: 'pass', topic: 'IPv4 swarm', text: "all 2 see each other's peers" },
    ]);
    const apart = compareDoors([door('a', 1, [1]), door('b', 2, [2])]);
    expect(apart.map(({ verdict }) => verdict)).to.deep.equal(['warn', 'warn']);
    expect(apart[0]!.text).to.equal('sees no peers of the others: a');
  });

  it('compares within a family, and only doors whose peers are known', () => {
    expect(compareDoors([door('a', 1, []), door('b', 2, [], { family: 6 }), door('c', 3, undefined)])).to.deep.equal(
      [],
    );
    expect(compareDoors([])).to.deep.equal([]);
  });

  it('notices that trackers see different addresses of this machine', () => {
    const doors = [
      door('a', 1, undefined, { externalAddress: '9.9.9.9' }),
      door('b', 2, undefined, { externalAddress: '8.8.8.8' }),
      door('c', 3, undefined),
    ];
    expect(compareDoors(doors)).to.deep.equal([
      {
        verdict: 'warn',
        topic: 'external ip',
        text: 'trackers see this machine at different addresses: 9.9.9.9, 8.8.8.8',
      },
    ]);
    expect(compareDoors(doors.slice(1))).to.deep.equal([]);
  });
});
