// The laws that let supernodes end with the same records, whatever the order in which these come and however often.

import { expect } from 'chai';
import fc from 'fast-check';
import { seededRandom } from '../../../shared/platform/random.ts';
import { Directory } from '../../../supernode/directory/directory.ts';
import type { Entry } from '../../../supernode/directory/entry.ts';
import { Ledger } from '../../../supernode/store/ledger.ts';
import { RecordStore } from '../../../supernode/store/record-store.ts';
import { hashOf, nodeEntry, plantEntry, receiptEntry, START, signer } from '../records.ts';

const HASHES = ['a', 'b', 'c'].map(hashOf);
/** Few authors, subjects and numbers, so that records meet; signed once, since that takes time. */
const ENTRIES: readonly Entry[] = [1, 2].flatMap((author) =>
  [0, 1, 2].flatMap((later) => [
    nodeEntry(signer(author), { seq: START + later }),
    nodeEntry(signer(author), { seq: START + later, weight: 7 }),
    ...HASHES.flatMap((infoHash) => [
      ...[0, 2, 3].map((copies) => plantEntry(signer(100 + author), infoHash, { seq: START + later, copies })),
      receiptEntry(signer(author), infoHash, { seq: START + later, change: later + 1 }),
    ]),
  ]),
);
const someEntries = fc.array(fc.constantFrom(...ENTRIES), { maxLength: 30 });

/** Everything that is held after records came in this order, in pages of `pageSize`. */
function merged(entries: readonly Entry[], pageSize = 1): { held: string[]; digests: string } {
  const store = new RecordStore(':memory:', seededRandom(1));
  const directory = new Directory();
  const ledger = new Ledger({ directory, store, clock: { now: () => START } });
  for (let at = 0; at < entries.length; at += pageSize) ledger.offer(entries.slice(at, at + pageSize));
  const stored = [...store.entries(START)].map(({ bytes }) => Buffer.from(bytes).toString('hex')).sort();
  const inMemory = new Set(entries.map((entry) => Buffer.from(directory.held(entry)!.bytes).toString('hex')));
  expect(stored).to.deep.equal([...inMemory].sort());
  store.close();
  return { held: stored, digests: Buffer.from(directory.plants.digests()).toString('hex') };
}

describe('supernode/store/ledger.ts, whatever the order', () => {
  it('comes out the same in every order', () => {
    const shuffled = someEntries.chain((entries) =>
      fc.tuple(fc.constant(entries), fc.shuffledSubarray(entries, { minLength: entries.length })),
    );
    fc.assert(
      fc.property(shuffled, ([entries, others]) => {
        expect(merged(others)).to.deep.equal(merged(entries));
      }),
      { numRuns: 40 },
    );
  });

  it('comes out the same however often records come, and however many at a time', () => {
    fc.assert(
      fc.property(someEntries, fc.integer({ min: 1, max: 10 }), (entries, pageSize) => {
        expect(merged([...entries, ...entries, ...entries.slice(0, 3)], pageSize)).to.deep.equal(merged(entries));
      }),
      { numRuns: 40 },
    );
  });

  it('comes out the same when two who know different things tell each other', () => {
    fc.assert(
      fc.property(someEntries, someEntries, (mine, theirs) => {
        expect(merged([...mine, ...theirs])).to.deep.equal(merged([...theirs, ...mine]));
      }),
      { numRuns: 40 },
    );
  });
});
