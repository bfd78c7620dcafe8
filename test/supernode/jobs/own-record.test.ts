import { expect } from 'chai';
import { supernodeRecord } from '../../../shared/protocol/records/statements.ts';
import type { Directory } from '../../../supernode/directory/directory.ts';
import { OwnRecord } from '../../../supernode/jobs/own-record.ts';
import type { Ledger } from '../../../supernode/store/ledger.ts';
import type { RecordStore } from '../../../supernode/store/record-store.ts';
import { openBooks } from '../ledgers.ts';
import { START, signer } from '../records.ts';

const DAY_MS = 86_400_000;
const SELF = signer(1);

describe('supernode/jobs/own-record.ts', () => {
  let now: number;
  let store: RecordStore;
  let directory: Directory;
  let ledger: Ledger;
  const clock = { now: () => now };
  const ownRecord = (): Promise<OwnRecord> => {
    const description = { urls: ['http://192.0.2.2:6970'], state: 'open', software: 'test/1' } as const;
    return OwnRecord.publish({ description, signer: SELF, directory, ledger, clock });
  };

  beforeEach(async () => {
    now = START;
    ({ store, directory, ledger } = await openBooks(clock));
  });
  afterEach(() => store.close());

  /** The seq of what others are shown, which is what the directory holds. */
  const shownSeq = async (record: OwnRecord): Promise<number> => {
    await record.renew();
    const bytes = record.current();
    expect(directory.supernodes.get(SELF.id)?.entry.bytes).to.deep.equal(Uint8Array.from(bytes));
    return supernodeRecord.open(bytes, now).value.seq;
  };

  it('stays the same for days, and is renewed long before it expires', async () => {
    const record = await ownRecord();
    now += 3 * DAY_MS;
    expect(await shownSeq(record)).to.equal(START);
    now += DAY_MS;
    expect(await shownSeq(record)).to.equal(now);
  });

  it('is newer with each start', async () => {
    await ownRecord();
    expect(await shownSeq(await ownRecord())).to.equal(START + 1);
  });

  it('is signed anew when the clock turns out to have been far ahead, now or at the last start', async () => {
    now += 365 * DAY_MS;
    const record = await ownRecord();
    now = START;
    expect(await shownSeq(record)).to.equal(START);
    now += 365 * DAY_MS;
    await ownRecord();
    now = START;
    expect(await shownSeq(await ownRecord())).to.equal(START);
  });
});
