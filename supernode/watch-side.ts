// The watching side of a supernode: who answers, who is dead, and what it tells other supernodes about that.

import type { NodeClient } from '../shared/http/node-client.ts';
import type { SupernodeClient } from '../shared/http/supernode-client.ts';
import type { Clock } from '../shared/platform/clock.ts';
import type { Log } from '../shared/platform/log.ts';
import type { Random } from '../shared/platform/random.ts';
import type { Id } from '../shared/protocol/records/record.ts';
import { Observer } from './api/observe.ts';
import type { SupernodeConfig } from './config.ts';
import type { Directory } from './directory/directory.ts';
import { LocalHealth } from './directory/local-health.ts';
import { Mortality } from './directory/mortality.ts';
import { Observations } from './directory/observations.ts';
import { CataloguePuller } from './jobs/catalogue-puller.ts';
import { startConsultation } from './jobs/consultation.ts';
import type { IndirectProbe } from './jobs/indirect-probe.ts';
import { Mirrors } from './jobs/mirrors.ts';
import type { Newcomers } from './jobs/newcomers.ts';
import { Prober } from './jobs/prober.ts';
import type { Ledger } from './store/ledger.ts';

/** How this supernode reaches the others. */
export interface Clients {
  readonly node: NodeClient;
  readonly supernode: SupernodeClient;
}

/** What every job works with. */
export interface Common {
  readonly self: Id;
  readonly directory: Directory;
  readonly ledger: Ledger;
  readonly clock: Clock;
  /** For members that others told of. */
  readonly newcomers: Newcomers;
  readonly random: Random;
  readonly log: Log;
}

export interface WatchSideParts {
  readonly common: Common;
  readonly clients: Clients;
  /** The supernodes whose word counts. */
  readonly witnesses: () => readonly Id[];
  readonly indirect: IndirectProbe;
}

export interface WatchSide {
  readonly mortality: Mortality;
  readonly observer: Observer;
  stop(): Promise<void>;
}

/** How often others are asked about silent nodes; oftener where nodes die sooner. */
const CONSULTATION_INTERVAL_MS = 10_000;
const CONSULTATIONS_PER_DEATH = 10;
/** A report is fresh until so many more should have come. */
const FRESH_CONSULTATIONS = 4;

/** Begins to watch at once. */
export function startWatchSide(config: SupernodeConfig, parts: WatchSideParts): WatchSide {
  const { common, clients, witnesses, indirect } = parts;
  const { directory, clock, log } = common;
  const { probeIntervalMs, deadAfterMs } = config;
  const intervalMs = Math.min(CONSULTATION_INTERVAL_MS, deadAfterMs / CONSULTATIONS_PER_DEATH);
  const health = new LocalHealth(clock.now());
  const observations = new Observations(FRESH_CONSULTATIONS * intervalMs);
  const mortality = new Mortality({ nodes: directory.nodes, health, observations, deadAfterMs });
  const observer = new Observer({ directory, health, mortality, client: clients.node, clock });

  const mirrors = new Mirrors({ ...common, witnesses, client: clients.supernode });
  const catalogues = new CataloguePuller({ directory, client: clients.node, mirrors, clock, log });
  const prober = new Prober({ ...common, catalogues, health, indirect, clients, probeIntervalMs });
  const consultation = startConsultation({
    ...common,
    observations,
    mortality,
    witnesses,
    client: clients.supernode,
    deadAfterMs,
    intervalMs,
  });
  const stop = async (): Promise<void> => {
    await Promise.all([prober.stop(), consultation.stop(), catalogues.stop()]);
  };
  return { mortality, observer, stop };
}
