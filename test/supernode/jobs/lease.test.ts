import { expect } from 'chai';
import { createLog } from '../../../shared/platform/log.ts';
import { seededRandom } from '../../../shared/platform/random.ts';
import { LEAD_MS, Lease, TAKE_OVER_MS } from '../../../supernode/jobs/lease.ts';
import { openSqliteStore } from '../../../supernode/store/open-store.ts';
import type { RecordStore } from '../../../supernode/store/record-store.ts';

describe('supernode/jobs/lease.ts', () => {
  let now: number;
  let store: RecordStore;
  let isLost: boolean;
  let leases: Lease[];

  const start = async (): Promise<Lease> => {
    const lost = <T>(answer: () => Promise<T>): Promise<T> => (isLost ? Promise.reject(new Error('lost')) : answer());
    const lease = new Lease({
      store: {
        lease: () => lost(() => store.lease()),
        beat: (holder, known) => lost(() => store.beat(holder, known)),
        release: (holder) => lost(() => store.release(holder)),
      },
      clock: { now: () => now },
      random: seededRandom(leases.length),
      log: createLog({ level: 'silent', role: 'test' }),
    });
    leases.push(lease);
    await lease.lookNow();
    return lease;
  };
  /** Lets time pass in steps, in each of which those that live look. */
  const wind = async (ms: number, ...living: Lease[]): Promise<void> => {
    for (let passed = 0; passed < ms; passed += 500) {
      now += Math.min(500, ms - passed);
      for (const lease of living) await lease.lookNow();
    }
  };

  beforeEach(async () => {
    now = 0;
    isLost = false;
    leases = [];
    store = await openSqliteStore(':memory:', seededRandom(1));
  });
  afterEach(async () => {
    for (const lease of leases) await lease.stop();
    await store.close();
  });

  it('lets one lead, for as long as it shows that it lives', async () => {
    const [one, two] = [await start(), await start()];
    await wind(10 * TAKE_OVER_MS, one, two);
    expect([one.isLeading, two.isLeading]).to.deep.equal([true, false]);
  });

  it('has another take over when the leader is dead, and never two lead', async () => {
    const [dead, other] = [await start(), await start()];
    await wind(LEAD_MS - 1, other);
    expect([dead.isLeading, other.isLeading]).to.deep.equal([true, false]);
    await wind(1, other);
    expect(dead.isLeading).to.equal(false);
    await wind(TAKE_OVER_MS - LEAD_MS, other);
    expect([dead.isLeading, other.isLeading]).to.deep.equal([false, true]);
    await wind(1000, dead, other);
    expect([dead.isLeading, other.isLeading]).to.deep.equal([false, true]);
  });

  it('lets one of several take over', async () => {
    await start();
    const others = [await start(), await start(), await start()];
    await wind(TAKE_OVER_MS, ...others);
    expect(others.filter(({ isLeading }) => isLeading)).to.have.length(1);
  });

  it('does not wait for a leader that was stopped', async () => {
    const [one, two] = [await start(), await start()];
    await one.stop();
    await two.lookNow();
    expect([one.isLeading, two.isLeading]).to.deep.equal([false, true]);
  });

  it('stops to lead when the database is out of reach, and leads again when it is back', async () => {
    const one = await start();
    isLost = true;
    await wind(LEAD_MS, one);
    expect(one.isLeading).to.equal(false);
    isLost = false;
    await one.lookNow();
    expect(one.isLeading).to.equal(true);
  });
});
