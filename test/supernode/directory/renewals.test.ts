import { expect } from 'chai';
import { RENEWALS_PER_RECORD, Renewals } from '../../../supernode/directory/renewals.ts';
import { hashOf, nodeEntry, plantEntry, START, signer } from '../records.ts';

const MINUTE_MS = 60_000;

describe('supernode/directory/renewals.ts', () => {
  it('lets a node say several things within seconds', () => {
    const renewals = new Renewals();
    for (const state of ['open', 'draining', 'left', 'open'] as const) {
      expect(renewals.take(nodeEntry(signer(1), { state }), START)).to.equal(true);
    }
  });

  it('takes some newer versions of one record at once, then one a minute', () => {
    const renewals = new Renewals();
    const plant = plantEntry(signer(1), hashOf('a'));
    for (let n = 0; n < RENEWALS_PER_RECORD.burst; n++) expect(renewals.take(plant, START)).to.equal(true);
    expect(renewals.take(plant, START)).to.equal(false);
    expect(renewals.take(plant, START + MINUTE_MS)).to.equal(true);
    expect(renewals.take(plant, START + MINUTE_MS)).to.equal(false);
  });

  it('counts the records of every author and about every subject apart', () => {
    const renewals = new Renewals();
    const plant = plantEntry(signer(1), hashOf('a'));
    for (let n = 0; n <= RENEWALS_PER_RECORD.burst; n++) renewals.take(plant, START);
    expect(renewals.take(plant, START)).to.equal(false);
    expect(renewals.take(plantEntry(signer(1), hashOf('b')), START)).to.equal(true);
    expect(renewals.take(plantEntry(signer(2), hashOf('a')), START)).to.equal(true);
    expect(renewals.take(nodeEntry(signer(1)), START)).to.equal(true);
  });
});
