import { setImmediate as yieldToOthers } from 'node:timers/promises';
import { expect } from 'chai';
import { MAX_PAGE_BYTES, MAX_PAGE_RECORDS } from '../../../shared/protocol/messages/directory-messages.ts';
import type { Entry } from '../../../supernode/directory/entry.ts';
import {
  type Cursor,
  type Expired,
  type ExpiryPlace,
  MAX_EXPIRED_RECORDS,
  type RecordStore,
} from '../../../supernode/store/record-store.ts';
import { until } from '../../helpers/until.ts';
import { hashOf, nodeEntry, plantEntry, receiptEntry, START, signer, supernodeEntry } from '../records.ts';
import { describeEngines, describePostgres, type TestDatabase } from './engines.ts';

const [A, B, C] = [hashOf('a'), hashOf('b'), hashOf('c')];
const PLANTER = signer(1);
const NODE = signer(2);
const HOUR_MS = 3_600_000;

const hex = (records: readonly Uint8Array[]): string[] => records.map((bytes) => Buffer.from(bytes).toString('hex'));
const hexOf = (...entries: Entry[]): string[] => hex(entries.map(({ bytes }) => bytes));

/** Everything in the feed, page by page. */
async function readAll(store: RecordStore, now = START): Promise<Uint8Array[]> {
  const records: Uint8Array[] = [];
  let cursor: Cursor = { feed: store.feed, since: 0 };
  for (;;) {
    const page = await store.changes(cursor, now);
    if (page.records.length === 0) return records;
    records.push(...page.records);
    cursor = { feed: store.feed, since: page.next };
  }
}

/** Records that no two of are about the same, without the cost of signing each. */
function many(count: number, name = '', bytesOf: (index: number) => number = () => 10): Entry[] {
  return Array.from({ length: count }, (_, index) => ({
    ...plantEntry(PLANTER, A),
    subject: hashOf(`${name}${index}`),
    bytes: Buffer.alloc(bytesOf(index), `${name}${index} `),
  }));
}

