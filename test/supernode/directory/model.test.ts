// The packed directory beside a naive one of maps and sets, through the same random history.

import { expect } from 'chai';
import fc from 'fast-check';
import { Catalogue } from '../../../shared/protocol/sets/catalogue.ts';
import type { InfoHash } from '../../../shared/protocol/torrent/info-hash.ts';
import { DigestTree } from '../../../supernode/directory/digest-tree.ts';
import { Directory } from '../../../supernode/directory/directory.ts';
import { type PlantEntry, type ReceiptEntry, restoreEntry } from '../../../supernode/directory/entry.ts';
import { takeCatalogue } from '../catalogues.ts';
import { hashOf, plantEntry, receiptEntry, START, signer } from '../records.ts';

const HASHES = ['a', 'b', 'c', 'd', 'e'].map(hashOf);
const NODES = [signer(1), signer(2), signer(3)] as const;
const PLANTERS = [signer(11), signer(12)] as const;
const EPOCHS = ['0123456789abcdef', 'fedcba9876543210'] as const;

/** Signed once, since that takes time. */
const PLANT_ENTRIES: readonly PlantEntry[] = PLANTERS.flatMap((planter) =>
  HASHES.slice(0, 3).flatMap((hash) => [
    plantEntry(planter, hash, { copies: 3 }),
    plantEntry(planter, hash, { copies: 2, seq: START + 1, ttlSeconds: 60 }),
    plantEntry(planter, hash, { copies: 0, seq: START + 2 }),
    plantEntry(planter, hash, { seq: START + 3, infoHashV2: 'ab'.repeat(32), twin: HASHES[4]! }),
  ]),
);
const RECEIPT_ENTRIES: readonly ReceiptEntry[] = NODES.flatMap((node) =>
  HASHES.flatMap((hash) =>
    EPOCHS.flatMap((epoch) =>
      [1, 3, 6].map((change) =>
        receiptEntry(node, hash, { epoch, change, seq: START + 10 * EPOCHS.indexOf(epoch) + change }),
      ),
    ),
  ),
);

/** A node as it is: what it carries, and how often that has changed. */
interface World {
  epoch: string;
  change: number;
  carried: Set<InfoHash>;
}

class Model {
  readonly plants = new Map<string, PlantEntry>();
  readonly catalogues = new Map<string, Set<InfoHash>>();
  readonly pending = new Map<string, ReceiptEntry>();
  /** Receipts that a catalogue has confirmed or denied. */
  readonly settled = new Set<ReceiptEntry>();

  carriersOf(hash: InfoHash): string[] {
    const ids = NODES.map(({ id }) => id);
    return ids.filter((id) => this.catalogues.get(id)?.has(hash) || this.pending.has(`${id} ${hash}`)).sort();
  }

  settle(node: string, { epoch, change }: World): void {
    for (const [key, entry] of this.pending) {
      if (entry.author !== node || (entry.statement.epoch === epoch && entry.statement.change > change)) continue;
      this.pending.delete(key);
      this.settled.add(entry);
    }
  }

  /** What was denied before an epoch began may be true in it. */
  begin(node: string, epoch: string): void {
    for (const entry of this.settled) {
      if (entry.author === node && entry.statement.epoch === epoch) this.settled.delete(entry);
    }
  }

  forget(node: string): void {
    this.catalogues.delete(node);
    for (const [key, { author }] of this.pending) if (author === node) this.pending.delete(key);
    for (const entry of this.settled) if (entry.author === node) this.settled.delete(entry);
  }
}

class Run {
  readonly directory = new Directory();
  readonly model = new Model();
  readonly worlds = new Map(NODES.map(({ id }) => [id, { epoch: EPOCHS[0], change: 0, carried: new Set() } as World]));

  /** Every other one as it comes from a database. */
  plant(made: PlantEntry): void {
    const isRestored = made.seq % 2 === 0;
    const entry = isRestored ? (restoreEntry('plant', made.author, made.bytes, START) as PlantEntry) : made;
    const key = `${entry.subject} ${entry.author}`;
    const held = this.model.plants.get(key);
    const { kind } = this.directory.judge(entry, START);
    if (held === undefined) expect(kind).to.equal('new');
    else expect(kind).to.equal(entry.seq > held.seq ? 'newer' : made === held ? 'known' : 'older');
    if (kind !== 'new' && kind !== 'newer') return;
    this.directory.put(entry, START);
    this.model.plants.set(key, made);
  }

  removePlant({ subject, author }: PlantEntry): void {
    this.directory.remove({ type: 'plant', author, subject });
    this.model.plants.delete(`${subject} ${author}`);
  }

  receipt(entry: ReceiptEntry): void {
    const { kind } = this.directory.judge(entry, START);
    // Else it would go round among the feeds for ever.
    if (this.model.settled.has(entry)) expect(kind).to.be.oneOf(['known', 'older', 'newer']);
    if (kind !== 'new' && kind !== 'newer') return;
    this.directory.put(entry, START);
    const key = `${entry.author} ${entry.subject}`;
    const held = this.directory.held(entry);
    if (held === undefined) this.model.pending.delete(key);
    else this.model.pending.set(key, entry);
  }

  removeReceipt({ subject, author }: ReceiptEntry): void {
    this.directory.remove({ type: 'receipt', author, subject });
    this.model.pending.delete(`${author} ${subject}`);
  }

