import { expect } from 'chai';
import { OwnRecord } from '../../../node/api/own-record.ts';
import { createSigner } from '../../../shared/platform/keys.ts';
import { nextSeq } from '../../../shared/protocol/records/lasting.ts';
import { nodeRecord } from '../../../shared/protocol/records/statements.ts';

const START = 1_800_000_000_000;
const DAY_MS = 86_400_000;

describe('node/api/own-record.ts', () => {
  let now: number;
  let record: OwnRecord;
  beforeEach(() => {
    now = START;
    let seq = 0;
    const takeSequence = (at: number): number => {
      seq = nextSeq(seq, at);
      return seq;
    };
    record = new OwnRecord({
      description: { urls: ['http://192.0.2.1:6969'], udpPort: 0, weight: 100, software: 'test/1' },
      signer: createSigner(Buffer.alloc(32, 1)),
      clock: { now: () => now },
      takeSequence,
    });
  });

  const current = () => nodeRecord.open(record.current(), now).value;

  it('stays the same for days, and is renewed long before it expires', () => {
    expect(current().seq).to.equal(START);
    now += 3 * DAY_MS;
    expect(current().seq).to.equal(START);
    now += DAY_MS;
    expect(current().seq).to.equal(now);
  });

  it('says at once what has changed', () => {
    expect(current().state).to.equal('open');
    record.enter('draining');
    expect(current()).to.include({ state: 'draining', seq: START + 1 });
  });

  it('is signed anew when the clock turns out to have been far ahead', () => {
    now += 365 * DAY_MS;
    record.current();
    now = START;
    expect(current().seq).to.equal(START);
  });
});
