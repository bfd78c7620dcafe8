import { expect } from 'chai';
import { RecordPool } from '../../../supernode/directory/record-pool.ts';
import { readWide, writeWide } from '../../../supernode/directory/wide-numbers.ts';

describe('supernode/directory/record-pool.ts', () => {
  it('gives out records of zeroes, each once, also those that were freed, and grows with them', () => {
    const pool = new RecordPool(3, 40_000);
    expect(pool.words.length).to.equal(0);
    const places = new Set<number>();
    for (let count = 0; count < 40_000; count++) {
      const place = pool.take();
      places.add(place);
      pool.words.fill(place, place, place + 3);
    }
    expect([places.size, places.has(0), pool.isFull]).to.deep.equal([40_000, false, true]);
    expect(() => pool.take()).to.throw(RangeError);
    for (const place of places) expect([...pool.words.subarray(place, place + 3)]).to.deep.equal([place, place, place]);
    const [first = 0, second = 0] = places;
    pool.free(first);
    pool.free(second);
    const again = [pool.take(), pool.take()];
    expect(again.sort((a, b) => a - b)).to.deep.equal([first, second].sort((a, b) => a - b));
    for (const place of again) expect([...pool.words.subarray(place, place + 3)]).to.deep.equal([0, 0, 0]);
  });

  it('takes no memory before it is needed', () => {
    const before = process.memoryUsage().arrayBuffers;
    const pool = new RecordPool(1000, 1_000_000);
    expect(process.memoryUsage().arrayBuffers - before).to.be.below(1_000_000);
    expect(pool.take()).to.be.above(0);
  });
});

describe('supernode/directory/wide-numbers.ts', () => {
  it('keeps whole numbers up to 2^53', () => {
    const words = new Int32Array(3);
    for (const value of [0, 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 1_800_000_000_000, Number.MAX_SAFE_INTEGER]) {
      writeWide(value, words, 1);
      expect(readWide(words, 1)).to.equal(value);
    }
  });
});
