import { expect } from 'chai';
import { MAX_WATCHERS, watchIntervalMs } from '../../../supernode/directory/watching.ts';
import { signer } from '../records.ts';

const NODE = signer(1).id;
const supernodes = (count: number): string[] => Array.from({ length: count }, (_, index) => signer(100 + index).id);

describe('supernode/directory/watching.ts', () => {
  it('has all of seven supernodes ping a node at the full pace', () => {
    const all = supernodes(MAX_WATCHERS);
    expect(all.map((self) => watchIntervalMs(NODE, self, all, 5000))).to.deep.equal(all.map(() => 5000));
  });

  it('has exactly seven of many do so, and the others a twelfth as often', () => {
    const all = supernodes(20);
    const intervals = all.map((self) => watchIntervalMs(NODE, self, all, 5000));
    expect(intervals.filter((interval) => interval === 5000)).to.have.length(MAX_WATCHERS);
    expect(new Set(intervals)).to.deep.equal(new Set([5000, 60_000]));
  });

  it('spreads the watching over the supernodes', () => {
    const all = supernodes(14);
    const watched = (self: string) =>
      Array.from({ length: 200 }, (_, node) => watchIntervalMs(`node ${node}`, self, all, 5000)).filter(
        (interval) => interval === 5000,
      ).length;
    for (const self of all) expect(watched(self)).to.be.within(60, 140);
  });
});
