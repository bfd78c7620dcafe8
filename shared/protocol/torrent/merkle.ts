// The hash trees of version 2 torrents (BEP 52): SHA-256 over blocks of 16 KiB, in pairs up to a root.

import { hash } from 'node:crypto';

export const BLOCK_BYTES = 16 * 1024;
export const NODE_BYTES = 32;

/** The hashes of the blocks of some bytes, one after the other; the last block may be short. */
export function hashBlocks(bytes: Uint8Array): Buffer {
  const count = Math.ceil(bytes.length / BLOCK_BYTES);
  const hashes = Buffer.alloc(count * NODE_BYTES);
  for (let index = 0; index < count; index++) {
    const block = bytes.subarray(index * BLOCK_BYTES, (index + 1) * BLOCK_BYTES);
    hashes.set(hash('sha256', block, 'buffer'), index * NODE_BYTES);
  }
  return hashes;
}

/** The root over `width` nodes (a power of two): those given, then `padding` in the place of those that are not there. */
export function rootOf(nodes: Uint8Array, width: number, padding: Uint8Array = ZERO_NODE): Buffer {
  let level = Buffer.from(nodes);
  let filler = Buffer.from(padding);
  for (let left = width; left > 1; left /= 2) {
    const count = level.length / NODE_BYTES;
    const pairs = count % 2 === 0 ? level : Buffer.concat([level, filler]);
    const parents = Buffer.alloc(pairs.length / 2);
    for (let at = 0; at < pairs.length; at += 2 * NODE_BYTES) {
      parents.set(hash('sha256', pairs.subarray(at, at + 2 * NODE_BYTES), 'buffer'), at / 2);
    }
    filler = hash('sha256', Buffer.concat([filler, filler]), 'buffer');
    level = parents;
  }
  return level;
}

/** All levels over `width` nodes (a power of two), those given first, the root last. */
export function levelsOver(nodes: Uint8Array, width: number, padding: Uint8Array): Buffer[] {
  const missing = width - nodes.length / NODE_BYTES;
  const levels = [Buffer.concat([nodes, ...Array.from({ length: missing }, () => padding)])];
  for (let left = width; left > 1; left /= 2) {
    const level = levels.at(-1)!;
    const parents = Buffer.alloc(level.length / 2);
    for (let at = 0; at < level.length; at += 2 * NODE_BYTES) {
      parents.set(hash('sha256', level.subarray(at, at + 2 * NODE_BYTES), 'buffer'), at / 2);
    }
    levels.push(parents);
  }
  return levels;
}

/** The root of a whole tree of blocks that are not there, as wide as a piece. */
export function emptyPieceRoot(pieceLength: number): Buffer {
  return rootOf(ZERO_NODE, pieceLength / BLOCK_BYTES);
}

/** The least power of two that is not less. */
export function widthFor(count: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(1, count)));
}

const ZERO_NODE = Buffer.alloc(NODE_BYTES);
