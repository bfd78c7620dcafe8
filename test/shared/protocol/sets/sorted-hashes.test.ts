import { createHash } from 'node:crypto';
import { expect } from 'chai';
import fc from 'fast-check';
import { SortedHashes } from '../../../../shared/protocol/sets/sorted-hashes.ts';

const hashOf = (number: number): string => createHash('sha1').update(`${number}`).digest('hex');
/** So many that pages are split and joined. */
const HASHES = Array.from({ length: 2000 }, (_, number) => hashOf(number));

function listed(set: SortedHashes, place = ''): string[] {
  return [...set.from(place)].flatMap((page) => page.toString('hex').match(/.{40}/g) ?? []);
}

describe('shared/protocol/sets/sorted-hashes.ts', () => {
  it('holds what a plain set holds, in order, whatever came and went', () => {
    const runs = fc.array(fc.record({ isAdded: fc.boolean(), start: fc.nat(1999), length: fc.nat(1500) }), {
      maxLength: 12,
    });
    fc.assert(
      fc.property(runs, fc.nat(1999), (steps, asked) => {
        const set = new SortedHashes();
        const model = new Set<string>();
        for (const { isAdded, start, length } of steps) {
          for (const hash of HASHES.slice(start, start + length)) {
            expect(isAdded ? set.add(hash) : set.remove(hash)).to.equal(model.has(hash) !== isAdded);
            if (isAdded) model.add(hash);
            else model.delete(hash);
          }
        }
        const sorted = [...model].sort();
        expect(set.size).to.equal(model.size);
        expect(set.has(HASHES[asked]!)).to.equal(model.has(HASHES[asked]!));
        expect(listed(set)).to.deep.equal(sorted);
        expect(listed(set, HASHES[asked])).to.deep.equal(sorted.filter((hash) => hash >= HASHES[asked]!));
      }),
      { numRuns: 30 },
    );
  });

  it('takes less than 40 bytes a hash, and gives room back when most of them go', () => {
    const hashes = Array.from({ length: 100_000 }, (_, number) => hashOf(number));
    const before = process.memoryUsage().arrayBuffers;
    const set = new SortedHashes();
    for (const hash of hashes) set.add(hash);
    expect((process.memoryUsage().arrayBuffers - before) / hashes.length).to.be.below(40);
    for (const hash of hashes.slice(1000)) set.remove(hash);
    expect([...set.from('')].length).to.be.below(16);
  });
});
