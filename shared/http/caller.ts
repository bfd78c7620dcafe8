// One call to a node or supernode: over the guarded door, with the signatures checked, and every way to fail told apart.

import { PublicError } from '../errors.ts';
import type { Clock } from '../platform/clock.ts';
import type { Random } from '../platform/random.ts';
import { MESSAGE_LIMITS } from '../protocol/encoding/bencoding.ts';
import { readFailure } from '../protocol/messages/failure-message.ts';
import { CHALLENGE_BYTES, type Pong, pongRecord } from '../protocol/messages/node-messages.ts';
import type { Codec, Opened, RecordCodec } from '../protocol/records/codec.ts';
import { ClockError, NONCE_BYTES, openAnswer, sealCall } from '../protocol/records/envelope.ts';
import { parseBaseUrl } from '../protocol/records/message-fields.ts';
import type { Id, SignedRecord, Signer } from '../protocol/records/record.ts';
import type { Guard } from './guard.ts';
import { RequestError } from './request-error.ts';

export interface CallerOptions {
  readonly guard: Guard;
  readonly signer: Signer;
  readonly clock: Clock;
  readonly random: Random;
}

/** What may be said of a single request. */
export interface RequestOptions {
  readonly signal?: AbortSignal;
  /** Beyond which to give up; the guard's own limit when left out. */
  readonly timeoutMs?: number;
}

/** A message to seal. */
export interface OutgoingCall {
  /** Id of the receiver. */
  readonly to: Id;
  readonly path: string;
  readonly message: Uint8Array;
}

/** A pong that answers the challenge, signed by the author of the record within. */
export interface Ping<T> {
  readonly id: Id;
  readonly pong: Pong;
  readonly statement: T;
  readonly record: SignedRecord;
}

/** Receivers whose clock is known to differ; the one learned first is forgotten first. */
const MAX_CLOCK_OFFSETS = 1000;

export class Caller {
  readonly #guard: Guard;
  readonly #signer: Signer;
  readonly #clock: Clock;
  readonly #random: Random;
  /** Receiver's id -> its clock minus ours, in ms. */
  readonly #clockOffsets = new Map<Id, number>();

  constructor(options: CallerOptions) {
    this.#guard = options.guard;
    this.#signer = options.signer;
    this.#clock = options.clock;
    this.#random = options.random;
  }

  /** GET of an unsigned message; `path` with its query. */
  async get<T>(baseUrl: string, path: string, codec: Codec<T>, options: RequestOptions = {}): Promise<T> {
    const body = await this.#request(baseUrl, path, { ...options, method: 'GET' });
    return readAnswer(baseUrl, () => codec.read(body));
  }

  /** GET of a record that only `author` may have signed; anybody when left out. */
  async getRecord<T>(
    baseUrl: string,
    path: string,
    codec: RecordCodec<T>,
    author?: Id,
    options: RequestOptions = {},
  ): Promise<Opened<T>> {
    const body = await this.#request(baseUrl, path, { ...options, method: 'GET' });
    return readAnswer(baseUrl, () => this.open(body, codec, author));
  }

  /** POST of a sealed call; one that is refused for its date is made once more by the receiver's clock. */
  async post<T>(baseUrl: string, call: OutgoingCall, codec: Codec<T>, options: RequestOptions = {}): Promise<T> {
    try {
      return await this.#postOnce(baseUrl, call, codec, options);
    } catch (error) {
      if (!(error instanceof ClockError)) throw error;
      this.#rememberOffset(call.to, error.now - this.#clock.now());
      return this.#postOnce(baseUrl, call, codec, options);
    }
  }

  /** Asks who answers at a URL; `codec` says whether a node or a supernode is expected, `expected` which one. */
  async ping<T>(baseUrl: string, codec: RecordCodec<T>, expected?: Id, options: RequestOptions = {}): Promise<Ping<T>> {
    const challenge = this.newChallenge();
    const path = pingPath(challenge);
    const { record: signed, value: pong } = await this.getRecord(baseUrl, path, pongRecord, expected, options);
    return readAnswer(baseUrl, () => {
      checkChallenge(pong, challenge);
      const { record, value: statement } = this.open(pong.record, codec, signed.author);
      return { id: signed.author, pong, statement, record };
    });
  }

