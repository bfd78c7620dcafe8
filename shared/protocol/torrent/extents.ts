// Where files lie in the stream of bytes that pieces are cut from.

/** Both in bytes. */
export interface Extent {
  readonly offset: number;
  readonly length: number;
}

/** The index of the file that holds the byte at `offset`, or of the next one behind a gap; `files` in order, without overlap. */
export function fileAt(files: readonly Extent[], offset: number): number {
  let low = 0;
  let high = files.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const { offset: start, length } = files[middle]!;
    if (start + length <= offset) low = middle + 1;
    else high = middle;
  }
  return low;
}
