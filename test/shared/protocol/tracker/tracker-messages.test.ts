import { expect } from 'chai';
import fc from 'fast-check';
import { identityOfBytes, identityOfKey } from '../../../../shared/protocol/tracker/tracker-messages.ts';

describe('shared/protocol/tracker/tracker-messages.ts', () => {
  it('gives every key an identity of its own, of unsigned 32 bits', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(0xffffffff), { minLength: 2 }), (keys) => {
        const identities = keys.map(identityOfKey);
        expect(new Set(identities).size).to.equal(keys.length);
        for (const identity of identities) expect(identity).to.be.within(0, 0xffffffff);
      }),
    );
  });

  it('spreads neighbouring keys over all bits, so that a part of an identity serves too', () => {
    const highBytes = new Set(Array.from({ length: 64 }, (_, key) => identityOfKey(key) >>> 24));
    const lowBytes = new Set(Array.from({ length: 64 }, (_, key) => identityOfKey(key << 24) & 0xff));
    expect(highBytes.size).to.be.above(40);
    expect(lowBytes.size).to.be.above(40);
  });

  it('tells peer ids apart by every byte, within the length given', () => {
    const peerId = Buffer.from('-LT2080-n4tO41Gll)Fv');
    const identity = identityOfBytes(peerId, 20);
    for (let i = 0; i < 20; i++) {
      const other = Buffer.from(peerId);
      other[i]! ^= 1;
      expect(identityOfBytes(other, 20)).not.to.equal(identity);
    }
    expect(identityOfBytes(Buffer.concat([peerId, Buffer.from('x')]), 20)).to.equal(identity);
  });
});
