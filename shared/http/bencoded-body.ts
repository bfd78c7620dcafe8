// Bencoded bodies of the control plane, both directions, over express.

import { type RequestHandler, type Response, raw } from 'express';
import { PublicError } from '../errors.ts';
import { MESSAGE_LIMITS } from '../protocol/bencoding.ts';

export const BENCODED_TYPE = 'application/x-bencode';

const UNSUPPORTED_MEDIA_TYPE = 415;

/** Puts the body of a POST into `request.body` as a Buffer; another media type or compression gives 415, a longer body 413. */
export function readBencodedBody(maxBytes: number = MESSAGE_LIMITS.maxBytes): RequestHandler {
  const read = raw({ type: BENCODED_TYPE, limit: maxBytes, inflate: false });
  return (request, response, next) => {
    read(request, response, (error?: unknown) => {
      if (error !== undefined) next(error);
      else if (Buffer.isBuffer(request.body)) next();
      else
        next(new PublicError('body', `a body of type ${BENCODED_TYPE} is needed`, { status: UNSUPPORTED_MEDIA_TYPE }));
    });
  };
}

/** Ends the response with bencoded bytes; the status is 200 unless it was set before. */
export function sendBencoded(response: Response, bytes: Uint8Array): void {
  response.set('Content-Type', BENCODED_TYPE).set('Content-Length', String(bytes.length)).end(bytes);
}
