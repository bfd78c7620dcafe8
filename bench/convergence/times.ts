// The intervals that a run works by: those of every installation, or shorter ones.

export interface Times {
  readonly isFast: boolean;
  /** Flags of supernodes. */
  readonly supernodeFlags: readonly string[];
  readonly probeIntervalMs: number;
  readonly deadAfterMs: number;
  readonly syncIntervalMs: number;
  /** How long two nodes are cut off from each other, one cut after the other. */
  readonly cutsMs: readonly number[];
  /** How long a node is away that comes back. */
  readonly absenceMs: number;
  /** Between two plants that wait for the comparison of all plants. */
  readonly plantEveryMs: number;
}

const MINUTE_MS = 60_000;

export const DEFAULT_TIMES: Times = {
  isFast: false,
  supernodeFlags: ['--probe-interval=5s', '--dead-after=10m', '--heal-delay=90s', '--sync-interval=10m'],
  probeIntervalMs: 5000,
  deadAfterMs: 10 * MINUTE_MS,
  syncIntervalMs: 10 * MINUTE_MS,
  // The shorter ones end at other moments between two attempts, which are made every 10 s.
  cutsMs: [10 * MINUTE_MS, 31_000, 33_000, 35_000, 37_000, 39_000],
  absenceMs: 5 * MINUTE_MS,
  plantEveryMs: 5000,
};

export const FAST_TIMES: Times = {
  isFast: true,
  supernodeFlags: ['--probe-interval=1s', '--dead-after=20s', '--heal-delay=3s', '--sync-interval=10s'],
  probeIntervalMs: 1000,
  deadAfterMs: 20_000,
  syncIntervalMs: 10_000,
  cutsMs: [20_000, 11_000, 13_000, 15_000, 17_000],
  absenceMs: 10_000,
  plantEveryMs: 100,
};
