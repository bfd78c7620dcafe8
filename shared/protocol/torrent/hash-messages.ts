// Messages between peers by which hash trees travel (BEP 52): the layers that a link to a version 2 torrent lacks.

import { BLOCK_BYTES, NODE_BYTES, widthFor } from './merkle.ts';

export const HASH_REQUEST = 21;
export const HASHES = 22;
export const HASH_REJECT = 23;

/** A stretch of one layer of a file's tree. */
export interface HashStretch {
  /** 32 bytes: which file's tree. */
  readonly root: Buffer;
  /** Layers above the blocks. */
  readonly layer: number;
  /** Hashes from the left, a multiple of `count`. */
  readonly index: number;
  /** A power of two. */
  readonly count: number;
}

/** As many as BEP 52 wants in one message. */
const MAX_COUNT = 512;
/** As many as are told at once; libtorrent asks for no more. */
const MAX_ASKED = 8192;
/** Less is a tree of its own. */
const MIN_COUNT = 2;
const HEAD_BYTES = 1 + NODE_BYTES + 4 * 4;

/** All stretches of the layer in which each hash is a piece's, of a file with `pieces` of them. */
export function pieceLayerStretches(root: Buffer, pieces: number, pieceLength: number): HashStretch[] {
  const layer = Math.log2(pieceLength / BLOCK_BYTES);
  const count = Math.max(MIN_COUNT, Math.min(MAX_COUNT, widthFor(pieces)));
  return Array.from({ length: Math.ceil(pieces / count) }, (_, index) => ({
    root,
    layer,
    index: index * count,
    count,
  }));
}

/** The fields after the message's id, big-endian words of 32 bits; no proof is asked for, since whole layers are verified. */
export function hashRequestWords({ root, layer, index, count }: HashStretch): number[] {
  const rootWords = Array.from({ length: NODE_BYTES / 4 }, (_, word) => root.readUInt32BE(4 * word));
  return [...rootWords, layer, index, count, 0];
}

/** A request as it comes, its id included; undefined when it is none that can be. `proofLayers` says how far up uncles are wanted. */
export function readHashRequest(message: Uint8Array): (HashStretch & { readonly proofLayers: number }) | undefined {
  const bytes = Buffer.from(message.buffer, message.byteOffset, message.length);
  if (bytes[0] !== HASH_REQUEST || bytes.length !== HEAD_BYTES) return undefined;
  const [layer = 0, index = 0, count = 0, proofLayers = 0] = [0, 1, 2, 3].map((word) =>
    bytes.readUInt32BE(1 + NODE_BYTES + 4 * word),
  );
  const isStretch =
    count >= MIN_COUNT && count <= MAX_ASKED && Number.isInteger(Math.log2(count)) && index % count === 0;
  return isStretch
    ? { root: Buffer.from(bytes.subarray(1, 1 + NODE_BYTES)), layer, index, count, proofLayers }
    : undefined;
}

/**
 * The hashes of a stretch, then the uncles by which they lead to the root, of `levels` that begin with the stretch's layer and end
 * with the root; what follows from the stretch itself is left out. undefined when the tree is not so wide.
 */
export function hashesOf(
  { index, count, proofLayers }: Pick<HashStretch, 'index' | 'count'> & { readonly proofLayers: number },
  levels: readonly Buffer[],
): Buffer | undefined {
  const nodeAt = (level: Buffer, at: number, nodes = 1) => level.subarray(at * NODE_BYTES, (at + nodes) * NODE_BYTES);
  if ((index + count) * NODE_BYTES > levels[0]!.length) return undefined;
  const uncles = levels.slice(0, -1).flatMap((level, height) => {
    const isWanted = height >= Math.log2(count) && height < proofLayers;
    return isWanted ? [nodeAt(level, Math.floor(index / 2 ** height) ^ 1)] : [];
  });
  return Buffer.concat([nodeAt(levels[0]!, index, count), ...uncles]);
}

/** The hashes of an answer, its id included; undefined when it is none to that request. */
export function readHashes(message: Uint8Array, { root, layer, index, count }: HashStretch): Buffer | undefined {
  const bytes = Buffer.from(message.buffer, message.byteOffset, message.length);
  if (bytes[0] !== HASHES || bytes.length < HEAD_BYTES + count * NODE_BYTES) return undefined;
  const isOfRoot = bytes.subarray(1, 1 + NODE_BYTES).equals(root);
  const words = [0, 1, 2].map((word) => bytes.readUInt32BE(1 + NODE_BYTES + 4 * word));
  if (!isOfRoot || words.join() !== [layer, index, count].join()) return undefined;
  return bytes.subarray(HEAD_BYTES, HEAD_BYTES + count * NODE_BYTES);
}
