// Signed records: what a third party may pass on proves by itself who said it. A record is the bencoded dictionary
// {k: public key, p: payload, s: signature, t: type}; the signature is over `"anatomic/2 " + t + "\n" + p`.

import { verify } from 'node:crypto';
import { PublicError } from '../../errors.ts';
import { type Bencodable, type BencodedDictionary, decode, encode, MESSAGE_LIMITS } from '../encoding/bencoding.ts';
import { readBytes, readDictionary, readText } from '../encoding/fields.ts';
import { PUBLIC_KEY_BYTES, publicKeyFromBytes } from './public-key.ts';

/** 64 lower-case hex digits: the raw Ed25519 public key of a node, supernode or planter. */
export type Id = string;

/** Whoever holds a private key; `sign` gives the 64 bytes of an Ed25519 signature. */
export interface Signer {
  readonly id: Id;
  sign(bytes: Uint8Array): Uint8Array;
}

/** `node` to `receipt` are kept and passed on; the others mean something only to the one who asked. */
export type RecordType =
  | 'node'
  | 'supernode'
  | 'plant'
  | 'receipt'
  | 'allocation'
  | 'pong'
  | 'catalogue'
  | 'call'
  | 'answer';

/** A record whose signature holds. */
export interface SignedRecord {
  readonly type: RecordType;
  readonly author: Id;
  /** Bencoded; what it says is not checked yet. */
  readonly payload: Uint8Array;
  /** As signed and received: kept and forwarded, never encoded again. */
  readonly bytes: Uint8Array;
}

/** The largest node, supernode, plant, receipt or allocation record. */
export const MAX_STATEMENT_BYTES = 2048;
const SIGNATURE_BYTES = 64;
const MAX_TYPE_BYTES = 16;

const MAX_BYTES: Readonly<Record<RecordType, number>> = {
  node: MAX_STATEMENT_BYTES,
  supernode: MAX_STATEMENT_BYTES,
  plant: MAX_STATEMENT_BYTES,
  receipt: MAX_STATEMENT_BYTES,
  allocation: MAX_STATEMENT_BYTES,
  pong: 2 * MAX_STATEMENT_BYTES,
  catalogue: MESSAGE_LIMITS.maxBytes,
  call: MESSAGE_LIMITS.maxBytes,
  answer: MESSAGE_LIMITS.maxBytes,
};

/** Signs a payload; throws PublicError 'record' when it is too large for its type. */
export function signRecord(type: RecordType, payload: Bencodable, signer: Signer): SignedRecord {
  const encoded = encode(payload);
  const signature = signer.sign(signedBytes(type, encoded));
  const bytes = encode({ k: Buffer.from(signer.id, 'hex'), p: encoded, s: signature, t: type });
  checkSize(type, bytes);
  return { type, author: signer.id, payload: encoded, bytes };
}

/** Verifies a record of the given type or of one of several; throws PublicError 'record', 'key' or 'bencoding'. */
export function openRecord(bytes: Uint8Array, expected: RecordType | readonly RecordType[]): SignedRecord {
  const fields = readDictionary(decode(bytes), 'record');
  const type = readType(fields, expected);
  checkSize(type, bytes);
  // A further member would not be signed: anybody could make a second spelling of the same record.
  if (Object.keys(fields).length !== 4) throw new PublicError('record', 'a record has exactly the members k, p, s, t');
  const key = readBytes(fields, 'k', PUBLIC_KEY_BYTES);
  const payload = readBytes(fields, 'p');
  const signature = readBytes(fields, 's', SIGNATURE_BYTES);
  if (!verify(null, signedBytes(type, payload), publicKeyFromBytes(key), signature)) {
    throw new PublicError('record', `the signature of the ${type} record does not hold`);
  }
  return { type, author: key.toString('hex'), payload, bytes };
}

function readType(fields: BencodedDictionary, expected: RecordType | readonly RecordType[]): RecordType {
  const allowed: readonly RecordType[] = typeof expected === 'string' ? [expected] : expected;
  const text = readText(fields, 't', MAX_TYPE_BYTES);
  const type = allowed.find((candidate) => candidate === text);
  if (type === undefined) throw new PublicError('record', `expected a record of type ${allowed.join(' or ')}`);
  return type;
}

function checkSize(type: RecordType, bytes: Uint8Array): void {
  if (bytes.length > MAX_BYTES[type]) {
    throw new PublicError('record', `a ${type} record is at most ${MAX_BYTES[type]} bytes`);
  }
}

function signedBytes(type: RecordType, payload: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(`anatomic/2 ${type}\n`), payload]);
}
