import { expect } from 'chai';
import fc from 'fast-check';
import { byScore, type Candidate, groupKey, rank } from '../../../../shared/protocol/sets/rendezvous.ts';

const GROUP_COUNT = 4096;
const KEYS = Array.from({ length: GROUP_COUNT }, (_, group) => groupKey(hashOfGroup(group)));

const candidates = fc.uniqueArray(fc.record({ id: fc.string(), weight: fc.integer({ min: 1, max: 1000 }) }), {
  selector: ({ id }) => id,
  maxLength: 12,
});

function hashOfGroup(group: number, rest = '0'): string {
  return group.toString(16).padStart(3, '0').padEnd(40, rest);
}

function makeNodes(weights: readonly number[]): Candidate[] {
  return weights.map((weight, index) => ({ id: `node ${index}`, weight }));
}

describe('shared/protocol/sets/rendezvous.ts', () => {
  it('puts torrents into 4096 groups by the first 12 bits', () => {
    expect(new Set(KEYS).size).to.equal(GROUP_COUNT);
    expect(groupKey(hashOfGroup(5, '0'))).to.equal(groupKey(hashOfGroup(5, 'f')));
  });

  it('ranks the same for everybody: these literal orders', () => {
    const nodes = makeNodes([100, 100, 100, 100]);
    const orders = ['000', '001', 'fff'].map((key) => rank(key, nodes).map((id) => id.at(-1)));
    expect(orders.map((order) => order.join(''))).to.deep.equal(['2103', '2130', '0321']);
  });

  it('ranks every candidate once, whatever the order they come in', () => {
    fc.assert(
      fc.property(fc.string(), candidates, (key, nodes) => {
        const ranked = rank(key, nodes);
        expect([...ranked].sort()).to.deep.equal(nodes.map(({ id }) => id).sort());
        expect(rank(key, [...nodes].reverse())).to.deep.equal(ranked);
      }),
    );
  });

  it('puts the lesser id before one of the same score', () => {
    const [a, b] = [
      { id: 'a', score: 1 },
      { id: 'b', score: 1 },
    ];
    expect([byScore(a!, b!), byScore(b!, a!)].map(Math.sign)).to.deep.equal([-1, 1]);
    expect(Math.sign(byScore(a!, { id: 'b', score: 2 }))).to.equal(1);
  });

  it('moves only the groups of a node that goes, each to the next in its ranking', () => {
    const nodes = makeNodes([100, 50, 200, 100, 100]);
    const without = nodes.slice(1);
    for (const key of KEYS) {
      expect(rank(key, without)).to.deep.equal(rank(key, nodes).filter((id) => id !== 'node 0'));
    }
  });

  it('gives each node a share of the groups as large as its share of the weights, within 3 sigma', () => {
    const nodes = makeNodes([50, 100, 100, 200, 400]);
    const sum = nodes.reduce((total, { weight }) => total + weight, 0);
    const wins = new Map<string, number>();
    for (const key of KEYS) wins.set(rank(key, nodes)[0]!, (wins.get(rank(key, nodes)[0]!) ?? 0) + 1);
    for (const { id, weight } of nodes) {
      const share = weight / sum;
      const sigma = Math.sqrt(GROUP_COUNT * share * (1 - share));
      expect(wins.get(id)).to.be.closeTo(GROUP_COUNT * share, 3 * sigma);
    }
  });
});
