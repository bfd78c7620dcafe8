// What a caller of the control plane learns when a request fails: everything about a PublicError, else nothing but the fact.

import { STATUS_CODES } from 'node:http';
import type { ErrorRequestHandler, RequestHandler, Response } from 'express';
import { PublicError } from '../errors.ts';
import type { Log } from '../platform/log.ts';
import { writeFailure } from '../protocol/messages/failure-message.ts';
import { sendBencoded } from './bencoded-body.ts';

const INTERNAL = 500;

/** The last route: nobody knows the path. */
export const notFound: RequestHandler = (_request, _response, next) => {
  next(new PublicError('not-found', 'no such resource', { status: 404 }));
};

/** Ends a response, whose status is set, with what went wrong. */
export type SendFailure = (response: Response, failure: PublicError) => void;

const sendBencodedFailure: SendFailure = (response, failure) => sendBencoded(response, writeFailure(failure));

export const sendJsonFailure: SendFailure = (response, { code, message }) => {
  response.json({ code, message });
};

/** The last handler of an app. Logs what is nobody's business but the operator's. */
export function handleErrors(log: Pick<Log, 'error'>, send = sendBencodedFailure): ErrorRequestHandler {
  return (error: unknown, request, response, _next) => {
    const shown = publicForm(error);
    if (shown !== error && shown.status >= INTERNAL) {
      log.error({ err: error, method: request.method, path: request.path }, 'request failed');
    }
    if (response.headersSent) {
      // Half an answer is out: it must not be taken for a whole one.
      response.destroy();
      return;
    }
    if (shown.retrySeconds !== undefined) response.set('Retry-After', String(shown.retrySeconds));
    send(response.status(shown.status), shown);
  };
}

function publicForm(error: unknown): PublicError {
  if (error instanceof PublicError) return error;
  const status = statusOf(error);
  if (status !== undefined) return new PublicError('request', STATUS_CODES[status] ?? 'bad request', { status });
  return new PublicError('internal', 'internal error', { status: INTERNAL });
}

/** express and its body reader mark what the caller did wrong with a status from 400 to 499. */
function statusOf(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('status' in error)) return undefined;
  const { status } = error;
  return typeof status === 'number' && status >= 400 && status < INTERNAL ? status : undefined;
}
