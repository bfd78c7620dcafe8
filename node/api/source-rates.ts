// What each source may ask of the control plane: a leaky bucket of each client or network, behind trusted proxies too.

import type { Request } from 'express';
import { clientAddress } from '../../shared/http/client-address.ts';
import type { Clock } from '../../shared/platform/clock.ts';
import { parseAddress } from '../../shared/protocol/addresses/endpoint.ts';
import type { NetworkSet } from '../../shared/protocol/addresses/networks.ts';
import { type LeakyBuckets, OVERFLOW } from '../access/leaky-buckets.ts';
import { clientKey0, clientKey1, networkKey0, networkKey1 } from '../access/source-keys.ts';

export interface SourceRatesOptions {
  readonly buckets: LeakyBuckets;
  /** Whose buckets: of an IPv4 address or IPv6 /64, or of a /24 or /48. */
  readonly per: 'client' | 'network';
  readonly trustedProxies: NetworkSet;
  readonly clock: Clock;
}

export class SourceRates {
  readonly #options: SourceRatesOptions;
  readonly #address = new Uint8Array(16);

  constructor(options: SourceRatesOptions) {
    this.#options = options;
  }

  /** Whether so many units of the request's source fit; counts them if they do. */
  take(request: Request, units = 1): boolean {
    const { buckets, per, trustedProxies, clock } = this.#options;
    const nearest = request.socket.remoteAddress ?? '';
    const client = clientAddress(nearest, request.get('x-forwarded-for') ?? '', trustedProxies);
    const family = parseAddress(client, this.#address) || 4;
    const key0 = clientKey0(this.#address);
    const key1 = clientKey1(this.#address, family);
    const nowSeconds = clock.now() / 1000;
    const level =
      per === 'client'
        ? buckets.pour(key0, key1, nowSeconds, units)
        : buckets.pour(networkKey0(key0, family), networkKey1(key1, family), nowSeconds, units);
    return level !== OVERFLOW;
  }
}
