// GET /v2/ping: the signed proof that this node lives, and what it holds.

import type { RequestHandler } from 'express';
import { sendBencoded } from '../../shared/http/bencoded-body.ts';
import type { Clock } from '../../shared/platform/clock.ts';
import { type CatalogueHead, pongRecord } from '../../shared/protocol/messages/node-messages.ts';
import type { Signer } from '../../shared/protocol/records/record.ts';
import type { OwnRecord } from './own-record.ts';
import { readParameter } from './query.ts';

export interface PingOptions {
  readonly signer: Signer;
  readonly clock: Clock;
  readonly ownRecord: Pick<OwnRecord, 'current'>;
  readonly holdings: { head(): CatalogueHead };
  /** 0 idle - 100 full. */
  readonly load: () => number;
}

/** The node's uptime counts from this call. */
export function createPingHandler({ signer, clock, ownRecord, holdings, load }: PingOptions): RequestHandler {
  const startedAt = clock.now();
  return (request, response) => {
    const pong = {
      challenge: readParameter(request, 'challenge', /^[0-9a-f]{32}$/, '32 lower-case hex digits'),
      record: ownRecord.current(),
      catalogue: holdings.head(),
      load: load(),
      uptimeSeconds: Math.max(0, Math.floor((clock.now() - startedAt) / 1000)),
    };
    sendBencoded(response, pongRecord.sign(pong, signer).bytes);
  };
}
