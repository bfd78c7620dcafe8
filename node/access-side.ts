// What stands between listeners and tracker, as the configuration has it: nothing at all unless something is limited.

import type { Log } from '../shared/platform/log.ts';
import type { Random } from '../shared/platform/random.ts';
import { type InfoHash, infoHashBytes } from '../shared/protocol/torrent/info-hash.ts';
import { AccessLists } from './access/access-lists.ts';
import { type Guarded, GuardedTracker } from './access/guarded-tracker.ts';
import { type SourceGate, Sources } from './access/source-gate.ts';
import { Woodpeckers } from './access/woodpeckers.ts';
import type { NodeConfig } from './config.ts';
import { type ForbiddenOptions, giveUpForbidden } from './jobs/forbidden.ts';
import { AccessFiles, type ListReport } from './store/access-files.ts';

export interface AccessSide {
  /** The tracker, or the guard before it: for listeners. */
  readonly door: Guarded;
  readonly sources: SourceGate | undefined;
  readonly isForbidden: (infoHash: InfoHash) => boolean;
  /** Reads the lists again, and gives up what they forbid; a broken file keeps the list from before. */
  reload(): Promise<readonly ListReport[]>;
}

export interface AccessParts {
  readonly tracker: Guarded;
  readonly holdings: ForbiddenOptions['holdings'];
  readonly random: Random;
  readonly log: Log;
}

/** Throws a UsageError naming a file that cannot be used. */
export async function openAccess(config: NodeConfig, parts: AccessParts): Promise<AccessSide> {
  const { tracker, holdings, random, log } = parts;
  const lists = new AccessLists();
  const files = new AccessFiles(config, lists, random, log);
  const { allowTorrents, denyTorrents, banNetworks, clientRate, networkRate, enforceMinInterval } = config;
  const woodpeckers = enforceMinInterval ? new Woodpeckers(config.minIntervalMs / 1000, random) : undefined;
  const hasTorrentLists = allowTorrents !== undefined || denyTorrents !== undefined;
  const isForbidden = (infoHash: InfoHash): boolean => lists.checkTorrent(infoHashBytes(infoHash), 0) !== undefined;
  const review = async (): Promise<void> => {
    if (hasTorrentLists) await giveUpForbidden({ holdings, isForbidden, log });
  };
  await files.load();
  await review();
  const hasSourceLimits = banNetworks !== undefined || clientRate > 0 || networkRate > 0;
  return {
    door: hasTorrentLists || enforceMinInterval ? new GuardedTracker(tracker, lists, woodpeckers) : tracker,
    sources: hasSourceLimits ? new Sources(lists, { clientRate, networkRate }, random) : undefined,
    isForbidden,
    reload: async () => {
      const reports = await files.reload();
      await review();
      return reports;
    },
  };
}
