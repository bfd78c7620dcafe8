// POST /v2/sync: a co-carrier pulls our own peers, page by page, or only asks how many they are.

import { setImmediate as nextTurn } from 'node:timers/promises';
import type { RequestHandler } from 'express';
import { SYNC_PATH, syncCall, syncPage } from '../../shared/protocol/messages/share-messages.ts';
import type { Id } from '../../shared/protocol/records/record.ts';
import type { Sharing } from '../sharing/sharing.ts';
import { type CallOptions, handleCall } from './calls.ts';

export interface SyncOptions extends CallOptions {
  readonly sharing: Pick<Sharing, 'page' | 'census' | 'partners'>;
}

/** Links counted before announces have their turn: 2 ms. */
const LINKS_PER_TURN = 20_000;

export function createSyncHandler(options: SyncOptions): RequestHandler {
  const { sharing } = options;
  return handleCall(SYNC_PATH, { ...options, partners: sharing.partners }, async (author, body, now) => {
    const call = syncCall.read(body);
    // Counted before the page is made: from the page on, every change comes with a later batch.
    const census = call.cursor === 0 ? await countOwn(sharing, author, now) : undefined;
    return syncPage.write({ ...sharing.page(author, call, now), ...(census === undefined ? {} : { census }) });
  });
}

async function countOwn(sharing: SyncOptions['sharing'], author: Id, now: number): Promise<Uint32Array | undefined> {
  const { promise, resolve } = Promise.withResolvers<Uint32Array>();
  const walk = sharing.census(author, now, resolve);
  if (walk === undefined) return undefined;
  while (!walk.step(LINKS_PER_TURN)) await nextTurn();
  return promise;
}
