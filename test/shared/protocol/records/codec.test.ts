import { expect } from 'chai';
import fc from 'fast-check';
import { createSigner } from '../../../../shared/platform/keys.ts';
import {
  expiryOf,
  MAX_SEQ_AHEAD_MS,
  nextSeq,
  openGood,
  supersedes,
} from '../../../../shared/protocol/records/codec.ts';
import { type PlantStatement, plantRecord } from '../../../../shared/protocol/records/statements.ts';
import { expectRefusal } from '../../../helpers/hostile-messages.ts';

const NOW = 1_800_000_000_000;
const signer = createSigner(Buffer.alloc(32, 1));

function signPlant(changes: Partial<PlantStatement>): Uint8Array {
  const plant = { infoHash: '11'.repeat(20), copies: 3, seq: NOW, ttlSeconds: 60, ...changes };
  return plantRecord.sign(plant, signer).bytes;
}

const version = fc.record({ seq: fc.nat(3), bytes: fc.uint8Array({ maxLength: 2 }) });
type Version = typeof version extends fc.Arbitrary<infer T> ? T : never;

function merge(held: Version, candidate: Version): Version {
  return supersedes(candidate, held) ? candidate : held;
}

describe('shared/protocol/records/codec.ts', () => {
  it('refuses a record dated more than an hour ahead, by the clock of the argument', () => {
    const bytes = signPlant({ seq: NOW + MAX_SEQ_AHEAD_MS });
    expect(plantRecord.open(bytes, NOW).value.seq).to.equal(NOW + 3_600_000);
    expectRefusal(() => plantRecord.open(bytes, NOW - 1), 'seq');
  });

  it('refuses a record from the end of its time to live on', () => {
    const bytes = signPlant({});
    const { record, value } = plantRecord.open(bytes, NOW + 59_999);
    expect(expiryOf(value)).to.equal(NOW + 60_000);
    expectRefusal(() => plantRecord.open(bytes, NOW + 60_000), 'expired');
    expectRefusal(() => plantRecord.read(record, NOW + 60_000), 'expired');
  });

  it('opens the records that hold and leaves the others out', () => {
    const good = signPlant({});
    const bent = Buffer.from(good);
    bent[bent.length - 20]! ^= 1;
    const records = [bent, signPlant({ seq: NOW - 60_000 }), good, Buffer.from('x')];
    const opened = openGood(records, (bytes) => plantRecord.open(bytes, NOW));
    expect(opened.map(({ record }) => record.bytes)).to.deep.equal([good]);
    const fail = (): never => {
      throw new TypeError('a mistake');
    };
    expect(() => openGood(records, fail)).to.throw(TypeError);
  });

  it('takes the time as the next seq, or one more than the previous when that is ahead', () => {
    expect(nextSeq(0, NOW)).to.equal(NOW);
    expect(nextSeq(NOW, NOW)).to.equal(NOW + 1);
    expect(nextSeq(NOW + 50, NOW)).to.equal(NOW + 51);
    expect(nextSeq(NOW + MAX_SEQ_AHEAD_MS, NOW)).to.equal(NOW + MAX_SEQ_AHEAD_MS + 1);
  });

  it('does not count on from a seq that a wrong clock has dated ahead', () => {
    expect(nextSeq(NOW + MAX_SEQ_AHEAD_MS + 1, NOW)).to.equal(NOW);
  });

  it('lets the higher seq win, and of equals the greater bytes', () => {
    expect(supersedes({ seq: 2, bytes: Buffer.of(0) }, { seq: 1, bytes: Buffer.of(9) })).to.equal(true);
    expect(supersedes({ seq: 1, bytes: Buffer.of(9) }, { seq: 2, bytes: Buffer.of(0) })).to.equal(false);
    expect(supersedes({ seq: 1, bytes: Buffer.of(1) }, { seq: 1, bytes: Buffer.of(0, 255) })).to.equal(true);
    expect(supersedes({ seq: 1, bytes: Buffer.of(1) }, { seq: 1, bytes: Buffer.of(1) })).to.equal(false);
  });

  it('merges alike in every order and however often', () => {
    fc.assert(
      fc.property(version, version, version, (a, b, c) => {
        expect(merge(a, b)).to.deep.equal(merge(b, a));
        expect(merge(merge(a, b), c)).to.deep.equal(merge(a, merge(b, c)));
        expect(merge(a, a)).to.deep.equal(a);
      }),
    );
  });
});
