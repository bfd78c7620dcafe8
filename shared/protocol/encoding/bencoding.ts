// Bencoding (BEP 3): bytes <-> values, and changes to a dictionary that leave its other members byte for byte.
// The one door to the package `bencode`, which sees only bytes that the strict scanner has passed.

import bencode from 'bencode';
import { BencodeError, type BencodeLimits, BencodeScanner, latin1, refuseUnsafeKey } from './bencode-scanner.ts';

export { BencodeError, type BencodeLimits };

/** What can be encoded: safe integers, text (as UTF-8), bytes, lists, dictionaries; undefined members are left out. */
export type Bencodable =
  | number
  | string
  | Uint8Array
  | readonly Bencodable[]
  | { readonly [key: string]: Bencodable | undefined };

/** What decoding gives: text stays bytes. */
export type Bencoded = number | Uint8Array | Bencoded[] | BencodedDictionary;

/** Has no prototype, so that a key from the wire never meets an inherited name. */
export interface BencodedDictionary {
  [key: string]: Bencoded;
}

/**
 * For everything that travels between the roles: one value, one encoding. As many values as the largest message has some
 * thousands of; 256 KiB of empty strings would take 40 ms of everybody's time, these take 5.
 */
export const MESSAGE_LIMITS: BencodeLimits = {
  maxBytes: 256 * 1024,
  maxDepth: 8,
  maxValues: 16_384,
  isCanonical: true,
};

/** For .torrent files found in the wild, some of which have unsorted keys. */
export const METAINFO_LIMITS: BencodeLimits = { maxBytes: 16 * 1024 * 1024, maxDepth: 64, isCanonical: false };

const ASCII_KEY = /^[\x20-\x7e]*$/;

/** Decodes exactly one value; throws BencodeError. Keys must be UTF-8 text: for binary ones there is `rawMembers`. */
export function decode(bytes: Uint8Array, limits: BencodeLimits = MESSAGE_LIMITS): Bencoded {
  new BencodeScanner(bytes, limits, refuseUnsafeKey).checkWhole();
  return withoutPrototypes(bencode.decode(bytes) as Bencoded);
}

/** The canonical encoding, keys sorted by bytes; throws BencodeError for what bencoding cannot say exactly. */
export function encode(value: Bencodable): Buffer {
  checkEncodable(value);
  const bytes = bencode.encode(value);
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** The members of a dictionary that is the whole of `bytes`: key (one latin1 character per byte) -> its encoded value. */
export function rawMembers(bytes: Uint8Array, limits: BencodeLimits = MESSAGE_LIMITS): Map<string, Uint8Array> {
  const members = new Map<string, Uint8Array>();
  new BencodeScanner(bytes, limits).visitDictionary((key, value) => members.set(latin1(key), value));
  return members;
}

/** The same dictionary with some members set (undefined: deleted), the others byte for byte, and its keys sorted. */
export function rewriteDictionary(
  bytes: Uint8Array,
  changes: { readonly [key: string]: Bencodable | undefined },
  limits: BencodeLimits = MESSAGE_LIMITS,
): Buffer {
  const members = rawMembers(bytes, limits);
  for (const [key, value] of Object.entries(changes)) {
    if (value === undefined) members.delete(key);
    else members.set(checkKey(key), encode(value));
  }
  return encodeMembers(members);
}

/** A dictionary of members that are encoded already, keys of any bytes (one latin1 character each), sorted. */
export function encodeMembers(members: ReadonlyMap<string, Uint8Array>): Buffer {
  const parts: Uint8Array[] = [Buffer.from('d')];
  for (const key of [...members.keys()].sort()) {
    parts.push(Buffer.from(`${key.length}:${key}`, 'latin1'), members.get(key)!);
  }
  return Buffer.concat([...parts, Buffer.from('e')]);
}

function withoutPrototypes(value: Bencoded): Bencoded {
  if (typeof value === 'number' || value instanceof Uint8Array) return value;
  for (const member of Array.isArray(value) ? value : Object.values(value)) withoutPrototypes(member);
  return Array.isArray(value) ? value : Object.setPrototypeOf(value, null);
}

function checkEncodable(value: Bencodable): void {
  if (value instanceof Uint8Array) return;
  if (typeof value === 'string') {
    if (!value.isWellFormed()) throw new BencodeError('half of a surrogate pair cannot be written as UTF-8');
  } else if (typeof value === 'number') {
    if (!Number.isSafeInteger(value)) throw new BencodeError(`${value} is not an integer in the safe range`);
  } else if (Array.isArray(value)) {
    for (const item of value) checkEncodable(item);
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, member] of Object.entries(value)) {
      checkKey(key);
      if (member !== undefined) checkEncodable(member);
    }
  } else {
    throw new BencodeError(`a value of type ${typeof value} cannot be bencoded`);
  }
}

/** The package sorts by UTF-16 units, which is byte order for ASCII only. */
function checkKey(key: string): string {
  if (!ASCII_KEY.test(key)) throw new BencodeError('a key to encode must be ASCII');
  return key;
}
