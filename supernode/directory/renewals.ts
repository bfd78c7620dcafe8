// How often feeds may replace one record: each newer version is written and passed on by every supernode, so an author
// who renews one without end would keep all of them busy.

import { type AttemptLimits, Attempts } from './attempts.ts';
import type { EntryKey } from './entry.ts';

/** Enough for a node that opens, drains and leaves within seconds. Honest authors renew once in days. */
export const RENEWALS_PER_RECORD: AttemptLimits = { burst: 10, perMinute: 1, maxNetworks: 100_000 };

export class Renewals {
  readonly #attempts = new Attempts(RENEWALS_PER_RECORD);

  /** Whether a newer version of the record held may replace it now; counts it. `now` is unix ms. */
  take({ type, author, subject }: EntryKey, now: number): boolean {
    return this.#attempts.take(`${type} ${author} ${subject}`, now) === 0;
  }
}
