// POST /v2/share: a co-carrier tells what changed among its own peers.

import type { RequestHandler } from 'express';
import { SHARE_PATH, shareAnswer, shareBatch } from '../../shared/protocol/messages/share-messages.ts';
import type { Sharing } from '../sharing/sharing.ts';
import { type CallOptions, handleCall } from './calls.ts';

export interface ShareOptions extends CallOptions {
  readonly sharing: Pick<Sharing, 'receive' | 'partners'>;
}

export function createShareHandler(options: ShareOptions): RequestHandler {
  const { sharing } = options;
  return handleCall(SHARE_PATH, { ...options, partners: sharing.partners }, (author, body, now) =>
    shareAnswer.write(sharing.receive(author, shareBatch.read(body), now)),
  );
}
