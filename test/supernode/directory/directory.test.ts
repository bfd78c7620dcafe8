import { expect } from 'chai';
import fc from 'fast-check';
import { Catalogue } from '../../../shared/protocol/sets/catalogue.ts';
import { Directory } from '../../../supernode/directory/directory.ts';
import { type Entry, openEntry } from '../../../supernode/directory/entry.ts';
import { DIRECTORY_LIMITS, type DirectoryLimits } from '../../../supernode/directory/limits.ts';
import { takeCatalogue } from '../catalogues.ts';
import { EPOCH, hashOf, nodeEntry, plantEntry, receiptEntry, START, signer, supernodeEntry } from '../records.ts';

const A = hashOf('a');
const B = hashOf('b');
const AUTHORS = [signer(1), signer(2)] as const;

/** Every kind of record by two authors about two torrents, each in three ages and two spellings of the same age. */
const ENTRIES: readonly Entry[] = AUTHORS.flatMap((author) =>
  [START, START + 1, START + 2].flatMap((seq) => [
    nodeEntry(author, { seq }),
    nodeEntry(author, { seq, state: 'left' }),
    supernodeEntry(author, { seq }),
    supernodeEntry(author, { seq, state: 'draining' }),
    ...[A, B].flatMap((hash) => [
      plantEntry(author, hash, { seq, copies: 3 }),
      plantEntry(author, hash, { seq, copies: 0 }),
      receiptEntry(author, hash, { seq, change: 1 }),
      receiptEntry(author, hash, { seq, change: 2 }),
    ]),
  ]),
);
const someEntries = fc.array(fc.constantFrom(...ENTRIES), { maxLength: 40 });

function merge(directory: Directory, entries: readonly Entry[]): Directory {
  for (const entry of entries) {
    const { kind } = directory.judge(entry, START);
    if (kind === 'new' || kind === 'newer') directory.put(entry, START);
  }
  return directory;
}

/** The bytes of every record held. */
function contents(directory: Directory): Set<string> {
  const held = ENTRIES.map((entry) => directory.held(entry)).filter((entry) => entry !== undefined);
  return new Set(held.map(({ bytes }) => Buffer.from(bytes).toString('hex')));
}

function limited(changes: Partial<DirectoryLimits>): Directory {
  return new Directory({ ...DIRECTORY_LIMITS, ...changes });
}

