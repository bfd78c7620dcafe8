import { expect } from 'chai';
import { PublicError } from '../../../shared/errors.ts';
import { Changes, MAX_WAITING_POLLS, MAX_WAITING_POLLS_PER_NETWORK } from '../../../supernode/api/changes.ts';
import type { Ledger } from '../../../supernode/store/ledger.ts';
import type { Cursor, RecordStore } from '../../../supernode/store/record-store.ts';
import { until } from '../../helpers/until.ts';
import { openBooks } from '../ledgers.ts';
import { hashOf, plantEntry, START, signer } from '../records.ts';

const LONG_MS = 30_000;

describe('supernode/api/changes.ts', () => {
  let store: RecordStore;
  let ledger: Ledger;
  let changes: Changes;
  let end: Cursor;
  let gone: AbortController;

  const wait = (address = '192.0.2.1', waitMs = LONG_MS) => changes.next(end, { waitMs, signal: gone.signal, address });

  beforeEach(async () => {
    ({ store, ledger } = await openBooks({ now: () => START }));
    changes = new Changes(ledger);
    end = { feed: ledger.feed, since: 0 };
    gone = new AbortController();
  });
  afterEach(() => {
    changes.close();
    return store.close();
  });

  it('answers everybody who waits when something arrives', async () => {
    const polls = [wait(), wait('192.0.2.2')];
    await until(() => changes.waiting === 2);
    await ledger.offer([plantEntry(signer(1), hashOf('a'))]);
    for (const answer of await Promise.all(polls)) {
      expect(answer).to.include({ feed: ledger.feed, next: 1, isReset: false });
      expect(answer.records).to.have.length(1);
    }
    expect(changes.waiting).to.equal(0);
  });

  it('reads once for all who wait for the same, and again for what came meanwhile', async () => {
    const read = ledger.changes.bind(ledger);
    const { promise: isHeld, resolve: release } = Promise.withResolvers<void>();
    let reads = 0;
    ledger.changes = async (cursor) => {
      reads++;
      const page = await read(cursor);
      if (reads === 2) await isHeld;
      return page;
    };
    const polls = Array.from({ length: 20 }, () => wait());
    await until(() => changes.waiting === polls.length);
    expect(reads).to.equal(1);
    await ledger.offer([plantEntry(signer(1), hashOf('a'))]);
    await until(() => reads === 2);
    await ledger.offer([plantEntry(signer(1), hashOf('b'))]);
    expect((await wait()).records).to.have.length(2);
    release();
    for (const { records } of await Promise.all(polls)) expect(records).to.have.length(1);
    expect(reads).to.equal(3);
  });

  it('answers with nothing when the time is over, the other side has gone, or the service ends', async () => {
    expect((await wait('192.0.2.1', 1)).records).to.deep.equal([]);
    const left = wait();
    await until(() => changes.waiting === 1);
    gone.abort();
    expect((await left).records).to.deep.equal([]);
    gone = new AbortController();
    const last = wait();
    await until(() => changes.waiting === 1);
    changes.close();
    expect((await last).records).to.deep.equal([]);
    expect((await wait()).records).to.deep.equal([]);
    expect(changes.waiting).to.equal(0);
  });

  it('never waits with a cursor that means nothing here', async () => {
    end = { feed: '', since: 0 };
    expect((await wait()).isReset).to.equal(true);
  });

  const isBusy = async (address: string): Promise<boolean> => {
    const answer = await wait(address).catch((error: PublicError) => error);
    return answer instanceof PublicError && answer.status === 429;
  };

  it('lets no more wait than the limits say, of one network and of all', async () => {
    const polls = Array.from({ length: MAX_WAITING_POLLS_PER_NETWORK }, (_, n) => wait(`2001:db8:1:${n}::1`));
    await until(() => changes.waiting === polls.length);
    expect(await isBusy('2001:db8:1:ffff::1')).to.equal(true);
    for (let n = polls.length; n < MAX_WAITING_POLLS; n++) polls.push(wait(`2001:db8:${n.toString(16)}::1`));
    await until(() => changes.waiting === MAX_WAITING_POLLS);
    changes.close();
    await Promise.all(polls);
  });

  it('has the oldest of the largest crowd make room for another network, and nobody when all have as few', async () => {
    const crowd = Array.from({ length: 3 }, () => wait('192.0.2.1'));
    await until(() => changes.waiting === crowd.length);
    const others: Promise<unknown>[] = [];
    for (let n = crowd.length; n < MAX_WAITING_POLLS; n++) others.push(wait(`2001:db8:${n.toString(16)}::1`));
    await until(() => changes.waiting === MAX_WAITING_POLLS);
    others.push(wait('198.51.100.1'));
    expect((await crowd[0]!).records).to.deep.equal([]);
    others.push(wait('203.0.113.1'));
    expect((await crowd[1]!).records).to.deep.equal([]);
    await until(() => changes.waiting === MAX_WAITING_POLLS);
    expect(await isBusy('198.18.0.1')).to.equal(true);
    changes.close();
    await Promise.all([...crowd, ...others]);
  });
});
