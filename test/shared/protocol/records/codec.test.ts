import { expect } from 'chai';
import { createSigner } from '../../../../shared/platform/keys.ts';
import { openGood } from '../../../../shared/protocol/records/codec.ts';
import { expiryOf, MAX_SEQ_AHEAD_MS } from '../../../../shared/protocol/records/lasting.ts';
import { type PlantStatement, plantRecord } from '../../../../shared/protocol/records/statements.ts';
import { expectRefusal } from '../../../helpers/hostile-messages.ts';

const NOW = 1_800_000_000_000;
const signer = createSigner(Buffer.alloc(32, 1));

function signPlant(changes: Partial<PlantStatement>): Uint8Array {
  const plant = { infoHash: '11'.repeat(20), copies: 3, seq: NOW, ttlSeconds: 60, ...changes };
  return plantRecord.sign(plant, signer).bytes;
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
});