  /** The node carries or drops torrents, or has lost its database; the supernode pulls all, or what is new. */
  pull(node: number, change: { toggled: readonly number[]; isNewEpoch: boolean; isWhole: boolean }): void {
    const { id } = NODES[node]!;
    const world = this.worlds.get(id)!;
    const held = this.model.catalogues.get(id);
    const isLost = change.isNewEpoch && world.epoch === EPOCHS[0];
    if (isLost) {
      Object.assign(world, { epoch: EPOCHS[1], change: 0 });
      this.model.begin(id, EPOCHS[1]);
    }
    for (const index of change.toggled) {
      const hash = HASHES[index]!;
      if (!world.carried.delete(hash)) world.carried.add(hash);
      world.change++;
    }
    const hashes = [...world.carried];
    const isReset = held === undefined || isLost || change.isWhole;
    const head = { ...world, count: hashes.length, root: new Catalogue(hashes).root() };
    const added = isReset ? hashes : hashes.filter((hash) => !held.has(hash));
    const removed = isReset ? [] : [...held].filter((hash) => !world.carried.has(hash));
    expect(takeCatalogue(this.directory.carriers, id, { head, isReset, added, removed })).to.equal(true);
    this.model.catalogues.set(id, new Set(hashes));
    this.model.settle(id, world);
  }

  forget(node: number): void {
    this.directory.carriers.forget(NODES[node]!.id);
    this.model.forget(NODES[node]!.id);
  }

  check(): void {
    const { plants, carriers, torrents } = this.directory;
    const planted = new Set([...this.model.plants.values()].map(({ subject }) => subject));
    const carried = HASHES.filter((hash) => this.model.carriersOf(hash).length > 0);
    for (const hash of HASHES) {
      expect(carriers.of(hash).sort()).to.deep.equal(this.model.carriersOf(hash));
      const own = [...this.model.plants.values()].filter(({ subject }) => subject === hash);
      expect([plants.has(hash), plants.plantersOf(hash)]).to.deep.equal([own.length > 0, own.length]);
      const live = own.filter(({ statement, expiresAt }) => statement.copies > 0 && expiresAt > START + 70_000);
      expect(plants.live(hash, START + 70_000)).to.have.deep.members(live);
      expect(plants.uproots(hash, START)).to.have.deep.members(own.filter(({ statement }) => statement.copies === 0));
      const most = Math.max(0, ...live.map(({ statement }) => statement.copies));
      expect(plants.copiesOf(torrents.of(hash), START + 70_000)).to.equal(most);
      expect(plants.newest(hash, START + 70_000)).to.equal(Math.max(0, ...live.map(({ seq }) => seq)));
    }
    for (const { id } of NODES) {
      const own = HASHES.filter((hash) => this.model.carriersOf(hash).includes(id)).sort();
      expect([...carriers.carriedBy(id, '')]).to.deep.equal(own);
      expect(HASHES.filter((hash) => carriers.has(hash, id)).sort()).to.deep.equal(own);
      expect(carriers.countOf(id)).to.equal(this.model.catalogues.get(id)?.size ?? 0);
    }
    expect([plants.size, plants.records]).to.deep.equal([planted.size, this.model.plants.size]);
    expect(plants.planters).to.equal(new Set([...this.model.plants.values()].map(({ author }) => author)).size);
    expect([carriers.size, carriers.receipts]).to.deep.equal([carried.length, this.model.pending.size]);
    expect(torrents.count).to.equal(new Set([...planted, ...carried]).size);
    expect([...this.directory.entries()]).to.have.deep.members([
      ...this.model.plants.values(),
      ...this.model.pending.values(),
    ]);
    const idle = [...planted].filter((hash) => !carried.includes(hash));
    expect(plants.uncarried(0, HASHES.length, START + 100_000)).to.have.deep.property('next', 0);
    expect(plants.uncarried(0, HASHES.length, START + 100_000).infoHashes).to.have.members(idle);
    const digests = new DigestTree();
    for (const { subject, bytes } of this.model.plants.values()) digests.toggle(subject, bytes);
    expect(Buffer.compare(plants.digests(), digests.digests())).to.equal(0);
  }
}

const node = fc.nat(NODES.length - 1);
const change = fc.record({
  toggled: fc.array(fc.nat(HASHES.length - 1), { maxLength: 4 }),
  isNewEpoch: fc.nat(5).map((chance) => chance === 0),
  isWhole: fc.boolean(),
});
const step: fc.Arbitrary<(run: Run) => void> = fc.oneof(
  fc.constantFrom(...PLANT_ENTRIES).map((entry) => (run: Run) => run.plant(entry)),
  fc.constantFrom(...PLANT_ENTRIES).map((entry) => (run: Run) => run.removePlant(entry)),
  fc.constantFrom(...RECEIPT_ENTRIES).map((entry) => (run: Run) => run.receipt(entry)),
  fc.constantFrom(...RECEIPT_ENTRIES).map((entry) => (run: Run) => run.receipt(entry)),
  fc.constantFrom(...RECEIPT_ENTRIES).map((entry) => (run: Run) => run.removeReceipt(entry)),
  fc.tuple(node, change).map(
    ([index, changed]) =>
      (run: Run) =>
        run.pull(index, changed),
  ),
  node.map((index) => (run: Run) => run.forget(index)),
);

describe('supernode/directory, beside a model of maps', () => {
  it('holds and answers the same through any history', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60, size: 'max' }), (steps) => {
        const run = new Run();
        for (const act of steps) {
          act(run);
          run.check();
        }
      }),
      { numRuns: 60 },
    );
  });
});
