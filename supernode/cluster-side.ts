// The side of a supernode that is several processes on one database: what each learns from the others, and which one leads.

import { performance } from 'node:perf_hooks';
import type { Log } from '../shared/platform/log.ts';
import type { Random } from '../shared/platform/random.ts';
import { ALONE, type Leadership, Lease } from './jobs/lease.ts';
import { startTail } from './jobs/tail.ts';
import type { Ledger } from './store/ledger.ts';
import type { RecordStore } from './store/record-store.ts';

export interface ClusterSideParts {
  readonly ledger: Ledger;
  readonly store: RecordStore;
  readonly random: Random;
  readonly log: Log;
}

export interface ClusterSide {
  readonly leadership: Leadership;
  stop(): Promise<void>;
}

/** Begins at once; a process that has its database to itself leads, and has nobody to learn from. */
export function startClusterSide(parts: ClusterSideParts): ClusterSide {
  if (!parts.store.isShared) return { leadership: ALONE, stop: async () => undefined };
  const lease = new Lease({ ...parts, clock: { now: () => performance.now() } });
  const tail = startTail(parts);
  const stop = async (): Promise<void> => {
    await Promise.all([lease.stop(), tail.stop()]);
  };
  return { leadership: lease, stop };
}
