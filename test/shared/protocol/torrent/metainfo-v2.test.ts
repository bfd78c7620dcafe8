import { createHash } from 'node:crypto';
import { expect } from 'chai';
import { PublicError } from '../../../../shared/errors.ts';
import { type Bencodable, encode, encodeMembers } from '../../../../shared/protocol/encoding/bencoding.ts';
import { readLayout } from '../../../../shared/protocol/torrent/metainfo.ts';
import { isPieceRight, readTreePieces } from '../../../../shared/protocol/torrent/metainfo-v2.ts';
import { fileV2, PIECE_LENGTH, torrentOf } from '../../../helpers/torrents.ts';

/** Two pieces of a block each, and a file within one piece. */
const LARGE = Buffer.alloc(PIECE_LENGTH + 7, 'x');
const SMALL = Buffer.from('hello');
const LAYER = Buffer.concat([sha256(LARGE.subarray(0, PIECE_LENGTH)), sha256(LARGE.subarray(PIECE_LENGTH))]);

describe('shared/protocol/torrent/metainfo-v2.ts', () => {
  it('lays each file out at the start of a piece, in the byte order of names, padding behind each (BEP 52)', () => {
    const tree = { '10': fileV2(PIECE_LENGTH), '9': fileV2(5), b: { empty: fileV2(0), z: fileV2(PIECE_LENGTH + 1) } };
    const layout = readLayout(torrentOf({ ...infoOf(tree), name: 'album' }));
    expect(
      layout.map(({ path, offset, length, isPadding }) => [path.join('/'), offset, length, isPadding]),
    ).to.deep.equal([
      ['album/10', 0, PIECE_LENGTH, false],
      ['album/9', PIECE_LENGTH, 5, false],
      ['album/.pad', PIECE_LENGTH + 5, PIECE_LENGTH - 5, true],
      ['album/b/empty', 2 * PIECE_LENGTH, 0, false],
      ['album/b/z', 2 * PIECE_LENGTH, PIECE_LENGTH + 1, false],
      ['album/.pad', 3 * PIECE_LENGTH + 1, PIECE_LENGTH - 1, true],
    ]);
  });

  it('has a file of the name of the torrent lie by itself, any other in a folder', () => {
    const pathsOf = (name: string) => readLayout(torrentOf({ ...infoOf({ 'a.bin': fileV2(5) }), name }))[0]!.path;
    expect(pathsOf('a.bin')).to.deep.equal(['a.bin']);
    expect(pathsOf('album')).to.deep.equal(['album', 'a.bin']);
  });

  it('tells right pieces from wrong ones, padded or not', () => {
    const pieces = readTreePieces(torrent(new Map([[rootOfLarge().toString('latin1'), encode(LAYER)]])));
    expect(pieces.map(({ length, width }) => [length, width])).to.deep.equal([
      [PIECE_LENGTH, 1],
      [7, 1],
      [5, 1],
    ]);
    const padded = Buffer.concat([SMALL, Buffer.alloc(PIECE_LENGTH - 5)]);
    expect(isPieceRight(pieces[0]!, LARGE.subarray(0, PIECE_LENGTH))).to.equal(true);
    expect(isPieceRight(pieces[1]!, LARGE.subarray(PIECE_LENGTH))).to.equal(true);
    expect(isPieceRight(pieces[2]!, padded)).to.equal(true);
    expect(isPieceRight(pieces[2]!, Buffer.from('hell'))).to.equal(false);
    expect(isPieceRight(pieces[2]!, Buffer.from('hellO'))).to.equal(false);
  });

  it('builds the tree of a piece of several blocks', () => {
    const blocks = [LARGE.subarray(0, PIECE_LENGTH), LARGE.subarray(PIECE_LENGTH)].map(sha256);
    const root = sha256(Buffer.concat(blocks));
    const file = { '': { length: LARGE.length, 'pieces root': root } };
    const [piece] = readTreePieces(torrentOf({ ...infoOf({ a: file }), 'piece length': 4 * PIECE_LENGTH }));
    expect(isPieceRight(piece!, LARGE)).to.equal(true);
  });

  for (const [what, layers] of Object.entries({
    'are missing': undefined,
    'are too short': new Map([[rootOfLarge().toString('latin1'), encode(LAYER.subarray(1))]]),
    'are of another file': new Map([[rootOfLarge().toString('latin1'), encode(Buffer.alloc(64))]]),
  })) {
    it(`refuses layers that ${what}`, () => {
      expect(() => readTreePieces(torrent(layers))).to.throw(PublicError, 'piece layers');
    });
  }

  function torrent(layers: ReadonlyMap<string, Uint8Array> | undefined): Buffer {
    const tree = {
      large: { '': { length: LARGE.length, 'pieces root': rootOfLarge() } },
      small: { '': { length: SMALL.length, 'pieces root': sha256(SMALL) } },
    };
    const members = new Map<string, Uint8Array>([['info', encode(infoOf(tree))]]);
    if (layers !== undefined) members.set('piece layers', encodeMembers(layers));
    return encodeMembers(members);
  }
});

function infoOf(tree: { readonly [key: string]: Bencodable }): { readonly [key: string]: Bencodable } {
  return { 'file tree': tree, 'meta version': 2, name: 'album', 'piece length': PIECE_LENGTH };
}

function rootOfLarge(): Buffer {
  return sha256(LAYER);
}

function sha256(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest();
}
