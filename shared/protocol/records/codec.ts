// How a message becomes bytes and back: one pair of functions per message, and the same pair behind a signature.

import { PublicError } from '../../errors.ts';
import { type Bencodable, type BencodedDictionary, decode, encode } from '../encoding/bencoding.ts';
import { readDictionary } from '../encoding/fields.ts';
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

/** What every lasting record says: which of two is newer, and until when it counts. */
export interface Lasting {
  /** Grows with every record that an author makes about one subject: see `nextSeq`. */
  readonly seq: number;
  /** Seconds after `seq`, read as unix ms, until which the record counts. */
  readonly ttlSeconds: number;
}

/** A record may be dated this far ahead of the reader's clock, in ms. */
export const MAX_SEQ_AHEAD_MS = 3_600_000;

/**
 * The `seq` of an author's next record about the same subject. A previous one that readers would refuse for its date came
 * from a wrong clock: counting on from it would keep the author out until that date.
 */
export function nextSeq(previous: number, now: number): number {
  return isDatedAhead(previous, now) ? now : Math.max(previous + 1, now);
}

/** Whether a `seq` is further ahead of the clock than a reader at `now` (unix ms) allows. */
export function isDatedAhead(seq: number, now: number): boolean {
  return seq > now + MAX_SEQ_AHEAD_MS;
}

/** Unix ms from which a lasting record no longer counts. */
export function expiryOf(statement: Lasting): number {
  return statement.seq + statement.ttlSeconds * 1000;
}

/** The merge law: higher seq wins, of equals the greater bytes; so the order of arrival never matters. */
export function supersedes(candidate: { seq: number; bytes: Uint8Array }, held: { seq: number; bytes: Uint8Array }) {
  if (candidate.seq !== held.seq) return candidate.seq > held.seq;
  return Buffer.compare(candidate.bytes, held.bytes) > 0;
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
