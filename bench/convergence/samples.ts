// What was measured of one event, beside what is wanted of it.

/** Milliseconds that `share` of the samples do not exceed; NaN without any. */
export function percentile(samples: readonly number[], share: number): number {
  const sorted = samples.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

/** Bounds in milliseconds; those that are left out do not matter. */
export interface Target {
  readonly text: string;
  readonly leastMs?: number;
  readonly p50Ms?: number;
  readonly p99Ms?: number;
}

export interface Measurement {
  readonly event: string;
  readonly target: Target;
  readonly samplesMs: readonly number[];
  /** The options that the times depend on, by their flags. */
  readonly dependsOn: readonly string[];
}

export function isMet({ target, samplesMs }: Measurement): boolean {
  const { leastMs = 0, p50Ms = Number.POSITIVE_INFINITY, p99Ms = Number.POSITIVE_INFINITY } = target;
  const isSlowEnough = samplesMs.every((ms) => ms >= leastMs);
  return (
    samplesMs.length > 0 && isSlowEnough && percentile(samplesMs, 0.5) <= p50Ms && percentile(samplesMs, 0.99) <= p99Ms
  );
}
