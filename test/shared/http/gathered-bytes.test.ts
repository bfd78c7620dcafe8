import { expect } from 'chai';
import fc from 'fast-check';
import { GatheredBytes } from '../../../shared/http/gathered-bytes.ts';

describe('shared/http/gathered-bytes.ts', () => {
  it('is the pieces one after the other', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 5000 }), { maxLength: 10 }), (pieces) => {
        const gathered = new GatheredBytes(50_000);
        for (const piece of pieces) expect(gathered.add(piece)).to.equal(true);
        expect(gathered.bytes.equals(Buffer.concat(pieces))).to.equal(true);
      }),
    );
  });

  it('takes as many bytes as its limit, and nothing of a piece with more', () => {
    const gathered = new GatheredBytes(3);
    expect(gathered.add(Buffer.from('ab'))).to.equal(true);
    expect(gathered.add(Buffer.from('cd'))).to.equal(false);
    expect(gathered.add(Buffer.from('c'))).to.equal(true);
    expect(gathered.bytes.toString()).to.equal('abc');
  });

  it('keeps no piece: a quarter of a million of one byte take no more memory than their bytes', () => {
    const gathered = new GatheredBytes(262_144);
    const piece = Buffer.alloc(1);
    for (let at = 0; at < 262_144; at++) {
      piece[0] = at & 255;
      gathered.add(piece);
    }
    expect(gathered.bytes[257]).to.equal(1);
    expect(gathered.bytes.buffer.byteLength).to.equal(262_144);
  });
});
