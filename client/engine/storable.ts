// Whether a torrent can be kept: what a stranger wrote into it is looked at before any of it is on the disk or in memory.

import { sep } from 'node:path';
import { PublicError } from '../../shared/errors.ts';
import { formatSize } from '../../shared/platform/amounts.ts';
import type { StoredFile } from '../../shared/protocol/torrent/metainfo-files.ts';

/** Of the file systems in use. */
const MAX_NAME_BYTES = 255;
/** A piece is gathered in memory; the largest that clients make have half of this. */
export const MAX_PIECE_BYTES = 256 * 1024 * 1024;

/** Throws PublicError 'metainfo' that says why not. */
export function checkStorable(files: readonly StoredFile[], pieceLength: number): void {
  const length = files.reduce((sum, file) => sum + file.length, 0);
  if (Math.min(pieceLength, length) > MAX_PIECE_BYTES) {
    throw new PublicError('metainfo', `its pieces are larger than ${formatSize(MAX_PIECE_BYTES)}`);
  }
  const places = new Set<string>();
  const folders = new Set<string>();
  for (const { path, isPadding } of files) {
    if (isPadding) continue;
    for (const name of path) checkName(name);
    const place = path.join('/');
    if (places.has(place)) throw new PublicError('metainfo', 'two files in it have the same path');
    places.add(place);
    for (let end = path.length - 1; end > 0; end--) folders.add(path.slice(0, end).join('/'));
  }
  for (const folder of folders) {
    if (places.has(folder)) throw new PublicError('metainfo', 'a file in it has the path of a folder');
  }
}

/** What leads out of a folder everywhere was refused by whoever read it; some systems have another separator. */
function checkName(name: string): void {
  if (name.includes(sep)) throw new PublicError('metainfo', 'a file in it has an unsafe name');
  if (Buffer.byteLength(name) > MAX_NAME_BYTES) {
    throw new PublicError('metainfo', `a name in it has more than ${MAX_NAME_BYTES} bytes`);
  }
}
