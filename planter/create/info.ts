// The dictionary `info` of a new torrent, version 1 (BEP 3), version 2 and hybrid (BEP 52), and the piece layers beside it.

import { type Bencodable, encode, encodeMembers } from '../../shared/protocol/encoding/bencoding.ts';
import { emptyPieceRoot, NODE_BYTES, rootOf, widthFor } from '../../shared/protocol/torrent/merkle.ts';
import type { LaidFile, Layout } from './layout.ts';
import type { PieceHashes } from './piece-hasher.ts';

/** What the user says of a torrent, within `info`: it changes the info hash. */
export interface InfoWish {
  readonly name: string;
  readonly isFolder: boolean;
  readonly isPrivate: boolean;
  /** Tells the same files of different places apart. */
  readonly source?: string | undefined;
}

export interface BuiltInfo {
  /** Bencoded. */
  readonly info: Buffer;
  /** Bencoded; undefined for version 1. */
  readonly pieceLayers: Buffer | undefined;
}

export function buildInfo(wish: InfoWish, layout: Layout, hashes: PieceHashes): BuiltInfo {
  const { version, pieceLength } = layout;
  const common = { name: wish.name, 'piece length': pieceLength, private: wish.isPrivate ? 1 : undefined };
  const members = encodeAll({ ...common, source: wish.source });
  if (version !== 'v2') addAll(members, encodeAll({ ...filesV1(wish, layout), pieces: hashes.sha1 }));
  if (version === 'v1') return { info: encodeMembers(members), pieceLayers: undefined };
  const trees = layout.files.map((file) => treeOf(file, layout, hashes.roots));
  members.set('meta version', encode(2));
  members.set('file tree', fileTree(trees.map(({ leaf }, index) => ({ path: layout.files[index]!.path, leaf }))));
  const layers = trees.flatMap(({ root, layer }) =>
    layer === undefined ? [] : [[root!.toString('latin1'), encode(layer)] as const],
  );
  return { info: encodeMembers(members), pieceLayers: encodeMembers(new Map(layers)) };
}

function encodeAll(members: { readonly [key: string]: Bencodable | undefined }): Map<string, Uint8Array> {
  const entries = Object.entries(members).flatMap(([key, value]) =>
    value === undefined ? [] : [[key, encode(value)] as const],
  );
  return new Map(entries);
}

function addAll(members: Map<string, Uint8Array>, others: ReadonlyMap<string, Uint8Array>): void {
  for (const [key, value] of others) members.set(key, value);
}

/** Gaps behind files are files of their own (BEP 47), so that old clients see the pieces where they are. */
function filesV1({ isFolder }: InfoWish, { files, length: end }: Layout): { readonly [key: string]: Bencodable } {
  if (!isFolder) return { length: files[0]!.length };
  const entries = files.flatMap(({ path, length, offset }, index): Bencodable[] => {
    const gap = (files[index + 1]?.offset ?? end) - offset - length;
    const padding = { attr: 'p', length: gap, path: ['.pad', `${gap}`] };
    return gap > 0 ? [{ length, path }, padding] : [{ length, path }];
  });
  return { files: entries };
}

interface Tree {
  /** The bencoded dictionary of the file. */
  readonly leaf: Buffer;
  readonly root?: Buffer;
  /** Roots of the pieces, for files of more than one. */
  readonly layer?: Uint8Array;
}

function treeOf({ length, offset }: LaidFile, { pieceLength }: Layout, roots: Uint8Array): Tree {
  if (length === 0) return { leaf: encode({ '': { length } }) };
  const first = offset / pieceLength;
  const count = Math.ceil(length / pieceLength);
  const layer = roots.subarray(first * NODE_BYTES, (first + count) * NODE_BYTES);
  const root = rootOf(layer, widthFor(count), emptyPieceRoot(pieceLength));
  const leaf = encode({ '': { length, 'pieces root': root } });
  return count > 1 ? { leaf, root, layer } : { leaf, root };
}

interface PathLeaf {
  readonly path: readonly string[];
  readonly leaf: Buffer;
}

/** Dictionaries within each other, one for each folder; their keys are names in any script. */
function fileTree(files: readonly PathLeaf[]): Buffer {
  const folders = Map.groupBy(files, ({ path }) => path[0]!);
  const members = [...folders].map(([name, within]) => {
    const [first] = within;
    const isFile = within.length === 1 && first!.path.length === 1;
    const value = isFile ? first!.leaf : fileTree(within.map(({ path, leaf }) => ({ path: path.slice(1), leaf })));
    return [Buffer.from(name).toString('latin1'), value] as const;
  });
  return encodeMembers(new Map(members));
}
