import { expect } from 'chai';
import fc from 'fast-check';
import { LeakyBuckets, OVERFLOW } from '../../../node/access/leaky-buckets.ts';

/** The same law with a level and a time for each key, in exact fractions of a unit. */
class NaiveBuckets {
  readonly #buckets = new Map<string, { level: number; at: number }>();
  readonly #capacity: number;
  readonly #secondsPerUnit: number;

  constructor(capacity: number, secondsPerUnit: number) {
    this.#capacity = capacity;
    this.#secondsPerUnit = secondsPerUnit;
  }

  pour(key: string, now: number, units: number): number {
    const { level, at } = this.#buckets.get(key) ?? { level: 0, at: now };
    const rest = Math.max(0, level - (now - at) / this.#secondsPerUnit);
    const isFull = rest + units > this.#capacity + 1e-3;
    this.#buckets.set(key, { level: isFull ? rest : rest + units, at: now });
    return isFull ? OVERFLOW : rest + units;
  }
}

describe('node/access/leaky-buckets.ts', () => {
  it('takes its capacity at once, then as much as leaks', () => {
    const buckets = new LeakyBuckets({ capacity: 3, secondsPerUnit: 20, maxBuckets: 8 }, 1);
    const pour = (now: number): number => buckets.pour(1, 2, 1e9 + now);
    expect([pour(0), pour(0), pour(0), pour(0), pour(19)]).to.deep.equal([1, 2, 3, OVERFLOW, OVERFLOW]);
    expect([pour(20), pour(20)]).to.deep.equal([3, OVERFLOW]);
    expect(pour(1000)).to.equal(1);
  });

  it('does what a level for each key would do, whatever comes when', () => {
    const pours = fc.array(
      fc.record({
        key: fc.nat(3),
        waits: fc.constantFrom(0, 0, 0, 1, 5, 60, 4000),
        units: fc.constantFrom(1, 1, 2, 7),
      }),
      {
        maxLength: 200,
      },
    );
    const options = fc.record({
      capacity: fc.integer({ min: 1, max: 20 }),
      secondsPerUnit: fc.constantFrom(0.001, 0.07, 1, 6, 225),
      maxBuckets: fc.constantFrom(8, 64, 1000),
    });
    fc.assert(
      fc.property(options, pours, fc.integer(), (chosen, list, seed) => {
        const buckets = new LeakyBuckets(chosen, seed);
        const naive = new NaiveBuckets(chosen.capacity, chosen.secondsPerUnit);
        let now = 1_800_000_000;
        for (const { key, waits, units } of list) {
          now += waits;
          expect(buckets.pour(key, -key, now, units)).to.be.closeTo(naive.pour(String(key), now, units), 0.01);
        }
      }),
    );
  });

  it('never lets through more than capacity and leak together', () => {
    const property = fc.property(
      fc.integer({ min: 1, max: 100 }),
      fc.array(fc.nat(3), { minLength: 1, maxLength: 500 }),
      (perMinute, waits) => {
        const options = { capacity: perMinute, secondsPerUnit: 60 / perMinute, maxBuckets: 8 };
        const buckets = new LeakyBuckets(options, 1);
        let now = 1_800_000_000;
        let taken = 0;
        for (const wait of waits) {
          now += wait;
          if (buckets.pour(5, 5, now) !== OVERFLOW) taken++;
        }
        expect(taken).to.be.at.most(perMinute + ((now - 1_800_000_000) * perMinute) / 60 + 0.01);
      },
    );
    fc.assert(property);
  });

  it('forgets the emptiest bucket where there is no room', () => {
    const buckets = new LeakyBuckets({ capacity: 5, secondsPerUnit: 10, maxBuckets: 8 }, 1);
    for (let key = 1; key <= 8; key++) for (let i = 0; i < (key === 4 ? 1 : 3); i++) buckets.pour(key, 0, 1e9);
    expect(buckets.pour(9, 0, 1e9)).to.equal(1);
    for (const key of [1, 2, 3, 5, 6, 7, 8]) expect(buckets.pour(key, 0, 1e9)).to.equal(4);
    expect(buckets.pour(4, 0, 1e9)).to.equal(1);
  });

  it('is full at worst when the clock is set back', () => {
    const buckets = new LeakyBuckets({ capacity: 2, secondsPerUnit: 10, maxBuckets: 8 }, 1);
    buckets.pour(1, 1, 1e9);
    expect(buckets.pour(1, 1, 1e9 - 86_400)).to.equal(OVERFLOW);
    expect(buckets.pour(1, 1, 1e9 - 86_390)).to.equal(2);
  });
});
