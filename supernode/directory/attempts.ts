// How often one network may try something: a bucket of tokens per address (IPv6: per /64), in bounded memory.

import { parseAddress } from '../../shared/protocol/addresses/endpoint.ts';

export interface AttemptLimits {
  /** Attempts that may come at once. */
  readonly burst: number;
  readonly perMinute: number;
  /** Networks remembered; beyond that the one heard of longest ago is forgotten. */
  readonly maxNetworks: number;
}

const IPV6_NETWORK_BYTES = 8;

interface Bucket {
  readonly tokens: number;
  /** Unix ms at which there were so many. */
  readonly at: number;
}

export class Attempts {
  readonly #limits: AttemptLimits;
  readonly #buckets = new Map<string, Bucket>();

  constructor(limits: AttemptLimits) {
    this.#limits = limits;
  }

  /** Counts an attempt. 0: go on; else the seconds after which the next one is let through. */
  take(address: string, now: number): number {
    const { burst, perMinute, maxNetworks } = this.#limits;
    const network = networkOf(address);
    const held = this.#buckets.get(network) ?? { tokens: burst, at: now };
    const tokens = Math.min(burst, held.tokens + (Math.max(0, now - held.at) * perMinute) / 60_000);
    const isAllowed = tokens >= 1;
    this.#buckets.delete(network);
    this.#buckets.set(network, { tokens: isAllowed ? tokens - 1 : tokens, at: now });
    if (this.#buckets.size > maxNetworks) this.#buckets.delete(this.#buckets.keys().next().value!);
    return isAllowed ? 0 : Math.ceil(((1 - tokens) * 60) / perMinute);
  }

  get size(): number {
    return this.#buckets.size;
  }
}

function networkOf(address: string): string {
  const bytes = Buffer.alloc(16);
  return parseAddress(address, bytes) === 6 ? bytes.toString('hex', 0, IPV6_NETWORK_BYTES) : address;
}