function contract(database: () => TestDatabase): void {
  let store: RecordStore;
  beforeEach(async () => {
    store = await database().open();
  });

  it('gives what was appended as a feed, in order, from where somebody has read', async () => {
    const entries = [nodeEntry(NODE), plantEntry(PLANTER, A), receiptEntry(NODE, A), supernodeEntry(signer(3))];
    expect(await store.append(entries, START)).to.deep.equal({ last: 4, isWritten: [true, true, true, true] });
    const page = await store.changes({ feed: store.feed, since: 0 }, START);
    expect({ ...page, records: hex(page.records) }).to.deep.equal({
      isReset: false,
      records: hexOf(...entries),
      next: 4,
    });
    const rest = await store.changes({ feed: store.feed, since: 3 }, START);
    expect([hex(rest.records), rest.next]).to.deep.equal([hexOf(entries[3]!), 4]);
    expect(await store.changes({ feed: store.feed, since: 4 }, START)).to.deep.equal({
      isReset: false,
      records: [],
      next: 4,
    });
    expect(await store.head()).to.deep.equal({ last: 4, repairs: 0 });
  });

  it('moves a record that is replaced to the end', async () => {
    const newer = plantEntry(PLANTER, A, { seq: START + 1, copies: 0 });
    await store.append([plantEntry(PLANTER, A), plantEntry(PLANTER, B)], START);
    await store.append([newer], START);
    expect(hex(await readAll(store))).to.deep.equal(hexOf(plantEntry(PLANTER, B), newer));
    const { records, next } = await store.changes({ feed: store.feed, since: 2 }, START);
    expect([hex(records), next]).to.deep.equal([hexOf(newer), 3]);
  });

  it('starts anew for a cursor of another feed or beyond the end', async () => {
    await store.append([plantEntry(PLANTER, A)], START);
    for (const cursor of [
      { feed: '00'.repeat(8), since: 1 },
      { feed: store.feed, since: 2 },
    ]) {
      const page = await store.changes(cursor, START);
      expect([page.isReset, page.records.length, page.next]).to.deep.equal([true, 1, 1]);
    }
  });

  it('fills no page beyond what an answer may carry, and leaves nothing out', async () => {
    await store.append(
      many(700, '', (index) => (index % 2 === 0 ? 100 : 900)),
      START,
    );
    let since = 0;
    let count = 0;
    for (;;) {
      const { records, next } = await store.changes({ feed: store.feed, since }, START);
      if (records.length === 0) break;
      expect(records.length).to.be.at.most(MAX_PAGE_RECORDS);
      expect(records.reduce((sum, { length }) => sum + length, 0)).to.be.at.most(MAX_PAGE_BYTES);
      count += records.length;
      since = next;
    }
    expect(count).to.equal(700);
  });

  it('keeps what wins by the merge law, whatever comes after', async () => {
    const [old, right] = [plantEntry(PLANTER, A), plantEntry(PLANTER, A, { seq: START + 1 })];
    const same = [plantEntry(PLANTER, A, { seq: START + 1, copies: 3 }), right];
    const [smaller, greater] = same.sort((a, b) => Buffer.compare(a.bytes, b.bytes));
    for (const [entry, isWritten] of [
      [smaller!, true],
      [old, false],
      [smaller!, false],
      [greater!, true],
      [smaller!, false],
    ] as const) {
      expect((await store.append([entry], START)).isWritten).to.deep.equal([isWritten]);
    }
    expect(hex(await readAll(store))).to.deep.equal(hexOf(greater!));
  });

  it('lets any other replace what is dated ahead, or has expired', async () => {
    const ahead = plantEntry(PLANTER, A, { seq: START + 2 * HOUR_MS });
    const brief = plantEntry(PLANTER, B, { seq: START, ttlSeconds: 60 });
    await store.append([ahead, brief], START + 2 * HOUR_MS);
    const [right, longer] = [plantEntry(PLANTER, A), plantEntry(PLANTER, B, { seq: START - 1 })];
    expect((await store.append([right, longer], START)).isWritten).to.deep.equal([true, false]);
    expect((await store.append([longer], START + 60_000)).isWritten).to.deep.equal([true]);
  });

  it('takes all or nothing', async () => {
    await store.append([plantEntry(PLANTER, A)], START);
    const broken = { ...plantEntry(PLANTER, C), seq: Number.NaN } as Entry;
    const error = await store.append([plantEntry(PLANTER, B), nodeEntry(NODE), broken], START).catch((e: unknown) => e);
    expect(error).to.be.instanceOf(Error);
    expect(hex(await readAll(store))).to.deep.equal(hexOf(plantEntry(PLANTER, A)));
    expect(await store.joined()).to.deep.equal(new Map());
    expect(await store.append([plantEntry(PLANTER, B)], START)).to.include({ last: 2 });
  });

  it('gives plant records by the first digits of their info hashes, page by page', async () => {
    const entries = many(MAX_PAGE_RECORDS + 10, 'x').map((entry, index) => {
      return { ...entry, subject: `${index % 2 === 0 ? 'ab' : 'b0'}${entry.subject.slice(2)}` };
    }) as Entry[];
    await store.append([...entries, receiptEntry(NODE, A)], START);
    const found: string[] = [];
    let after = 0;
    for (;;) {
      const { records, next } = await store.plants('ab', after, START);
      if (next === after) break;
      found.push(...hex(records));
      after = next;
    }
    expect(found).to.deep.equal(hexOf(...entries.filter(({ subject }) => subject.startsWith('ab'))));
    expect(await store.plants('cd', 0, START)).to.deep.equal({ records: [], next: 0 });
  });

  it('says what has expired, shows it to nobody, and deletes it later', async () => {
    const brief = [nodeEntry(NODE, { ttlSeconds: 60 }), receiptEntry(NODE, A, { ttlSeconds: 60 })];
    await store.append([...brief, plantEntry(PLANTER, A)], START);
    const over = START + 60_000;
    const from = { at: START, position: Number.MAX_SAFE_INTEGER };
    expect(await store.expired(from, over - 1)).to.deep.equal({ keys: [] });
    const { keys } = await store.expired({ ...from, at: over - 1 }, over);
    expect(keys).to.have.deep.members(brief.map(({ type, author, subject }) => ({ type, author, subject })));
    expect(hex(await readAll(store, over))).to.deep.equal(hexOf(plantEntry(PLANTER, A)));
    expect((await store.after(0, over)).map(({ position }) => position)).to.deep.equal([3]);
    expect(await store.plants('', 0, over)).to.deep.include({ next: 3 });
    expect(await store.purge(over - 1, over)).to.equal(true);
    expect((await store.after(0, START)).length).to.equal(3);
    expect(await store.joined()).to.deep.equal(new Map());
    await store.purge(over, over);
    expect((await store.after(0, START)).map(({ entry }) => entry.type)).to.deep.equal(['plant']);
  });

  it('takes as many steps as it needs for what expires in the same moment', async () => {
    const entries = many(2 * MAX_EXPIRED_RECORDS + 10).map((entry) => ({ ...entry, expiresAt: START + 7 }));
    await store.append(entries, START);
    const subjects: string[] = [];
    let place: ExpiryPlace | undefined = { at: START, position: Number.MAX_SAFE_INTEGER };
    while (place !== undefined) {
      const { keys, next }: Expired = await store.expired(place, START + 7);
      expect(keys.length).to.be.at.most(MAX_EXPIRED_RECORDS);
      subjects.push(...keys.map(({ subject }) => subject));
      place = next;
    }
    expect(subjects).to.deep.equal(entries.map(({ subject }) => subject));
    for (const isDone of [false, false, true]) expect(await store.purge(START + 7, START + 7)).to.equal(isDone);
    expect(await store.after(0, START)).to.deep.equal([]);
  });

  it('has plants expire sooner, whoever planted them, and lets newer ones replace them', async () => {
    const newer = plantEntry(PLANTER, A, { seq: START + 1 });
    await store.append([plantEntry(PLANTER, A), plantEntry(signer(3), A), plantEntry(PLANTER, B)], START);
    expect([await store.end([A], START + 5), await store.end([A], START + 6), await store.end([], 0)]).to.deep.equal([
      2, 0, 0,
    ]);
    expect(hex(await readAll(store, START + 4))).to.have.length(3);
    expect(hex(await readAll(store, START + 5))).to.deep.equal(hexOf(plantEntry(PLANTER, B)));
    await store.append([newer], START + 5);
    expect(hex(await readAll(store, START + 5))).to.deep.equal(hexOf(plantEntry(PLANTER, B), newer));
  });

  it('drops receipts of one node up to a date', async () => {
    const [early, late] = [receiptEntry(NODE, A), receiptEntry(NODE, B, { seq: START + 1 })];
    await store.append([early, late, receiptEntry(signer(3), A), plantEntry(PLANTER, A)], START);
    await store.dropReceipts(NODE.id, START);
    expect(hex(await readAll(store))).to.deep.equal(hexOf(late, receiptEntry(signer(3), A), plantEntry(PLANTER, A)));
  });

  it('says what it lacks, and gives away no position that it is told to skip', async () => {
    const [older, held] = [plantEntry(PLANTER, A), plantEntry(PLANTER, A, { seq: START + 1 })];
    const lacking = [plantEntry(signer(3), A), plantEntry(PLANTER, B), nodeEntry(signer(3)), receiptEntry(NODE, A)];
    await store.append([held, nodeEntry(NODE)], START);
    const newer = plantEntry(PLANTER, A, { seq: START + 2 });
    expect(await store.missing([older, held, nodeEntry(NODE), ...lacking])).to.deep.equal(lacking);
    expect(await store.missing([newer])).to.deep.equal([newer]);
    expect([await store.repair(7), await store.repair(5)]).to.deep.equal([1, 2]);
    expect(await store.head()).to.deep.equal({ last: 7, repairs: 2 });
    expect(await store.append([newer], START)).to.include({ last: 8 });
  });

  it('remembers when nodes came first', async () => {
    await store.append([nodeEntry(NODE)], START);
    await store.append([nodeEntry(NODE, { seq: START + 1 }), nodeEntry(signer(3))], START + 5);
    await store.purge(START, START + 5);
    expect(await store.joined()).to.deep.equal(
      new Map([
        [NODE.id, START],
        [signer(3).id, START + 5],
      ]),
    );
  });

  it('remembers how far other feeds were read, while their supernodes are known', async () => {
    await store.append([supernodeEntry(signer(5))], START);
    expect(await store.cursor(signer(5).id)).to.equal(undefined);
    await store.saveCursor(signer(5).id, { feed: 'ab'.repeat(8), since: 12 });
    await store.saveCursor(signer(5).id, { feed: 'ab'.repeat(8), since: 13 });
    expect(await store.cursor(signer(5).id)).to.deep.equal({ feed: 'ab'.repeat(8), since: 13 });
    await store.saveCursor(signer(6).id, { feed: 'cd'.repeat(8), since: 1 });
    await store.purge(START, START);
    expect([...(await store.cursors()).keys()]).to.deep.equal([signer(5).id]);
  });

  it('gives its lease to one at a time, and only to who knows how it stands', async () => {
    const free = await store.lease();
    const first = await store.beat('one', free);
    expect(first).to.deep.equal({ holder: 'one', beat: free.beat + 1 });
    expect(await store.beat('two', free)).to.equal(undefined);
    const second = await store.beat('one', first!);
    expect(await store.beat('two', first!)).to.equal(undefined);
    expect(await store.beat('two', second!)).to.include({ holder: 'two' });
    await store.release('one');
    expect((await store.lease()).holder).to.equal('two');
    await store.release('two');
    expect((await store.lease()).holder).to.equal('');
  });

  it('is the same after it was closed, and uses no position twice', async () => {
    const brief = plantEntry(PLANTER, A, { ttlSeconds: 60 });
    const members = [nodeEntry(NODE), supernodeEntry(signer(5))];
    await store.append([...members, brief], START);
    await store.saveCursor(signer(5).id, { feed: 'ab'.repeat(8), since: 12 });
    expect(await store.claim(signer(7).id)).to.equal(signer(7).id);
    await store.purge(START + 60_000, START + 60_000);
    await store.close();
    const again = await database().open();
    expect(again.feed).to.equal(store.feed);
    expect(hex(await readAll(again))).to.deep.equal(hexOf(...members));
    expect(await again.append([plantEntry(PLANTER, B)], START)).to.include({ last: 4 });
    expect(await again.joined()).to.deep.equal(new Map([[NODE.id, START]]));
    expect(await again.cursor(signer(5).id)).to.include({ since: 12 });
    expect(await again.claim(signer(8).id)).to.equal(signer(7).id);
  });

  it('writes what is appended at once one after the other', async () => {
    const appended = await Promise.all(many(20).map((entry) => store.append([entry], START)));
    expect(appended.map(({ last }) => last).sort((a, b) => a - b)).to.deep.equal(
      Array.from({ length: 20 }, (_, index) => index + 1),
    );
    expect(await readAll(store)).to.have.length(20);
  });
}

