// Files of frames: what comes before a damage can be read. A frame is its length in 4 bytes, its CRC-32 in 4, then the bytes
// (big endian).

import { type FileHandle, open } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { hasCode } from '../../shared/platform/files.ts';

const FRAME_HEAD_BYTES = 8;
const TIME_BYTES = 8;
/** The clock may have been set back by as much since something was written. */
const MAX_BACKWARD_MS = 300_000;

export function framed(bytes: Buffer): Buffer {
  const head = Buffer.alloc(FRAME_HEAD_BYTES);
  head.writeUInt32BE(bytes.length, 0);
  head.writeUInt32BE(crc32(bytes), 4);
  return Buffer.concat([head, bytes]);
}

/** A time of writing as it stands in a file: unix ms in 8 bytes. */
export function timeBytes(now: number): Buffer {
  const bytes = Buffer.alloc(TIME_BYTES);
  bytes.writeBigUInt64BE(BigInt(now));
  return bytes;
}

/** How long ago, in ms, what has its time of writing at `at` was written; undefined when the clock is too far behind that to say. */
export function ageOf(bytes: Buffer, at: number, now: number): number | undefined {
  const ageMs = now - Number(bytes.readBigUInt64BE(at));
  return ageMs < -MAX_BACKWARD_MS ? undefined : Math.max(0, ageMs);
}

/** Shows `take` one frame after the other, from where the handle stands; returns what is wrong with the next one, if anything. */
export async function readFrames(
  handle: FileHandle,
  maxFrameBytes: number,
  take: (bytes: Buffer) => void,
): Promise<string | undefined> {
  for (;;) {
    const head = await readExactly(handle, FRAME_HEAD_BYTES);
    if (head === undefined) return undefined;
    const length = head.readUInt32BE(0);
    if (length > maxFrameBytes) return 'a frame is too long';
    const bytes = await readExactly(handle, length);
    if (bytes === undefined) return 'the last frame is cut off';
    if (crc32(bytes) !== head.readUInt32BE(4)) return 'a checksum is wrong';
    take(bytes);
  }
}

/** To be read from the start; undefined when there is no such file. */
export async function openExisting(file: string): Promise<FileHandle | undefined> {
  try {
    return await open(file, 'r');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

/** undefined when the file ends before. */
export async function readExactly(handle: FileHandle, length: number): Promise<Buffer | undefined> {
  const bytes = Buffer.alloc(length);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await handle.read(bytes, filled, length - filled);
    if (bytesRead === 0) return undefined;
    filled += bytesRead;
  }
  return bytes;
}
