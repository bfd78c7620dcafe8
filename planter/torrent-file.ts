// The .torrent file of a path: read or made, and written back in one step with nothing changed but what was asked.

import { constants } from 'node:fs';
import { access, realpath, stat } from 'node:fs/promises';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { PublicError } from '../shared/errors.ts';
import { readTorrentFile } from '../shared/network/torrent-argument.ts';
import { fileError, isThere, writeAtomically } from '../shared/platform/files.ts';
import { type Bencodable, METAINFO_LIMITS, rewriteDictionary } from '../shared/protocol/encoding/bencoding.ts';
import { type Metainfo, readMetainfo } from '../shared/protocol/torrent/metainfo.ts';
import { type Content, listContent } from './content.ts';
import { type CreateWish, makeTorrent } from './create/create.ts';

/** A torrent in memory, and where it shall be written. Nothing is written before `writeTorrent`. */
export interface TorrentFile {
  readonly bytes: Buffer;
  readonly metainfo: Metainfo;
  /** Absolute path. */
  readonly output: string;
}

export interface OpenOptions {
  /** Instead of the usual place. */
  readonly output?: string | undefined;
  /** For a torrent that is made. */
  readonly create: CreateWish;
  /** Unix ms, for the same. */
  readonly now: number;
  /** Told before files are hashed, which may take long. */
  readonly hashing: (content: Content) => void;
  /** Told meanwhile how many bytes of them were. */
  readonly hashed: (bytes: number) => void;
}

/** A .torrent is read; any other file or folder becomes one. Throws PublicError with words for the user. */
export async function openTorrent(path: string, options: OpenOptions): Promise<TorrentFile> {
  try {
    const isTorrent = extname(path).toLowerCase() === '.torrent' && !(await stat(path)).isDirectory();
    return isTorrent ? await readTorrent(path, options) : await createFor(path, options);
  } catch (error) {
    throw fileError(path, error);
  }
}

/** Sets members beside `info`; all others, `info` first of all, stay byte for byte. */
export async function writeTorrent(
  torrent: TorrentFile,
  changes: { readonly [key: string]: Bencodable | undefined },
): Promise<void> {
  const bytes = rewriteDictionary(torrent.bytes, changes, METAINFO_LIMITS);
  const written = readMetainfo(bytes).hashes;
  if (written.join() !== torrent.metainfo.hashes.join()) throw new Error('rewriting changed the info hash');
  try {
    await writeAtomically(torrent.output, bytes, await modeOf(torrent.output));
  } catch (error) {
    throw fileError(torrent.output, error);
  }
}

async function readTorrent(path: string, { output }: OpenOptions): Promise<TorrentFile> {
  const place = output === undefined ? await realpath(path) : resolve(output);
  await checkWritable(place);
  return { ...(await readTorrentFile(path)), output: place };
}

async function createFor(path: string, { output, create, now, hashing, hashed }: OpenOptions): Promise<TorrentFile> {
  const content = await listContent(path);
  const source = resolve(path);
  const beside = join(dirname(source), `${basename(source)}.torrent`);
  // Hashing may take an hour, and in vain.
  await checkWritable(resolve(output ?? beside));
  hashing(content);
  const bytes = await makeTorrent(content, create, { now, hashed });
  const metainfo = readMetainfo(bytes);
  if (output !== undefined) return { bytes, metainfo, output: resolve(output) };
  const existing = await readIfPresent(beside);
  if (existing === undefined) return { bytes, metainfo, output: beside };
  if (existing.metainfo.hashes[0] === metainfo.hashes[0]) return { ...existing, output: beside };
  throw new PublicError('file', `${beside} exists and is another torrent: plant that file itself, or name an --output`);
}

async function checkWritable(file: string): Promise<void> {
  try {
    await access(dirname(file), constants.W_OK);
  } catch (error) {
    throw fileError(dirname(file), error);
  }
}

/** A second planting goes on with the file of the first, whatever else was written into it. */
async function readIfPresent(path: string): Promise<Pick<TorrentFile, 'bytes' | 'metainfo'> | undefined> {
  return (await isThere(path)) ? readTorrentFile(path) : undefined;
}

async function modeOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).mode & 0o777;
  } catch {
    return undefined;
  }
}
