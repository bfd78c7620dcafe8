import { expect } from 'chai';
import { ageMinutes, mayBeIdentity, PeerKey, packFlags, SEEDER_BIT } from '../../../node/tracker/peer-entry.ts';

describe('node/tracker/peer-entry.ts', () => {
  it('packs seeder, minute modulo 64 and fingerprint into 16 bits', () => {
    expect(packFlags(false, 0, 0)).to.equal(0);
    expect(packFlags(true, 0, 0)).to.equal(SEEDER_BIT);
    expect(packFlags(false, 63, 0)).to.equal(0b11111100);
    expect(packFlags(false, 64, 0)).to.equal(0);
    expect(packFlags(true, 1, 0xffffffab)).to.equal(0xab05);
    expect(packFlags(true, 0xffff, 0xffffffff)).to.equal(0xfffd);
  });

  it('tells the age across the wrap of the minute', () => {
    const tail = (6881 << 16) | packFlags(true, 60, 0xffffffff);
    expect([60, 61, 64, 106, 123].map((minute) => ageMinutes(tail, minute))).to.deep.equal([0, 1, 4, 46, 63]);
  });

  it('tells identities apart by their last eight bits', () => {
    const tail = (65535 << 16) | packFlags(true, 63, 0xdeadbeef);
    expect(mayBeIdentity(tail, 0xdeadbeef)).to.equal(true);
    expect(mayBeIdentity(tail, 0xdeadbee0)).to.equal(false);
  });

  it('reads addresses in network byte order', () => {
    const key = new PeerKey();
    key.set(4, Buffer.from('ff000001', 'hex'), 80);
    expect([key.word0, key.port]).to.deep.equal([-0x00ffffff, 80]);
    key.set(6, Buffer.from('20010db8000000010000000200000003', 'hex'), 81);
    expect([key.word0, key.word1, key.word2, key.word3]).to.deep.equal([0x20010db8, 1, 2, 3]);
  });
});
