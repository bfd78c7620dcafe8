// A directory so small that every limit is reached, through random histories in which catalogues come in at the same time.

import { expect } from 'chai';
import fc from 'fast-check';
import { Catalogue } from '../../../shared/protocol/sets/catalogue.ts';
import type { CatalogueUpdate } from '../../../supernode/directory/catalogue-update.ts';
import { Directory } from '../../../supernode/directory/directory.ts';
import type { Entry } from '../../../supernode/directory/entry.ts';
import { DIRECTORY_LIMITS, type DirectoryLimits } from '../../../supernode/directory/limits.ts';
import { EPOCH, hashOf, plantEntry, receiptEntry, START, signer } from '../records.ts';

const LIMITS: DirectoryLimits = {
  ...DIRECTORY_LIMITS,
  maxTorrents: 3,
  maxPlants: 5,
  maxPlantBytes: 6 * 72,
  maxPlanters: 3,
  maxPlantersPerTorrent: 2,
  maxPlantsPerPlanter: 3,
  maxReceiptsPerNode: 2,
  maxReceipts: 3,
  maxHolders: 3,
  maxCarriedPerNode: 3,
  maxCarried: 4,
};
const HASHES = Array.from({ length: 8 }, (_, number) => hashOf(`${number}`));
const NODES = [1, 2, 3, 4].map(signer);
/** Signed once, since that takes time. */
const ENTRIES: readonly Entry[] = [
  ...[11, 12, 13, 14].flatMap((planter) =>
    HASHES.slice(0, 5).flatMap((hash) => [
      plantEntry(signer(planter), hash),
      plantEntry(signer(planter), hash, { copies: 0, seq: START + 1, twin: HASHES[7]! }),
      plantEntry(signer(planter), hash, { seq: START + 2, infoHashV2: 'ab'.repeat(32), twin: HASHES[7]! }),
    ]),
  ),
  ...NODES.flatMap((node) => HASHES.map((hash, index) => receiptEntry(node, hash, { change: 1 + (index % 3) }))),
];

interface Pull {
  readonly node: number;
  readonly hashes: readonly number[];
  readonly isReset: boolean;
}

class Run {
  readonly directory = new Directory(LIMITS);
  /** Pulls under way, and their slices once all pages have come. */
  readonly #pulls = new Map<number, { update: CatalogueUpdate; pull: Pull; slices?: Generator<undefined, boolean> }>();

  /** Of another process, when it is not judged. */
  put(entry: Entry, isJudged: boolean): void {
    const { kind } = this.directory.judge(entry, START);
    if (isJudged && kind !== 'new' && kind !== 'newer') return;
    this.directory.put(entry, START);
    if (isJudged && entry.type === 'plant') expect(this.directory.held(entry)?.bytes).to.deep.equal(entry.bytes);
  }

  remove({ type, author, subject }: Entry): void {
    this.directory.remove({ type, author, subject });
  }

  begin(pull: Pull): void {
    this.#pulls.set(pull.node, { update: this.directory.carriers.update(NODES[pull.node]!.id), pull });
  }

  /** One page, or one slice of what is left to do. */
  step(node: number): void {
    const under = this.#pulls.get(node);
    if (under === undefined) return;
    const { update, pull } = under;
    const hashes = pull.hashes.map((index) => HASHES[index]!);
    const head = { epoch: EPOCH, change: 2, count: hashes.length, root: new Catalogue(hashes).root() };
    try {
      if (under.slices === undefined) {
        update.take({ isReset: pull.isReset, added: hashes, removed: [] });
        under.slices = update.finish(head);
      } else if (under.slices.next().done === true) this.#pulls.delete(node);
    } catch (error) {
      expect(String(error)).to.include('no room');
      this.#pulls.delete(node);
    }
  }

  check(): void {
    const { plants, carriers, torrents } = this.directory;
    expect(plants.records).to.be.at.most(LIMITS.maxPlants);
    expect(plants.bytesFill).to.be.at.most(1);
    expect(carriers.carried).to.be.at.most(LIMITS.maxCarried);
    expect(carriers.receipts).to.be.at.most(LIMITS.maxReceipts);
    for (const hash of HASHES) {
      expect(plants.plantersOf(hash)).to.be.at.most(LIMITS.maxPlantersPerTorrent);
      const own = NODES.filter(({ id }) => carriers.has(hash, id)).map(({ id }) => id);
      expect(carriers.of(hash).sort()).to.deep.equal(own.sort());
    }
    expect(plants.records).to.equal([...plants.entries()].length);
    expect(torrents.count).to.be.at.most(HASHES.length);
  }
}

const node = fc.nat(NODES.length - 1);
const anEntry = fc.constantFrom(...ENTRIES);
const pull = fc.record({
  node,
  hashes: fc.uniqueArray(fc.nat(HASHES.length - 1), { minLength: 2, maxLength: 4 }),
  isReset: fc.boolean(),
});
const step: fc.Arbitrary<(run: Run) => void> = fc.oneof(
  fc.tuple(anEntry, fc.boolean()).map(
    ([entry, isJudged]) =>
      (run: Run) =>
        run.put(entry, isJudged),
  ),
  anEntry.map((entry) => (run: Run) => run.remove(entry)),
  pull.map((one) => (run: Run) => run.begin(one)),
  {
    weight: 3,
    arbitrary: node.map((one) => (run: Run) => run.step(one)),
  },
  node.map((one) => (run: Run) => run.directory.carriers.forget(NODES[one]!.id)),
);

describe('supernode/directory/limits.ts', () => {
  it('are kept through any history, and nothing overflows', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80, size: 'max' }), (steps) => {
        const run = new Run();
        for (const act of steps) {
          act(run);
          run.check();
        }
      }),
      { numRuns: 100 },
    );
  });
});
