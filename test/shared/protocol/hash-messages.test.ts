import { expect } from 'chai';
import { HASHES, hashRequestWords, pieceLayerStretches, readHashes } from '../../../shared/protocol/hash-messages.ts';

const ROOT = Buffer.from(Array.from({ length: 32 }, (_, index) => index));

describe('shared/protocol/hash-messages.ts', () => {
  it('cuts a layer of pieces into stretches of a power of two, 512 at most (BEP 52)', () => {
    const cut = (pieces: number) => pieceLayerStretches(ROOT, pieces, 65_536).map(({ index, count }) => [index, count]);
    expect(cut(2)).to.deep.equal([[0, 2]]);
    expect(cut(5)).to.deep.equal([[0, 8]]);
    expect(cut(513)).to.deep.equal([
      [0, 512],
      [512, 512],
    ]);
    expect(pieceLayerStretches(ROOT, 2, 16_384)[0]!.layer).to.equal(0);
    expect(pieceLayerStretches(ROOT, 2, 65_536)[0]!.layer).to.equal(2);
  });

  it('asks by root, layer, index and count, without a proof', () => {
    const words = hashRequestWords({ root: ROOT, layer: 2, index: 512, count: 512 });
    expect(words).to.have.length(12);
    expect(words.slice(0, 2)).to.deep.equal([0x00010203, 0x04050607]);
    expect(words.slice(8)).to.deep.equal([2, 512, 512, 0]);
  });

  it('reads the hashes that were asked for, and nothing else', () => {
    const stretch = { root: ROOT, layer: 2, index: 4, count: 2 };
    const message = messageOf([2, 4, 2, 0], Buffer.alloc(64, 7));
    expect(readHashes(message, stretch)).to.deep.equal(Buffer.alloc(64, 7));
    expect(readHashes(Buffer.concat([message, Buffer.alloc(32, 9)]), stretch), 'with a proof').to.have.length(64);
    expect(readHashes(messageOf([2, 0, 2, 0], Buffer.alloc(64)), stretch), 'another stretch').to.equal(undefined);
    expect(readHashes(message, { ...stretch, root: Buffer.alloc(32) }), 'another file').to.equal(undefined);
    for (let length = 0; length < message.length; length++) {
      expect(readHashes(message.subarray(0, length), stretch), `${length} bytes`).to.equal(undefined);
    }
  });
});

function messageOf(words: readonly number[], hashes: Buffer): Buffer {
  const head = Buffer.alloc(16);
  for (const [index, word] of words.entries()) head.writeUInt32BE(word, 4 * index);
  return Buffer.concat([Buffer.from([HASHES]), ROOT, head, hashes]);
}
