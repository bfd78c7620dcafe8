// Where each file lies in the stream of bytes that pieces are cut from: one behind the other, in torrents of version 2 and
// hybrid ones each at the start of a piece.

import type { ContentFile } from '../content.ts';

export type TorrentVersion = 'v1' | 'v2' | 'hybrid';

/** A file and its place. */
export interface LaidFile extends ContentFile {
  /** Bytes. */
  readonly offset: number;
}

export interface Layout {
  readonly version: TorrentVersion;
  readonly pieceLength: number;
  readonly files: readonly LaidFile[];
  /** Bytes of all files and the padding between them. */
  readonly length: number;
  readonly pieces: number;
}

/** `files` folder by folder, names in byte order. Of several files of a hybrid the last is padded as well, as libtorrent does: so the same files give the same info hash. */
export function layOut(files: readonly ContentFile[], pieceLength: number, version: TorrentVersion): Layout {
  const nextPiece = (at: number): number => Math.ceil(at / pieceLength) * pieceLength;
  let end = 0;
  const ordered = version === 'v1' ? byWholePath(files) : files;
  const laid = ordered.map((file): LaidFile => {
    const offset = version === 'v1' ? end : nextPiece(end);
    end = offset + file.length;
    return { ...file, offset };
  });
  const length = version === 'hybrid' && files.length > 1 ? nextPiece(end) : end;
  return { version, pieceLength, files: laid, length, pieces: Math.ceil(length / pieceLength) };
}

/** The order of mktorrent, so that the same files give the same info hash: 'a-b' and 'a.c' before 'a/b'. A tree has none but its own. */
function byWholePath(files: readonly ContentFile[]): ContentFile[] {
  const keyed = files.map((file) => ({ file, key: Buffer.from(file.path.join('/')) }));
  return keyed.sort((a, b) => Buffer.compare(a.key, b.key)).map(({ file }) => file);
}
