import { expect } from 'chai';
import { MemoryBudget } from '../../../node/tracker/memory-budget.ts';

describe('node/tracker/memory-budget.ts', () => {
  it('gives what is asked for up to its limit, and counts it', () => {
    const budget = new MemoryBudget(100);
    expect([budget.take(60), budget.take(41), budget.take(40), budget.take(1)]).to.deep.equal([
      true,
      false,
      true,
      false,
    ]);
    expect(budget.usedBytes).to.equal(100);
    expect(budget.hasRoom(0)).to.equal(true);
  });

  it('gives everything without a limit', () => {
    expect(new MemoryBudget().take(2 ** 50)).to.equal(true);
  });
});
