// Envelopes: a POST carries a record of type `call` for one receiver, path and moment, answered by one of type `answer`.
// So nobody can replay a call, send it elsewhere, or answer in another's name.

import { PublicError } from '../../errors.ts';
import { decode } from '../encoding/bencoding.ts';
import { readBytes, readDictionary, readInteger, readText } from '../encoding/fields.ts';
import { readHex, readId } from './message-fields.ts';
import type { NonceMemory } from './nonce-memory.ts';
import { type Id, openRecord, type Signer, signRecord } from './record.ts';

/** A call dated earlier than this before the receiver's clock, in ms, is refused. */
export const MAX_CALL_AGE_MS = 300_000;
/** One dated further ahead of it, in ms: little, since calls to come are refused up to the date of those forgotten early. */
export const MAX_CALL_AHEAD_MS = 10_000;
export const NONCE_BYTES = 16;
const MAX_PATH_BYTES = 64;

/** Refused for its date; the caller adds `now - own clock` to its dates for this receiver and tries once more. */
export class ClockError extends PublicError {
  /** The receiver's time, unix ms. */
  readonly now: number;

  constructor(now: number) {
    super('clock', 'the call is dated too far from the time here; correct the clock by the time in this answer');
    this.now = now;
  }
}

/** What a caller seals. */
export interface Call {
  /** Id of the receiver. */
  readonly to: Id;
  /** Path of the URL, like `/v2/plant`. */
  readonly path: string;
  /** Unix ms, by the receiver's clock as far as the caller knows it. */
  readonly at: number;
  /** 32 hex digits, never used before. */
  readonly nonce: string;
  /** A bencoded message. */
  readonly body: Uint8Array;
}

/** What a receiver finds. */
export interface OpenedCall {
  readonly author: Id;
  readonly nonce: string;
  readonly body: Uint8Array;
}

export interface Answer {
  /** Id of the caller. */
  readonly to: Id;
  /** The nonce of the call. */
  readonly nonce: string;
  /** Unix ms. */
  readonly at: number;
  readonly body: Uint8Array;
}

/** The bytes to POST. */
export function sealCall(call: Call, signer: Signer): Uint8Array {
  const payload = {
    to: Buffer.from(call.to, 'hex'),
    path: call.path,
    at: call.at,
    nonce: Buffer.from(call.nonce, 'hex'),
    body: call.body,
  };
  return signRecord('call', payload, signer).bytes;
}

/** Verifies a call to `self` on `path` at `now` (unix ms) and remembers its nonce; throws PublicError, ClockError among them. */
export function openCall(
  bytes: Uint8Array,
  expected: {
    readonly self: Id;
    readonly path: string;
    readonly now: number;
    readonly nonces: Pick<NonceMemory, 'remember'>;
  },
): OpenedCall {
  const record = openRecord(bytes, 'call');
  const fields = readDictionary(decode(record.payload), 'call');
  if (readId(fields, 'to') !== expected.self) {
    throw new PublicError('recipient', 'the call is for somebody else; ask for the id here with a ping');
  }
  if (readText(fields, 'path', MAX_PATH_BYTES) !== expected.path) {
    throw new PublicError('recipient', 'the call is for another path');
  }
  const at = readInteger(fields, 'at', 0, Number.MAX_SAFE_INTEGER);
  const { now, nonces } = expected;
  if (at < now - MAX_CALL_AGE_MS || at > now + MAX_CALL_AHEAD_MS) throw new ClockError(now);
  const nonce = readHex(fields, 'nonce', NONCE_BYTES);
  const body = readBytes(fields, 'body');
  if (!nonces.remember(record.author, nonce, at, now)) throw new ClockError(now);
  return { author: record.author, nonce, body };
}

/** The bytes to answer a call with. */
export function sealAnswer(answer: Answer, signer: Signer): Uint8Array {
  const payload = {
    to: Buffer.from(answer.to, 'hex'),
    nonce: Buffer.from(answer.nonce, 'hex'),
    at: answer.at,
    body: answer.body,
  };
  return signRecord('answer', payload, signer).bytes;
}

/** The body of `from`'s answer to the call of `self` with `nonce`; throws PublicError. */
export function openAnswer(
  bytes: Uint8Array,
  expected: { readonly self: Id; readonly from: Id; readonly nonce: string },
): Uint8Array {
  const record = openRecord(bytes, 'answer');
  if (record.author !== expected.from) throw new PublicError('author', 'the answer is signed by somebody else');
  const fields = readDictionary(decode(record.payload), 'answer');
  const isMine = readId(fields, 'to') === expected.self;
  if (!isMine || readHex(fields, 'nonce', NONCE_BYTES) !== expected.nonce) {
    throw new PublicError('recipient', 'the answer is to another call');
  }
  readInteger(fields, 'at', 0, Number.MAX_SAFE_INTEGER);
  return readBytes(fields, 'body');
}
