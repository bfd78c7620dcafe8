// Whether a node or supernode answers, as this supernode saw it: by its own pings, or by a pong that another supernode
// fetched and the member signed. What others merely say never counts here.

import type { CarrierState } from '../../shared/protocol/messages/directory-messages.ts';

export interface Liveness {
  readonly state: CarrierState;
  /** Pings missed since the last one answered. */
  readonly failures: number;
  /** Unix ms of the last answered ping; 0 before the first. */
  readonly answeredAt: number;
  /** Unix ms of the last change of `state`. */
  readonly changedAt: number;
  /** Unix ms since when it is known here. */
  readonly knownSince: number;
  /** How often it fell lately: one for each fall, half of it forgotten every FALL_HALF_LIFE_MS; as of `answeredAt`. */
  readonly falls: number;
  /** Whether the last own ping was answered; others may reach a member that does not answer here. */
  readonly isReached: boolean;
}

/** Missed pings in a row that make a suspect node down. */
export const FAILURES_UNTIL_DOWN = 3;
/** Clients are sent only to nodes that answered a ping this recently. */
export const MAX_ANSWER_AGE_MS = 180_000;
/** A member that falls and comes back more often than that is not relied on while others are there. */
const MAX_FALLS = 3;
export const FALL_HALF_LIFE_MS = 600_000;
const SUSPECT_RETRY_MS = 1000;
/** A node that has been down for longer is asked less often. */
const DOWN_PATIENCE_MS = 600_000;
const LONG_DOWN_INTERVAL_MS = 60_000;
/** No ping is further away, unless the clock was set back. */
export const MAX_PROBE_DELAY_MS = 75_000;
/** Share of a delay by which it is shortened or lengthened at random, so that probes spread out. */
const PROBE_JITTER = 0.25;

/** A member just heard of is not trusted until it has answered. */
export function neverProbed(now: number): Liveness {
  return { state: 'suspect', failures: 0, answeredAt: 0, changedAt: now, knownSince: now, falls: 0, isReached: false };
}

export function afterAnswer(liveness: Liveness, now: number, isReached = true): Liveness {
  const hasFallen = liveness.failures > 0 && liveness.answeredAt > 0;
  const falls = fallsAt(liveness, now) + (hasFallen ? 1 : 0);
  const changedAt = liveness.state === 'up' ? liveness.changedAt : now;
  return { ...liveness, state: 'up', failures: 0, answeredAt: now, changedAt, falls, isReached };
}

/** An own ping was missed, and nobody else has been asked yet. */
export function afterMiss(liveness: Liveness): Liveness {
  return { ...liveness, isReached: false };
}

export function afterFailure(liveness: Liveness, now: number): Liveness {
  const failures = liveness.failures + 1;
  const state = failures >= FAILURES_UNTIL_DOWN ? 'down' : 'suspect';
  return { ...liveness, state, failures, changedAt: state === liveness.state ? liveness.changedAt : now };
}

/** Whether a client may be sent there now. */
export function isTrusted(liveness: Liveness, now: number): boolean {
  return liveness.state === 'up' && now - liveness.answeredAt < MAX_ANSWER_AGE_MS;
}

/** Whether it has not been coming and going lately. */
export function isSteady(liveness: Liveness, now: number): boolean {
  return liveness.falls === 0 || fallsAt(liveness, now) <= MAX_FALLS;
}

/** Unix ms from which nothing was heard of it. */
export function silentSince({ answeredAt, knownSince }: Liveness): number {
  return Math.max(answeredAt, knownSince);
}

/** Ms until the next ping; `chance` is uniform in [0, 1). */
export function probeDelayMs(liveness: Liveness, probeIntervalMs: number, now: number, chance: number): number {
  return Math.round(plainDelayMs(liveness, probeIntervalMs, now) * (1 + PROBE_JITTER * (2 * chance - 1)));
}

function plainDelayMs({ state, changedAt }: Liveness, probeIntervalMs: number, now: number): number {
  switch (state) {
    case 'up':
      return probeIntervalMs;
    case 'suspect':
      return Math.min(SUSPECT_RETRY_MS, probeIntervalMs);
    case 'down':
      return now - changedAt < DOWN_PATIENCE_MS ? probeIntervalMs : Math.max(LONG_DOWN_INTERVAL_MS, probeIntervalMs);
  }
}

function fallsAt({ falls, answeredAt }: Liveness, now: number): number {
  return falls * 2 ** (-Math.max(0, now - answeredAt) / FALL_HALF_LIFE_MS);
}
