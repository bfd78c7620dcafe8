// Swarms to disk again and again, and once more at the end; and back from there at the start.

import type { Clock } from '../../shared/platform/clock.ts';
import { every } from '../../shared/platform/every.ts';
import type { Log } from '../../shared/platform/log.ts';
import type { Random } from '../../shared/platform/random.ts';
import { readSnapshot, writeSnapshot } from '../store/swarm-snapshot.ts';
import type { SwarmImage } from '../tracker/swarm-image.ts';

export interface SnapshotsOptions {
  readonly file: string;
  readonly image: SwarmImage;
  readonly intervalMs: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

export interface Snapshots {
  /** Writes the last one; never rejects. */
  stop(): Promise<void>;
}

export function startSnapshots({ file, image, intervalMs, clock, random, log }: SnapshotsOptions): Snapshots {
  const onError = (error: unknown): void => log.error({ err: error }, 'keeping the swarms on disk failed');
  const writing = every({
    intervalMs,
    jitter: 0.1,
    random,
    task: () => writeSnapshot(file, image, clock.now()),
    onError,
  });
  return {
    stop: async () => {
      await writing.stop();
      await writeSnapshot(file, image, clock.now()).catch(onError);
    },
  };
}

/** Puts back the peers that have not expired since; a snapshot that cannot be read is as good as none. */
export async function restoreSwarms(
  options: Pick<SnapshotsOptions, 'file' | 'image' | 'clock' | 'log'>,
): Promise<void> {
  const { file, image, clock, log } = options;
  try {
    const restored = await readSnapshot(file, image, clock.now());
    if (restored === undefined) return;
    const { peers, ageMs, damage } = restored;
    log.info({ peers, ageSeconds: Math.round(ageMs / 1000) }, 'swarms restored');
    if (damage !== undefined) log.warn({ file, damage }, 'a part of the swarms is lost');
  } catch (error) {
    log.warn({ file, err: error }, 'swarms could not be restored');
  }
}
