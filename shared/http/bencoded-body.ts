// Bencoded bodies of the control plane, both directions, over express.

import type { Request, RequestHandler, Response } from 'express';
import { PublicError } from '../errors.ts';
import { MESSAGE_LIMITS } from '../protocol/encoding/bencoding.ts';
import { GatheredBytes } from './gathered-bytes.ts';
import { UnfinishedBodies } from './unfinished-bodies.ts';

export const BENCODED_TYPE = 'application/x-bencode';

const PAYLOAD_TOO_LARGE = 413;
const UNSUPPORTED_MEDIA_TYPE = 415;
const UNAVAILABLE = 503;
/** Of all bodies that have not come whole yet: 256 of the longest. */
const MAX_UNFINISHED_BYTES = 64 * 1024 * 1024;
const BUSY_RETRY_SECONDS = 5;
const UNFINISHED = new UnfinishedBodies(MAX_UNFINISHED_BYTES);
/** How long the rest of a refused body is read, so that its sender can read the refusal rather than a reset connection. */
const LINGER_MS = 2000;
/** How long the other side may take to read an answer, which waits in memory meanwhile: 4 KB/s for the longest. */
export const MAX_READING_MS = 60_000;

/**
 * Puts the body of a POST into `request.body` as a Buffer; another media type or compression gives 415, a longer body 413, as
 * soon as it is announced or the first byte too many arrives, and 503 one that takes too long while many come.
 */
export function readBencodedBody(
  maxBytes: number = MESSAGE_LIMITS.maxBytes,
  unfinished: Pick<UnfinishedBodies, 'begin'> = UNFINISHED,
): RequestHandler {
  return (request, response, next) => {
    const objection = objectionTo(request, maxBytes);
    if (objection !== undefined) {
      lingerAfter(request, response);
      next(objection);
      return;
    }
    const gathered = new GatheredBytes(maxBytes);
    const refuse = (error: PublicError): void => {
      release();
      lingerAfter(request, response);
      next(error);
    };
    const body = unfinished.begin(() => refuse(busy()));
    const onData = (piece: Buffer): void => {
      if (gathered.add(piece)) body.grow(piece.length);
      else refuse(tooLarge());
    };
    const onEnd = (): void => {
      release();
      request.body = gathered.bytes;
      next();
    };
    const release = (): void => {
      body.end();
      request.off('data', onData).off('end', onEnd);
    };
    // A connection that breaks needs no answer.
    request.on('data', onData).on('end', onEnd).on('error', release);
  };
}

/** Ends the response with bencoded bytes; the status is 200 unless it was set before. */
export function sendBencoded(response: Response, bytes: Uint8Array): void {
  response.set('Content-Type', BENCODED_TYPE).set('Content-Length', String(bytes.length)).end(bytes);
  const { socket } = response;
  if (socket === null || socket.writableLength === 0) return;
  const timer = setTimeout(() => socket.destroy(), MAX_READING_MS).unref();
  response.once('close', () => clearTimeout(timer));
}

function objectionTo(request: Request, maxBytes: number): PublicError | undefined {
  if (typeof request.is(BENCODED_TYPE) !== 'string' || request.headers['content-encoding'] !== undefined) {
    return new PublicError('body', `a body of type ${BENCODED_TYPE} is needed`, { status: UNSUPPORTED_MEDIA_TYPE });
  }
  return Number(request.headers['content-length'] ?? 0) > maxBytes ? tooLarge() : undefined;
}

function tooLarge(): PublicError {
  return new PublicError('request', 'Payload Too Large', { status: PAYLOAD_TOO_LARGE });
}

function busy(): PublicError {
  const details = { status: UNAVAILABLE, retrySeconds: BUSY_RETRY_SECONDS };
  return new PublicError('busy', 'too many bodies come at once', details);
}

/** Drops what still comes of a request that is refused, and after a while its connection. */
function lingerAfter(request: Request, response: Response): void {
  request.resume();
  response.once('finish', () => {
    if (request.complete) return;
    const timer = setTimeout(() => request.socket.destroy(), LINGER_MS).unref();
    request.once('close', () => clearTimeout(timer));
  });
}
