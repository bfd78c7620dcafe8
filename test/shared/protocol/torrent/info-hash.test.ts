import { expect } from 'chai';
import fc from 'fast-check';
import { PublicError } from '../../../../shared/errors.ts';
import {
  infoHashBytes,
  infoHashFromBytes,
  parseInfoHash,
  truncate,
} from '../../../../shared/protocol/torrent/info-hash.ts';

const HEX = '0123456789abcdef0123456789abcdef01234567';

describe('shared/protocol/torrent/info-hash.ts', () => {
  it('reads 40 hex digits of either case', () => {
    expect(parseInfoHash(HEX)).to.equal(HEX);
    expect(parseInfoHash(HEX.toUpperCase())).to.equal(HEX);
  });

  it('truncates a version 2 hash (BEP 52)', () => {
    const hash = `${HEX}${'f'.repeat(24)}`;
    expect(parseInfoHash(hash)).to.equal(HEX);
    expect(truncate(hash)).to.equal(HEX);
    expect(infoHashFromBytes(Buffer.from(hash, 'hex'))).to.equal(HEX);
  });

  it('reads 32 digits of base32', () => {
    expect(parseInfoHash('AERUKZ4JVPG66AJDIVTYTK6N54ASGRLH')).to.equal(HEX);
    expect(parseInfoHash('aerukz4jvpg66ajdivtytk6n54asgrlh')).to.equal(HEX);
    expect(parseInfoHash('7'.repeat(32))).to.equal('f'.repeat(40));
    for (const digit of '0189') expect(() => parseInfoHash(digit.repeat(32)), digit).to.throw(PublicError);
  });

  it('refuses every other text', () => {
    const wrong = [
      '',
      HEX.slice(1),
      `${HEX}0`,
      `g${HEX.slice(1)}`,
      `${HEX}\n`,
      '1'.repeat(32),
      'a'.repeat(33),
      ` ${HEX}`,
    ];
    for (const text of wrong) expect(() => parseInfoHash(text), text).to.throw(PublicError, 'info hash');
  });

  it('survives a round trip through bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 20, maxLength: 20 }), (bytes) => {
        expect(infoHashBytes(infoHashFromBytes(bytes))).to.deep.equal(Buffer.from(bytes));
      }),
    );
  });

  it('refuses every number of bytes but 20 and 32', () => {
    for (let length = 0; length <= 64; length++) {
      if (length === 20 || length === 32) continue;
      expect(() => infoHashFromBytes(new Uint8Array(length)), `${length}`).to.throw(PublicError);
    }
  });
});
