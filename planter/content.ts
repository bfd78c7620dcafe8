// What stands under a path that shall become a torrent: the same files in the same order on every machine.

import type { Stats } from 'node:fs';
import { access, constants, readdir, realpath, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { PublicError } from '../shared/errors.ts';
import { fileError, hasCode } from '../shared/platform/files.ts';

/** One file to hash. */
export interface ContentFile {
  /** Where it is. */
  readonly file: string;
  /** Its names within the torrent, below the torrent's own; of a single file that name itself. */
  readonly path: readonly string[];
  /** Bytes. */
  readonly length: number;
  /** When it was written to last: unix ms with fractions. A file with another time has changed meanwhile. */
  readonly modifiedMs: number;
}

export interface Content {
  /** Of the file or folder, and so of the torrent. */
  readonly name: string;
  readonly isFolder: boolean;
  readonly files: readonly ContentFile[];
  /** Bytes of all files together. */
  readonly length: number;
}

const MAX_FILES = 200_000;
const MAX_FOLDERS = 50_000;
/** Written by file managers, of no use to anybody else. Hidden files (.DS_Store among them) are left out as well. */
const JUNK = new Set(['thumbs.db', 'desktop.ini']);

/** What Node.js puts in the place of bytes that are no text. */
const NOT_UTF8 = '\u{fffd}';

/** Lists a file, or a folder with all that is in it; links are followed. Throws PublicError 'content' when that is no torrent. */
export async function listContent(path: string): Promise<Content> {
  const root = resolve(path);
  const name = basename(root);
  if (name === '') throw new PublicError('content', `${path}: a torrent needs a name, and this folder has none`);
  const status = await statusOf(root);
  if (!status.isDirectory() && !status.isFile()) {
    throw new PublicError('content', `${path}: neither a file nor a folder`);
  }
  const found: Found = { files: [], folders: 0 };
  const { files } = found;
  if (status.isFile()) files.push(contentFile(root, [name], status));
  else await walk(root, [], new Set(), found);
  const length = files.reduce((sum, file) => sum + file.length, 0);
  if (length === 0) throw new PublicError('content', `${path}: there is nothing in it`);
  return { name, isFolder: status.isDirectory(), files, length };
}

interface Found {
  readonly files: ContentFile[];
  folders: number;
}

/** Adds the files of a folder, names in byte order, whatever order the file system has: that of the tree of version 2. */
async function walk(
  folder: string,
  path: readonly string[],
  ancestors: ReadonlySet<string>,
  found: Found,
): Promise<void> {
  // Links to links can lead to many times more folders than there are.
  if (++found.folders > MAX_FOLDERS) throw new PublicError('content', `${folder}: more than ${MAX_FOLDERS} folders`);
  const { files } = found;
  const place = await realpath(folder);
  if (ancestors.has(place)) throw new PublicError('content', `${folder}: its links lead in a circle`);
  const entries = await readdir(folder).catch((error: unknown) => {
    throw fileError(folder, error);
  });
  const names = entries.filter((name) => !name.startsWith('.') && !JUNK.has(name.toLowerCase()));
  for (const name of names.sort(byBytes)) {
    const file = join(folder, name);
    const status = await statusOf(file);
    if (status.isDirectory()) await walk(file, [...path, name], new Set([...ancestors, place]), found);
    else if (status.isFile()) files.push(contentFile(file, [...path, name], status));
    if (files.length > MAX_FILES) throw new PublicError('content', `${folder}: more than ${MAX_FILES} files`);
  }
}

/** Throws PublicError for what is not there or may not be read. */
async function statusOf(file: string): Promise<Stats> {
  try {
    await access(file, constants.R_OK);
    return await stat(file);
  } catch (error) {
    if (hasCode(error, 'ENOENT') && file.includes(NOT_UTF8)) {
      throw new PublicError('content', `${file}: its name is not UTF-8, as names in torrents are: rename it`);
    }
    throw fileError(file, error);
  }
}

function contentFile(file: string, path: readonly string[], { size, mtimeMs }: Stats): ContentFile {
  return { file, path, length: size, modifiedMs: mtimeMs };
}

function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
