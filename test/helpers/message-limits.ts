// How large the fields of a message may be: proves that a reader takes what lies at a limit and refuses what lies beyond it.

import { expect } from 'chai';
import { createSigner } from '../../shared/platform/keys.ts';
import { type Bencoded, BencodeError, decode, encode } from '../../shared/protocol/encoding/bencoding.ts';
import type { RecordCodec } from '../../shared/protocol/records/codec.ts';

/** Both included: of an integer its value, of bytes and lists how long they are, in the given units (1 when left out). */
export type Limits = readonly [min: number, max: number, unit?: number];

/** All that a 53-bit integer can be. */
export const ANY: Limits = [0, Number.MAX_SAFE_INTEGER];

/**
 * Puts the least, the greatest, and what lies beyond both into the fields of a good message, each by its path ('items.0.code');
 * lists are filled with their first item, bytes with zeroes.
 */
export function expectLimits(
  read: (bytes: Uint8Array) => unknown,
  good: Uint8Array,
  fields: Readonly<Record<string, Limits>>,
): void {
  for (const [path, [min, max, unit = 1]] of Object.entries(fields)) {
    const sized = (size: number) => encode(withSize(decode(good), path.split('.'), size, unit));
    for (const size of [min, max]) expect(() => read(sized(size)), `${path} ${size}`).not.to.throw();
    for (const size of [min - 1, max + 1]) {
      if (Number.isSafeInteger(size)) expect(() => read(sized(size)), `${path} ${size}`).to.throw(BencodeError);
    }
  }
}

/** The same for what is signed: `good` is signed, and the payload bent behind the signature. */
export function expectPayloadLimits<T>(
  codec: RecordCodec<T>,
  good: T,
  now: number,
  fields: Readonly<Record<string, Limits>>,
): void {
  const record = codec.sign(good, createSigner(Buffer.alloc(32, 1)));
  expectLimits((payload) => codec.read({ ...record, payload }, now), record.payload, fields);
}

function withSize(value: Bencoded, path: readonly string[], size: number, unit: number): Bencoded {
  const [key, ...rest] = path;
  if (key === undefined) return resized(value, size, unit);
  if (Array.isArray(value)) return value.with(Number(key), withSize(value[Number(key)]!, rest, size, unit));
  if (typeof value === 'number' || value instanceof Uint8Array) throw new TypeError(`nothing is below ${key}`);
  return { ...value, [key]: withSize(value[key]!, rest, size, unit) };
}

/** What cannot be shorter becomes something of another kind, which must be refused too. */
function resized(value: Bencoded, size: number, unit: number): Bencoded {
  if (typeof value === 'number') return size;
  if (size < 0) return size;
  if (Array.isArray(value)) return Array.from({ length: size * unit }, () => value[0]!);
  return Buffer.alloc(size * unit);
}
