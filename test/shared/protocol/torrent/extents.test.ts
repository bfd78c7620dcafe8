import { expect } from 'chai';
import fc from 'fast-check';
import { fileAt } from '../../../../shared/protocol/torrent/extents.ts';

const files = fc.array(fc.record({ gap: fc.nat(2), length: fc.nat(3) }), { maxLength: 12 }).map((sizes) => {
  let end = 0;
  return sizes.map(({ gap, length }) => {
    const offset = end + gap;
    end = offset + length;
    return { offset, length };
  });
});

describe('shared/protocol/torrent/extents.ts', () => {
  it('finds the first file that ends behind the offset, files of no bytes left out', () => {
    fc.assert(
      fc.property(files, fc.nat(40), (list, offset) => {
        const first = list.findIndex((file) => file.offset + file.length > offset);
        expect(fileAt(list, offset)).to.equal(first === -1 ? list.length : first);
      }),
    );
  });
});
