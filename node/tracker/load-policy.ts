// How hard a node is pressed, as one number, and so how much later than usual it asks its clients to come back.

export interface LoadSample {
  readonly announcesPerSecond: number;
  /** How late timers came, on average. */
  readonly eventLoopDelayMs: number;
  /** How full the fullest store is, 0 to 1. */
  readonly fill: number;
}

export interface LoadPolicy {
  /** Announces per second at which the pressure is full; undefined = they do not count by themselves. */
  readonly fullRate: number | undefined;
}

/** The pressure rises from 0 at the first number to 1 at the second. */
type Ramp = readonly [from: number, to: number];

const FILL_RAMP: Ramp = [0.8, 1];
/** A client notices nothing of the first; UDP's buffers overflow beyond the second. */
const DELAY_RAMP_MS: Ramp = [10, 100];
const RATE_RAMP: Ramp = [0.5, 1];

/** 0 = at ease, 1 = at a limit; the most pressing of all counts. */
export function pressureOf({ announcesPerSecond, eventLoopDelayMs, fill }: LoadSample, policy: LoadPolicy): number {
  const rate = policy.fullRate === undefined ? 0 : announcesPerSecond / policy.fullRate;
  return Math.max(ascend(fill, FILL_RAMP), ascend(eventLoopDelayMs, DELAY_RAMP_MS), ascend(rate, RATE_RAMP));
}

function ascend(value: number, [from, to]: Ramp): number {
  return Math.min(1, Math.max(0, (value - from) / (to - from)));
}
