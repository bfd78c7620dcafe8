// A database that goes away while a supernode works, and comes back.

import { expect } from 'chai';
import { sql } from 'kysely';
import { PublicError } from '../../../shared/errors.ts';
import { seededRandom } from '../../../shared/platform/random.ts';
import { openPostgresStore } from '../../../supernode/store/open-store.ts';
import type { RecordStore } from '../../../supernode/store/record-store.ts';
import { SqlRecordStore } from '../../../supernode/store/sql-record-store.ts';
import { openSqlite } from '../../../supernode/store/sqlite-engine.ts';
import { need } from '../../helpers/needs.ts';
import { hasPostgres, TestPostgres } from '../../helpers/postgres.ts';
import { until } from '../../helpers/until.ts';
import { openBooks } from '../ledgers.ts';
import { hashOf, nodeEntry, plantEntry, receiptEntry, START, signer, supernodeEntry } from '../records.ts';

const [A, B] = [hashOf('a'), hashOf('b')];

describe('supernode/store, a disk that takes nothing more', () => {
  it('refuses what is new with a time to come back, answers all the same, and goes on by itself', async () => {
    const engine = openSqlite(':memory:');
    const store = await SqlRecordStore.open(engine, seededRandom(1));
    const { ledger } = await openBooks({ now: () => START }, { store });
    await ledger.offer([plantEntry(signer(1), A)]);
    await sql`pragma query_only = on`.execute(engine.database);
    const error = await ledger.offer([plantEntry(signer(1), B)]).catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(PublicError).and.include({ code: 'database', status: 503 });
    expect((await ledger.changes({ feed: ledger.feed, since: 0 })).records).to.have.length(1);
    expect(ledger.isWritable).to.equal(false);

    await sql`pragma query_only = off`.execute(engine.database);
    await ledger.changes({ feed: ledger.feed, since: 0 });
    expect(ledger.isWritable).to.equal(true);
    expect(await ledger.offer([plantEntry(signer(1), B)])).to.deep.equal([{ kind: 'new' }]);
    await store.close();
  });
});

describe('supernode/store, a disk that is full', () => {
  it('refuses what has no room, and takes it when there is some', async () => {
    const engine = openSqlite(':memory:');
    const store = await SqlRecordStore.open(engine, seededRandom(1));
    const { ledger } = await openBooks({ now: () => START }, { store });
    const plants = Array.from({ length: 100 }, (_, number) => plantEntry(signer(1), hashOf(`${number}`)));
    await sql`pragma max_page_count = 1`.execute(engine.database);
    const error = await ledger.offer(plants).catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(PublicError).and.include({ code: 'database', status: 503 });
    expect((error as PublicError).cause).to.include({ code: 'SQLITE_FULL' });

    await sql`pragma max_page_count = 1000000`.execute(engine.database);
    expect((await ledger.offer(plants)).every(({ kind }) => kind === 'new')).to.equal(true);
    expect(ledger.isWritable).to.equal(true);
    await store.close();
  });

  it('tells why when the database has ended the transaction by itself', async () => {
    const engine = openSqlite(':memory:');
    const store = await SqlRecordStore.open(engine, seededRandom(1));
    await sql`create trigger full before insert on records begin select raise(rollback, 'no room'); end`.execute(
      engine.database,
    );
    const error = await store.append([plantEntry(signer(1), A)], START).catch((reason: unknown) => reason);
    expect(error).to.include({ message: 'no room' });
    await sql`drop trigger full`.execute(engine.database);
    expect(await store.append([plantEntry(signer(1), A)], START)).to.deep.equal({ last: 1, isWritten: [true] });
    await store.close();
  });
});

