// Records that wait for the one writer: what came while it wrote goes into the next transaction together.

import { PublicError } from '../../shared/errors.ts';
import type { Verdict } from '../directory/directory.ts';
import type { Entry } from '../directory/entry.ts';

/** Some of one caller's records: all of them are written or none. */
export interface Offer {
  readonly entries: readonly Entry[];
  readonly resolve: (verdicts: Verdict[]) => void;
  readonly reject: (error: unknown) => void;
}

/** Records that wait to be written; a disk writes them in a few seconds. */
export const MAX_WAITING_RECORDS = 50_000;
/** Records in one transaction, unless one offer has more. */
const MAX_GROUP_RECORDS = 2000;
const BUSY_RETRY_SECONDS = 5;

export class Offers {
  #waiting: Offer[] = [];
  #records = 0;

  /** Records of all offers that wait. */
  get records(): number {
    return this.#records;
  }

  /** Settles as whoever takes the offer says; rejects with PublicError 'busy' (503) when too much waits already. */
  add(entries: readonly Entry[]): Promise<Verdict[]> {
    if (this.#records > 0 && this.#records + entries.length > MAX_WAITING_RECORDS) {
      const details = { status: 503, retrySeconds: BUSY_RETRY_SECONDS };
      return Promise.reject(new PublicError('busy', 'too many records wait to be written', details));
    }
    const { promise, resolve, reject } = Promise.withResolvers<Verdict[]>();
    this.#waiting.push({ entries, resolve, reject });
    this.#records += entries.length;
    return promise;
  }

  /** Takes out what is to be written together, oldest first. */
  next(): Offer[] {
    let records = 0;
    let count = 0;
    for (const { entries } of this.#waiting) {
      if (count > 0 && records + entries.length > MAX_GROUP_RECORDS) break;
      records += entries.length;
      count++;
    }
    this.#records -= records;
    return this.#waiting.splice(0, count);
  }
}
