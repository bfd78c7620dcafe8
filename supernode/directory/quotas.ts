// How much planters may ask for: by key and by the network they call from, so that neither many keys nor many addresses
// of one hand fill the directory.

import type { Id } from '../../shared/protocol/records/record.ts';
import { type AttemptLimits, Attempts } from './attempts.ts';
import { prefixesOf } from './prefixes.ts';

/** Torrents new to this supernode: a whole collection at once, then some every minute. */
export const PLANTS_PER_KEY: AttemptLimits = { burst: 20_000, perMinute: 100, maxNetworks: 10_000 };
export const PLANTS_PER_NETWORK: AttemptLimits = { burst: 40_000, perMinute: 200, maxNetworks: 10_000 };
/** Newer records of what is planted here, uproots among them: each is written and passed on by everybody. */
export const RENEWALS_PER_KEY = PLANTS_PER_KEY;
const RENEWALS_PER_NETWORK = PLANTS_PER_NETWORK;
/** Calls that register; each may have 300 signatures verified, which takes 50 ms. Enough for all the plants of a network. */
export const REGISTRATIONS_PER_NETWORK: AttemptLimits = { burst: 1000, perMinute: 60, maxNetworks: 10_000 };
/** Each costs a signature, and some a second time. */
export const ALLOCATIONS_PER_NETWORK: AttemptLimits = { burst: 40_000, perMinute: 3000, maxNetworks: 10_000 };

export class Quotas {
  readonly #plantsByKey = new Attempts(PLANTS_PER_KEY);
  readonly #plantsByNetwork = new Attempts(PLANTS_PER_NETWORK);
  readonly #renewalsByKey = new Attempts(RENEWALS_PER_KEY);
  readonly #renewalsByNetwork = new Attempts(RENEWALS_PER_NETWORK);
  readonly #registrations = new Attempts(REGISTRATIONS_PER_NETWORK);
  readonly #allocations = new Attempts(ALLOCATIONS_PER_NETWORK);

  /** Whether a planter may plant a torrent that is new here; counts it. `address` is where the call came from. */
  takePlant(planter: Id, address: string, now: number): boolean {
    if (this.#plantsByKey.take(planter, now) > 0) return false;
    return this.#plantsByNetwork.take(prefixesOf(address).narrow, now) === 0;
  }

  /** The same for a newer record of a torrent that the planter has planted here. */
  takeRenewal(planter: Id, address: string, now: number): boolean {
    if (this.#renewalsByKey.take(planter, now) > 0) return false;
    return this.#renewalsByNetwork.take(prefixesOf(address).narrow, now) === 0;
  }

  /** 0: records may be registered; else the seconds after which they may. */
  takeRegistration(address: string, now: number): number {
    return this.#registrations.take(prefixesOf(address).narrow, now);
  }

  /** 0: an allocation may be had; else the seconds after which the next one may. */
  takeAllocation(address: string, now: number): number {
    return this.#allocations.take(prefixesOf(address).narrow, now);
  }
}
