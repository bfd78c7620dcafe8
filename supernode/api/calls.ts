// Sealed calls over express: opened before, and their answers sealed after, what a route does.

import type { Request, RequestHandler } from 'express';
import { sendBencoded } from '../../shared/http/bencoded-body.ts';
import type { Clock } from '../../shared/platform/clock.ts';
import { openCall, sealAnswer } from '../../shared/protocol/records/envelope.ts';
import type { NonceMemory } from '../../shared/protocol/records/nonce-memory.ts';
import type { Id, Signer } from '../../shared/protocol/records/record.ts';

export interface CallOptions {
  readonly signer: Signer;
  readonly clock: Clock;
  readonly nonces: NonceMemory;
}

/** Makes a handler of what answers a call's body for its author; expects the raw body in `request.body`. */
export function handleCall(
  path: string,
  { signer, clock, nonces }: CallOptions,
  answer: (author: Id, body: Uint8Array, request: Request) => Uint8Array | Promise<Uint8Array>,
): RequestHandler {
  return async (request, response) => {
    const call = openCall(request.body, { self: signer.id, path, now: clock.now(), nonces });
    const body = await answer(call.author, call.body, request);
    sendBencoded(response, sealAnswer({ to: call.author, nonce: call.nonce, at: clock.now(), body }, signer));
  };
}