describe('supernode/store, a lost database', function () {
  this.timeout(60_000);
  let postgres: TestPostgres;
  let store: RecordStore;
  before(async function () {
    need(this, hasPostgres(), 'PostgreSQL');
    postgres = await TestPostgres.start();
    store = await openPostgresStore(await postgres.database(), seededRandom(1));
  });
  after(async () => {
    await store?.close();
    await postgres?.[Symbol.asyncDispose]();
  });

  it('keeps what is known, refuses what is new with a time to come back, and goes on by itself', async () => {
    const { ledger, directory } = await openBooks({ now: () => START }, { store });
    const [old, late] = [plantEntry(signer(1), A), plantEntry(signer(1), B)];
    await ledger.offer([old]);
    await postgres.stop();
    for (const question of [
      () => ledger.offer([late]),
      () => ledger.catchUp(),
      () => ledger.changes({ feed: ledger.feed, since: 0 }),
    ]) {
      const error = await question().catch((reason: unknown) => reason);
      expect(error).to.be.instanceOf(PublicError).and.include({ code: 'database', status: 503 });
    }
    expect(ledger.isWritable).to.equal(false);
    expect(await ledger.offer([old])).to.deep.equal([{ kind: 'known' }]);
    expect([directory.plants.has(A), directory.plants.has(B)]).to.deep.equal([true, false]);

    await postgres.startAgain();
    await until(() =>
      ledger.catchUp().then(
        () => true,
        () => false,
      ),
    );
    expect(ledger.isWritable).to.equal(true);
    expect(await ledger.offer([late])).to.deep.equal([{ kind: 'new' }]);
    expect((await store.after(0, START)).map(({ position }) => position)).to.deep.equal([1, 2]);
  });

  it('tells a server that took over too early what it has not heard of, whichever process sees it first', async () => {
    const url = await postgres.database();
    const stores = await Promise.all([1, 2, 3].map((seed) => openPostgresStore(url, seededRandom(seed))));
    const [one, two] = await Promise.all(stores.map((each) => openBooks({ now: () => START }, { store: each })));
    const [old, late] = [nodeEntry(signer(2)), plantEntry(signer(1), B)];
    await one!.ledger.offer([old, plantEntry(signer(1), A)]);
    await postgres.query('create table copied as select * from records', url);
    const newer = plantEntry(signer(1), A, { seq: START + 1, copies: 0 });
    await one!.ledger.offer([newer, receiptEntry(signer(2), B), supernodeEntry(signer(3))]);
    await two!.ledger.offer([late]);
    const cursor = { feed: one!.ledger.feed, since: (await stores[0]!.head()).last };

    await postgres.query('truncate records; insert into records select * from copied', url);
    await postgres.query('update feed_head set last = 2', url);
    const unheard = plantEntry(signer(4), A);
    await stores[2]!.append([unheard], START);
    for (const { ledger } of [one!, two!, one!]) await ledger.catchUp();

    const held = (await stores[0]!.after(0, START)).map(({ entry }) => Buffer.from(entry.bytes).toString('hex'));
    const all = [old, newer, receiptEntry(signer(2), B), late, supernodeEntry(signer(3)), unheard];
    expect(held).to.have.members(all.map(({ bytes }) => Buffer.from(bytes).toString('hex')));
    for (const { directory } of [one!, two!]) {
      expect(directory.plants.uproots(A, START)).to.deep.equal([newer]);
      expect(directory.plants.live(A, START)).to.deep.equal([unheard]);
    }
    const news = nodeEntry(signer(5));
    await one!.ledger.offer([news]);
    const { isReset, records } = await one!.ledger.changes(cursor);
    expect(isReset).to.equal(false);
    expect(Uint8Array.from(records.at(-1)!)).to.deep.equal(news.bytes);
    await Promise.all(stores.map((each) => each.close()));
  });

  it('counts as out of reach for as long as a standby answers, which takes nothing new', async () => {
    const url = await postgres.database();
    const own = await openPostgresStore(url, seededRandom(4));
    const { ledger } = await openBooks({ now: () => START }, { store: own });
    const makeStandby = (isStandby: boolean): Promise<void> =>
      postgres.query(
        `alter database ${new URL(url).pathname.slice(1)} set default_transaction_read_only = ${isStandby}`,
      );
    await makeStandby(true);
    await postgres.query('select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid()');
    let attempts = 0;
    await until(async () => {
      const refused = await ledger.offer([plantEntry(signer(1), hashOf(`${attempts++}`))]).catch((error) => error);
      await ledger.catchUp().catch(() => undefined);
      await ledger.catchUp();
      return refused instanceof PublicError && refused.code === 'database' && !ledger.isWritable;
    });

    await makeStandby(false);
    await postgres.query('select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid()');
    await until(() =>
      ledger.catchUp().then(
        () => ledger.isWritable,
        () => false,
      ),
    );
    expect(await ledger.offer([plantEntry(signer(1), B)])).to.deep.equal([{ kind: 'new' }]);
    await own.close();
  });

  it('writes nothing into another database that has come in the place of its own', async () => {
    const url = await postgres.database();
    const own = await openPostgresStore(url, seededRandom(2));
    await postgres.query(`update feed_head set id = 'another'`, url);
    for (const question of [() => own.head(), () => own.append([plantEntry(signer(1), A)], START)]) {
      const error = await question().catch((reason: unknown) => reason);
      expect(error).to.be.instanceOf(PublicError).and.include({ code: 'database' });
    }
    expect(own.isReachable).to.equal(false);
    await own.close();
  });
});
