import { createHash } from 'node:crypto';
import { expect } from 'chai';
import fc from 'fast-check';
import { Catalogue } from '../../../../shared/protocol/sets/catalogue.ts';

const A = `00${'aa'.repeat(19)}`;
const B = `00${'bb'.repeat(19)}`;
const C = `ff${'cc'.repeat(19)}`;

/** Few buckets and few hashes in each, so that the same ones are added and removed again. */
const hash = fc
  .tuple(fc.constantFrom('00', '01', '0f', '10', 'ef', 'ff'), fc.nat(5))
  .map(([bucket, rest]) => bucket + rest.toString(16).padStart(38, '0'));
const steps = fc.array(fc.record({ isAdded: fc.boolean(), hash }), { maxLength: 40 });

/** The definition, word for word. */
function rootOf(hashes: readonly string[]): string {
  const digests = Array.from({ length: 256 }, (_, first) => {
    const bucket = hashes.filter((text) => Number.parseInt(text.slice(0, 2), 16) === first).sort();
    return sha256(Buffer.from(bucket.join(''), 'hex'));
  });
  return sha256(Buffer.concat(digests)).toString('hex');
}

function sha256(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest();
}

describe('shared/protocol/sets/catalogue.ts', () => {
  it('digests buckets by the first byte, and the buckets into the root', () => {
    expect(new Catalogue().root()).to.equal(rootOf([]));
    expect(new Catalogue([C, B, A]).root()).to.equal(rootOf([A, B, C]));
  });

  it('has the root that the definition gives after every change', () => {
    fc.assert(
      fc.property(steps, (changes) => {
        const catalogue = new Catalogue();
        const held = new Set<string>();
        for (const { isAdded, hash } of changes) {
          const hasChanged = isAdded ? catalogue.add(hash) : catalogue.remove(hash);
          expect(hasChanged).to.equal(held.has(hash) !== isAdded);
          if (isAdded) held.add(hash);
          else held.delete(hash);
        }
        expect(catalogue.root()).to.equal(rootOf([...held]));
        expect([...catalogue.after('')].sort()).to.deep.equal([...held].sort());
        expect(catalogue.size).to.equal(held.size);
      }),
      { numRuns: 50 },
    );
  });

  it('keeps the root up to date between changes', () => {
    const catalogue = new Catalogue([A]);
    const before = catalogue.root();
    catalogue.add(C);
    expect(catalogue.root()).to.equal(rootOf([A, C]));
    catalogue.remove(C);
    expect(catalogue.root()).to.equal(before);
  });

  it('takes no room for digests before anybody asks for the root', () => {
    const before = process.memoryUsage().arrayBuffers;
    const catalogues = Array.from({ length: 1000 }, () => new Catalogue([A]));
    expect(process.memoryUsage().arrayBuffers - before).to.be.below(1_000_000);
    expect(catalogues[0]!.root()).to.equal(rootOf([A]));
  });

  it('tells whether it holds a hash', () => {
    const catalogue = new Catalogue([A]);
    expect([A, B, C].map((text) => catalogue.has(text))).to.deep.equal([true, false, false]);
    catalogue.remove(A);
    expect(catalogue.has(A)).to.equal(false);
  });
});
