// Compact peers: 6 bytes (BEP 23) or 18 bytes (BEP 7) each, address and port in network byte order, no separator.

import { type Family, formatAddress } from '../addresses/endpoint.ts';
import { BencodeError } from '../encoding/bencoding.ts';
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
