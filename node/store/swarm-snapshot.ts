// Swarms on disk, so that a node that was restarted answers with peers at once. Written aside and renamed, read frame by
// frame: a file that is damaged gives what comes before the damage.

import { constants } from 'node:fs';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { MAX_IMAGE_FRAME_BYTES, type SwarmImage } from '../tracker/swarm-image.ts';
import { ageOf, framed, openExisting, readExactly, readFrames, timeBytes } from './frame-file.ts';

// The file: magic, time of writing as unix ms in 8 bytes, then frames. Big endian.
const MAGIC = Buffer.from('anatomic swarms 1\n');
const HEAD_BYTES: number = MAGIC.length + timeBytes(0).length;
/** About a millisecond of work each. */
const FRAME_BYTES = 256 * 1024;
/** Peers' addresses are nobody else's business. */
const OWNER_ONLY = 0o600;

export interface Restored {
  readonly peers: number;
  /** How old the snapshot was; left out when that cannot be told. */
  readonly ageMs?: number;
  /** Why not all of it was read. */
  readonly damage?: string;
}

/** Writes all own peers to `file`; other work has its turn in between. `now` is unix ms. */
export async function writeSnapshot(file: string, image: SwarmImage, now: number): Promise<void> {
  const aside = `${file}.new`;
  const handle = await open(aside, constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC, OWNER_ONLY);
  try {
    await handle.writeFile(Buffer.concat([MAGIC, timeBytes(now)]));
    let torrent = 0;
    do {
      const { bytes, next } = image.write(torrent, Math.floor(now / 1000), FRAME_BYTES);
      if (bytes.length > 0) await handle.writeFile(framed(bytes));
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

/** Puts back what a snapshot holds; undefined when there is none. */
export async function readSnapshot(file: string, image: SwarmImage, now: number): Promise<Restored | undefined> {
  const handle = await openExisting(file);
  if (handle === undefined) return undefined;
  try {
    const head = await readExactly(handle, HEAD_BYTES);
    if (head?.subarray(0, MAGIC.length).equals(MAGIC) !== true) return { peers: 0, damage: 'it is of another form' };
    const ageMs = ageOf(head, MAGIC.length, now);
    if (ageMs === undefined) return { peers: 0, damage: 'the clock is behind the time when it was written' };
    return { ageMs, ...(await readTorrents(handle, image, ageMs, now)) };
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
