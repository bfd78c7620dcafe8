// Which parts of which files a stretch of a torrent's bytes is made of.

import { fileAt } from '../../shared/protocol/torrent/extents.ts';
import type { StoredFile } from '../../shared/protocol/torrent/metainfo-files.ts';

/** A part of a file, in bytes. */
export interface Stretch {
  readonly file: StoredFile;
  /** Where it begins in the file and within the bytes asked for. */
  readonly position: number;
  readonly at: number;
  readonly length: number;
}

/** In order; `start` counts from the first byte of the first file. */
export function stretchesOf(files: readonly StoredFile[], start: number, length: number): Stretch[] {
  const end = start + length;
  const stretches: Stretch[] = [];
  for (let index = fileAt(files, start); index < files.length; index++) {
    const file = files[index]!;
    if (file.offset >= end) break;
    const from = Math.max(start, file.offset);
    const to = Math.min(end, file.offset + file.length);
    if (to > from) stretches.push({ file, position: from - file.offset, at: from - start, length: to - from });
  }
  return stretches;
}
