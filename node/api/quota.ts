// How much of what costs a node time strangers may ask for: checking signatures, pages of the catalogue.

import type { Request } from 'express';
import { PublicError } from '../../shared/errors.ts';
import type { LeakyBucketsOptions } from '../access/leaky-buckets.ts';
import type { SourceRates } from './source-rates.ts';

/**
 * Of one network, IPv4 /24 or IPv6 /48, since an envelope is good under any key: at once what 5000 torrents take that are
 * planted one by one, with an envelope, a plant, an allocation and the records of seven carriers each, which is 10 s of one
 * core; then 200 a second, 3 % of it. A supernode has at most 1200 torrents planted in a minute, on all nodes together.
 */
export const SIGNATURE_CHECKS: LeakyBucketsOptions = { capacity: 50_000, secondsPerUnit: 1 / 200, maxBuckets: 4096 };
/** Of one network too, 6 ms each: what a dozen supernodes read that begin with a catalogue of half a million; then 12 % of one core. */
export const CATALOGUE_PAGES: LeakyBucketsOptions = { capacity: 2000, secondsPerUnit: 1 / 20, maxBuckets: 4096 };
/** Until then there is room for several calls of the largest kind. */
const RETRY_SECONDS = 5;
const TOO_MANY_REQUESTS = 429;

export class Quota {
  readonly #rates: Pick<SourceRates, 'take'>;
  readonly #of: string;

  /** `of` says what of: 'signatures to check'. */
  constructor(rates: Pick<SourceRates, 'take'>, of: string) {
    this.#rates = rates;
    this.#of = of;
  }

  /** To be called before so much is done for a request; throws PublicError 'quota' (429) when it is too much. */
  count(request: Request, units: number): void {
    if (this.#rates.take(request, units)) return;
    throw new PublicError('quota', `too many ${this.#of} for this network`, {
      status: TOO_MANY_REQUESTS,
      retrySeconds: RETRY_SECONDS,
    });
  }
}
