// What sharing has done, as plain numbers for whoever shows them.

/** Why entries of co-carriers were not taken. */
export const REFUSAL_REASONS = [
  'not-shared',
  'port',
  'address',
  'expired',
  'over-torrent',
  'over-memory',
  'over-address',
] as const;
export type RefusalReason = (typeof REFUSAL_REASONS)[number];

/** Upper bounds of the classes that lags are counted in, in ms; one more class has none. */
export const LAG_BOUNDS_MS: readonly number[] = [100, 200, 300, 500, 1000, 2000, 5000, 10_000, 60_000];

export class SharingCounters {
  /** Entries taken from co-carriers. */
  stored = 0;
  refreshed = 0;
  removals = 0;
  readonly refused: Record<RefusalReason, number> = {
    'not-shared': 0,
    port: 0,
    address: 0,
    expired: 0,
    'over-torrent': 0,
    'over-memory': 0,
    'over-address': 0,
  };
  batchesSent = 0;
  batchesFailed = 0;
  batchesReceived = 0;
  /** Entries and bytes of groups in batches that were acknowledged, and in those received. */
  entriesSent = 0;
  bytesSent = 0;
  bytesReceived = 0;
  /** Times that a partner had to be told that it has lost something. */
  overflows = 0;
  pagesReceived = 0;
  pagesSent = 0;
  syncs = 0;
  censuses = 0;
  /** From the moment a change was noticed to its partner's word that it has applied it, by class of LAG_BOUNDS_MS. */
  readonly lags: number[] = new Array<number>(LAG_BOUNDS_MS.length + 1).fill(0);
  lagSumMs = 0;

  countLag(lagMs: number): void {
    const found = LAG_BOUNDS_MS.findIndex((bound) => lagMs <= bound);
    this.lags[found < 0 ? LAG_BOUNDS_MS.length : found]!++;
    this.lagSumMs += lagMs;
  }
}

export interface SharingStats {
  readonly counters: Readonly<SharingCounters>;
  readonly partners: number;
  /** Pairs of a torrent and a co-carrier. */
  readonly links: number;
  /** Peers kept that announced elsewhere. */
  readonly remotePeers: number;
  /** Changes that the partner furthest behind has not heard of. */
  readonly longestQueue: number;
  /** Partners that nothing is known of yet, or not everything. */
  readonly unsynced: number;
}
