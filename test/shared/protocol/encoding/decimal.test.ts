import { expect } from 'chai';
import fc from 'fast-check';
import { decimalLength, writeDecimal } from '../../../../shared/protocol/encoding/decimal.ts';

const out = Buffer.alloc(24);

describe('shared/protocol/encoding/decimal.ts', () => {
  it('writes whole numbers as String does', () => {
    const powers = Array.from({ length: 16 }, (_, i) => 10 ** i);
    const values = [0, ...powers, ...powers.map((power) => power - 1), Number.MAX_SAFE_INTEGER];
    for (const value of values) expect(out.toString('latin1', 3, writeDecimal(value, out, 3))).to.equal(String(value));
    fc.assert(
      fc.property(fc.maxSafeNat(), (value) => {
        expect(out.toString('latin1', 0, writeDecimal(value, out, 0))).to.equal(String(value));
        expect(decimalLength(value)).to.equal(String(value).length);
      }),
    );
  });
});
