// Whose request it is when it came through proxies (X-Forwarded-For).

import { isIP } from 'node:net';
import type { NetworkSet } from '../protocol/addresses/networks.ts';

/**
 * Walks from the nearest hop to the farthest and returns the first address that no trusted proxy vouches for. What a client
 * wrote into the header itself stands further left and is never reached. Stops before a hop that is no address.
 */
export function clientAddress(nearest: string, forwardedFor: string, trustedProxies: NetworkSet): string {
  let client = nearest;
  let end = forwardedFor.length;
  while (end > 0 && trustedProxies.has(client)) {
    const comma = forwardedFor.lastIndexOf(',', end - 1);
    const hop = forwardedFor.slice(comma + 1, end).trim();
    if (isIP(hop) === 0) break;
    client = hop;
    end = comma;
  }
  return client;
}

/** The text of a header that may have come several times, or not at all. */
export function headerText(value: string | readonly string[] | undefined): string {
  return typeof value === 'string' ? value : (value ?? []).join(',');
}
