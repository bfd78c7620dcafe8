import { expect } from 'chai';
import {
  HASH_REQUEST,
  HASHES,
  hashesOf,
  hashRequestWords,
  pieceLayerStretches,
  readHashes,
  readHashRequest,
} from '../../../../shared/protocol/torrent/hash-messages.ts';
import { levelsOver, rootOf } from '../../../../shared/protocol/torrent/merkle.ts';

const ROOT = Buffer.from(Array.from({ length: 32 }, (_, index) => index));

describe('shared/protocol/torrent/hash-messages.ts', () => {
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

  it('reads requests as they are made', () => {
    const stretch = { root: ROOT, layer: 2, index: 4, count: 2 };
    const request = messageOf([2, 4, 2, 3], Buffer.alloc(0), HASH_REQUEST);
    expect(readHashRequest(request)).to.deep.equal({ ...stretch, proofLayers: 3 });
    for (const words of [
      [2, 4, 1, 0],
      [2, 3, 2, 0],
      [2, 0, 3, 0],
      [2, 0, 16_384, 0],
    ]) {
      expect(readHashRequest(messageOf(words, Buffer.alloc(0), HASH_REQUEST)), words.join()).to.equal(undefined);
    }
    expect(readHashRequest(request.subarray(1))).to.equal(undefined);
    expect(readHashRequest(Buffer.concat([request, Buffer.alloc(1)]))).to.equal(undefined);
  });

  it('proves a stretch by the uncles on its way to the root', () => {
    const nodes = Array.from({ length: 8 }, (_, index) => Buffer.alloc(32, index));
    const levels = levelsOver(Buffer.concat(nodes.slice(0, 7)), 8, nodes[7]!);
    expect(levels.map((level) => level.length / 32)).to.deep.equal([8, 4, 2, 1]);
    expect(levels[3]).to.deep.equal(rootOf(Buffer.concat(nodes), 8));
    const told = hashesOf({ index: 4, count: 2, proofLayers: 3 }, levels)!;
    const [pair, uncle, granduncle] = [told.subarray(0, 64), told.subarray(64, 96), told.subarray(96)];
    const parent = rootOf(Buffer.concat([rootOf(pair, 2), uncle]), 2);
    expect(rootOf(Buffer.concat([granduncle, parent]), 2)).to.deep.equal(levels[3]);
    expect(hashesOf({ index: 4, count: 2, proofLayers: 0 }, levels)).to.deep.equal(Buffer.concat(nodes.slice(4, 6)));
    expect(hashesOf({ index: 0, count: 8, proofLayers: 9 }, levels)).to.deep.equal(Buffer.concat(nodes));
    expect(hashesOf({ index: 8, count: 2, proofLayers: 0 }, levels)).to.equal(undefined);
  });
});

function messageOf(words: readonly number[], hashes: Buffer, id = HASHES): Buffer {
  const head = Buffer.alloc(16);
  for (const [index, word] of words.entries()) head.writeUInt32BE(word, 4 * index);
  return Buffer.concat([Buffer.from([id]), ROOT, head, hashes]);
}
