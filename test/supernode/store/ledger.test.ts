import { expect } from 'chai';
import { PublicError } from '../../../shared/errors.ts';
import { Catalogue } from '../../../shared/protocol/sets/catalogue.ts';
import type { Entry } from '../../../supernode/directory/entry.ts';
import { DIRECTORY_LIMITS } from '../../../supernode/directory/limits.ts';
import { MAX_WAITING_RECORDS } from '../../../supernode/store/offers.ts';
import { MAX_EXPIRED_RECORDS, type RecordStore } from '../../../supernode/store/record-store.ts';
import { KEEP_EXPIRED_MS, KEEP_RECEIPTS_MS, LEARNING_MS, NOTICE_MS } from '../../../supernode/store/upkeep.ts';
import { takeCatalogue } from '../catalogues.ts';
import { type Books, openBooks } from '../ledgers.ts';
import { EPOCH, hashOf, nodeEntry, plantEntry, receiptEntry, START, signer } from '../records.ts';
import { describeEngines, describePostgres, type TestDatabase } from './engines.ts';

const [A, B] = [hashOf('a'), hashOf('b')];
const PLANTER = signer(1);
const NODE = signer(2);

class WoundClock {
  time = START;
  now(): number {
    return this.time;
  }
}

function suite(database: () => TestDatabase): void {
  let clock: WoundClock;
  let store: RecordStore;

  const books = (options: { store?: RecordStore; limits?: typeof DIRECTORY_LIMITS } = {}): Promise<Books> =>
    openBooks(clock, { store, ...options });
  const count = async ({ ledger }: Books): Promise<number> =>
    (await ledger.changes({ feed: ledger.feed, since: 0 })).records.length;

  beforeEach(async () => {
    clock = new WoundClock();
    store = await database().open();
  });

  it('writes what it took over, and what replaces a record at the end', async () => {
    const { ledger } = await books();
    const entries = [nodeEntry(NODE), plantEntry(PLANTER, A), receiptEntry(NODE, A)];
    expect(await ledger.offer(entries)).to.deep.equal([{ kind: 'new' }, { kind: 'new' }, { kind: 'new' }]);
    const newer = plantEntry(PLANTER, A, { seq: START + 1, copies: 0 });
    expect(await ledger.offer([newer, newer, entries[1]!])).to.deep.equal([
      { kind: 'newer' },
      { kind: 'known' },
      { kind: 'older' },
    ]);
    const page = await ledger.changes({ feed: ledger.feed, since: 0 });
    expect(page.records.map((bytes) => Uint8Array.from(bytes))).to.deep.equal(
      [entries[0]!, entries[2]!, newer].map(({ bytes }) => Uint8Array.from(bytes)),
    );
  });

  it('has in the directory what is written, no sooner and no later', async () => {
    const { ledger, directory } = await books();
    const offered = ledger.offer([plantEntry(PLANTER, A)]);
    expect(directory.plants.has(A)).to.equal(false);
    await offered;
    expect(directory.plants.has(A)).to.equal(true);
  });

  it('judges what is offered at the same time one after the other, and writes it together', async () => {
    const counted: number[] = [];
    const append: RecordStore['append'] = (entries, now) => {
      counted.push(entries.length);
      return store.append(entries, now);
    };
    const { ledger } = await books({ store: Object.setPrototypeOf({ append }, bound(store)) });
    const plants = [plantEntry(PLANTER, A), plantEntry(PLANTER, B), plantEntry(PLANTER, A)];
    const verdicts = await Promise.all(plants.map((plant) => ledger.offer([plant])));
    expect(verdicts.flat()).to.deep.equal([{ kind: 'new' }, { kind: 'new' }, { kind: 'known' }]);
    expect(counted).to.deep.equal([2]);
  });

  it('rebuilds the directory, without trusting anybody to be up', async () => {
    const before = await books();
    await before.ledger.offer([nodeEntry(NODE), plantEntry(PLANTER, A), receiptEntry(NODE, A)]);
    before.directory.nodes.note(NODE.id, true, START);
    await store.close();
    clock.time += 1000;
    const { directory, ledger } = await books({ store: await database().open() });
    expect(ledger.feed).to.equal(before.ledger.feed);
    expect(directory.plants.live(A, START)).to.have.length(1);
    expect([...directory.carriers.of(A)]).to.deep.equal([NODE.id]);
    expect(directory.nodes.get(NODE.id)?.liveness.state).to.equal('suspect');
    expect(directory.nodes.get(NODE.id)?.joinedAt).to.equal(START);
  });

  it('opens again after the clock was set back, and takes what is dated right instead of what is dated ahead', async () => {
    await (await books()).ledger.offer([nodeEntry(NODE), plantEntry(PLANTER, A)]);
    clock.time -= 365 * 86_400_000;
    const { directory, ledger } = await books();
    expect([directory.nodes.size, directory.plants.size]).to.deep.equal([1, 1]);
    const right = nodeEntry(NODE, { seq: clock.time });
    expect(await ledger.offer([right, right])).to.deep.equal([{ kind: 'newer' }, { kind: 'known' }]);
    expect(directory.nodes.get(NODE.id)?.entry.seq).to.equal(clock.time);
  });

  it('forgets expired records, in memory at once and in the database a day later', async () => {
    const all = await books();
    const { ledger, directory } = all;
    const brief = { ttlSeconds: 60 };
    await ledger.offer([nodeEntry(NODE, brief), plantEntry(PLANTER, A), receiptEntry(NODE, A, brief)]);
    clock.time += 60_000;
    await ledger.expire();
    expect([directory.nodes.size, directory.plants.size, directory.carriers.size]).to.deep.equal([0, 1, 0]);
    expect(await count(all)).to.equal(1);
    expect(await store.after(0, START)).to.have.length(3);
    clock.time += KEEP_EXPIRED_MS;
    await ledger.expire();
    expect(await store.after(0, START)).to.have.length(1);
  });

  it('drops receipts that a catalogue has confirmed or denied, once whoever follows the feed has had time to read them', async () => {
    const all = await books();
    const { ledger, directory } = all;
    const receipts = [receiptEntry(NODE, A, { change: 1 }), receiptEntry(NODE, B, { change: 2, seq: START + 5 })];
    await ledger.offer([nodeEntry(NODE), ...receipts]);
    const head = { epoch: EPOCH, change: 1, count: 1, root: new Catalogue([A]).root() };
    takeCatalogue(directory.carriers, NODE.id, { head, isReset: true, added: [A], removed: [] });
    clock.time += KEEP_RECEIPTS_MS - 1;
    await ledger.expire();
    expect(await count(all)).to.equal(3);
    clock.time += 1;
    await ledger.expire();
    const rest = await store.after(0, clock.time);
    expect(rest.map(({ entry }) => entry.subject)).to.deep.equal(['', B]);
    expect(await ledger.offer(receipts)).to.deep.equal([{ kind: 'known' }, { kind: 'known' }]);
    expect([directory.carriers.of(A), directory.carriers.of(B)]).to.deep.equal([[NODE.id], [NODE.id]]);
  });

  it('has plants that nobody carries give way when there is little room, after a while of looking who carries what', async () => {
    const all = await books({ limits: { ...DIRECTORY_LIMITS, maxTorrents: 10 } });
    const { ledger, directory } = all;
    const invented = Array.from({ length: 8 }, (_, number) => plantEntry(signer(3), hashOf(`${number}`)));
    await ledger.offer([nodeEntry(NODE), plantEntry(PLANTER, A), receiptEntry(NODE, A), ...invented]);
    const wind = async (ms: number): Promise<void> => {
      clock.time += ms;
      await ledger.expire();
    };
    await wind(LEARNING_MS - 1);
    await wind(NOTICE_MS);
    expect(directory.plants.size).to.equal(9);
    await ledger.offer([plantEntry(PLANTER, B, { seq: clock.time })]);
    await wind(1);
    await ledger.offer([receiptEntry(NODE, B, { seq: clock.time, change: 2 })]);
    await wind(NOTICE_MS);
    expect(directory.plants.has(A)).to.equal(true);
    expect(directory.plants.has(B)).to.equal(true);
    expect([directory.plants.size, ledger.ended]).to.deep.equal([2, invented.length]);
    expect(await ledger.offer(invented)).to.deep.equal(invented.map(() => ({ kind: 'older' })));
    expect(directory.plants.size).to.equal(2);
  });

  it('leaves plants alone that nobody carries while there is room', async () => {
    const { ledger, directory } = await books({ limits: { ...DIRECTORY_LIMITS, maxTorrents: 10 } });
    await ledger.offer(Array.from({ length: 8 }, (_, number) => plantEntry(PLANTER, hashOf(`${number}`))));
    for (const ms of [LEARNING_MS, NOTICE_MS]) {
      clock.time += ms;
      await ledger.expire();
    }
    expect(directory.plants.size).to.equal(8);
  });

  it('takes what is offered while it forgets, and forgets nothing that is newer', async () => {
    const { ledger, directory } = await books();
    const brief = plantEntry(PLANTER, A, { ttlSeconds: 60 });
    const hashes = Array.from({ length: 3 * MAX_EXPIRED_RECORDS }, (_, number) => hashOf(`${number}`));
    // Without the cost of signing each.
    await ledger.offer(
      hashes.map((infoHash) => ({ ...brief, subject: infoHash, statement: { ...brief.statement, infoHash } })),
    );
    clock.time += 60_000;
    const newer = plantEntry(PLANTER, hashes.at(-1)!, { seq: clock.time });
    const forgetting = ledger.expire();
    await ledger.offer([newer]);
    expect(directory.plants.size).to.be.above(1);
    await forgetting;
    expect([directory.plants.size, directory.held(newer)?.seq]).to.deep.equal([1, newer.seq]);
  });

  it('does not store what it refuses, also of what comes together', async () => {
    const all = await books({ limits: { ...DIRECTORY_LIMITS, maxTorrents: 1, maxPlantersPerTorrent: 2 } });
    const verdicts = await all.ledger.offer([
      plantEntry(PLANTER, A),
      plantEntry(PLANTER, B),
      plantEntry(PLANTER, A),
      plantEntry(signer(3), A),
      plantEntry(signer(4), A),
    ]);
    const full = { kind: 'refused', code: 'full' } as const;
    expect(verdicts).to.deep.equal([{ kind: 'new' }, full, { kind: 'known' }, { kind: 'new' }, full]);
    expect(await count(all)).to.equal(2);
  });

  it('takes nothing over of an offer that cannot be written, and all of those beside it', async () => {
    const all = await books();
    const { ledger, directory } = all;
    const held = plantEntry(PLANTER, A);
    await ledger.offer([held]);
    const broken = { ...plantEntry(PLANTER, B), seq: Number.NaN } as Entry;
    const offers = [
      ledger.offer([plantEntry(PLANTER, A, { seq: START + 1, copies: 0 }), nodeEntry(NODE), broken]),
      ledger.offer([nodeEntry(signer(3))]),
    ];
    const [first, second] = await Promise.allSettled(offers);
    expect(first?.status).to.equal('rejected');
    expect(second).to.deep.equal({ status: 'fulfilled', value: [{ kind: 'new' }] });
    expect(directory.plants.live(A, START).map(({ seq }) => seq)).to.deep.equal([START]);
    expect([directory.nodes.size, directory.plants.size]).to.deep.equal([1, 1]);
    expect(await count(all)).to.equal(2);
  });

  it('refuses more than may wait', async () => {
    const { ledger } = await books();
    const first = ledger.offer([plantEntry(PLANTER, A)]);
    const error = await ledger.offer(Array(MAX_WAITING_RECORDS).fill(plantEntry(PLANTER, B))).catch((e: unknown) => e);
    expect(error).to.be.instanceOf(PublicError).and.include({ code: 'busy', status: 503 });
    expect(await first).to.deep.equal([{ kind: 'new' }]);
    expect(ledger.waiting).to.equal(0);
  });

  it('tells listeners of growth, and only of growth', async () => {
    const { ledger } = await books();
    let calls = 0;
    const end = ledger.onGrowth(() => calls++);
    await ledger.offer([plantEntry(PLANTER, A)]);
    await ledger.offer([plantEntry(PLANTER, A)]);
    expect(calls).to.equal(1);
    end();
    await ledger.offer([plantEntry(PLANTER, B)]);
    expect([calls, ledger.appended]).to.deep.equal([1, 2]);
  });
}

