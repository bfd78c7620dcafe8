// What routes ask of a request as such.

import type { Request, Response } from 'express';
import { clientAddress } from '../../shared/http/client-address.ts';
import type { NetworkSet } from '../../shared/protocol/addresses/networks.ts';

/** Aborted when the other side has gone or has its answer. */
export function goneSignal(response: Response): AbortSignal {
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  return gone.signal;
}

/** Where it came from: behind a trusted proxy the client's own address. */
export function addressOf(request: Request, trustedProxies: NetworkSet): string {
  return clientAddress(request.socket.remoteAddress ?? '', request.get('x-forwarded-for') ?? '', trustedProxies);
}
