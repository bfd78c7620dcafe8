import { expect } from 'chai';
import { dataLengths } from '../../../client/engine/padding.ts';

describe('client/engine/padding.ts', () => {
  it('knows how much of each piece is data, and not the padding behind it', () => {
    const files = [
      { path: ['a'], offset: 0, length: 25, isPadding: false },
      { path: ['.pad'], offset: 25, length: 5, isPadding: true },
      { path: ['b'], offset: 30, length: 3, isPadding: false },
      { path: ['empty'], offset: 33, length: 0, isPadding: false },
      { path: ['c'], offset: 33, length: 2, isPadding: false },
      { path: ['.pad'], offset: 35, length: 5, isPadding: true },
      { path: ['d'], offset: 40, length: 10, isPadding: false },
    ];
    expect(dataLengths(files, 10)).to.deep.equal([10, 10, 5, 5, 10]);
  });
});
