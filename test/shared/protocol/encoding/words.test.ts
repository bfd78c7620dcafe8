import { expect } from 'chai';
import fc from 'fast-check';
import { readWord } from '../../../../shared/protocol/encoding/words.ts';

describe('shared/protocol/encoding/words.ts', () => {
  it('reads what a DataView reads', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 4, maxLength: 8 }), fc.nat(4), (bytes, offset) => {
        const at = Math.min(offset, bytes.length - 4);
        expect(readWord(bytes, at)).to.equal(new DataView(bytes.buffer, bytes.byteOffset).getInt32(at));
      }),
    );
  });
});