describe('supernode/directory/directory.ts', () => {
  it('holds the same records in whatever order they arrive', () => {
    fc.assert(
      fc.property(someEntries, fc.infiniteStream(fc.nat()), (entries, chances) => {
        const shuffled = [...entries].map((entry) => [chances.next().value, entry] as const);
        shuffled.sort(([a], [b]) => Number(a) - Number(b));
        const other = shuffled.map(([, entry]) => entry);
        expect(contents(merge(new Directory(), entries))).to.deep.equal(contents(merge(new Directory(), other)));
      }),
    );
  });

  it('holds the same records however they are grouped on the way', () => {
    fc.assert(
      fc.property(someEntries, someEntries, someEntries, (a, b, c) => {
        const one = merge(merge(new Directory(), b), c);
        const viaOne = ENTRIES.filter((entry) => {
          const held = one.held(entry);
          return held !== undefined && Buffer.compare(held.bytes, entry.bytes) === 0;
        });
        const direct = merge(merge(merge(new Directory(), a), b), c);
        expect(contents(merge(merge(new Directory(), a), viaOne))).to.deep.equal(contents(direct));
      }),
    );
  });

  it('changes nothing when the same records arrive again', () => {
    fc.assert(
      fc.property(someEntries, (entries) => {
        const directory = merge(new Directory(), entries);
        const before = contents(directory);
        for (const entry of entries) expect(directory.judge(entry, START).kind).to.be.oneOf(['known', 'older']);
        expect(contents(merge(directory, entries))).to.deep.equal(before);
      }),
    );
  });

  it('knows what changes nothing: the same bytes, and receipts that a catalogue has seen', () => {
    const [one] = AUTHORS;
    const directory = new Directory();
    const unknown = ENTRIES.filter((entry) => directory.knows(entry));
    expect(unknown).to.deep.equal([]);
    const held = [nodeEntry(one), plantEntry(one, A), receiptEntry(one, A, { change: 1 })];
    merge(directory, held);
    for (const entry of held) expect(directory.knows(openEntry(entry.bytes, START))).to.equal(true);
    for (const entry of [nodeEntry(one, { seq: START + 1 }), plantEntry(one, A, { copies: 0 }), plantEntry(one, B)]) {
      expect(directory.knows(entry)).to.equal(false);
    }
    const head = { epoch: EPOCH, change: 3, count: 1, root: new Catalogue([A]).root() };
    takeCatalogue(directory.carriers, one.id, { head, isReset: true, added: [A], removed: [] });
    expect(directory.held(held[2]!)).to.equal(undefined);
    expect(directory.knows(held[2]!)).to.equal(true);
    expect(directory.judge(held[2]!, START)).to.deep.equal({ kind: 'known' });
    expect(directory.knows(receiptEntry(one, B, { change: 4 }))).to.equal(false);
  });

  it('keeps an uprooting record, so that the plant before it cannot return', () => {
    const planter = signer(3);
    const directory = merge(new Directory(), [
      plantEntry(planter, A),
      plantEntry(planter, A, { seq: START + 1, copies: 0 }),
    ]);
    expect(directory.plants.live(A, START)).to.deep.equal([]);
    expect(directory.judge(plantEntry(planter, A), START).kind).to.equal('older');
  });

  it('leaves the plant of one planter alone when another uproots', () => {
    const directory = merge(new Directory(), [
      plantEntry(signer(3), A),
      plantEntry(signer(4), A, { seq: START + 1, copies: 0 }),
    ]);
    expect(directory.plants.live(A, START).map(({ author }) => author)).to.deep.equal([signer(3).id]);
  });

  it('does not count a plant whose time is over', () => {
    const plant = plantEntry(signer(3), A, { ttlSeconds: 60 });
    const directory = merge(new Directory(), [plant]);
    expect(directory.plants.live(A, START + 59_999)).to.deep.equal([plant]);
    expect(directory.plants.live(A, START + 60_000)).to.deep.equal([]);
  });

  it('refuses what is over a limit, but never a newer record of something it holds', () => {
    const [one, two] = AUTHORS;
    const refusals: [Partial<DirectoryLimits>, Entry, Entry, string][] = [
      [{ maxNodes: 1 }, nodeEntry(one), nodeEntry(two), 'full'],
      [{ maxSupernodes: 1 }, supernodeEntry(one), supernodeEntry(two), 'full'],
      [{ maxTorrents: 1 }, plantEntry(one, A), plantEntry(one, B), 'full'],
      [{ maxPlants: 1 }, plantEntry(one, A), plantEntry(one, B), 'full'],
      [{ maxPlants: 1 }, plantEntry(one, A), plantEntry(two, A), 'full'],
      [{ maxPlantBytes: 72 }, plantEntry(one, A), plantEntry(one, B), 'full'],
      [{ maxPlanters: 1 }, plantEntry(one, A), plantEntry(two, A), 'full'],
      [{ maxPlantersPerTorrent: 1 }, plantEntry(one, A), plantEntry(two, A), 'full'],
      [{ maxPlantsPerPlanter: 1 }, plantEntry(one, A), plantEntry(one, B), 'quota'],
      [{ maxReceiptsPerNode: 1 }, receiptEntry(one, A), receiptEntry(one, B), 'quota'],
      [{ maxHolders: 1 }, receiptEntry(one, A), receiptEntry(two, A), 'full'],
      [{ maxReceipts: 1 }, receiptEntry(one, A), receiptEntry(two, A), 'full'],
    ];
    for (const [limits, first, second, code] of refusals) {
      const directory = merge(limited(limits), [first]);
      expect(directory.judge(second, START)).to.deep.equal({ kind: 'refused', code });
    }
    const full = merge(limited({ maxNodes: 1 }), [nodeEntry(one)]);
    expect(full.judge(nodeEntry(one, { seq: START + 1 }), START)).to.deep.equal({ kind: 'newer' });
    const planted = merge(limited({ maxPlants: 1 }), [plantEntry(one, A)]);
    expect(planted.judge(plantEntry(one, A, { seq: START + 1, copies: 0 }), START)).to.deep.equal({ kind: 'newer' });
  });

  it('counts every record of a plant once, however often it is renewed, towards how full it is', () => {
    const [one, two] = AUTHORS;
    const directory = merge(limited({ maxPlants: 4 }), [
      plantEntry(one, A),
      plantEntry(two, A),
      plantEntry(two, A, { seq: START + 1 }),
      plantEntry(two, B),
    ]);
    expect(directory.plants.records).to.equal(3);
    expect(directory.room.fill).to.equal(75);
    directory.remove({ type: 'plant', author: two.id, subject: A });
    expect(directory.plants.records).to.equal(2);
  });

  it('has room again once something was forgotten', () => {
    const [one, two] = AUTHORS;
    const directory = merge(limited({ maxTorrents: 1, maxPlants: 1, maxReceipts: 1, maxNodes: 1 }), [
      nodeEntry(one),
      plantEntry(one, A),
      receiptEntry(one, A),
    ]);
    directory.remove({ type: 'plant', author: one.id, subject: A });
    directory.remove({ type: 'node', author: one.id, subject: '' });
    for (const entry of [nodeEntry(two), plantEntry(two, B), receiptEntry(two, B)]) {
      expect(directory.judge(entry, START)).to.deep.equal({ kind: 'new' });
    }
  });

  it('takes no catalogue that does not fit, counting what it replaces', () => {
    const [one, two] = AUTHORS;
    const directory = limited({ maxCarriedPerNode: 2, maxCarried: 3 });
    const head = (count: number) => ({ epoch: '00'.repeat(8), change: 1, count, root: '00'.repeat(32) });
    takeCatalogue(directory.carriers, one.id, { head: head(2), isReset: true, added: [A, B], removed: [] });
    expect(directory.carriers.roomFor(one.id)).to.equal(2);
    expect(directory.carriers.roomFor(two.id)).to.equal(1);
    const tooMany = { head: head(2), isReset: true, added: [A, B], removed: [] };
    expect(() => takeCatalogue(directory.carriers, two.id, tooMany)).to.throw('no room');
    expect(directory.carriers.carried).to.equal(2);
  });

  it('has those who uprooted a torrent make room for those who want it, longest ago first', () => {
    const directory = limited({ maxPlantersPerTorrent: 3 });
    const uproots = [3, 4].map((number) => plantEntry(signer(number), A, { copies: 0, seq: START - number }));
    merge(directory, [...uproots, plantEntry(signer(5), A)]);
    const full = { kind: 'refused', code: 'full' };
    expect(directory.judge(plantEntry(signer(6), A, { copies: 0 }), START)).to.deep.equal(full);
    merge(directory, [plantEntry(signer(6), A)]);
    expect(directory.held(uproots[1]!)).to.equal(undefined);
    merge(directory, [plantEntry(signer(7), A)]);
    expect(directory.plants.uproots(A, START)).to.deep.equal([]);
    expect(directory.plants.plantersOf(A)).to.equal(3);
    expect(directory.judge(plantEntry(signer(8), A), START)).to.deep.equal(full);
    expect(directory.judge(plantEntry(signer(7), A, { seq: START + 1 }), START)).to.deep.equal({ kind: 'newer' });
    directory.put(plantEntry(signer(8), A), START);
    expect(directory.plants.plantersOf(A)).to.equal(3);
  });

  it('keeps the last tenth of the room for plants and receipts from what others tell of', () => {
    const limits = { ...DIRECTORY_LIMITS, maxTorrents: 10, maxReceipts: 10 };
    const directory = new Directory(limits);
    directory.put(nodeEntry(signer(4)), START);
    const entries = Array.from({ length: 9 }, (_, n) => [
      plantEntry(signer(3), hashOf(`${n}`)),
      receiptEntry(signer(4), hashOf(`${n}`)),
    ]).flat();
    for (const entry of entries) {
      expect(directory.hasRoomForNews(entry)).to.equal(true);
      directory.put(entry, START);
    }
    for (const entry of [plantEntry(signer(3), hashOf('x')), receiptEntry(signer(4), hashOf('x'))]) {
      expect(directory.hasRoomForNews(entry)).to.equal(false);
      expect(directory.judge(entry, START)).to.deep.equal({ kind: 'new' });
    }
    expect(directory.hasRoomForNews(plantEntry(signer(3), hashOf('0'), { seq: START + 1 }))).to.equal(true);
    expect(directory.hasRoomForNews(nodeEntry(signer(5)))).to.equal(true);
    expect(new Directory().hasRoomForNews(receiptEntry(signer(4), A))).to.equal(false);
  });
});
