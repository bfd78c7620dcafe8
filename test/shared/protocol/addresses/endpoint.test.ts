import { isIP } from 'node:net';
import { expect } from 'chai';
import fc from 'fast-check';
import { type Family, formatAddress, parseAddress } from '../../../../shared/protocol/addresses/endpoint.ts';
import { fixtureLines } from '../../../helpers/fixture-lines.ts';

describe('shared/protocol/addresses/endpoint.ts', () => {
  const bytes = Buffer.alloc(16);

  for (const [text, family, canonical] of fixtureLines('address-valid.txt')) {
    it(`reads ${text} as IPv${family} and writes ${canonical} (RFC 5952)`, () => {
      expect(parseAddress(text!, bytes)).to.equal(Number(family));
      expect(formatAddress(bytes, Number(family) as Family)).to.equal(canonical);
    });
  }

  for (const [text] of fixtureLines('address-invalid.txt')) {
    it(`refuses ${JSON.stringify(text)}`, () => {
      expect(parseAddress(text!, bytes)).to.equal(0);
    });
  }

  it('refuses an empty text', () => {
    expect(parseAddress('', bytes)).to.equal(0);
  });

  it('survives a round trip with every IPv4 and IPv6 address', () => {
    const word = fc.constantFrom(0, 0, 0, 1, 0xff, 0xffff, 0xdb8);
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array({ minLength: 16, maxLength: 16 }),
          fc.array(word, { minLength: 8, maxLength: 8 }).map(toBytes),
        ),
        (address) => {
          const text = formatAddress(address, 6);
          expect(isIP(text)).to.equal(6);
          const family = parseAddress(text, bytes);
          const expected = family === 4 ? address.subarray(12) : address;
          expect(bytes.subarray(0, family === 4 ? 4 : 16)).to.deep.equal(Buffer.from(expected));
        },
      ),
    );
    fc.assert(
      fc.property(fc.ipV4(), (text) => {
        expect(parseAddress(text, bytes)).to.equal(4);
        expect(formatAddress(bytes, 4)).to.equal(text);
      }),
    );
  });

  it('agrees with the runtime about what an address is', () => {
    const soup = fc.string({ unit: fc.constantFrom(...'0123456789abcf:.:.'), maxLength: 24 });
    fc.assert(
      fc.property(fc.oneof(soup, fc.ipV6(), fc.ipV4()), (text) => {
        expect(parseAddress(text, bytes) !== 0, text).to.equal(isIP(text) !== 0);
      }),
      { numRuns: 2000 },
    );
  });
});

function toBytes(words: number[]): Uint8Array {
  return new Uint8Array(words.flatMap((word) => [word >>> 8, word & 0xff]));
}
