import { expect } from 'chai';
import { seededRandom } from '../../../shared/platform/random.ts';
import { supernodeRecord } from '../../../shared/protocol/statements.ts';
import { Directory } from '../../../supernode/directory/directory.ts';
import { OwnRecord } from '../../../supernode/jobs/own-record.ts';
import { Ledger } from '../../../supernode/store/ledger.ts';
import { RecordStore } from '../../../supernode/store/record-store.ts';
import { START, signer } from '../records.ts';

const DAY_MS = 86_400_000;
const SELF = signer(1);

describe('supernode/jobs/own-record.ts', () => {
  let now: number;
  let store: RecordStore;
  let directory: Directory;
  let ledger: Ledger;
  const clock = { now: () => now };
  const ownRecord = (): OwnRecord => {
    const description = { urls: ['http://192.0.2.2:6970'], state: 'open', software: 'test/1' } as const;
    return new OwnRecord({ description, signer: SELF, directory, ledger, clock });
  };

  beforeEach(() => {
    now = START;
    store = new RecordStore(':memory:', seededRandom(1));
    directory = new Directory();
    ledger = new Ledger({ directory, store, clock });
  });
  afterEach(() => store.close());

  /** The seq of what others are shown, which is what the directory holds. */
  const shownSeq = (record: OwnRecord): number => {
    const bytes = record.current();
    expect(directory.supernodes.get(SELF.id)?.entry.bytes).to.deep.equal(Uint8Array.from(bytes));
    return supernodeRecord.open(bytes, now).value.seq;
  };

  it('stays the same for days, and is renewed long before it expires', () => {
    const record = ownRecord();
    now += 3 * DAY_MS;
    expect(shownSeq(record)).to.equal(START);
    now += DAY_MS;
    expect(shownSeq(record)).to.equal(now);
  });

  it('is newer with each start', () => {
    ownRecord();
    expect(shownSeq(ownRecord())).to.equal(START + 1);
  });

  it('is signed anew when the clock turns out to have been far ahead, now or at the last start', () => {
    now += 365 * DAY_MS;
    const record = ownRecord();
    now = START;
    expect(shownSeq(record)).to.equal(START);
    now += 365 * DAY_MS;
    ownRecord();
    now = START;
    expect(shownSeq(ownRecord())).to.equal(START);
  });
});
