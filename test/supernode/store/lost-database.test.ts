// A database that goes away while a supernode works, and comes back.

import { expect } from 'chai';
import { PublicError } from '../../../shared/errors.ts';
import { seededRandom } from '../../../shared/platform/random.ts';
import { openPostgresStore } from '../../../supernode/store/open-store.ts';
import type { RecordStore } from '../../../supernode/store/record-store.ts';
import { need } from '../../helpers/needs.ts';
import { hasPostgres, TestPostgres } from '../../helpers/postgres.ts';
import { until } from '../../helpers/until.ts';
import { openBooks } from '../ledgers.ts';
import { hashOf, plantEntry, START, signer } from '../records.ts';

const [A, B] = [hashOf('a'), hashOf('b')];

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

  it('writes nothing into another database that has come in the place of its own', async () => {
    const url = await postgres.database();
    const own = await openPostgresStore(url, seededRandom(2));
    await postgres.query(`update feed_head set id = 'another'`, url);
    for (const question of [() => own.last(), () => own.append([plantEntry(signer(1), A)], START)]) {
      const error = await question().catch((reason: unknown) => reason);
      expect(error).to.be.instanceOf(PublicError).and.include({ code: 'database' });
    }
    expect(own.isReachable).to.equal(false);
    await own.close();
  });
});
