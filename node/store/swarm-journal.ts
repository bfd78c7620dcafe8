// Changes of swarms on disk, between one snapshot and the next: appended every moment, so that a node that was killed knows who
// came and who went since. A file that is damaged gives what comes before the damage.

import { constants } from 'node:fs';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { MAX_JOURNAL_FRAME_BYTES, type SwarmJournal } from '../tracker/swarm-journal.ts';
import { framed, openExisting, readExactly, readFrames } from './frame-file.ts';

// The file: magic, then frames, each of which begins with the time of writing as unix ms in 8 bytes. Big endian.
const MAGIC = Buffer.from('anatomic changes 1\n');
const TIME_BYTES = 8;
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
      await handle.write(MAGIC);
      await rename(aside, file);
      return new JournalFile(handle);
    } catch (error) {
      await handle.close();
      await rm(aside, { force: true });
      throw error;
    }
  }

  async append(changes: Buffer, now: number): Promise<void> {
    const time = Buffer.alloc(TIME_BYTES);
    time.writeBigUInt64BE(BigInt(now));
    const bytes = framed(Buffer.concat([time, changes]));
    this.bytes += bytes.length;
    await this.#handle.write(bytes);
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

/** Takes over what a journal says; undefined when there is none, or one of another form. */
export async function readJournal(file: string, journal: SwarmJournal, now: number): Promise<ReadJournal | undefined> {
  const handle = await openExisting(file);
  if (handle === undefined) return undefined;
  try {
    if ((await readExactly(handle, MAGIC.length))?.equals(MAGIC) !== true) return undefined;
    let changes = 0;
    const damage = await readFrames(handle, TIME_BYTES + MAX_JOURNAL_FRAME_BYTES, (bytes) => {
      const ageMs = Math.max(0, now - Number(bytes.readBigUInt64BE(0)));
      changes += journal.read(bytes.subarray(TIME_BYTES), Math.ceil(ageMs / MINUTE_MS), Math.floor(now / 1000));
    });
    return { changes, ...(damage === undefined ? {} : { damage }) };
  } finally {
    await handle.close();
  }
}