describe('supernode/store/record-store.ts', () => {
  describeEngines(contract);

  describePostgres((database) => {
    it('is created once when several processes start at the same time', async () => {
      const stores = await Promise.all([1, 2, 3, 4].map(() => database().open()));
      expect(new Set(stores.map(({ feed }) => feed)).size).to.equal(1);
      const owners = await Promise.all(stores.map((store, index) => store.claim(signer(index + 1).id)));
      expect(new Set(owners).size).to.equal(1);
    });

    it('never shows a reader a position before all positions before it', async () => {
      const writers = await Promise.all([1, 2, 3].map(() => database().open()));
      const reader = await database().open();
      const total = 3 * 60;
      let isDone = false;
      const writing = Promise.all(
        writers.map(async (store, writer) => {
          const entries = Array.from({ length: 60 }, (_, n) => plantEntry(PLANTER, hashOf(`${writer} ${n}`)));
          for (let at = 0; at < 60; at += 3) await store.append(entries.slice(at, at + 3), START);
        }),
      ).then(() => {
        isDone = true;
      });
      const seen: number[] = [];
      for (;;) {
        const wasDone: boolean = isDone;
        const page = await reader.after(seen.at(-1) ?? 0, START);
        seen.push(...page.map(({ position }) => position));
        if (wasDone && page.length === 0) break;
        await yieldToOthers();
      }
      await writing;
      expect(seen).to.deep.equal(Array.from({ length: total }, (_, index) => index + 1));
    });

    it('ends with the same record whichever of two processes writes first', async () => {
      const [one, two] = [await database().open(), await database().open()];
      const versions = [0, 1, 2, 3].map((later) => plantEntry(PLANTER, A, { seq: START + later }));
      for (let round = 0; round < 10; round++) {
        const subject = hashOf(`round ${round}`);
        const mine = versions.map((entry) => ({ ...entry, subject }));
        await Promise.all([
          ...mine.map((entry) => one.append([entry], START)),
          ...mine.toReversed().map((entry) => two.append([entry], START)),
        ]);
        const [held] = (await one.after((await one.head()).last - 8, START)).slice(-1);
        expect(held?.entry.seq).to.equal(START + 3);
      }
      expect(await one.after(0, START)).to.have.length(10);
    });

    it('tells other processes that something was written', async () => {
      const [one, two] = [await database().open(), await database().open()];
      let hints = 0;
      const end = two.onHint(() => hints++);
      // The first says that it listens.
      await until(() => hints > 0);
      const before = hints;
      await one.append([plantEntry(PLANTER, A)], START);
      await until(() => hints > before);
      end();
    });
  });
});
