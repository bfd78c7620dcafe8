// What stands between listeners and tracker, as the configuration has it: nothing at all unless something is limited.

import type { Log } from '../shared/platform/log.ts';
import type { Random } from '../shared/platform/random.ts';
import { AccessLists } from './access/access-lists.ts';
import { type Guarded, GuardedTracker } from './access/guarded-tracker.ts';
import { type SourceGate, Sources } from './access/source-gate.ts';
import { Woodpeckers } from './access/woodpeckers.ts';
import type { NodeConfig } from './config.ts';
import { AccessFiles, type ListReport } from './store/access-files.ts';

export interface AccessSide {
  /** The tracker, or the guard before it: for listeners. */
  readonly door: Guarded;
  readonly sources: SourceGate | undefined;
  readonly lists: AccessLists;
  /** Reads the lists again; a broken file keeps the list from before. */
  reload(): Promise<readonly ListReport[]>;
}

export interface AccessParts {
  readonly tracker: Guarded;
  readonly random: Random;
  readonly log: Log;
}

/** Throws a UsageError naming a file that cannot be used. */
export async function openAccess(config: NodeConfig, { tracker, random, log }: AccessParts): Promise<AccessSide> {
  const lists = new AccessLists();
  const files = new AccessFiles(config, lists, random, log);
  await files.load();
  const { allowTorrents, denyTorrents, banNetworks, clientRate, networkRate, enforceMinInterval } = config;
  const woodpeckers = enforceMinInterval ? new Woodpeckers(config.minIntervalMs / 1000, random) : undefined;
  const hasTorrentLists = allowTorrents !== undefined || denyTorrents !== undefined;
  const hasSourceLimits = banNetworks !== undefined || clientRate > 0 || networkRate > 0;
  return {
    door: hasTorrentLists || enforceMinInterval ? new GuardedTracker(tracker, lists, woodpeckers) : tracker,
    sources: hasSourceLimits ? new Sources(lists, { clientRate, networkRate }, random) : undefined,
    lists,
    reload: () => files.reload(),
  };
}
