import { expect } from 'chai';
import { selectFiles, shownPath } from '../../../client/transfer/selection.ts';
import { PublicError } from '../../../shared/errors.ts';
import type { StoredFile } from '../../../shared/protocol/torrent/metainfo-files.ts';

const FILES = ['one.txt', 'pictures/a.jpg', 'pictures/b.png', 'notes (1).txt'].map(
  (path, index): StoredFile => ({ path: ['album', ...path.split('/')], length: 1, offset: index, isPadding: false }),
);

describe('client/transfer/selection.ts', () => {
  it('chooses everything without a pattern', () => {
    expect(selectFiles(FILES, []).size).to.equal(4);
  });

  const cases: readonly (readonly [string, readonly string[]])[] = [
    ['1', ['one.txt']],
    ['*.txt', ['one.txt', 'notes (1).txt']],
    ['pictures', ['pictures/a.jpg', 'pictures/b.png']],
    ['PICTURES/*.PNG', ['pictures/b.png']],
    ['notes (1).txt', ['notes (1).txt']],
  ];
  for (const [pattern, paths] of cases) {
    it(`takes '${pattern}' for ${paths.join(' and ')}`, () => {
      expect([...selectFiles(FILES, [pattern])].map(shownPath)).to.deep.equal(paths);
    });
  }

  for (const pattern of ['0', '5', 'two.txt', 'pict']) {
    it(`refuses '${pattern}', which means none`, () => {
      expect(() => selectFiles(FILES, [pattern])).to.throw(PublicError, pattern);
    });
  }

  it('shows a single file by its name', () => {
    expect(shownPath({ path: ['a.bin'], length: 1, offset: 0, isPadding: false })).to.equal('a.bin');
  });
});
