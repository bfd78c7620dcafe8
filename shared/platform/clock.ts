// Wall-clock time as an argument, so that a simulation or a test can wind it.

export interface Clock {
  /** Unix time in milliseconds. */
  now(): number;
}

export const systemClock: Clock = { now: () => Date.now() };
