// How a message becomes bytes and back: one pair of functions per message, and the same pair behind a signature.

import { PublicError } from '../../errors.ts';
import { type Bencodable, type BencodedDictionary, decode, encode } from '../encoding/bencoding.ts';
import { readDictionary } from '../encoding/fields.ts';
import { expiryOf, isDatedAhead, type Lasting } from './lasting.ts';
import { openRecord, type RecordType, type SignedRecord, type Signer, signRecord } from './record.ts';

/** Turns a message into canonical bencoding and back; `read` throws BencodeError and ignores keys that it does not know. */
export interface Codec<T> {
  write(value: T): Buffer;
  read(bytes: Uint8Array): T;
}

/** A record whose signature was verified, and what its author says in it. */
export interface Opened<T> {
  readonly record: SignedRecord;
  readonly value: T;
}

/** A message that travels as a record of one type; `open` verifies first and parses after, `now` is unix ms. */
export interface RecordCodec<T> {
  readonly type: RecordType;
  sign(value: T, signer: Signer): SignedRecord;
  open(bytes: Uint8Array, now: number): Opened<T>;
  /** Reads the payload of a record that was verified before. */
  read(record: SignedRecord, now: number): T;
}

/** What `open` makes of those records that it does not refuse: a bad one among them spoils none of the others. */
export function openGood<T>(records: readonly Uint8Array[], open: (bytes: Uint8Array) => T): T[] {
  return records.flatMap((bytes) => {
    try {
      return [open(bytes)];
    } catch (error) {
      if (error instanceof PublicError) return [];
      throw error;
    }
  });
}

/** A codec for a dictionary; `name` stands in error messages. */
export function dictionaryCodec<T>(
  name: string,
  write: (value: T) => Bencodable,
  read: (fields: BencodedDictionary) => T,
): Codec<T> {
  return {
    write: (value) => encode(write(value)),
    read: (bytes) => read(readDictionary(decode(bytes), name)),
  };
}

/** A codec for records of `type` that mean something only at the moment of an answer. */
export function recordCodec<T>(
  type: RecordType,
  write: (value: T) => Bencodable,
  read: (fields: BencodedDictionary) => T,
): RecordCodec<T> {
  const readRecord = (record: SignedRecord): T => read(readDictionary(decode(record.payload), type));
  return {
    type,
    sign: (value, signer) => signRecord(type, write(value), signer),
    open: (bytes) => {
      const record = openRecord(bytes, type);
      return { record, value: readRecord(record) };
    },
    read: readRecord,
  };
}

/** A codec for records that are kept and passed on: refuses those dated too far ahead and those that have expired. */
export function lastingCodec<T extends Lasting>(
  type: RecordType,
  write: (value: T) => Bencodable,
  read: (fields: BencodedDictionary) => T,
): RecordCodec<T> {
  const codec = recordCodec(type, write, read);
  const readCurrent = (record: SignedRecord, now: number): T => {
    const value = codec.read(record, now);
    if (isDatedAhead(value.seq, now)) {
      throw new PublicError('seq', `the ${type} record is dated more than an hour ahead; check its author's clock`);
    }
    if (expiryOf(value) <= now) throw new PublicError('expired', `the ${type} record has expired`);
    return value;
  };
  return {
    type,
    sign: codec.sign,
    open: (bytes, now) => {
      const record = openRecord(bytes, type);
      return { record, value: readCurrent(record, now) };
    },
    read: readCurrent,
  };
}
