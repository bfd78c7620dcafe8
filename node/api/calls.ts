// Sealed calls of co-carriers over express: opened before, and their answers sealed after, what a route does.

import type { Request, RequestHandler } from 'express';
import { sendBencoded } from '../../shared/http/bencoded-body.ts';
import type { Clock } from '../../shared/platform/clock.ts';
import { openCall, sealAnswer } from '../../shared/protocol/records/envelope.ts';
import { NonceMemory } from '../../shared/protocol/records/nonce-memory.ts';
import { PUBLIC_KEY_BYTES } from '../../shared/protocol/records/public-key.ts';
import type { Id, Signer } from '../../shared/protocol/records/record.ts';
import type { Partner, Partners } from '../sharing/partners.ts';
import type { Quota } from './quota.ts';

export interface CallOptions {
  readonly signer: Signer;
  readonly clock: Clock;
  /** Only these call, as far as it matters; left out: anybody. */
  readonly partners?: Pick<Partners, 'get'> | undefined;
  /** Asked before the envelope's signature is checked, unless it bears the name of a partner. */
  readonly checks: Pick<Quota, 'count'>;
}

const AUTHOR_PREFIX = Buffer.from(`d1:k${PUBLIC_KEY_BYTES}:`);
/** Calls remembered of each partner, 150 KB: what it may make at once, and far more than are ever under way. */
const MAX_NONCES_PER_PARTNER = 1000;

/**
 * The calls received, partner by partner, so that none can fill the memory of the others. Calls of strangers change nothing
 * and are not remembered.
 */
class PartnerNonces {
  readonly #partners: Pick<Partners, 'get'>;
  readonly #memories = new WeakMap<Partner, NonceMemory>();

  constructor(partners: Pick<Partners, 'get'>) {
    this.#partners = partners;
  }

  remember(author: Id, nonce: string, at: number, now: number): boolean {
    const partner = this.#partners.get(author);
    if (partner === undefined) return true;
    const memory = this.#memories.get(partner) ?? new NonceMemory(MAX_NONCES_PER_PARTNER);
    this.#memories.set(partner, memory);
    // The author is told by the memory.
    return memory.remember('', nonce, at, now);
  }
}

/** Makes a handler of what answers a call's body for its author; expects the raw body in `request.body`. */
export function handleCall(
  path: string,
  { signer, clock, partners, checks }: CallOptions,
  answer: (author: Id, body: Uint8Array, now: number, request: Request) => Uint8Array | Promise<Uint8Array>,
): RequestHandler {
  const nonces = partners === undefined ? new NonceMemory() : new PartnerNonces(partners);
  return async (request, response) => {
    const now = clock.now();
    const claimed = claimedAuthor(request.body);
    if (claimed === undefined || partners?.get(claimed) === undefined) checks.count(request, 1);
    const call = openCall(request.body, { self: signer.id, path, now, nonces });
    const body = await answer(call.author, call.body, now, request);
    sendBencoded(response, sealAnswer({ to: call.author, nonce: call.nonce, at: clock.now(), body }, signer));
  };
}

/** Who a sealed call says has made it, as nothing proves yet: the first member of the only form that a record may have. */
function claimedAuthor(call: Buffer): Id | undefined {
  const keyAt = AUTHOR_PREFIX.length;
  const isRecord = call.subarray(0, keyAt).equals(AUTHOR_PREFIX);
  return isRecord ? call.toString('hex', keyAt, keyAt + PUBLIC_KEY_BYTES) : undefined;
}
