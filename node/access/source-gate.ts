// Who may ask at all: banned addresses and networks, and how many requests a minute one client or its network may make.
// Asked before a request is read, so that those turned away cost least.

import type { Random } from '../../shared/platform/random.ts';
import { REFUSALS, type Refusal } from '../../shared/protocol/tracker/refusal.ts';
import type { AddressFamily } from '../../shared/protocol/tracker/tracker-messages.ts';
import type { AccessLists } from './access-lists.ts';
import { LeakyBuckets, OVERFLOW } from './leaky-buckets.ts';
import { clientKey0, clientKey1, networkKey0, networkKey1 } from './source-keys.ts';

export interface SourceLimits {
  /** Requests a minute of one IPv4 address or IPv6 /64, all at once if need be; 0 = no limit. */
  readonly clientRate: number;
  /** The same of one IPv4 /24 or IPv6 /48. */
  readonly networkRate: number;
}

/** What a listener asks of the gate; without a gate everybody is let in. */
export interface SourceGate {
  /** Why nothing from this address is served. */
  checkAddress(address: Uint8Array, family: AddressFamily): Refusal | undefined;
  /** Why this request is not served; counts it. For addresses that are proven to be the sender's. */
  checkRate(address: Uint8Array, family: AddressFamily, nowSeconds: number): Refusal | undefined;
}

/** 4 MiB when all are used; more clients than that within a minute blur each other's counts. */
const MAX_CLIENTS = 1 << 18;
const MAX_NETWORKS = 1 << 16;

export class Sources implements SourceGate {
  readonly #lists: AccessLists;
  readonly #clients: LeakyBuckets | undefined;
  readonly #networks: LeakyBuckets | undefined;

  constructor(lists: AccessLists, limits: SourceLimits, random: Random) {
    this.#lists = lists;
    this.#clients = bucketsOf(limits.clientRate, MAX_CLIENTS, random);
    this.#networks = bucketsOf(limits.networkRate, MAX_NETWORKS, random);
  }

  checkAddress(address: Uint8Array, family: AddressFamily): Refusal | undefined {
    return this.#lists.banned?.has(address, family) ? REFUSALS.forbiddenAddress : undefined;
  }

  checkRate(address: Uint8Array, family: AddressFamily, nowSeconds: number): Refusal | undefined {
    const key0 = clientKey0(address);
    const key1 = clientKey1(address, family);
    if (this.#clients?.pour(key0, key1, nowSeconds) === OVERFLOW) return REFUSALS.tooManyRequests;
    const network0 = networkKey0(key0, family);
    const network1 = networkKey1(key1, family);
    if (this.#networks?.pour(network0, network1, nowSeconds) === OVERFLOW) return REFUSALS.tooManyRequests;
    return undefined;
  }
}

function bucketsOf(perMinute: number, maxBuckets: number, random: Random): LeakyBuckets | undefined {
  if (perMinute === 0) return undefined;
  return new LeakyBuckets({ capacity: perMinute, secondsPerUnit: 60 / perMinute, maxBuckets }, random.uint32() | 0);
}
