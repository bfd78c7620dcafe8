// The kinds of field that the messages share: ids, hashes, choices, base URLs, records within records.

import { PublicError } from '../../errors.ts';
import { type BencodedDictionary, BencodeError } from '../encoding/bencoding.ts';
import { readBytes, readBytesList, readInteger, readText, readTextList } from '../encoding/fields.ts';
import { INFO_HASH_BYTES, type InfoHash } from '../torrent/info-hash.ts';
import { PUBLIC_KEY_BYTES } from './public-key.ts';
import { type Id, MAX_STATEMENT_BYTES } from './record.ts';

/** A stable code of an error or refusal. */
export const MAX_CODE_BYTES = 32;
export const MAX_BASE_URL_BYTES = 200;
/** Of an epoch or feed: random bytes, new when the numbers that were given within it are lost. */
export const EPOCH_BYTES = 8;

/** Exactly `length` bytes, as hex. */
export function readHex(fields: BencodedDictionary, key: string, length: number): string {
  return readBytes(fields, key, length).toString('hex');
}

/** A 20-byte hash. */
export function readInfoHash(fields: BencodedDictionary, key: string): InfoHash {
  return readHex(fields, key, INFO_HASH_BYTES);
}

export function readId(fields: BencodedDictionary, key: string): Id {
  return readHex(fields, key, PUBLIC_KEY_BYTES);
}

/** 0 or 1. */
export function readFlag(fields: BencodedDictionary, key: string): boolean {
  return readInteger(fields, key, 0, 1) === 1;
}

/** One of a few words. */
export function readChoice<T extends string>(fields: BencodedDictionary, key: string, choices: readonly T[]): T {
  const text = readText(fields, key, MAX_CODE_BYTES);
  const choice = choices.find((candidate) => candidate === text);
  if (choice === undefined) throw new BencodeError(`"${key}" must be one of ${choices.join(', ')}`);
  return choice;
}

/** A list of records, not opened. */
export function readRecords(fields: BencodedDictionary, key: string, maxItems: number): Uint8Array[] {
  return readBytesList(fields, key, maxItems, { min: 1, max: MAX_STATEMENT_BYTES });
}

/** 20-byte hashes one after the other. */
export function packHashes(hashes: readonly InfoHash[]): Buffer {
  return Buffer.from(hashes.join(''), 'hex');
}

export function readHashes(fields: BencodedDictionary, key: string, maxItems: number): InfoHash[] {
  return readPacked(fields, key, INFO_HASH_BYTES, maxItems);
}

/** 32-byte ids one after the other. */
export function packIds(ids: readonly Id[]): Buffer {
  return Buffer.from(ids.join(''), 'hex');
}

export function readIds(fields: BencodedDictionary, key: string, maxItems: number): Id[] {
  return readPacked(fields, key, PUBLIC_KEY_BYTES, maxItems);
}

/** At least one base URL, each spelt as `parseBaseUrl` gives it. */
export function readBaseUrls(fields: BencodedDictionary, key: string, maxItems: number): string[] {
  const urls = readTextList(fields, key, maxItems, MAX_BASE_URL_BYTES);
  if (urls.length === 0 || urls.some((url) => originOf(url) !== url)) {
    throw new BencodeError(`"${key}" must be base URLs like http://192.0.2.1:6969`);
  }
  return urls;
}

/** The base URL that a text names, without a slash at the end; throws PublicError 'url' when it says more or something else. */
export function parseBaseUrl(text: string): string {
  const origin = originOf(text);
  if (origin === undefined || origin.length > MAX_BASE_URL_BYTES) {
    throw new PublicError('url', 'a base URL is http:// or https://, a host and perhaps a port: http://192.0.2.1:6969');
  }
  return origin;
}

/** undefined unless the text is an http or https URL of nothing but its origin, where somebody can listen: not at port 0. */
function originOf(text: string): string | undefined {
  const url = URL.parse(text);
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) return undefined;
  if (url.port === '0') return undefined;
  return url.href === `${url.origin}/` ? url.origin : undefined;
}

function readPacked(fields: BencodedDictionary, key: string, length: number, maxItems: number): string[] {
  const bytes = readBytes(fields, key, { min: 0, max: length * maxItems });
  if (bytes.length % length !== 0) throw new BencodeError(`"${key}" must be a multiple of ${length} bytes`);
  const hex = bytes.toString('hex');
  return Array.from({ length: bytes.length / length }, (_, index) => {
    return hex.slice(index * 2 * length, (index + 1) * 2 * length);
  });
}
