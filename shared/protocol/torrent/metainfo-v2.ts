// The pieces of a version 2 torrent (BEP 52): each file begins with a piece of its own, and each piece has a hash tree, whose
// root stands in `piece layers` beside `info`, or in `info` itself for a file within one piece.

import { PublicError } from '../../errors.ts';
import { type BencodedDictionary, decode, METAINFO_LIMITS, rawMembers } from '../encoding/bencoding.ts';
import { readDictionary, readInteger } from '../encoding/fields.ts';
import { BLOCK_BYTES, emptyPieceRoot, hashBlocks, levelsOver, NODE_BYTES, rootOf, widthFor } from './merkle.ts';
import { listTree, looseText, type StoredFile, safeName, type TreeFile } from './metainfo-files.ts';

/** What a piece must hash to. */
export interface TreePiece {
  /** SHA-256. */
  readonly root: Buffer;
  /** Bytes of data; the rest of the piece is padding that nobody sends. */
  readonly length: number;
  /** Leaves of its tree, a block each; a power of two. */
  readonly width: number;
}

/** The files as pieces hold them, padding behind each up to the end of its last piece: some peers ask for the last one's too. */
export function layOutTree(info: BencodedDictionary): StoredFile[] {
  const pieceLength = readPieceLength(info);
  const name = safeName(looseText(info, 'name'));
  const files = listTree(info);
  const isFolder = files.length > 1 || files[0]!.path.length > 1 || files[0]!.path[0] !== name;
  let start = 0;
  return files.flatMap(({ path, length }): StoredFile[] => {
    const [offset, end] = [start, start + length];
    start = Math.ceil(end / pieceLength) * pieceLength;
    const stored = { path: isFolder ? [name, ...path] : path, length, offset, isPadding: false };
    const padding = { path: [name, '.pad'], length: start - end, offset: end, isPadding: true };
    return start > end ? [stored, padding] : [stored];
  });
}

/** The pieces of a whole .torrent; throws PublicError 'metainfo' when its layers are missing, or not those of its files. */
export function readTreePieces(torrent: Uint8Array): TreePiece[] {
  const members = rawMembers(torrent, METAINFO_LIMITS);
  const info = readDictionary(decode(members.get('info')!, METAINFO_LIMITS), '"info"');
  const pieceLength = readPieceLength(info);
  const layers = members.get('piece layers');
  const known = layers === undefined ? new Map<string, Uint8Array>() : rawMembers(layers, METAINFO_LIMITS);
  return listTree(info).flatMap((file) => piecesOf(file, pieceLength, known));
}

/** A layer that stands beside `info`. */
export interface TreeLayer {
  readonly root: Buffer;
  readonly pieces: number;
  readonly pieceLength: number;
}

/** The layers that an encoded `info` needs: of each file of more than one piece. Throws PublicError 'metainfo'. */
export function listLayers(info: Uint8Array): TreeLayer[] {
  const members = readDictionary(decode(info, METAINFO_LIMITS), '"info"');
  const pieceLength = readPieceLength(members);
  return listTree(members).flatMap(({ root, length }) =>
    root === undefined || length <= pieceLength ? [] : [{ root, pieces: Math.ceil(length / pieceLength), pieceLength }],
  );
}

/** The levels of the trees of all larger files, from the layer of pieces up, by root (one latin1 character per byte). */
export function readTreeLevels(torrent: Uint8Array): Map<string, readonly Buffer[]> {
  const members = rawMembers(torrent, METAINFO_LIMITS);
  const layers = rawMembers(members.get('piece layers') ?? Buffer.from('de'), METAINFO_LIMITS);
  return new Map(
    listLayers(members.get('info')!).map(({ root, pieces, pieceLength }) => {
      const levels = levelsOver(layerOf(root, pieces, layers), widthFor(pieces), emptyPieceRoot(pieceLength));
      return [root.toString('latin1'), levels];
    }),
  );
}

/** Whether a piece, with or without its padding, is the one that was meant. */
export function isPieceRight({ root, length, width }: TreePiece, bytes: Uint8Array): boolean {
  return bytes.length >= length && rootOf(hashBlocks(bytes.subarray(0, length)), width).equals(root);
}

function piecesOf(
  { length, root }: TreeFile,
  pieceLength: number,
  layers: ReadonlyMap<string, Uint8Array>,
): TreePiece[] {
  if (root === undefined) return [];
  if (length <= pieceLength) return [{ root, length, width: widthFor(Math.ceil(length / BLOCK_BYTES)) }];
  const count = Math.ceil(length / pieceLength);
  const layer = layerOf(root, count, layers);
  if (!rootOf(layer, widthFor(count), emptyPieceRoot(pieceLength)).equals(root)) {
    throw new PublicError('metainfo', 'its "piece layers" are not those of its files');
  }
  return Array.from({ length: count }, (_, index) => ({
    root: layer.subarray(index * NODE_BYTES, (index + 1) * NODE_BYTES),
    length: Math.min(pieceLength, length - index * pieceLength),
    width: pieceLength / BLOCK_BYTES,
  }));
}

function layerOf(root: Buffer, count: number, layers: ReadonlyMap<string, Uint8Array>): Buffer {
  const encoded = layers.get(root.toString('latin1'));
  const layer = encoded === undefined ? undefined : decode(encoded, METAINFO_LIMITS);
  if (!(layer instanceof Uint8Array) || layer.length !== count * NODE_BYTES) {
    throw new PublicError('metainfo', 'its "piece layers" are missing, without which its pieces cannot be verified');
  }
  return Buffer.from(layer);
}

function readPieceLength(info: BencodedDictionary): number {
  return readInteger(info, 'piece length', BLOCK_BYTES, 2 ** 30);
}
