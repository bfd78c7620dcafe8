// The files of a torrent, out of `info`: the list of version 1 (BEP 3), the tree of version 2 (BEP 52).

import { PublicError } from '../../errors.ts';
import type { Bencoded, BencodedDictionary } from '../encoding/bencoding.ts';
import { readBytes, readDictionary, readInteger, readList } from '../encoding/fields.ts';

/** One file; the path of a file in a folder leaves the folder's name (the torrent's) out. */
export interface TorrentFile {
  readonly path: readonly string[];
  /** Bytes. */
  readonly length: number;
}

const PIECE_HASH_BYTES = 20;
const ROOT_BYTES = 32;
const MIN_PIECE_LENGTH_V2 = 16 * 1024;
const MAX_FILES = 500_000;
/** More than any file system takes: a path has 4096 bytes at most, and each name is one of them and a slash. */
const MAX_PATH_NAMES = 2048;
/**
 * Nothing in the `info` of version 2 grows with the pieces, so that a length alone could ask for any number of them. More than
 * those whose hashes fit a .torrent that is read, 32 bytes each.
 */
const MAX_PIECES_V2 = 2 ** 20;
const MAX_LENGTH = Number.MAX_SAFE_INTEGER;
const UNSAFE_NAME = /^\.{1,2}$|[/\0]/;
const PADDING = 'p'.charCodeAt(0);

/** The files in order, without padding (BEP 47); throws PublicError when they, the pieces or both versions disagree. */
export function listFiles(info: BencodedDictionary, version: 'v1' | 'v2' | 'hybrid'): TorrentFile[] {
  if (version === 'v1') return listV1(info);
  const files = listTree(info).map(({ path, length }) => ({ path, length }));
  if (version === 'hybrid' && !isSame(listV1(info), files)) {
    throw new PublicError('metainfo', 'its version 1 and version 2 describe different files');
  }
  return files;
}

/** Text that old tools wrote in any encoding: its UTF-8 variant when there is one, else with replacement characters. */
export function looseText(dictionary: BencodedDictionary, key: string): string {
  const utf8Key = `${key}.utf-8`;
  return readBytes(dictionary, dictionary[utf8Key] === undefined ? key : utf8Key).toString();
}

/** A file of version 2. */
export interface TreeFile extends TorrentFile {
  /** Root of the hash tree of all its blocks; files of no bytes have none. */
  readonly root?: Buffer;
}

/** A file as the pieces hold it: `path` begins with the torrent's own name. */
export interface StoredFile extends TorrentFile {
  /** Bytes from the start of the first file. */
  readonly offset: number;
  /** Zeros that nobody keeps (BEP 47). */
  readonly isPadding: boolean;
}

/** All files with their padding, for those who store pieces; throws PublicError as `listFiles` does. */
export function layOutFiles(info: BencodedDictionary): StoredFile[] {
  const name = safeName(looseText(info, 'name'));
  let offset = 0;
  return entriesV1(info).map(({ entry, length }) => {
    const start = offset;
    offset += length;
    const isPadding = isPaddingFile(entry);
    const path = entry === info ? [name] : [name, ...(isPadding ? ['.pad'] : readPath(entry))];
    return { path, length, offset: start, isPadding };
  });
}

function listV1(info: BencodedDictionary): TorrentFile[] {
  const files: TorrentFile[] = [];
  for (const { entry, length } of entriesV1(info)) {
    if (isPaddingFile(entry)) continue;
    const path = entry === info ? [safeName(looseText(info, 'name'))] : readPath(entry);
    files.push({ path, length });
  }
  return files;
}

function entriesV1(info: BencodedDictionary): { readonly entry: BencodedDictionary; readonly length: number }[] {
  const entries =
    info.files === undefined
      ? [info]
      : readList(info, 'files', MAX_FILES).map((entry) => readDictionary(entry, 'a file'));
  const lengths = entries.map((entry) => readInteger(entry, 'length', 0, MAX_LENGTH));
  checkPieces(info, sumOf(lengths));
  return entries.map((entry, index) => ({ entry, length: lengths[index]! }));
}

function checkPieces(info: BencodedDictionary, length: number): void {
  const pieceLength = readInteger(info, 'piece length', 1, MAX_LENGTH);
  const pieces = readBytes(info, 'pieces').length;
  if (pieces !== Math.ceil(length / pieceLength) * PIECE_HASH_BYTES) {
    throw new PublicError('metainfo', 'its "pieces" do not fit its length');
  }
}

function sumOf(lengths: readonly number[]): number {
  const sum = lengths.reduce((total, length) => total + length, 0);
  if (!Number.isSafeInteger(sum)) throw new PublicError('metainfo', 'it is longer than any torrent can be');
  return sum;
}

function isPaddingFile(file: BencodedDictionary): boolean {
  return file.attr instanceof Uint8Array && file.attr.includes(PADDING);
}

function readPath(entry: BencodedDictionary): string[] {
  const key = entry['path.utf-8'] === undefined ? 'path' : 'path.utf-8';
  const names = readList(entry, key, MAX_PATH_NAMES).map((name) => readBytes({ name }, 'name').toString());
  const path = names.filter((name) => name !== '').map(safeName);
  if (path.length === 0) throw new PublicError('metainfo', 'a file in it has no name');
  return path;
}

/** The files of version 2 in the order of their pieces; throws PublicError 'metainfo'. */
export function listTree(info: BencodedDictionary): TreeFile[] {
  const pieceLength = readInteger(info, 'piece length', MIN_PIECE_LENGTH_V2, 2 ** 30);
  if (!Number.isInteger(Math.log2(pieceLength))) throw new PublicError('metainfo', '"piece length" is no power of two');
  const files: TreeFile[] = [];
  walkTree(info['file tree'], [], files);
  if (files.length === 0) throw new PublicError('metainfo', 'it has no files');
  sumOf(files.map((file) => file.length));
  const pieces = files.reduce((sum, file) => sum + Math.ceil(file.length / pieceLength), 0);
  if (pieces > MAX_PIECES_V2) throw new PublicError('metainfo', `it has more than ${MAX_PIECES_V2} pieces`);
  return files;
}

/** A file is a directory whose only member has the empty name. Depth is bounded by what the scanner lets through. */
function walkTree(value: Bencoded | undefined, path: readonly string[], files: TreeFile[]): void {
  const directory = readDictionary(value, '"file tree"');
  // As they are encoded: an object has names that are numbers first.
  const entries = Object.entries(directory).sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  for (const [name, member] of entries) {
    if (name !== '') walkTree(member, [...path, safeName(name)], files);
    else if (path.length === 0 || Object.keys(directory).length > 1) {
      throw new PublicError('metainfo', '"file tree" has a file without name');
    } else files.push(readTreeFile(readDictionary(member, 'a file'), path));
  }
}

function readTreeFile(file: BencodedDictionary, path: readonly string[]): TreeFile {
  const length = readInteger(file, 'length', 0, MAX_LENGTH);
  return length === 0 ? { path, length } : { path, length, root: readBytes(file, 'pieces root', ROOT_BYTES) };
}

function isSame(files: readonly TorrentFile[], others: readonly TorrentFile[]): boolean {
  const key = (file: TorrentFile) => `${file.path.join('/')}\0${file.length}`;
  const expected = files.map(key).sort();
  return (
    files.length === others.length &&
    others
      .map(key)
      .sort()
      .every((text, index) => text === expected[index])
  );
}

/** Throws for a name that would leave its folder. */
export function safeName(name: string): string {
  if (name === '' || UNSAFE_NAME.test(name)) throw new PublicError('metainfo', 'a file in it has an unsafe name');
  return name;
}
