// How a supernode tells a node that it may give up torrents which others carry now. Ids and hashes are hex here and raw
// bytes on the wire.

import { readDictionary, readList, readText } from '../encoding/fields.ts';
import { dictionaryCodec } from '../records/codec.ts';
import {
  MAX_CODE_BYTES,
  packHashes,
  readChoice,
  readHashes,
  readInfoHash,
  readRecords,
} from '../records/message-fields.ts';
import { MAX_COPIES } from '../records/statements.ts';
import { type InfoHash, infoHashBytes } from '../torrent/info-hash.ts';
import { MAX_PLANTS_PER_CALL } from './node-messages.ts';

export const RELEASE_PATH = '/v2/release';
/** A receipt older than this, in ms, proves nothing about now. */
export const MAX_RELEASE_RECEIPT_AGE_MS = 3_600_000;

/** POST /v2/release of a node. */
export interface ReleaseCall {
  readonly infoHashes: readonly InfoHash[];
  /** Allocation records that name the nodes that keep each torrent, the one called not among them. */
  readonly allocations: readonly Uint8Array[];
  /** Fresh receipts of those nodes. */
  readonly receipts: readonly Uint8Array[];
}

export interface ReleaseItem {
  readonly infoHash: InfoHash;
  /** `released` now, `unknown` when it is not carried, or `refused` with a code. */
  readonly status: 'released' | 'unknown' | 'refused';
  readonly code?: string;
}

export interface ReleaseAnswer {
  readonly items: readonly ReleaseItem[];
}

const STATUSES = ['released', 'unknown', 'refused'] as const;

export const releaseCall = dictionaryCodec<ReleaseCall>(
  'release call',
  (call) => ({
    info_hashes: packHashes(call.infoHashes),
    allocations: call.allocations,
    receipts: call.receipts,
  }),
  (fields) => ({
    infoHashes: readHashes(fields, 'info_hashes', MAX_PLANTS_PER_CALL),
    allocations: readRecords(fields, 'allocations', MAX_PLANTS_PER_CALL),
    receipts: readRecords(fields, 'receipts', MAX_PLANTS_PER_CALL * MAX_COPIES),
  }),
);

export const releaseAnswer = dictionaryCodec<ReleaseAnswer>(
  'release answer',
  ({ items }) => ({
    items: items.map(({ infoHash, status, code }) => ({ info_hash: infoHashBytes(infoHash), status, code })),
  }),
  (fields) => ({
    items: readList(fields, 'items', MAX_PLANTS_PER_CALL).map((value) => {
      const item = readDictionary(value, 'item');
      return {
        infoHash: readInfoHash(item, 'info_hash'),
        status: readChoice(item, 'status', STATUSES),
        ...(item.code === undefined ? {} : { code: readText(item, 'code', MAX_CODE_BYTES) }),
      };
    }),
  }),
);
