// Ed25519 public keys (RFC 8032) as the 32 bytes that stand on the wire, checked further than node:crypto does.

import { createPublicKey, type KeyObject } from 'node:crypto';
import { PublicError } from '../../errors.ts';

export const PUBLIC_KEY_BYTES = 32;

/** What precedes the 32 bytes in a SubjectPublicKeyInfo (RFC 8410). */
const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');
/** 2^255 - 19, big-endian. */
const FIELD_PRIME = Buffer.from('7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffed', 'hex');

/** The y of all points of order 1, 2, 4 and 8, big-endian: anyone can make signatures that hold for such a key. */
const SMALL_ORDER = new Set([
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0000000000000000000000000000000000000000000000000000000000000001',
  '05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826',
  '7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd84d3d706a17c7',
  '7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffec',
]);

/** Throws PublicError 'key' when the bytes are no key, a second spelling of one (y >= p), or a point of small order. */
export function publicKeyFromBytes(bytes: Uint8Array): KeyObject {
  if (bytes.length !== PUBLIC_KEY_BYTES) throw new PublicError('key', `a public key is ${PUBLIC_KEY_BYTES} bytes`);
  const y = Buffer.from(bytes).reverse();
  y[0]! &= 0x7f; // the sign of x
  if (Buffer.compare(y, FIELD_PRIME) >= 0 || SMALL_ORDER.has(y.toString('hex'))) {
    throw new PublicError('key', 'this public key is not safe to trust');
  }
  return createPublicKey({ key: Buffer.concat([SPKI_PREFIX, bytes]), format: 'der', type: 'spki' });
}
