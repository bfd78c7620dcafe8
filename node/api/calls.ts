// Sealed calls of co-carriers over express: opened before, and their answers sealed after, what a route does.

import type { RequestHandler } from 'express';
import { sendBencoded } from '../../shared/http/bencoded-body.ts';
import type { Clock } from '../../shared/platform/clock.ts';
import { openCall, sealAnswer } from '../../shared/protocol/envelope.ts';
import { NonceMemory } from '../../shared/protocol/nonce-memory.ts';
import type { Id, Signer } from '../../shared/protocol/record.ts';

export interface CallOptions {
  readonly signer: Signer;
  readonly clock: Clock;
}

/** Makes a handler of what answers a call's body for its author; expects the raw body in `request.body`. */
export function handleCall(
  path: string,
  { signer, clock }: CallOptions,
  answer: (author: Id, body: Uint8Array, now: number) => Uint8Array | Promise<Uint8Array>,
): RequestHandler {
  const nonces = new NonceMemory();
  return async (request, response) => {
    const now = clock.now();
    const call = openCall(request.body, { self: signer.id, path, now, nonces });
    const body = await answer(call.author, call.body, now);
    sendBencoded(response, sealAnswer({ to: call.author, nonce: call.nonce, at: clock.now(), body }, signer));
  };
}
