// Of several processes on one database, which one does what is to be done once: it follows feeds, compares plants and heals.
// No process believes another's clock: whoever holds the lease counts beats, and loses it when they stop.

import type { Clock } from '../../shared/platform/clock.ts';
import { every, type Repetition } from '../../shared/platform/every.ts';
import type { Log } from '../../shared/platform/log.ts';
import type { Random } from '../../shared/platform/random.ts';
import type { LeaseState, RecordStore } from '../store/record-store.ts';

export interface Leadership {
  /** May change between any two moments. */
  readonly isLeading: boolean;
}

/** A process that has its database to itself. */
export const ALONE: Leadership = { isLeading: true };

export interface LeaseOptions {
  readonly store: Pick<RecordStore, 'lease' | 'beat' | 'release'>;
  /** Never set back. */
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

const BEAT_EVERY_MS = 1000;
/** Whoever cannot show for so long that it lives stops to lead. */
export const LEAD_MS = 4000;
/** After so long without a beat another takes over; it lasts longer, so that two never lead. */
export const TAKE_OVER_MS = 5000;
const HOLDER_BYTES = 8;

export class Lease implements Leadership {
  readonly #options: LeaseOptions;
  readonly #holder: string;
  readonly #beating: Repetition;
  /** What was seen last of another's lease, and since when it has been so. */
  #seen: { readonly state: LeaseState; readonly since: number } | undefined;
  #leadsUntil = Number.NEGATIVE_INFINITY;
  #wasLeading = false;

  /** Starts at once. */
  constructor(options: LeaseOptions) {
    this.#options = options;
    this.#holder = options.random.bytes(HOLDER_BYTES).toString('hex');
    this.#beating = every({
      intervalMs: BEAT_EVERY_MS,
      random: options.random,
      task: () => this.#look(),
      // Whoever looks at the feed says that the database is out of reach.
      onError: (error) => options.log.debug({ err: error }, 'the lease was not renewed'),
      startNow: true,
    });
  }

  get isLeading(): boolean {
    return this.#options.clock.now() < this.#leadsUntil;
  }

  /** Looks again now. */
  lookNow(): Promise<void> {
    return this.#beating.runNow();
  }

  /** Gives the lease up, so that another need not wait. */
  async stop(): Promise<void> {
    await this.#beating.stop();
    this.#leadsUntil = Number.NEGATIVE_INFINITY;
    await this.#options.store.release(this.#holder).catch(() => undefined);
  }

  async #look(): Promise<void> {
    const { store, clock } = this.#options;
    try {
      // Before the question: it counts from the moment at which the others may see the beat.
      const now = clock.now();
      const state = await store.lease();
      const isMine = state.holder === this.#holder;
      if (!isMine && !this.#isAbandoned(state, now)) return;
      if ((await store.beat(this.#holder, state)) !== undefined) this.#leadsUntil = now + LEAD_MS;
    } finally {
      this.#tell();
    }
  }

  #isAbandoned(state: LeaseState, now: number): boolean {
    if (state.holder === '') return true;
    const seen = this.#seen?.state;
    if (this.#seen === undefined || seen?.holder !== state.holder || seen.beat !== state.beat) {
      this.#seen = { state, since: now };
    }
    return now - this.#seen.since >= TAKE_OVER_MS;
  }

  #tell(): void {
    if (this.isLeading === this.#wasLeading) return;
    this.#wasLeading = this.isLeading;
    this.#options.log.info(this.#wasLeading ? 'this process leads' : 'this process no longer leads');
  }
}
