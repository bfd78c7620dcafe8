// How many signatures strangers may have checked: an envelope is good under any key, and a call of 50 plants costs 30 ms.

import type { Request } from 'express';
import { PublicError } from '../../shared/errors.ts';
import type { SourceRates } from './source-rates.ts';

/**
 * Of one network, IPv4 /24 or IPv6 /48: at once what 5000 torrents take that are planted one by one, with an envelope, a
 * plant, an allocation and the records of seven carriers each, which is 10 s of one core; then 200 a second, 3 % of it. A
 * supernode has at most 1200 torrents planted in a minute, on all nodes together.
 */
export const SIGNATURE_CHECKS = { capacity: 50_000, secondsPerUnit: 1 / 200, maxBuckets: 4096 };
/** Until then there is room for several calls of the largest kind. */
const RETRY_SECONDS = 5;
const TOO_MANY_REQUESTS = 429;

export class SignatureChecks {
  readonly #rates: Pick<SourceRates, 'take'>;

  constructor(rates: Pick<SourceRates, 'take'>) {
    this.#rates = rates;
  }

  /** To be called before so many signatures are checked for a request; throws PublicError 'quota' (429) when they are too many. */
  count(request: Request, signatures: number): void {
    if (this.#rates.take(request, signatures)) return;
    throw new PublicError('quota', 'too many signatures to check from this network', {
      status: TOO_MANY_REQUESTS,
      retrySeconds: RETRY_SECONDS,
    });
  }
}
