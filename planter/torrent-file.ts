// The .torrent file of a path: read or made, and written back in one step with nothing changed but what was asked.

import { constants } from 'node:fs';
import { access, realpath, stat } from 'node:fs/promises';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { PublicError } from '../shared/errors.ts';
import { hintsOf, readTorrentFile } from '../shared/network/torrent-argument.ts';
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
  /** Absolute path of what it was made of; of a .torrent that was there it is not known. */
  readonly content?: string;
}

export interface OpenOptions {
  /** Instead of the usual place. */
  readonly output?: string | undefined;
  /** For a torrent that is made. */
  readonly create: CreateWish;
  /** Unix ms, for the same. */
  readonly now: number;
  /** Told before files are hashed, which may take long; `hints` may lead to supernodes. It may throw. */
  readonly hashing: (content: Content, hints: readonly string[]) => Promise<void>;
  /** Told meanwhile how many bytes of them were. */
  readonly hashed: (bytes: number) => void;
}

/** A .torrent is read; any other file or folder becomes one. Throws PublicError with words for the user. */
export async function openTorrent(path: string, options: OpenOptions): Promise<TorrentFile> {
  try {
    const isTorrent = extname(path).toLowerCase() === '.torrent' && !(await stat(path)).isDirectory();
    return isTorrent ? await openTorrentFile(path, options.output) : await createFor(path, options);
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

/** A .torrent whatever its name, to be written back in place, or to `output` unless something else is there. */
export async function openTorrentFile(path: string, output: string | undefined): Promise<TorrentFile> {
  const torrent = await readTorrentFile(path);
  const place = output === undefined ? await realpath(path) : resolve(output);
  if (output === undefined) await checkWritable(place);
  else checkSame(await takePlace(place), torrent.metainfo, place);
  return { ...torrent, output: place };
}

/** What shows beforehand that it is in vain is found before files are hashed. */
async function createFor(path: string, { output, create, now, hashing, hashed }: OpenOptions): Promise<TorrentFile> {
  const content = await listContent(path);
  const source = resolve(path);
  const place = resolve(output ?? join(dirname(source), `${basename(source)}.torrent`));
  const existing = await takePlace(place);
  if (existing !== undefined && !isAlike(existing.metainfo, content, create)) throw anotherTorrent(place);
  await hashing(content, existing === undefined ? [] : hintsOf(existing.metainfo));
  const bytes = await makeTorrent(content, create, { now, hashed });
  const metainfo = readMetainfo(bytes);
  checkSame(existing, metainfo, place);
  // A second planting goes on with the file of the first, whatever else was written into it.
  return { ...(existing ?? { bytes, metainfo }), output: place, content: source };
}

/** Whether it may turn out to be the same torrent. */
function isAlike({ version, length }: Metainfo, content: Content, create: CreateWish): boolean {
  return version === create.version && length === content.length;
}

/** The torrent that is there already. Throws PublicError for what cannot be written, or must not be written over. */
async function takePlace(file: string): Promise<Pick<TorrentFile, 'bytes' | 'metainfo'> | undefined> {
  await checkWritable(file);
  return (await isThere(file)) ? readTorrentFile(file) : undefined;
}

function checkSame(existing: Pick<TorrentFile, 'metainfo'> | undefined, metainfo: Metainfo, place: string): void {
  if (existing !== undefined && existing.metainfo.hashes[0] !== metainfo.hashes[0]) throw anotherTorrent(place);
}

function anotherTorrent(place: string): PublicError {
  return new PublicError(
    'file',
    `${place} exists and is another torrent: plant that file itself, or name an --output that is not there`,
  );
}

/** Throws PublicError when a file cannot be put in its place. */
export async function checkWritable(file: string): Promise<void> {
  const status = await stat(file).catch(() => undefined);
  if (status?.isDirectory() === true) throw new PublicError('file', `${file}: it is a folder: name a file within it`);
  if (status?.isFile() === false) throw new PublicError('file', `${file}: it is no file that can be replaced`);
  try {
    await access(dirname(file), constants.W_OK);
  } catch (error) {
    const { message } = fileError(dirname(file), error) as Error;
    throw new PublicError('file', `${file} cannot be written, name another place with --output: ${message}`);
  }
}

async function modeOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).mode & 0o777;
  } catch {
    return undefined;
  }
}
