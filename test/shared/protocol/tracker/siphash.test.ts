import { expect } from 'chai';
import { SipHash } from '../../../../shared/protocol/tracker/siphash.ts';

const KEY = Uint8Array.from({ length: 16 }, (_, i) => i);
const MESSAGE = Uint8Array.from({ length: 64 }, (_, i) => i);

function hash(length: number): string {
  const sipHash = new SipHash(KEY);
  sipHash.hash(MESSAGE, length);
  const hex = (word: number): string => (word >>> 0).toString(16).padStart(8, '0');
  return hex(sipHash.high) + hex(sipHash.low);
}

describe('shared/protocol/tracker/siphash.ts', () => {
  it('gives the published values of SipHash-2-4', () => {
    expect(hash(0)).to.equal('726fdb47dd0e0e31');
    expect(hash(1)).to.equal('74f839c593dc67fd');
    expect(hash(7)).to.equal('ab0200f58b01d137');
    expect(hash(8)).to.equal('93f5f5799a932462');
    expect(hash(15)).to.equal('a129ca6149be45e5');
    expect(hash(63)).to.equal('958a324ceb064572');
  });

  it('hashes one message after another alike', () => {
    const sipHash = new SipHash(KEY);
    sipHash.hash(MESSAGE, 20);
    const { low, high } = sipHash;
    sipHash.hash(MESSAGE, 9);
    sipHash.hash(MESSAGE, 20);
    expect([sipHash.low, sipHash.high]).to.deep.equal([low, high]);
  });

  it('wants a key of 16 bytes', () => {
    expect(() => new SipHash(new Uint8Array(8))).to.throw(RangeError, '16 bytes');
  });
});
