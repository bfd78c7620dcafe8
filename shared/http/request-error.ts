// Why a call to another server failed, in words for the operator. Strangers never read these: they would learn about our network.

import { PublicError } from '../errors.ts';

export type RequestFailure = 'no-route' | 'unreachable' | 'timeout' | 'too-large' | 'broken';

/** `code` is stable: 'no-route' (this machine has no way there), 'unreachable' (never connected), 'timeout', 'too-large', 'broken' (the connection or the answer). */
export class RequestError extends Error {
  readonly code: RequestFailure;

  constructor(code: RequestFailure, url: URL, reason: string, cause?: unknown) {
    super(`${url.origin}: ${reason}`, cause === undefined ? undefined : { cause });
    this.name = 'RequestError';
    this.code = code;
  }
}

type Explanation = readonly [code: RequestFailure, reason: string];

/** By the code of the error from the socket or from undici. */
const EXPLANATIONS: ReadonlyMap<string, Explanation> = new Map<string, Explanation>([
  ['ECONNREFUSED', ['unreachable', 'connection refused']],
  ['EHOSTUNREACH', ['unreachable', 'host unreachable']],
  ['ENETUNREACH', ['no-route', 'network unreachable']],
  ['EADDRNOTAVAIL', ['no-route', 'no address of this machine leads there']],
  ['ENOTFOUND', ['unreachable', 'no such host name']],
  ['EAI_AGAIN', ['unreachable', 'the name server does not answer']],
  ['ETIMEDOUT', ['timeout', 'connecting timed out']],
  ['UND_ERR_CONNECT_TIMEOUT', ['timeout', 'connecting timed out']],
  ['ECONNRESET', ['broken', 'connection reset']],
  ['EPIPE', ['broken', 'connection closed']],
  ['UND_ERR_SOCKET', ['broken', 'connection closed before the end of the answer']],
  ['UND_ERR_HEADERS_OVERFLOW', ['too-large', 'answered with too many headers']],
]);

/** The error to throw for one that undici threw; refusals of ours pass through it unchanged. */
export function requestFailure(error: unknown, url: URL): Error {
  if (error instanceof RequestError || error instanceof PublicError) return error;
  // With several addresses each of them has failed; the first tells as much as any.
  const first: unknown = error instanceof AggregateError ? error.errors[0] : error;
  if (first instanceof PublicError) return first;
  const code = first instanceof Error && 'code' in first ? String(first.code) : '';
  const [failure, reason] = EXPLANATIONS.get(code) ?? [
    'broken',
    first instanceof Error ? first.message : String(first),
  ];
  return new RequestError(failure, url, reason, error);
}
