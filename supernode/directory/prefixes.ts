// Networks that fail together, or are in one hand: a /24 (IPv6 /48) and, less surely, a /16 (IPv6 /32).

import { parseAddress } from '../../shared/protocol/addresses/endpoint.ts';

export interface Prefixes {
  /** Hex digits; of a name the name itself, which is near only to itself. */
  readonly narrow: string;
  readonly wide: string;
}

const NARROW_BYTES = { 4: 3, 6: 6 } as const;
const WIDE_BYTES = { 4: 2, 6: 4 } as const;

/** `host` is an address, without brackets, or a name. */
export function prefixesOf(host: string): Prefixes {
  const bytes = Buffer.alloc(16);
  const family = parseAddress(host, bytes);
  if (family === 0) return { narrow: host, wide: host };
  return {
    narrow: bytes.toString('hex', 0, NARROW_BYTES[family]),
    wide: bytes.toString('hex', 0, WIDE_BYTES[family]),
  };
}

/** Of a base URL; without the brackets of an IPv6 address. */
export function hostOf(baseUrl: string): string {
  return new URL(baseUrl).hostname.replace(/^\[|\]$/g, '');
}
