import { expect } from 'chai';
import { checkStorable, MAX_PIECE_BYTES } from '../../../client/engine/storable.ts';
import { PublicError } from '../../../shared/errors.ts';

describe('client/engine/storable.ts', () => {
  it('takes files whose names differ in case only, and padding of any name', () => {
    checkStorable([file('t', 'a'), file('t', 'A'), padding('t', '.pad'), padding('t', '.pad')], 16_384);
  });

  for (const [reason, files] of [
    ['two files in it have the same path', [file('t', 'a'), file('t', 'b'), file('t', 'a')]],
    ['a file in it has the path of a folder', [file('t', 'a', 'b', 'c'), file('t', 'a')]],
    ['a file in it has the path of a folder', [file('t', 'a'), file('t', 'a', 'b', 'c')]],
    ['a name in it has more than 255 bytes', [file('t', '\u00e4'.repeat(128))]],
    ['a name in it has more than 255 bytes', [file('t'.repeat(256), 'a')]],
  ] as const) {
    it(`refuses a torrent when ${reason}: ${files.length}`, () => {
      expect(() => checkStorable(files, 16_384)).to.throw(PublicError, reason);
    });
  }

  it('takes names of 255 bytes', () => {
    checkStorable([file('t'.repeat(255), `${'\u00e4'.repeat(127)}a`)], 16_384);
  });

  it('refuses pieces that fit into no memory, unless the torrent is smaller', () => {
    const large = { ...file('a'), length: MAX_PIECE_BYTES + 1 };
    checkStorable([large], MAX_PIECE_BYTES);
    expect(() => checkStorable([large], MAX_PIECE_BYTES + 1)).to.throw(PublicError, 'its pieces are larger than');
    checkStorable([file('a')], 2 ** 40);
  });

  function file(...path: readonly string[]) {
    return { path, length: 5, offset: 0, isPadding: false };
  }

  function padding(...path: readonly string[]) {
    return { ...file(...path), isPadding: true };
  }
});