/** The store with methods that may be called on another object. */
function bound(store: RecordStore): RecordStore {
  return new Proxy(store, {
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

describe('supernode/store/ledger.ts', () => {
  describeEngines(suite);

  describePostgres((database) => {
    const clock = { now: () => START };
    let one: Books;
    let two: Books;
    beforeEach(async () => {
      one = await openBooks(clock, { store: await database().open() });
      two = await openBooks(clock, { store: await database().open() });
    });

    it('learns what another process wrote, when it looks and when it writes itself', async () => {
      await one.ledger.offer([nodeEntry(NODE), plantEntry(PLANTER, A)]);
      expect(two.directory.plants.has(A)).to.equal(false);
      await two.ledger.catchUp();
      expect([two.directory.plants.has(A), two.ledger.appended]).to.deep.equal([true, 2]);
      await two.ledger.offer([plantEntry(PLANTER, B)]);
      await one.ledger.offer([receiptEntry(NODE, A)]);
      expect(one.directory.plants.has(B)).to.equal(true);
    });

    it('says what became of a record that another process outdid, and knows the other one', async () => {
      const [old, newer] = [plantEntry(PLANTER, A), plantEntry(PLANTER, A, { seq: START + 1 })];
      await one.ledger.offer([newer]);
      expect(await two.ledger.offer([old])).to.deep.equal([{ kind: 'older' }]);
      expect(two.directory.plants.get(A, PLANTER.id)?.seq).to.equal(START + 1);
      const node = nodeEntry(NODE);
      await one.ledger.offer([node]);
      expect(await two.ledger.offer([node])).to.deep.equal([{ kind: 'known' }]);
    });

    it('has all processes forget the plants that give way for one of them', async () => {
      const wound = new WoundClock();
      const limits = { ...DIRECTORY_LIMITS, maxTorrents: 10 };
      const [crowded, roomy] = [
        await openBooks(wound, { store: await database().open(), limits }),
        await openBooks(wound, { store: await database().open() }),
      ];
      await crowded.ledger.offer(Array.from({ length: 9 }, (_, number) => plantEntry(PLANTER, hashOf(`${number}`))));
      await roomy.ledger.catchUp();
      wound.time += LEARNING_MS;
      await crowded.ledger.expire();
      wound.time += NOTICE_MS;
      for (const { ledger } of [crowded, roomy]) await ledger.expire();
      expect([crowded.directory.plants.size, roomy.directory.plants.size]).to.deep.equal([0, 0]);
    });

    it('ends alike in all processes that write at once', async () => {
      const plants = Array.from({ length: 40 }, (_, n) => plantEntry(PLANTER, hashOf(`${n % 10}`), { seq: START + n }));
      await Promise.all([
        ...plants.map((plant) => one.ledger.offer([plant])),
        ...plants.toReversed().map((plant) => two.ledger.offer([plant])),
      ]);
      await Promise.all([one.ledger.catchUp(), two.ledger.catchUp()]);
      expect(one.directory.plants.digests()).to.deep.equal(two.directory.plants.digests());
      expect(one.directory.plants.get(hashOf('9'), PLANTER.id)?.seq).to.equal(START + 39);
    });
  });
});
