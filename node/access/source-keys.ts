// The two words by which rates tell sources apart: an IPv4 address or IPv6 /64 is a client, a /24 or /48 a network.

import { readWord } from '../../shared/protocol/encoding/words.ts';
import type { AddressFamily } from '../../shared/protocol/tracker/tracker-messages.ts';

/** Second word of IPv4 keys: no IPv6 prefix in use has it. */
const IPV4_KEY = -1;
const UPPER_24_BITS = -1 << 8;
const UPPER_16_BITS = -1 << 16;

/** First word of a client's key; `address` in network byte order. */
export function clientKey0(address: Uint8Array): number {
  return readWord(address, 0);
}

export function clientKey1(address: Uint8Array, family: AddressFamily): number {
  return family === 4 ? IPV4_KEY : readWord(address, 4);
}

/** First word of the key of a client's network. */
export function networkKey0(clientKey: number, family: AddressFamily): number {
  return family === 4 ? clientKey & UPPER_24_BITS : clientKey;
}

export function networkKey1(clientKey: number, family: AddressFamily): number {
  return family === 4 ? IPV4_KEY : clientKey & UPPER_16_BITS;
}
