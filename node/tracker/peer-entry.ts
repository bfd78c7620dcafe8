// One peer in 8 bytes (IPv4) or 20 (IPv6): words of 32 bits, the tail first, then 1 or 4 words of address in network
// byte order. Tail: the port in the upper 16 bits (never 0, so a tail of 0 is an empty slot), below it 16 flags:
//
//   bits 0      seeder
//        1      remote: announced to a co-carrier, not here; never set for a peer of our own
//        2-7    minute of the last announce, modulo 64
//        8-15   own peer: fingerprint of its identity; remote peer: slot of its origin
//
// An own peer needs no origin and a remote one no fingerprint, since only our own peers can stop here. A peer that announced
// to several carriers has an entry for each of them: what one origin says never touches what another one said.

import { readWord } from '../../shared/protocol/encoding/words.ts';
import type { AddressFamily } from '../../shared/protocol/tracker/tracker-messages.ts';

export const WORDS_PER_PEER = { 4: 2, 6: 5 } as const;
export const SEEDER_BIT = 1;

/** Ages are known modulo this: a peer must be looked at before its age comes round. */
export const AGE_MODULUS_MINUTES = 64;
const MINUTE_SHIFT = 2;
const MINUTE_MASK = AGE_MODULUS_MINUTES - 1;
const FINGERPRINT_SHIFT = 8;
const FINGERPRINT_MASK = 0xff;
export const REMOTE_BIT = 2;
/** The bits of a tail that say whose a remote peer is. */
export const ORIGIN_MASK: number = REMOTE_BIT | (FINGERPRINT_MASK << FINGERPRINT_SHIFT);
/** Origins that can be told apart. */
export const MAX_ORIGINS: number = FINGERPRINT_MASK + 1;

export function packFlags(isSeeder: boolean, minute: number, identity: number): number {
  return (
    (isSeeder ? SEEDER_BIT : 0) |
    ((minute & MINUTE_MASK) << MINUTE_SHIFT) |
    ((identity & FINGERPRINT_MASK) << FINGERPRINT_SHIFT)
  );
}

/** The flags of a peer that announced to the co-carrier in slot `origin`. */
export function packRemoteFlags(isSeeder: boolean, minute: number, origin: number): number {
  return packFlags(isSeeder, minute, origin) | REMOTE_BIT;
}

/** The origin's slot of a remote peer, the fingerprint of an own one. */
export function originOf(tail: number): number {
  return (tail >>> FINGERPRINT_SHIFT) & FINGERPRINT_MASK;
}

/** Minutes since the last announce, 0..63. */
export function ageMinutes(tail: number, minute: number): number {
  return (minute - (tail >>> MINUTE_SHIFT)) & MINUTE_MASK;
}

/** False proves another client; true is right for another client once in 256 times. */
export function mayBeIdentity(tail: number, identity: number): boolean {
  return ((tail >>> FINGERPRINT_SHIFT) & FINGERPRINT_MASK) === (identity & FINGERPRINT_MASK);
}

/**
 * Where a peer is reached, as the words that an entry holds, and whose it is: the same peer may be known from several
 * origins, each of which has an entry of its own. Reused, as are all that the hot path looks up with.
 */
export class PeerKey {
  /** An entry matches when its tail has the bits `owner` in the places `ownerMask`: here those of an own peer. */
  ownerMask: number = REMOTE_BIT;
  owner = 0;
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

  /** The same from a compact entry (address, then port) at `at`. */
  setCompact(family: AddressFamily, bytes: Uint8Array, at: number): void {
    this.word0 = readWord(bytes, at);
    if (family === 6) {
      this.word1 = readWord(bytes, at + 4);
      this.word2 = readWord(bytes, at + 8);
      this.word3 = readWord(bytes, at + 12);
    }
    const portAt = at + (family === 4 ? 4 : 16);
    this.port = (bytes[portAt]! << 8) | bytes[portAt + 1]!;
  }

  /** The same from the entry whose first word is at `at`. */
  setEntry(family: AddressFamily, words: Int32Array, at: number): void {
    this.port = words[at]! >>> 16;
    this.word0 = words[at + 1]!;
    if (family === 4) return;
    this.word1 = words[at + 2]!;
    this.word2 = words[at + 3]!;
    this.word3 = words[at + 4]!;
  }

  /** Writes the compact entry (address, then port) to `at` of `out`. */
  writeCompact(family: AddressFamily, out: Uint8Array, at: number): void {
    writeWord(this.word0, out, at);
    if (family === 6) {
      writeWord(this.word1, out, at + 4);
      writeWord(this.word2, out, at + 8);
      writeWord(this.word3, out, at + 12);
    }
    const portAt = at + (family === 4 ? 4 : 16);
    out[portAt] = this.port >>> 8;
    out[portAt + 1] = this.port;
  }

  isSame(family: AddressFamily, other: PeerKey): boolean {
    if (this.port !== other.port || this.word0 !== other.word0) return false;
    if (family === 4) return true;
    return this.word1 === other.word1 && this.word2 === other.word2 && this.word3 === other.word3;
  }

  /** From here on the key is of a peer that announced to the co-carrier in slot `origin`. */
  setOrigin(origin: number): void {
    this.ownerMask = ORIGIN_MASK;
    this.owner = packRemoteFlags(false, 0, origin);
  }
}

function writeWord(word: number, out: Uint8Array, at: number): void {
  out[at] = word >>> 24;
  out[at + 1] = word >>> 16;
  out[at + 2] = word >>> 8;
  out[at + 3] = word;
}
