// Typed reading of decoded dictionaries: each function throws a BencodeError that names the field.

import { type Bencoded, type BencodedDictionary, BencodeError } from './bencoding.ts';

/** Bounds in bytes, both included. */
export interface ByteBounds {
  readonly min: number;
  readonly max: number;
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The value itself as a dictionary; `name` is what the error calls it. */
export function readDictionary(value: Bencoded | undefined, name: string): BencodedDictionary {
  if (value === undefined || typeof value === 'number' || Array.isArray(value) || value instanceof Uint8Array) {
    throw new BencodeError(`${name} must be a dictionary`);
  }
  return value;
}

/** Bytes of an exact length, or of a length within bounds, or of any. */
export function readBytes(dictionary: BencodedDictionary, key: string, length?: number | ByteBounds): Buffer {
  const value = dictionary[key];
  if (!(value instanceof Uint8Array)) throw new BencodeError(`"${key}" must be a string of bytes`);
  const min = typeof length === 'object' ? length.min : (length ?? 0);
  const max = typeof length === 'object' ? length.max : (length ?? Number.POSITIVE_INFINITY);
  if (value.length < min || value.length > max) {
    throw new BencodeError(`"${key}" must be ${min === max ? min : `${min} to ${max}`} bytes long`);
  }
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
}

/** UTF-8 text of at most `maxBytes` bytes. */
export function readText(dictionary: BencodedDictionary, key: string, maxBytes: number): string {
  const bytes = readBytes(dictionary, key, { min: 0, max: maxBytes });
  try {
    return utf8.decode(bytes);
  } catch {
    throw new BencodeError(`"${key}" must be UTF-8 text`);
  }
}

/** An integer within bounds, both included. */
export function readInteger(dictionary: BencodedDictionary, key: string, min: number, max: number): number {
  const value = dictionary[key];
  if (typeof value !== 'number') throw new BencodeError(`"${key}" must be an integer`);
  if (value < min || value > max) throw new BencodeError(`"${key}" must be between ${min} and ${max}`);
  return value;
}

/** A list of at most `maxItems` values. */
export function readList(dictionary: BencodedDictionary, key: string, maxItems: number): Bencoded[] {
  const value = dictionary[key];
  if (!Array.isArray(value)) throw new BencodeError(`"${key}" must be a list`);
  if (value.length > maxItems) throw new BencodeError(`"${key}" must have at most ${maxItems} items`);
  return value;
}

/** A list of byte strings, each within the given length. */
export function readBytesList(
  dictionary: BencodedDictionary,
  key: string,
  maxItems: number,
  length: number | ByteBounds,
): Buffer[] {
  return readList(dictionary, key, maxItems).map((item) => readBytes({ [key]: item }, key, length));
}

/** A list of texts, each of at most `maxBytes` bytes. */
export function readTextList(
  dictionary: BencodedDictionary,
  key: string,
  maxItems: number,
  maxBytes: number,
): string[] {
  return readList(dictionary, key, maxItems).map((item) => readText({ [key]: item }, key, maxBytes));
}
