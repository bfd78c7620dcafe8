// The laws that let supernodes end with the same records, whatever the order in which these come and however often.

import { expect } from 'chai';
import fc from 'fast-check';
import type { Entry } from '../../../supernode/directory/entry.ts';
import { openBooks } from '../ledgers.ts';
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
async function merged(entries: readonly Entry[], pageSize = 1): Promise<{ held: string[]; digests: string }> {
  const { store, directory, ledger } = await openBooks({ now: () => START });
  for (let at = 0; at < entries.length; at += pageSize) await ledger.offer(entries.slice(at, at + pageSize));
  const stored = (await store.after(0, START)).map(({ entry }) => Buffer.from(entry.bytes).toString('hex')).sort();
  const inMemory = new Set(entries.map((entry) => Buffer.from(directory.held(entry)!.bytes).toString('hex')));
  expect(stored).to.deep.equal([...inMemory].sort());
  await store.close();
  return { held: stored, digests: Buffer.from(directory.plants.digests()).toString('hex') };
}

describe('supernode/store/ledger.ts, whatever the order', () => {
  it('comes out the same in every order', async () => {
    const shuffled = someEntries.chain((entries) =>
      fc.tuple(fc.constant(entries), fc.shuffledSubarray(entries, { minLength: entries.length })),
    );
    await fc.assert(
      fc.asyncProperty(shuffled, async ([entries, others]) => {
        expect(await merged(others)).to.deep.equal(await merged(entries));
      }),
      { numRuns: 40 },
    );
  });

  it('comes out the same however often records come, and however many at a time', async () => {
    await fc.assert(
      fc.asyncProperty(someEntries, fc.integer({ min: 1, max: 10 }), async (entries, pageSize) => {
        expect(await merged([...entries, ...entries, ...entries.slice(0, 3)], pageSize)).to.deep.equal(
          await merged(entries),
        );
      }),
      { numRuns: 40 },
    );
  });

  it('comes out the same when two who know different things tell each other', async () => {
    await fc.assert(
      fc.asyncProperty(someEntries, someEntries, async (mine, theirs) => {
        expect(await merged([...mine, ...theirs])).to.deep.equal(await merged([...theirs, ...mine]));
      }),
      { numRuns: 40 },
    );
  });
});
