import { expect } from 'chai';
import fc from 'fast-check';
import { Directory, type Verdict } from '../../../supernode/directory/directory.ts';
import { Draft } from '../../../supernode/directory/draft.ts';
import type { Entry } from '../../../supernode/directory/entry.ts';
import { DIRECTORY_LIMITS } from '../../../supernode/directory/limits.ts';
import { hashOf, nodeEntry, plantEntry, receiptEntry, START, signer, supernodeEntry } from '../records.ts';

/** Few authors, torrents and numbers, so that records meet; limits so small that some are reached. */
const ENTRIES: readonly Entry[] = [1, 2, 3].flatMap((author) =>
  [0, 1].flatMap((later) => [
    nodeEntry(signer(author), { seq: START + later }),
    supernodeEntry(signer(author), { seq: START + later }),
    ...['a', 'b', 'c']
      .map(hashOf)
      .flatMap((infoHash) => [
        plantEntry(signer(author), infoHash, { seq: START + later }),
        plantEntry(signer(author), infoHash, { seq: START + later, copies: 0 }),
        receiptEntry(signer(author), infoHash, { seq: START + later }),
      ]),
  ]),
);
const LIMITS = {
  ...DIRECTORY_LIMITS,
  maxNodes: 2,
  maxSupernodes: 2,
  maxTorrents: 2,
  maxPlants: 4,
  maxPlantersPerTorrent: 3,
  maxPlantsPerPlanter: 2,
  maxReceiptsPerNode: 2,
  maxReceipts: 4,
};
const someEntries = fc.array(fc.constantFrom(...ENTRIES), { maxLength: 25 });

/** Judges and puts one record after the other. */
function putEach(directory: Directory, entries: readonly Entry[]): Verdict[] {
  return entries.map((entry) => {
    const verdict = directory.judge(entry, START);
    if (verdict.kind === 'new' || verdict.kind === 'newer') directory.put(entry, START);
    return verdict;
  });
}

function contents(directory: Directory): string[] {
  const held = ENTRIES.map((entry) => directory.held(entry)).filter((entry) => entry !== undefined);
  return [...new Set(held.map(({ bytes }) => Buffer.from(bytes).toString('hex')))].sort();
}

describe('supernode/directory/draft.ts', () => {
  it('judges as if each record had been put, limits included, and changes nothing', () => {
    fc.assert(
      fc.property(someEntries, someEntries, (before, offered) => {
        const [directory, oracle] = [new Directory(LIMITS), new Directory(LIMITS)];
        putEach(directory, before);
        putEach(oracle, before);
        const untouched = contents(directory);
        const draft = new Draft(directory, START);
        const verdicts = offered.map((entry) => draft.take(entry));
        expect(contents(directory)).to.deep.equal(untouched);
        expect(verdicts).to.deep.equal(putEach(oracle, offered));
        for (const entry of draft.entries) directory.put(entry, START);
        expect(contents(directory)).to.deep.equal(contents(oracle));
      }),
      { numRuns: 200 },
    );
  });

  it('keeps the newest of each in the order of arrival', () => {
    const draft = new Draft(new Directory(), START);
    const [a, b] = [plantEntry(signer(1), hashOf('a')), plantEntry(signer(1), hashOf('b'))];
    const newer = plantEntry(signer(1), hashOf('a'), { seq: START + 1 });
    for (const entry of [a, b, newer, a]) draft.take(entry);
    expect(draft.entries).to.deep.equal([b, newer]);
  });
});
