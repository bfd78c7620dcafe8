import { expect } from 'chai';
import { pieceRanges } from '../../../client/engine/piece-ranges.ts';

describe('client/engine/piece-ranges.ts', () => {
  it('puts neighbours into one range, and leaves gaps', () => {
    const files = [file(0, 5), file(5, 5), file(10, 20), file(30, 0), file(49, 2), file(80, 10), file(89, 1)];
    expect(pieceRanges(files, 10)).to.deep.equal([
      { from: 0, to: 2 },
      { from: 4, to: 5 },
      { from: 8, to: 8 },
    ]);
  });

  it('has none for files of no bytes', () => {
    expect(pieceRanges([file(0, 0), file(10, 0)], 10)).to.deep.equal([]);
  });

  function file(offset: number, length: number) {
    return { offset, length };
  }
});
