import { expect } from 'chai';
import {
  BlockArena,
  type BlockRef,
  blockOrder,
  blockSize,
  blockSlot,
  MAX_ORDER,
} from '../../../node/tracker/block-arena.ts';
import { MemoryBudget } from '../../../node/tracker/memory-budget.ts';
import { seededRandom } from '../../../shared/platform/random.ts';
import { expectTiling } from './invariants.ts';

const CHUNK = 2 ** MAX_ORDER;

describe('node/tracker/block-arena.ts', () => {
  it('tells size, order and first slot of a block from its reference', () => {
    const ref = 2 * 96 + 32;
    expect([blockSize(ref), blockOrder(ref), blockSlot(ref)]).to.deep.equal([32, 5, 96]);
    expect([blockSize(1), blockOrder(1), blockSlot(1)]).to.deep.equal([1, 0, 0]);
    expect(blockSize(0)).to.equal(0);
  });

  it('splits the lower half first, and joins buddies again', () => {
    const arena = new BlockArena(CHUNK, 2);
    const refs = [arena.allocate(0), arena.allocate(0), arena.allocate(1), arena.allocate(0)];
    expect(refs.map(blockSlot)).to.deep.equal([0, 1, 2, 4]);
    expect(arena.usedSlots).to.equal(5);
    for (const ref of refs) arena.free(ref);
    expect(arena.usedSlots).to.equal(0);
    expect([...arena.freeBlocks()]).to.deep.equal([CHUNK]);
  });

  it('gives out zeroed blocks', () => {
    const arena = new BlockArena(CHUNK, 5);
    const ref = arena.allocate(2);
    arena.words.fill(-1, 0, 20);
    arena.free(ref);
    const again = arena.allocate(2);
    expect([...arena.words.subarray(5 * blockSlot(again), 5 * (blockSlot(again) + 4))]).to.deep.equal(
      Array(20).fill(0),
    );
  });

  it('takes chunk after chunk into use, then has none', () => {
    const arena = new BlockArena(CHUNK + 1, 2);
    expect(blockSlot(arena.allocate(MAX_ORDER))).to.equal(0);
    const second = arena.allocate(MAX_ORDER);
    expect(blockSlot(second)).to.equal(CHUNK);
    expect(arena.allocate(0)).to.equal(0);
    arena.free(second);
    expect(blockSlot(arena.allocate(0))).to.equal(CHUNK);
  });

  it('takes no chunk into use that its memory budget forbids, and gives out what was freed', () => {
    const arena = new BlockArena(4 * CHUNK, 2, new MemoryBudget(2 * 8 * CHUNK));
    const refs = [arena.allocate(MAX_ORDER), arena.allocate(MAX_ORDER)];
    expect(arena.allocate(0)).to.equal(0);
    expect(arena.freeBytes).to.equal(0);
    arena.free(refs[0]!);
    expect(blockSlot(arena.allocate(3))).to.equal(0);
    expect(arena.freeBytes).to.equal(8 * CHUNK - 64);
  });

  it('keeps free and used blocks a tiling of the arena in any order of use', () => {
    const random = seededRandom(7);
    const arena = new BlockArena(2 * CHUNK, 2);
    const used: BlockRef[] = [];
    for (let step = 0; step < 5000; step++) {
      if (used.length > 0 && random.uint32() % 2 === 0) {
        arena.free(used.splice(random.uint32() % used.length, 1)[0]!);
      } else {
        const ref = arena.allocate(random.uint32() % (MAX_ORDER + 1));
        if (ref !== 0) used.push(ref);
      }
      if (step % 500 === 0) expectTiling(arena, used);
    }
    for (const ref of used) arena.free(ref);
    expectTiling(arena, []);
    expect([...arena.freeBlocks()].map(blockSize)).to.deep.equal([CHUNK, CHUNK]);
  });
});
