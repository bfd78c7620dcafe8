import { expect } from 'chai';
import { type BlockRef, blockSize } from '../../../node/tracker/block-arena.ts';
import { MAX_PEERS_PER_BLOCK, PeerBlocks } from '../../../node/tracker/peer-blocks.ts';
import { PeerKey } from '../../../node/tracker/peer-entry.ts';

const key = new PeerKey();

function aim(index: number): PeerKey {
  const address = Buffer.alloc(16);
  address.writeUInt32BE(index >>> 4, 0);
  address.writeUInt32BE(index % 3, 12);
  key.set(6, address, 1 + (index & 15));
  return key;
}

/** A block with peers 0..count-1. */
function filled(blocks: PeerBlocks, count: number, order: number): BlockRef {
  const ref = blocks.arena.allocate(order);
  for (let i = 0; i < count; i++) blocks.insert(ref, i, aim(i), (i << 2) & 0xff);
  return ref;
}

function found(blocks: PeerBlocks, ref: BlockRef, count: number, limit: number): number[] {
  const indices = Array.from({ length: limit }, (_, index) => index);
  return indices.filter((index) => blocks.find(ref, count, aim(index)) >= 0);
}

describe('node/tracker/peer-blocks.ts', () => {
  for (const entryWords of [2, 5] as const) {
    describe(`entries of ${entryWords * 4} bytes`, () => {
      const blocks = new PeerBlocks(100_000, entryWords, 12345);

      it('lays out an entry as port and flags, then the address', () => {
        const ref = blocks.arena.allocate(0);
        key.set(6, Buffer.from('0102030405060708090a0b0c0d0e0f10', 'hex'), 0x1ae1);
        const at = blocks.insert(ref, 0, key, 0xab05);
        const words = [0x1ae1ab05, 0x01020304, 0x05060708, 0x090a0b0c, 0x0d0e0f10].slice(0, entryWords);
        expect([...blocks.words.subarray(at, at + entryWords)]).to.deep.equal(words);
        blocks.arena.free(ref);
      });

      it('has room for every slot of a dense block, 7/8 of a hashed one', () => {
        const room = [0, 3, 5, 6, 10].map((order) => {
          const ref = blocks.arena.allocate(order);
          let count = 0;
          while (blocks.hasRoom(ref, count)) count++;
          blocks.arena.free(ref);
          return count;
        });
        expect(room).to.deep.equal([1, 8, 32, 56, 896]);
      });

      for (const [count, order] of [
        [5, 3],
        [32, 5],
        [56, 6],
        [896, 10],
      ] as const) {
        it(`finds ${count} peers in ${2 ** order} slots, and the rest after each removal`, () => {
          const ref = filled(blocks, count, order);
          expect(found(blocks, ref, count, count + 20)).to.have.length(count);
          for (let left = count, i = 0; left > 0; left--, i = (i + 7) % count) {
            while (blocks.find(ref, left, aim(i)) < 0) i = (i + 1) % count;
            blocks.remove(ref, left, blocks.find(ref, left, aim(i)));
            expect(blocks.find(ref, left - 1, aim(i))).to.equal(-1);
            if (left % 50 < 2) expect(found(blocks, ref, left - 1, count)).to.have.length(left - 1);
          }
          const start = blocks.start(ref);
          expect(
            blocks.words.subarray(start, start + 2 ** order * entryWords).filter((_, i) => i % entryWords === 0),
          ).to.satisfy((tails: Int32Array) => tails.every((tail) => tail === 0));
          blocks.arena.free(ref);
        });
      }

      it('keeps peers and flags through growth and shrinking', () => {
        let ref = filled(blocks, 20, 5);
        for (const order of [6, 7, 11, 6, 5]) {
          ref = blocks.resize(ref, order);
          expect(blockSize(ref)).to.equal(2 ** order);
          for (let i = 0; i < 20; i++) expect(blocks.words[blocks.find(ref, 20, aim(i))]! & 0xffff).to.equal(i << 2);
        }
        blocks.arena.free(ref);
        expect(blocks.arena.usedSlots).to.equal(0);
      });
    });
  }

  it('halves a block once it is at most 3/8 full', () => {
    const blocks = new PeerBlocks(100_000, 2, 1);
    const orders = (order: number, counts: readonly number[]): number[] => {
      const ref = blocks.arena.allocate(order);
      return counts.map((count) => blocks.fittingOrder(ref, count));
    };
    expect(orders(6, [56, 25, 24, 12, 1])).to.deep.equal([6, 6, 5, 4, 1]);
    expect(orders(0, [1])).to.deep.equal([0]);
  });

  it('refuses to grow beyond the largest block, and where there is no memory, leaving the block as it was', () => {
    const blocks = new PeerBlocks(1, 2, 1);
    const ref = filled(blocks, 3, 16);
    expect(blocks.resize(ref, 18)).to.equal(0);
    expect(blocks.resize(ref, 17)).to.equal(0);
    expect(found(blocks, ref, 3, 5)).to.deep.equal([0, 1, 2]);
    expect(MAX_PEERS_PER_BLOCK).to.equal(114_688);
  });
});
