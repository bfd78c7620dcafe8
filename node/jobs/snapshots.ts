// Swarms to disk again and again, and once more at the end; in between what changes, every moment. And back from there at the
// start.

import { rm } from 'node:fs/promises';
import type { Clock } from '../../shared/platform/clock.ts';
import { every } from '../../shared/platform/every.ts';
import type { Log } from '../../shared/platform/log.ts';
import type { Random } from '../../shared/platform/random.ts';
import { JournalFile, readJournal } from '../store/swarm-journal.ts';
import { readSnapshot, writeSnapshot } from '../store/swarm-snapshot.ts';
import type { LogPosition } from '../tracker/change-log.ts';
import type { SwarmImage } from '../tracker/swarm-image.ts';
import type { SwarmJournal } from '../tracker/swarm-journal.ts';

export interface SnapshotsOptions {
  readonly files: SwarmFiles;
  readonly image: SwarmImage;
  readonly journal: SwarmJournal;
  readonly intervalMs: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

export interface SwarmFiles {
  readonly snapshot: string;
  readonly journal: string;
}

export interface Snapshots {
  /** Writes the last one; never rejects. */
  stop(): Promise<void>;
}

const JOURNAL_INTERVAL_MS = 1000;
/** What comes after waits for the next snapshot. */
const MAX_JOURNAL_BYTES = 256 * 1024 * 1024;

/** The first snapshot comes at once: what was restored is not to depend on a journal that may end in a broken frame. */
export function startSnapshots({ files, image, journal, intervalMs, clock, random, log }: SnapshotsOptions): Snapshots {
  const onError = (error: unknown): void => log.error({ err: error }, 'keeping the swarms on disk failed');
  const following = new Following(journal);
  const write = async (): Promise<void> => {
    const from = journal.head;
    await writeSnapshot(files.snapshot, image, clock.now());
    await following.begin(files.journal, from);
  };
  const writing = every({ intervalMs, jitter: 0.1, random, task: write, onError, startNow: true });
  const task = (): Promise<void> => following.append(clock.now());
  const appending = every({ intervalMs: JOURNAL_INTERVAL_MS, random, task, onError });
  return {
    stop: async () => {
      await Promise.all([writing.stop(), appending.stop()]);
      try {
        await writeSnapshot(files.snapshot, image, clock.now());
        await following.end(files.journal);
      } catch (error) {
        onError(error);
        // Then the journal goes on with the snapshot before.
        await following
          .append(clock.now())
          .finally(() => following.close())
          .catch(onError);
      }
    },
  };
}

/** Puts back the peers that have not expired since; a snapshot that cannot be read is as good as none. */
export async function restoreSwarms(
  options: Pick<SnapshotsOptions, 'files' | 'image' | 'journal' | 'clock' | 'log'>,
): Promise<void> {
  const { files, image, journal, clock, log } = options;
  try {
    const restored = await readSnapshot(files.snapshot, image, clock.now());
    if (restored !== undefined) {
      const { peers, ageMs, damage } = restored;
      if (ageMs !== undefined) log.info({ peers, ageSeconds: Math.round(ageMs / 1000) }, 'swarms restored');
      tellDamage(log, files.snapshot, damage);
    }
    const read = await readJournal(files.journal, journal, clock.now());
    if (read === undefined) return;
    log.info({ changes: read.changes }, 'what changed in the swarms since was taken over');
    tellDamage(log, files.journal, read.damage);
  } catch (error) {
    log.warn({ files, err: error }, 'swarms could not be restored');
  }
}

function tellDamage(log: Log, file: string, damage: string | undefined): void {
  if (damage !== undefined) log.warn({ file, damage }, 'not all of the swarms could be restored');
}

/** The journal that is being written, and how far it is. */
class Following {
  readonly #journal: SwarmJournal;
  #file: JournalFile | undefined;
  #position: LogPosition = 0;

  constructor(journal: SwarmJournal) {
    this.#journal = journal;
  }

  /** Goes with a snapshot that was begun when the log was at `from`. */
  async begin(path: string, from: LogPosition): Promise<void> {
    await this.close();
    const file = await JournalFile.begin(path).catch(async (error: unknown) => {
      // The one from before would bring back what was so before the snapshot.
      await rm(path, { force: true });
      throw error;
    });
    this.#position = from;
    this.#file = file;
  }

  /** Writes what has changed; nothing any more when too much did, until the next snapshot. */
  async append(now: number): Promise<void> {
    for (let file = this.#file; file !== undefined && file.bytes < MAX_JOURNAL_BYTES; ) {
      const frame = this.#journal.write(this.#position, Math.floor(now / 1000));
      if (frame === undefined || frame.next === this.#position) return;
      this.#position = frame.next;
      if (frame.bytes.length > 0) await this.#write(file, frame.bytes, now);
      // A snapshot may have begun another one meanwhile.
      file = this.#file;
    }
  }

  /** A snapshot has everything. */
  async end(path: string): Promise<void> {
    await this.close();
    await rm(path, { force: true });
  }

  async close(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    await file?.close();
  }

  /** After a failure the file may end in half a frame, behind which nothing could be read. */
  async #write(file: JournalFile, bytes: Buffer, now: number): Promise<void> {
    try {
      await file.append(bytes, now);
    } catch (error) {
      if (this.#file === file) this.#file = undefined;
      await file.close();
      throw error;
    }
  }
}
