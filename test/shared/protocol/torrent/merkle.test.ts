import { createHash } from 'node:crypto';
import { expect } from 'chai';
import {
  BLOCK_BYTES,
  emptyPieceRoot,
  hashBlocks,
  rootOf,
  widthFor,
} from '../../../../shared/protocol/torrent/merkle.ts';

const ZERO = Buffer.alloc(32);

describe('shared/protocol/torrent/merkle.ts (BEP 52)', () => {
  it('hashes blocks of 16 KiB, the last as long as it is', () => {
    const bytes = Buffer.concat([Buffer.alloc(BLOCK_BYTES, 'a'), Buffer.from('b')]);
    expect(hashBlocks(bytes)).to.deep.equal(
      Buffer.concat([sha256(Buffer.alloc(BLOCK_BYTES, 'a')), sha256(Buffer.from('b'))]),
    );
    expect(hashBlocks(Buffer.alloc(0))).to.have.length(0);
  });

  it('takes a single node for its own root', () => {
    expect(rootOf(Buffer.alloc(32, 1), 1)).to.deep.equal(Buffer.alloc(32, 1));
  });

  it('pads to the width with zeros', () => {
    const [a, b, c] = [1, 2, 3].map((byte) => Buffer.alloc(32, byte)) as [Buffer, Buffer, Buffer];
    expect(rootOf(Buffer.concat([a, b, c]), 4)).to.deep.equal(pair(pair(a, b), pair(c, ZERO)));
    const half = pair(pair(a, ZERO), pair(ZERO, ZERO));
    expect(rootOf(a, 4)).to.deep.equal(half);
    expect(rootOf(a, 8)).to.deep.equal(pair(half, pair(pair(ZERO, ZERO), pair(ZERO, ZERO))));
  });

  it('pads a layer of pieces with roots of empty pieces', () => {
    const [a, b, c] = [1, 2, 3].map((byte) => Buffer.alloc(32, byte)) as [Buffer, Buffer, Buffer];
    const empty = emptyPieceRoot(2 * BLOCK_BYTES);
    expect(empty).to.deep.equal(pair(ZERO, ZERO));
    expect(rootOf(Buffer.concat([a, b, c]), 4, empty)).to.deep.equal(pair(pair(a, b), pair(c, empty)));
  });

  it('finds the least power of two', () => {
    expect([0, 1, 2, 3, 4, 5, 1024, 1025].map(widthFor)).to.deep.equal([1, 1, 2, 4, 4, 8, 1024, 2048]);
  });
});

function sha256(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest();
}

function pair(left: Uint8Array, right: Uint8Array): Buffer {
  return sha256(Buffer.concat([left, right]));
}
