// Compact peers: 6 bytes (BEP 23) or 18 bytes (BEP 7) each, address and port in network byte order, no separator.

import { BencodeError } from './bencoding.ts';
import { type Family, formatAddress, IPV4_BYTES, IPV6_BYTES } from './endpoint.ts';
import { COMPACT_IPV4_BYTES, COMPACT_IPV6_BYTES } from './tracker-messages.ts';

/** A peer as text, for those who read answers; the hot path copies bytes. */
export interface CompactPeer {
  readonly address: string;
  readonly port: number;
}

/** Reads whole entries; throws BencodeError when one is cut off. */
export function readCompactPeers(bytes: Uint8Array, family: Family): CompactPeer[] {
  const entryBytes = family === 4 ? COMPACT_IPV4_BYTES : COMPACT_IPV6_BYTES;
  if (bytes.length % entryBytes !== 0)
    throw new BencodeError(`compact peers must be whole entries of ${entryBytes} bytes`);
  const peers: CompactPeer[] = [];
  for (let at = 0; at < bytes.length; at += entryBytes) {
    const portAt = at + entryBytes - 2;
    const port = (bytes[portAt]! << 8) | bytes[portAt + 1]!;
    peers.push({ address: formatAddress(bytes.subarray(at, portAt), family), port });
  }
  return peers;
}

/** Writes one entry, and returns where the next one starts. `address` holds 4 or 16 bytes at its start. */
export function writeCompactPeer(
  out: Uint8Array,
  at: number,
  address: Uint8Array,
  family: Family,
  port: number,
): number {
  const portAt = at + (family === 4 ? IPV4_BYTES : IPV6_BYTES);
  for (let index = 0; at + index < portAt; index++) out[at + index] = address[index]!;
  out[portAt] = port >>> 8;
  out[portAt + 1] = port & 0xff;
  return portAt + 2;
}
