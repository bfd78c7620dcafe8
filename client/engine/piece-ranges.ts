// Which pieces files lie in.

import type { Extent } from '../../shared/protocol/torrent/extents.ts';

/** The first and the last of neighbouring pieces. */
export interface PieceRange {
  readonly from: number;
  to: number;
}

/** `files` in order. In as few ranges as can be: to take in thousands of them costs the engine minutes. */
export function pieceRanges(files: readonly Extent[], pieceLength: number): PieceRange[] {
  const ranges: PieceRange[] = [];
  for (const { offset, length } of files) {
    if (length === 0) continue;
    const from = Math.floor(offset / pieceLength);
    const to = Math.floor((offset + length - 1) / pieceLength);
    const last = ranges.at(-1);
    if (last === undefined || from > last.to + 1) ranges.push({ from, to });
    else last.to = to;
  }
  return ranges;
}
