import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { seededRandom } from '../../../shared/platform/random.ts';
import { MAX_PAGE_BYTES, MAX_PAGE_RECORDS } from '../../../shared/protocol/directory-messages.ts';
import { Directory } from '../../../supernode/directory/directory.ts';
import type { Entry } from '../../../supernode/directory/entry.ts';
import { DIRECTORY_LIMITS } from '../../../supernode/directory/limits.ts';
import { Ledger } from '../../../supernode/store/ledger.ts';
import { RecordStore } from '../../../supernode/store/record-store.ts';
import { hashOf, nodeEntry, plantEntry, receiptEntry, START, signer } from '../records.ts';

const [A, B] = [hashOf('a'), hashOf('b')];
const PLANTER = signer(1);
const NODE = signer(2);

class WoundClock {
  time = START;
  now(): number {
    return this.time;
  }
}

describe('supernode/store', () => {
  let folder: string;
  let clock: WoundClock;
  let stores: RecordStore[];

  const openStore = (file = ':memory:'): RecordStore => {
    const store = new RecordStore(file, seededRandom(stores.length));
    stores.push(store);
    return store;
  };
  const ledgerOver = (store: RecordStore, limits = DIRECTORY_LIMITS) => {
    const directory = new Directory(limits);
    return { directory, ledger: new Ledger({ directory, store, clock }) };
  };

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'anatomic-ledger-'));
    clock = new WoundClock();
    stores = [];
  });
  afterEach(() => {
    for (const store of stores) store.close();
    rmSync(folder, { recursive: true });
  });

  it('gives what it took over as a feed, in the order of arrival', () => {
    const { ledger } = ledgerOver(openStore());
    const entries = [nodeEntry(NODE), plantEntry(PLANTER, A), receiptEntry(NODE, A)];
    expect(ledger.offer(entries).map(({ kind }) => kind)).to.deep.equal(['new', 'new', 'new']);
    const page = ledger.changes({ feed: ledger.feed, since: 0 });
    expect(page.records.map((bytes) => Uint8Array.from(bytes))).to.deep.equal(entries.map(({ bytes }) => bytes));
    expect([page.isReset, page.next]).to.deep.equal([false, 3]);
    expect(ledger.changes({ feed: ledger.feed, since: 3 })).to.deep.equal({ isReset: false, records: [], next: 3 });
  });

  it('moves a record that was replaced to the end of the feed', () => {
    const { ledger } = ledgerOver(openStore());
    const newer = plantEntry(PLANTER, A, { seq: START + 1, copies: 0 });
    ledger.offer([plantEntry(PLANTER, A), plantEntry(PLANTER, B), newer]);
    const { records, next } = ledger.changes({ feed: ledger.feed, since: 2 });
    expect(records.map((bytes) => Uint8Array.from(bytes))).to.deep.equal([newer.bytes]);
    expect(next).to.equal(3);
    expect(ledger.changes({ feed: ledger.feed, since: 0 }).records).to.have.length(2);
  });

  it('starts anew for a cursor of another feed or beyond the end', () => {
    const { ledger } = ledgerOver(openStore());
    ledger.offer([plantEntry(PLANTER, A)]);
    for (const cursor of [
      { feed: '00'.repeat(8), since: 1 },
      { feed: ledger.feed, since: 2 },
    ]) {
      const page = ledger.changes(cursor);
      expect([page.isReset, page.records.length, page.next]).to.deep.equal([true, 1, 1]);
    }
  });

  it('fills no page beyond what an answer may carry, and leaves nothing out', () => {
    const store = openStore();
    const { ledger } = ledgerOver(store);
    const entries = Array.from({ length: 700 }, (_, n) => ({ ...plantEntry(PLANTER, A), subject: hashOf(`${n}`) }));
    store.transaction(() => {
      for (const [n, entry] of entries.entries())
        store.put({ ...entry, bytes: new Uint8Array(n % 2 === 0 ? 100 : 900) }, START);
    });
    let since = 0;
    let count = 0;
    for (;;) {
      const { records, next } = ledger.changes({ feed: ledger.feed, since });
      if (records.length === 0) break;
      expect(records.length).to.be.at.most(MAX_PAGE_RECORDS);
      expect(records.reduce((sum, { length }) => sum + length, 0)).to.be.at.most(MAX_PAGE_BYTES);
      count += records.length;
      since = next;
    }
    expect(count).to.equal(700);
  });

  it('rebuilds the directory from the file, without trusting anybody to be up', () => {
    const file = join(folder, 'supernode.sqlite');
    const first = openStore(file);
    const before = ledgerOver(first);
    before.ledger.offer([nodeEntry(NODE), plantEntry(PLANTER, A), receiptEntry(NODE, A)]);
    before.directory.nodes.note(NODE.id, true, START);
    first.saveCursor(signer(5).id, { feed: 'ab'.repeat(8), since: 12 });
    const { feed } = first;
    first.close();

    const { directory, ledger } = ledgerOver(openStore(file));
    expect(ledger.feed).to.equal(feed);
    expect(directory.plants.live(A, START)).to.have.length(1);
    expect([...directory.carriers.of(A)]).to.deep.equal([NODE.id]);
    expect(directory.nodes.get(NODE.id)?.liveness.state).to.equal('suspect');
    expect(stores.at(-1)!.cursor(signer(5).id)).to.deep.equal({ feed: 'ab'.repeat(8), since: 12 });
    expect(stores.at(-1)!.cursor(signer(6).id)).to.equal(undefined);
  });

  it('opens again after the clock was set back, and takes what is dated right instead of what is dated ahead', () => {
    const file = join(folder, 'supernode.sqlite');
    const first = openStore(file);
    ledgerOver(first).ledger.offer([nodeEntry(NODE), plantEntry(PLANTER, A)]);
    first.close();
    clock.time -= 365 * 86_400_000;
    const { directory, ledger } = ledgerOver(openStore(file));
    expect([directory.nodes.size, directory.plants.size]).to.deep.equal([1, 1]);
    const right = nodeEntry(NODE, { seq: clock.time });
    expect(ledger.offer([right, right])).to.deep.equal([{ kind: 'newer' }, { kind: 'known' }]);
    expect(directory.nodes.get(NODE.id)?.entry).to.equal(right);
  });

  it('never uses a position twice, not even that of a record that expired before a restart', () => {
    const file = join(folder, 'supernode.sqlite');
    const first = openStore(file);
    ledgerOver(first).ledger.offer([plantEntry(PLANTER, A, { ttlSeconds: 60 })]);
    first.close();
    clock.time += 60_000;
    const { ledger, directory } = ledgerOver(openStore(file));
    expect(directory.plants.size).to.equal(0);
    expect(ledger.changes({ feed: ledger.feed, since: 1 })).to.deep.equal({ isReset: false, records: [], next: 1 });
    ledger.offer([plantEntry(PLANTER, B)]);
    expect(ledger.changes({ feed: ledger.feed, since: 1 })).to.include({ isReset: false, next: 2 });
  });

  it('forgets expired records in memory and in the store', () => {
    const { ledger, directory } = ledgerOver(openStore());
    ledger.offer([
      nodeEntry(NODE, { ttlSeconds: 60 }),
      plantEntry(PLANTER, A),
      receiptEntry(NODE, A, { ttlSeconds: 60 }),
    ]);
    clock.time += 60_000;
    ledger.expire();
    expect([directory.nodes.size, directory.plants.size, directory.carriers.size]).to.deep.equal([0, 1, 0]);
    expect(ledger.changes({ feed: ledger.feed, since: 0 }).records).to.have.length(1);
  });

  it('does not store what it refuses', () => {
    const { ledger } = ledgerOver(openStore(), { ...DIRECTORY_LIMITS, maxTorrents: 1 });
    const verdicts = ledger.offer([plantEntry(PLANTER, A), plantEntry(PLANTER, B), plantEntry(PLANTER, A)]);
    expect(verdicts).to.deep.equal([{ kind: 'new' }, { kind: 'refused', code: 'full' }, { kind: 'known' }]);
    expect(ledger.changes({ feed: ledger.feed, since: 0 }).records).to.have.length(1);
  });

  it('takes nothing over when the store fails half way', () => {
    const store = openStore();
    const { ledger, directory } = ledgerOver(store);
    const held = plantEntry(PLANTER, A);
    ledger.offer([held]);
    const broken = { ...plantEntry(PLANTER, B), seq: Number.NaN } as Entry;
    const batch = [plantEntry(PLANTER, A, { seq: START + 1, copies: 0 }), nodeEntry(NODE), broken];
    expect(() => ledger.offer(batch)).to.throw();
    expect(directory.plants.live(A, START)).to.deep.equal([held]);
    expect([directory.nodes.size, directory.plants.size]).to.deep.equal([0, 1]);
    expect(ledger.changes({ feed: ledger.feed, since: 0 }).records).to.have.length(1);
  });

  it('tells listeners of growth, and only of growth', () => {
    const { ledger } = ledgerOver(openStore());
    let calls = 0;
    const end = ledger.onGrowth(() => calls++);
    ledger.offer([plantEntry(PLANTER, A)]);
    ledger.offer([plantEntry(PLANTER, A)]);
    expect(calls).to.equal(1);
    end();
    ledger.offer([plantEntry(PLANTER, B)]);
    expect(calls).to.equal(1);
  });
});
