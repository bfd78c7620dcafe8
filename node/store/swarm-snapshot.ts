// Swarms on disk, so that a node that was restarted answers with peers at once. Written aside and renamed, read frame by
// frame: a file that is damaged gives what comes before the damage.

import { constants } from 'node:fs';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { MAX_IMAGE_FRAME_BYTES, type SwarmImage } from '../tracker/swarm-image.ts';
import { framed, openExisting, readExactly, readFrames } from './frame-file.ts';

// The file: magic, time of writing as unix ms in 8 bytes, then frames. Big endian.
const MAGIC = Buffer.from('anatomic swarms 1\n');
const TIME_BYTES = 8;
/** About a millisecond of work each. */
const FRAME_BYTES = 256 * 1024;
/** Peers' addresses are nobody else's business. */
const OWNER_ONLY = 0o600;
/** A clock may have been set back by as much. */
const MAX_BACKWARD_MS = 300_000;

export interface Restored {
  readonly peers: number;
  /** How old the snapshot was. */
  readonly ageMs: number;
  /** Why not all of it was read. */
  readonly damage?: string;
}

/** Writes all own peers to `file`; other work has its turn in between. `now` is unix ms. */
export async function writeSnapshot(file: string, image: SwarmImage, now: number): Promise<void> {
  const aside = `${file}.new`;
  const handle = await open(aside, constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC, OWNER_ONLY);
  try {
    await handle.write(Buffer.concat([MAGIC, timeOf(now)]));
    let torrent = 0;
    do {
      const { bytes, next } = image.write(torrent, Math.floor(now / 1000), FRAME_BYTES);
      if (bytes.length > 0) await handle.write(framed(bytes));
      else await nextTurn();
      torrent = next;
    } while (torrent !== 0);
    await handle.sync();
  } catch (error) {
    await handle.close();
    await rm(aside, { force: true });
    throw error;
  }
  await handle.close();
  await rename(aside, file);
}

/** Puts back what a snapshot holds; undefined when there is none, or one from the future or of another form. */
export async function readSnapshot(file: string, image: SwarmImage, now: number): Promise<Restored | undefined> {
  const handle = await openExisting(file);
  if (handle === undefined) return undefined;
  try {
    const head = await readExactly(handle, MAGIC.length + TIME_BYTES);
    if (head === undefined || !head.subarray(0, MAGIC.length).equals(MAGIC)) return undefined;
    const ageMs = now - Number(head.readBigUInt64BE(MAGIC.length));
    if (ageMs < -MAX_BACKWARD_MS) return undefined;
    return { ageMs, ...(await readTorrents(handle, image, Math.max(0, ageMs), now)) };
  } finally {
    await handle.close();
  }
}

async function readTorrents(
  handle: FileHandle,
  image: SwarmImage,
  ageMs: number,
  now: number,
): Promise<{ peers: number; damage?: string }> {
  let peers = 0;
  const damage = await readFrames(handle, MAX_IMAGE_FRAME_BYTES, (bytes) => {
    peers += image.read(bytes, Math.ceil(ageMs / 60_000), Math.floor(now / 1000));
  });
  return { peers, ...(damage === undefined ? {} : { damage }) };
}

function timeOf(now: number): Buffer {
  const bytes = Buffer.alloc(TIME_BYTES);
  bytes.writeBigUInt64BE(BigInt(now));
  return bytes;
}
