// The healing side of a supernode: torrents that lost carriers are carried again, those with too many are trimmed.

import { PublicError } from '../shared/errors.ts';
import type { Id, Signer } from '../shared/protocol/records/record.ts';
import type { HealingStats } from './api/metrics.ts';
import type { SupernodeConfig } from './config.ts';
import { Brake } from './directory/brake.ts';
import { Healing } from './directory/healing.ts';
import type { Mortality } from './directory/mortality.ts';
import { startHealer } from './jobs/healer.ts';
import type { Leadership } from './jobs/lease.ts';
import type { Clients, Common } from './watch-side.ts';

export interface HealingSideParts {
  readonly common: Common;
  readonly clients: Clients;
  readonly signer: Signer;
  readonly mortality: Mortality;
  readonly leadership: Leadership;
  /** The supernodes that are followed. */
  readonly witnesses: () => readonly Id[];
}

export interface HealingSide {
  stats(): HealingStats;
  /** An operator confirms that what fell will not come back. Throws PublicError 'not-leading' (409) where that changes nothing. */
  releaseBrake(): HealingStats;
  stop(): Promise<void>;
}

const PASS_INTERVAL_MS = 1000;
const PASSES_PER_DEATH = 10;
/** Until what was done for a torrent is looked at again. */
const PATIENCE_MS = 60_000;

/** Begins at once, and acts when it has watched for long enough to know. */
export function startHealingSide(config: SupernodeConfig, parts: HealingSideParts): HealingSide {
  const { common, clients, signer, mortality, leadership, witnesses } = parts;
  const { self, directory, clock } = common;
  const intervalMs = Math.min(PASS_INTERVAL_MS, config.deadAfterMs / PASSES_PER_DEATH);
  const brake = new Brake({ nodes: directory.nodes, windowMs: config.brakeWindowMs });
  const times = {
    rankDelayMs: config.healDelayMs,
    trimAfterMs: config.trimAfterMs,
    warmUpMs: config.deadAfterMs,
    patienceMs: Math.min(PATIENCE_MS, config.healDelayMs),
  };
  const healing = new Healing({ self, directory, mortality, brake, witnesses, times, startedAt: clock.now() });
  const healer = startHealer({
    ...common,
    signer,
    healing,
    leadership,
    client: clients.node,
    intervalMs,
    maxPerMinute: config.healsPerMinute,
  });

  const stats = (): HealingStats => {
    const now = clock.now();
    const { fallen, nodes } = brake.fall(now);
    return {
      cases: healing.cases,
      deadNodes: mortality.size,
      fallenNodes: fallen,
      nodes,
      isBraked: brake.isHeld(now),
      isLeading: leadership.isLeading,
    };
  };
  const releaseBrake = (): HealingStats => {
    if (!leadership.isLeading) {
      throw new PublicError('not-leading', 'another process of this supernode heals: ask that one', { status: 409 });
    }
    brake.release(clock.now());
    return stats();
  };
  return { stats, releaseBrake, stop: () => healer.stop() };
}
