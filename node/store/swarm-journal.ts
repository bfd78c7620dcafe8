// Changes of swarms on disk, between one snapshot and the next: appended every moment, so that a node that was killed knows who
// came and who went since. A file that is damaged gives what comes before the damage.

import { constants } from 'node:fs';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { MAX_JOURNAL_FRAME_BYTES, type SwarmJournal } from '../tracker/swarm-journal.ts';
import { ageOf, framed, openExisting, readExactly, readFrames, timeBytes } from './frame-file.ts';

// The file: magic, then frames, each of which begins with the time of writing as unix ms in 8 bytes. Big endian.
const MAGIC = Buffer.from('anatomic changes 1\n');
const TIME_BYTES: number = timeBytes(0).length;
/** Peers' addresses are nobody else's business. */
const OWNER_ONLY = 0o600;
const MINUTE_MS = 60_000;

/** A journal that is being written. */
export class JournalFile {
  readonly #handle: FileHandle;
  /** Written so far. */
  bytes = 0;

  private constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  /** Begins an empty one in the place of that of `file`. */
  static async begin(file: string): Promise<JournalFile> {
    const aside = `${file}.new`;
    const handle = await open(aside, constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC, OWNER_ONLY);
    try {
      await handle.writeFile(MAGIC);
      await rename(aside, file);
      return new JournalFile(handle);
    } catch (error) {
      await handle.close();
      await rm(aside, { force: true });
      throw error;
    }
  }

  async append(changes: Buffer, now: number): Promise<void> {
    const bytes = framed(Buffer.concat([timeBytes(now), changes]));
    this.bytes += bytes.length;
    await this.#handle.writeFile(bytes);
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }
}

export interface ReadJournal {
  readonly changes: number;
  /** Why not all of it was read. */
  readonly damage?: string;
}

/** Takes over what a journal says; undefined when there is none. */
export async function readJournal(file: string, journal: SwarmJournal, now: number): Promise<ReadJournal | undefined> {
  const handle = await openExisting(file);
  if (handle === undefined) return undefined;
  try {
    const magic = await readExactly(handle, MAGIC.length);
    if (magic?.equals(MAGIC) !== true) return { changes: 0, damage: 'it is of another form' };
    let changes = 0;
    let isAhead = false;
    const broken = await readFrames(handle, TIME_BYTES + MAX_JOURNAL_FRAME_BYTES, (bytes) => {
      const ageMs = ageOf(bytes, 0, now);
      if (ageMs === undefined) isAhead = true;
      else changes += journal.read(bytes.subarray(TIME_BYTES), Math.ceil(ageMs / MINUTE_MS), Math.floor(now / 1000));
    });
    const damage = broken ?? (isAhead ? 'the clock is behind the time when it was written' : undefined);
    return { changes, ...(damage === undefined ? {} : { damage }) };
  } finally {
    await handle.close();
  }
}
