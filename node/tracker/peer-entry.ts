// One peer in 8 bytes (IPv4) or 20 (IPv6): words of 32 bits, the tail first, then 1 or 4 words of address in network
// byte order. Tail: the port in the upper 16 bits (never 0, so a tail of 0 is an empty slot), below it 16 flags:
//
//   bits 0      seeder
//        1      remote: announced to a co-carrier, not here; never set for a peer of our own
//        2-7    minute of the last announce, modulo 64
//        8-15   own peer: fingerprint of its identity; remote peer: slot of its origin
//
// An own peer needs no origin and a remote one no fingerprint, since only our own peers can stop here.

import type { AddressFamily } from '../../shared/protocol/tracker-messages.ts';

export const WORDS_PER_PEER = { 4: 2, 6: 5 } as const;
export const SEEDER_BIT = 1;

/** Ages are known modulo this: a peer must be looked at before its age comes round. */
export const AGE_MODULUS_MINUTES = 64;
const MINUTE_SHIFT = 2;
const MINUTE_MASK = AGE_MODULUS_MINUTES - 1;
const FINGERPRINT_SHIFT = 8;
const FINGERPRINT_MASK = 0xff;

export function packFlags(isSeeder: boolean, minute: number, identity: number): number {
  return (
    (isSeeder ? SEEDER_BIT : 0) |
    ((minute & MINUTE_MASK) << MINUTE_SHIFT) |
    ((identity & FINGERPRINT_MASK) << FINGERPRINT_SHIFT)
  );
}

/** Minutes since the last announce, 0..63. */
export function ageMinutes(tail: number, minute: number): number {
  return (minute - (tail >>> MINUTE_SHIFT)) & MINUTE_MASK;
}

/** False proves another client; true is right for another client once in 256 times. */
export function mayBeIdentity(tail: number, identity: number): boolean {
  return ((tail >>> FINGERPRINT_SHIFT) & FINGERPRINT_MASK) === (identity & FINGERPRINT_MASK);
}

/** Where a peer is reached, as the words that an entry holds; reused, as are all that the hot path looks up with. */
export class PeerKey {
  port = 0;
  word0 = 0;
  word1 = 0;
  word2 = 0;
  word3 = 0;

  /** The first 4 bytes of the address count when the family is 4, else 16. */
  set(family: AddressFamily, address: Uint8Array, port: number): void {
    this.port = port;
    this.word0 = readWord(address, 0);
    if (family === 4) return;
    this.word1 = readWord(address, 4);
    this.word2 = readWord(address, 8);
    this.word3 = readWord(address, 12);
  }
}

/** A signed 32-bit integer, big endian: small integers all, where unsigned ones may become objects on the heap. */
export function readWord(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
}
