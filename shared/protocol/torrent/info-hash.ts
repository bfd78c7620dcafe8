// Info hashes as text: 20 bytes (BEP 3), 32 bytes (BEP 52), and the 20-byte form that trackers know of the latter.

import { PublicError } from '../../errors.ts';

/** 40 lower-case hex digits: what a torrent is called everywhere but on the hot path. */
export type InfoHash = string;
/** 64 lower-case hex digits. */
export type InfoHashV2 = string;

export const INFO_HASH_BYTES = 20;
export const INFO_HASH_V2_BYTES = 32;

const HEX = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/i;
const BASE32 = /^[a-z2-7]{32}$/i;
const BASE32_DIGITS = 'abcdefghijklmnopqrstuvwxyz234567';

/** Reads 40 or 64 hex digits (the latter truncated) or 32 digits of base32 (old magnet links); throws PublicError 'info-hash'. */
export function parseInfoHash(text: string): InfoHash {
  if (HEX.test(text)) return text.slice(0, 2 * INFO_HASH_BYTES).toLowerCase();
  if (BASE32.test(text)) return base32Bytes(text.toLowerCase()).toString('hex');
  throw new PublicError('info-hash', 'an info hash is 40 or 64 hex digits, or 32 digits of base32');
}

/** The 20 raw bytes. */
export function infoHashBytes(hash: InfoHash): Buffer {
  return Buffer.from(hash, 'hex');
}

/** The text of 20 bytes, or of 32 that are truncated; throws PublicError 'info-hash' for any other length. */
export function infoHashFromBytes(bytes: Uint8Array): InfoHash {
  if (bytes.length !== INFO_HASH_BYTES && bytes.length !== INFO_HASH_V2_BYTES) {
    throw new PublicError('info-hash', 'an info hash is 20 or 32 bytes');
  }
  return Buffer.from(bytes.buffer, bytes.byteOffset, INFO_HASH_BYTES).toString('hex');
}

/** The form that goes to trackers (BEP 52): the first 20 bytes. */
export function truncate(hash: InfoHashV2): InfoHash {
  return hash.slice(0, 2 * INFO_HASH_BYTES);
}

function base32Bytes(digits: string): Buffer {
  const bytes = Buffer.alloc((digits.length * 5) / 8);
  let bits = 0;
  let held = 0;
  let at = 0;
  for (const digit of digits) {
    held = ((held << 5) | BASE32_DIGITS.indexOf(digit)) & 0xfff;
    bits += 5;
    if (bits < 8) continue;
    bits -= 8;
    bytes[at++] = held >>> bits;
  }
  return bytes;
}