  /** What `author` answers to somebody else's challenge, as it signed it. */
  async fetchPong(baseUrl: string, author: Id, challenge: string, options: RequestOptions = {}): Promise<Uint8Array> {
    const { record, value } = await this.getRecord(baseUrl, pingPath(challenge), pongRecord, author, options);
    return readAnswer(baseUrl, () => {
      checkChallenge(value, challenge);
      return record.bytes;
    });
  }

  /** 32 hex digits, never used before. */
  newChallenge(): string {
    return this.#random.bytes(CHALLENGE_BYTES).toString('hex');
  }

  /** Opens a record that only `author` may have signed; throws PublicError. */
  open<T>(bytes: Uint8Array, codec: RecordCodec<T>, author?: Id): Opened<T> {
    const opened = codec.open(bytes, this.#clock.now());
    if (author !== undefined && opened.record.author !== author) {
      throw new PublicError(
        'author',
        `the ${codec.type} record is signed by ${opened.record.author}, not by ${author}`,
      );
    }
    return opened;
  }

  async #postOnce<T>(
    baseUrl: string,
    { to, path, message }: OutgoingCall,
    codec: Codec<T>,
    options: RequestOptions,
  ): Promise<T> {
    const nonce = this.#random.bytes(NONCE_BYTES).toString('hex');
    const at = this.#clock.now() + (this.#clockOffsets.get(to) ?? 0);
    const sealed = sealCall({ to, path, at, nonce, body: message }, this.#signer);
    const answer = await this.#request(baseUrl, path, { ...options, method: 'POST', body: sealed });
    return readAnswer(baseUrl, () => codec.read(openAnswer(answer, { self: this.#signer.id, from: to, nonce })));
  }

  #rememberOffset(receiver: Id, offsetMs: number): void {
    this.#clockOffsets.delete(receiver);
    this.#clockOffsets.set(receiver, offsetMs);
    if (this.#clockOffsets.size <= MAX_CLOCK_OFFSETS) return;
    for (const oldest of this.#clockOffsets.keys()) {
      this.#clockOffsets.delete(oldest);
      return;
    }
  }

  async #request(
    baseUrl: string,
    path: string,
    options: RequestOptions & { readonly method: 'GET' | 'POST'; readonly body?: Uint8Array },
  ): Promise<Buffer> {
    const url = parseBaseUrl(baseUrl) + path;
    const headers = options.body === undefined ? {} : { 'content-type': 'application/x-bencode' };
    const request = { ...options, headers, maxBytes: MESSAGE_LIMITS.maxBytes };
    const { status, body } = await this.#guard.request(url, request).catch((cause: unknown) => {
      throw cause instanceof RequestError ? requestRefusal(baseUrl, cause) : cause;
    });
    if (status !== 200) throw failureOf(baseUrl, status, body);
    return body;
  }
}

function pingPath(challenge: string): string {
  return `/v2/ping?challenge=${challenge}`;
}

/** Throws PublicError 'challenge' when the pong is not the answer to this ping. */
export function checkChallenge(pong: Pong, challenge: string): void {
  if (pong.challenge !== challenge) throw new PublicError('challenge', 'it answers to another challenge');
}

/** Runs a reader over what `baseUrl` answered; what it cannot use becomes one PublicError 'answer' that names the server. */
export function readAnswer<T>(baseUrl: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (!(cause instanceof PublicError)) throw cause;
    const message = `${baseUrl} gave an answer that cannot be used: ${cause.message}`;
    throw new PublicError('answer', message, { status: 502, cause });
  }
}

/** Says no more about our network than that it did not work; the operator finds the rest in the cause. */
function requestRefusal(baseUrl: string, cause: RequestError): PublicError {
  return cause.code === 'too-large'
    ? new PublicError('answer', `${baseUrl} gave an answer that is too large`, { status: 502, cause })
    : new PublicError('unreachable', `${baseUrl} does not answer`, { status: 502, cause });
}

function failureOf(baseUrl: string, status: number, body: Uint8Array): PublicError {
  try {
    return readFailure(body, status);
  } catch (cause) {
    return new PublicError('answer', `${baseUrl} answered with HTTP status ${status}`, { status: 502, cause });
  }
}
