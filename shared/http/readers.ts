// Keeps what only operators may read from everybody else.

import type { RequestHandler } from 'express';
import { PublicError } from '../errors.ts';
import type { OperatorNetworks, OperatorTokens } from './operators.ts';

export interface Readers {
  /** Who may read without a token. */
  readonly networks: OperatorNetworks;
  /** Those with the scope `read` may read from everywhere. */
  readonly tokens: OperatorTokens;
}

const FORBIDDEN = 403;

export function forReaders({ networks, tokens }: Readers): RequestHandler {
  return (request, _response, next) => {
    if (networks.has(request) || tokens.find(request)?.scopes.has('read') === true) next();
    else throw new PublicError('forbidden', 'this is for operators; see --allow-metrics', { status: FORBIDDEN });
  };
}
