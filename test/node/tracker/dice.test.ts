import { expect } from 'chai';
import { Dice } from '../../../node/tracker/dice.ts';
import { seededRandom } from '../../../shared/platform/random.ts';

describe('node/tracker/dice.ts', () => {
  it('repeats itself for the same seed, and never throws the same twice in a row', () => {
    const first = new Dice(seededRandom(5));
    const second = new Dice(seededRandom(5));
    let last = 0;
    for (let i = 0; i < 100; i++) {
      const thrown = first.next();
      expect(thrown).to.equal(second.next()).and.not.equal(last);
      last = thrown;
    }
  });

  it('stays below the limit and reaches all of it evenly', () => {
    const dice = new Dice(seededRandom(6));
    const counts = new Array<number>(6).fill(0);
    for (let i = 0; i < 6000; i++) counts[dice.below(6)]!++;
    for (const count of counts) expect(count).to.be.within(880, 1120);
  });

  it('works from a seed of zero', () => {
    const dice = new Dice({ uint32: () => 0, bytes: (count) => Buffer.alloc(count) });
    expect(dice.next()).to.not.equal(0);
  });
});
