import { expect } from 'chai';
import fc from 'fast-check';
import { encode } from '../../../shared/protocol/encoding/bencoding.ts';
import { signRecord } from '../../../shared/protocol/records/record.ts';
import { plantRecord } from '../../../shared/protocol/records/statements.ts';
import { openPlant } from '../../../supernode/directory/entry.ts';
import { plantBytes, readPlainPlant, signatureOf } from '../../../supernode/directory/plant-bytes.ts';
import { PlantTable } from '../../../supernode/directory/plant-table.ts';
import { hashOf, plantEntry, START, signer } from '../records.ts';

const PLANTER = signer(1);
const hex = (bytes: number) =>
  fc.uint8Array({ minLength: bytes, maxLength: bytes }).map((value) => Buffer.from(value).toString('hex'));
const statement = fc.record(
  {
    infoHash: hex(20),
    infoHashV2: hex(32),
    twin: hex(20),
    copies: fc.integer({ min: 0, max: 5 }),
    seq: fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
    ttlSeconds: fc.integer({ min: 1, max: 366 * 86_400 }),
  },
  { requiredKeys: ['infoHash', 'copies', 'seq', 'ttlSeconds'] },
);

describe('supernode/directory/plant-bytes.ts', () => {
  it('writes what the codec signs, and reads it again', () => {
    fc.assert(
      fc.property(statement, (plant) => {
        const { bytes } = plantRecord.sign(plant, PLANTER);
        expect(plantBytes(PLANTER.id, plant, signatureOf(bytes)).equals(bytes)).to.equal(true);
        const isPlain = plant.infoHashV2 === undefined && plant.twin === undefined;
        expect(readPlainPlant(PLANTER.id, bytes)).to.deep.equal(isPlain ? plant : undefined);
      }),
      { numRuns: 50 },
    );
  });

  it('reads sequence numbers up to the largest', () => {
    const most = { infoHash: hashOf('a'), copies: 0, ttlSeconds: 1 };
    for (let seq = Number.MAX_SAFE_INTEGER - 99; seq <= Number.MAX_SAFE_INTEGER; seq++) {
      expect(readPlainPlant(PLANTER.id, plantRecord.sign({ ...most, seq }, PLANTER).bytes)?.seq).to.equal(seq);
    }
  });

  it('leaves to others what it does not know by heart', () => {
    const { seq } = plantEntry(PLANTER, hashOf('a'));
    const known = { copies: 2, info_hash: Buffer.from(hashOf('a'), 'hex'), seq, ttl: 60 };
    for (const payload of [
      { ...known, unheard: 1 },
      { ...known, a: 'before all' },
      { copies: 2 },
      { ...known, copies: 44 },
    ]) {
      expect(readPlainPlant(PLANTER.id, signRecord('plant', payload, PLANTER).bytes)).to.equal(undefined);
    }
    expect(readPlainPlant(PLANTER.id, encode({ p: Buffer.alloc(9) }))).to.equal(undefined);
    expect(readPlainPlant(signer(2).id, plantEntry(PLANTER, hashOf('a')).bytes)).to.equal(undefined);
  });
});

describe('supernode/directory/plant-table.ts', () => {
  it('gives back what it was given: plain records, hybrid ones, and what says more than is known today', () => {
    const table = new PlantTable(10, 10_000);
    const payload = {
      copies: 1,
      info_hash: Buffer.from(hashOf('d'), 'hex'),
      seq: START,
      ttl: 60,
      unheard: 'x'.repeat(300),
    };
    const entries = [
      plantEntry(PLANTER, hashOf('a')),
      plantEntry(PLANTER, hashOf('b'), { copies: 0, infoHashV2: 'cd'.repeat(32) }),
      plantEntry(PLANTER, hashOf('c'), { infoHashV2: 'cd'.repeat(32), twin: hashOf('twin') }),
      plantEntry(PLANTER, hashOf('e'), { twin: hashOf('twin') }),
      openPlant(signRecord('plant', payload, PLANTER).bytes, START),
    ];
    const places = entries.map((entry) => table.keep(entry, 7));
    for (const [index, entry] of entries.entries()) {
      const place = places[index]!;
      expect(table.entry(place, PLANTER.id, entry.subject)).to.deep.equal(entry);
      expect([table.planter(place), table.copies(place)]).to.deep.equal([7, entry.statement.copies]);
      expect([table.seq(place), table.expiresAt(place)]).to.deep.equal([entry.seq, entry.expiresAt]);
    }
    table.replace(places[0]!, entries[4]!);
    expect(table.entry(places[0]!, PLANTER.id, entries[4]!.subject)).to.deep.equal(entries[4]);
    for (const place of places) table.release(place);
    expect([table.size, table.fill]).to.deep.equal([0, 0]);
  });

  it('says before it is full that it is, also for what takes the place of another', () => {
    const [small, hybrid] = [plantEntry(PLANTER, hashOf('a')), plantEntry(PLANTER, hashOf('a'), { twin: hashOf('b') })];
    const table = new PlantTable(10, 72 * 2);
    expect(table.fits(hybrid)).to.equal(true);
    const place = table.keep(small, 0);
    expect([table.fits(small), table.fits(hybrid), table.fits(hybrid, place)]).to.deep.equal([true, false, true]);
    table.keep(small, 1);
    expect([table.fits(small), table.fits(small, place), table.fits(hybrid, place)]).to.deep.equal([
      false,
      true,
      false,
    ]);
  });
});
