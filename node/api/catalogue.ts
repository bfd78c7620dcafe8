// GET /v2/catalogue: signed pages of what this node carries, as changes since a number or from the beginning.

import type { RequestHandler } from 'express';
import { sendBencoded } from '../../shared/http/bencoded-body.ts';
import { catalogueRecord } from '../../shared/protocol/messages/node-messages.ts';
import type { Signer } from '../../shared/protocol/records/record.ts';
import type { Holdings } from '../store/holdings.ts';
import { readParameter } from './query.ts';
import type { Quota } from './quota.ts';

export interface CatalogueOptions {
  readonly signer: Signer;
  readonly holdings: Pick<Holdings, 'delta'>;
  /** One unit for each answer. */
  readonly pages: Pick<Quota, 'count'>;
}

/** Whoever holds nothing asks with an epoch of zeroes. */
export function createCatalogueHandler({ signer, holdings, pages }: CatalogueOptions): RequestHandler {
  return (request, response) => {
    const epoch = readParameter(request, 'epoch', /^[0-9a-f]{16}$/, '16 lower-case hex digits');
    const since = readParameter(request, 'since', /^\d{1,15}$/, 'a change number');
    pages.count(request, 1);
    sendBencoded(response, catalogueRecord.sign(holdings.delta(epoch, Number(since)), signer).bytes);
  };
}
