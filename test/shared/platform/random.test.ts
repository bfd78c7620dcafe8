import { expect } from 'chai';
import { seededRandom, shuffled, systemRandom } from '../../../shared/platform/random.ts';

describe('shared/platform/random.ts', () => {
  it('repeats a sequence for the same seed', () => {
    const [one, two] = [seededRandom(7), seededRandom(7)];
    expect(Array.from({ length: 5 }, () => one.uint32())).to.deep.equal(Array.from({ length: 5 }, () => two.uint32()));
    expect(one.bytes(33)).to.deep.equal(two.bytes(33));
  });

  it('gives another sequence for another seed', () => {
    expect(seededRandom(1).uint32()).to.not.equal(seededRandom(2).uint32());
  });

  for (const [name, random] of [['system', systemRandom] as const, ['seeded', seededRandom(1)] as const]) {
    it(`draws ${name} integers from the whole range of 32 bits, evenly`, () => {
      const draws = Array.from({ length: 20_000 }, () => random.uint32());
      const perEighth = new Array<number>(8).fill(0);
      for (const draw of draws) {
        expect(Number.isInteger(draw)).to.equal(true);
        perEighth[Math.floor(draw / 2 ** 29)]! += 1;
      }
      // Mean 2500, standard deviation 47: a fair source leaves this range once in some 10^15 runs.
      for (const count of perEighth) expect(count).to.be.within(2100, 2900);
    });

    it(`gives ${name} bytes of the length asked for, which later draws do not change`, () => {
      const bytes = random.bytes(20);
      const copy = Buffer.from(bytes);
      for (let draw = 0; draw < 5000; draw++) random.uint32();
      random.bytes(20);
      expect(bytes).to.have.length(20);
      expect(bytes).to.deep.equal(copy);
      expect(random.bytes(0)).to.have.length(0);
    });
  }

  it('shuffles into every order equally often, and leaves the list as it was', () => {
    const random = seededRandom(1);
    const items = ['a', 'b', 'c'] as const;
    const times = new Map<string, number>();
    for (let round = 0; round < 6000; round++) {
      const order = shuffled(items, random).join('');
      times.set(order, (times.get(order) ?? 0) + 1);
    }
    expect(items).to.deep.equal(['a', 'b', 'c']);
    expect([...times.keys()].sort()).to.deep.equal(['abc', 'acb', 'bac', 'bca', 'cab', 'cba']);
    for (const count of times.values()) expect(count).to.be.within(850, 1150);
  });
});
