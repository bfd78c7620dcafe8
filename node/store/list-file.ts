// Files with one entry a line, of any length: read in pieces, so that announces have their turn in between.

import { createReadStream } from 'node:fs';

/** A list under construction. */
export interface LineList {
  /** Takes `bytes[start..end)`, a line without comment and blanks; false when it is none of the list's entries. */
  addLine(bytes: Uint8Array, start: number, end: number): boolean;
}

/** A thousand lines or two, a millisecond of work. */
const PIECE_BYTES = 32 * 1024;
/** With its comment. */
const MAX_LINE_BYTES = 4096;
const LF = 0x0a;
const SPACE = 0x20;
const HASH_SIGN = 0x23;

type TakeLine = (bytes: Uint8Array, start: number, end: number, number: number) => void;

/**
 * Reads a list: one entry a line, blanks around it and what follows a # left out. `create` is told how many entries there
 * are. Throws Error saying what is wrong in which line, or why the file cannot be read.
 */
export async function readList<List extends LineList>(
  file: string,
  create: (capacity: number) => List,
  entry: string,
): Promise<List> {
  let count = 0;
  await readLines(file, () => {
    count++;
  });
  const list = create(count);
  await readLines(file, (bytes, start, end, number) => {
    if (!list.addLine(bytes, start, end)) throw new Error(`line ${number} is not ${entry}`);
  });
  return list;
}

/** Calls `take` with each line that is not empty; lines are numbered from 1. */
async function readLines(file: string, take: TakeLine): Promise<void> {
  let rest: Buffer = Buffer.alloc(0);
  let number = 0;
  for await (const piece of createReadStream(file, { highWaterMark: PIECE_BYTES })) {
    const bytes: Buffer = rest.length === 0 ? piece : Buffer.concat([rest, piece]);
    let start = 0;
    for (let end = bytes.indexOf(LF); end !== -1; end = bytes.indexOf(LF, start)) {
      takeTrimmed(bytes, start, end, ++number, take);
      start = end + 1;
    }
    rest = bytes.subarray(start);
    if (rest.length > MAX_LINE_BYTES) throw new Error(`line ${number + 1} is longer than ${MAX_LINE_BYTES} bytes`);
  }
  takeTrimmed(rest, 0, rest.length, number + 1, take);
}

function takeTrimmed(bytes: Uint8Array, lineStart: number, lineEnd: number, number: number, take: TakeLine): void {
  let start = lineStart;
  while (start < lineEnd && bytes[start]! <= SPACE) start++;
  let end = start;
  while (end < lineEnd && bytes[end] !== HASH_SIGN) end++;
  while (end > start && bytes[end - 1]! <= SPACE) end--;
  if (end > start) take(bytes, start, end, number);
}
