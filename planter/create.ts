// Makes a version 1 torrent (BEP 3) of files, the same bytes each time but for the date.

import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import createTorrent from 'create-torrent';
import { PublicError } from '../shared/errors.ts';
import {
  type Bencodable,
  decode,
  METAINFO_LIMITS,
  rawMembers,
  rewriteDictionary,
} from '../shared/protocol/bencoding.ts';
import { readDictionary } from '../shared/protocol/fields.ts';
import { readMetainfo } from '../shared/protocol/metainfo.ts';
import type { Content, ContentFile } from './content.ts';

const MIN_PIECE_LENGTH = 16 * 1024;
const MAX_PIECE_LENGTH = 16 * 1024 * 1024;
/** Enough pieces to share from early on, few enough that the .torrent stays small. */
const WANTED_PIECES = 1500;

/** The .torrent without trackers; `now` is unix ms. Throws PublicError 'content' when the files change meanwhile. */
export async function makeTorrent(content: Content, now: number, hashed?: (bytes: number) => void): Promise<Buffer> {
  const made = await hashFiles(content, now, hashed);
  const bytes = content.isFolder && content.files.length === 1 ? asFolder(made, content.files[0]!) : made;
  if (readMetainfo(bytes).length !== content.length) {
    throw new PublicError('content', `${content.name} changed while it was read`);
  }
  return bytes;
}

/** A power of two, in bytes. */
export function pieceLengthFor(length: number): number {
  const wanted = 2 ** Math.ceil(Math.log2(Math.max(1, length / WANTED_PIECES)));
  return Math.min(MAX_PIECE_LENGTH, Math.max(MIN_PIECE_LENGTH, wanted));
}

function hashFiles(content: Content, now: number, hashed?: (bytes: number) => void): Promise<Buffer> {
  const options = {
    name: content.name,
    createdBy: 'anatomic',
    creationDate: now,
    pieceLength: pieceLengthFor(content.length),
    announceList: [],
    ...(hashed === undefined ? {} : { onProgress: hashed }),
  };
  return new Promise((resolve, reject) => {
    createTorrent(
      content.files.map((file) => streamOf(file, content)),
      options,
      (error, torrent) => {
        if (error === null) resolve(Buffer.from(torrent));
        else reject(error);
      },
    );
  });
}

/** Opens its file when its turn comes, so that a folder of many files does not open them all. */
function streamOf({ file, path }: ContentFile, { name, isFolder }: Content): Readable & { fullPath: string } {
  const stream = Readable.from(readLater(file));
  return Object.assign(stream, { fullPath: (isFolder ? [name, ...path] : path).join('/') });
}

async function* readLater(file: string): AsyncGenerator<Buffer> {
  yield* createReadStream(file);
}

/** A folder of one file stays a folder: the package takes any single stream for a torrent of one file. */
function asFolder(torrent: Buffer, file: ContentFile): Buffer {
  const encoded = rawMembers(torrent, METAINFO_LIMITS).get('info')!;
  const { length: _, ...info } = readDictionary(decode(encoded, METAINFO_LIMITS), '"info"');
  const files = [{ length: file.length, path: file.path }];
  return rewriteDictionary(torrent, { info: { ...(info as Record<string, Bencodable>), files } }, METAINFO_LIMITS);
}
