// What co-carriers say to each other: batches of changes that are pushed, pages of everything that are pulled. Ids and
// hashes are hex here and raw bytes on the wire.

import { BencodeError } from '../encoding/bencoding.ts';
import { readBytes, readInteger } from '../encoding/fields.ts';
import { dictionaryCodec } from '../records/codec.ts';
import { EPOCH_BYTES, packHashes, readHashes, readHex } from '../records/message-fields.ts';
import type { InfoHash } from '../torrent/info-hash.ts';
import { ShareGroups } from './share-groups.ts';

export const SHARE_PATH = '/v2/share';
export const SYNC_PATH = '/v2/sync';

/** Groups in one batch; what an announce road can wait for (2 ms to apply). */
export const MAX_BATCH_BYTES = 65_536;
/** Groups in one page of a synchronisation. */
export const MAX_PAGE_BYTES = 131_072;
/** Torrents are counted and synchronised in so many parts, by the first byte of their info hash. */
export const BUCKETS = 256;
const BUCKET_MASK_BYTES = BUCKETS / 8;
const COUNT_BYTES = 4;
const MAX_NOT_BEFORE_MS = 3_600_000;
/** Refused hashes in one answer: as many as groups fit a batch. */
const MAX_REFUSED = 2000;

/** POST /v2/share: what changed among the sender's own peers of the torrents that both carry. */
export interface ShareBatch {
  /** 16 hex digits, new whenever the sender starts: only its sequences of one epoch can be compared. */
  readonly epoch: string;
  /** Grows by at least one with every batch for this receiver. */
  readonly sequence: number;
  /** The batch has all changes after batch `base`: who has not seen that one has lost something and pulls. */
  readonly base: number;
  readonly groups: ShareGroups;
}

export interface ShareAnswer {
  /** Epoch of the answerer: a new one means that it has started anew. */
  readonly epoch: string;
  /** The sequence of the batch. */
  readonly sequence: number;
  /** Torrents that the answerer does not share with the sender. */
  readonly refused: readonly InfoHash[];
  /** The next batch is welcome after so many ms. */
  readonly notBeforeMs: number;
}

/** POST /v2/sync: all own peers of the torrents that both carry. */
export interface SyncCall {
  /** Epoch of the caller: a new one means that what it had told before is out of date. */
  readonly epoch: string;
  /** Which torrents: one bit per first byte of the info hash, most significant first; none asks for the census alone. */
  readonly buckets: Uint8Array;
  /** 0 at first, then `next` of the page before. */
  readonly cursor: number;
}

export interface SyncPage {
  readonly epoch: string;
  /** The last batch that was made before the page: who has applied a later one asks for the page again. */
  readonly sequence: number;
  readonly groups: ShareGroups;
  /** On the first page: how many peers the answerer has of its own in the torrents of each bucket that both carry. */
  readonly census?: Uint32Array;
  /** Left out on the last page. */
  readonly next?: number;
}

export const shareBatch = dictionaryCodec<ShareBatch>(
  'share batch',
  ({ epoch, sequence, base, groups }) => ({
    epoch: Buffer.from(epoch, 'hex'),
    seq: sequence,
    base,
    groups: groups.bytes,
  }),
  (fields) => {
    const sequence = readInteger(fields, 'seq', 1, Number.MAX_SAFE_INTEGER);
    return {
      epoch: readHex(fields, 'epoch', EPOCH_BYTES),
      sequence,
      base: readInteger(fields, 'base', 0, sequence - 1),
      groups: new ShareGroups(readBytes(fields, 'groups', { min: 0, max: MAX_BATCH_BYTES })),
    };
  },
);

export const shareAnswer = dictionaryCodec<ShareAnswer>(
  'share answer',
  ({ epoch, sequence, refused, notBeforeMs }) => ({
    epoch: Buffer.from(epoch, 'hex'),
    seq: sequence,
    refused: packHashes(refused),
    not_before: notBeforeMs,
  }),
  (fields) => ({
    epoch: readHex(fields, 'epoch', EPOCH_BYTES),
    sequence: readInteger(fields, 'seq', 1, Number.MAX_SAFE_INTEGER),
    refused: readHashes(fields, 'refused', MAX_REFUSED),
    notBeforeMs: readInteger(fields, 'not_before', 0, MAX_NOT_BEFORE_MS),
  }),
);

export const syncCall = dictionaryCodec<SyncCall>(
  'sync call',
  ({ epoch, buckets, cursor }) => ({ epoch: Buffer.from(epoch, 'hex'), buckets, cursor }),
  (fields) => ({
    epoch: readHex(fields, 'epoch', EPOCH_BYTES),
    buckets: readBytes(fields, 'buckets', BUCKET_MASK_BYTES),
    cursor: readInteger(fields, 'cursor', 0, Number.MAX_SAFE_INTEGER),
  }),
);

export const syncPage = dictionaryCodec<SyncPage>(
  'sync page',
  ({ epoch, sequence, groups, census, next }) => ({
    epoch: Buffer.from(epoch, 'hex'),
    seq: sequence,
    groups: groups.bytes,
    census: census === undefined ? undefined : writeCensus(census),
    next,
  }),
  (fields) => ({
    epoch: readHex(fields, 'epoch', EPOCH_BYTES),
    sequence: readInteger(fields, 'seq', 0, Number.MAX_SAFE_INTEGER),
    groups: new ShareGroups(readBytes(fields, 'groups', { min: 0, max: MAX_PAGE_BYTES })),
    ...(fields.census === undefined ? {} : { census: readCensus(readBytes(fields, 'census')) }),
    ...(fields.next === undefined ? {} : { next: readInteger(fields, 'next', 1, Number.MAX_SAFE_INTEGER) }),
  }),
);

/** Whether the mask of a sync call has the bucket. */
export function hasBucket(buckets: Uint8Array, bucket: number): boolean {
  return (buckets[bucket >> 3]! & (0x80 >> (bucket & 7))) !== 0;
}

export function addBucket(buckets: Uint8Array, bucket: number): void {
  buckets[bucket >> 3]! |= 0x80 >> (bucket & 7);
}

export function noBuckets(): Uint8Array {
  return new Uint8Array(BUCKET_MASK_BYTES);
}

export function allBuckets(): Uint8Array {
  return noBuckets().fill(0xff);
}

function writeCensus(census: Uint32Array): Buffer {
  const bytes = Buffer.alloc(BUCKETS * COUNT_BYTES);
  for (const [bucket, count] of census.entries()) bytes.writeUInt32BE(count, bucket * COUNT_BYTES);
  return bytes;
}

function readCensus(bytes: Buffer): Uint32Array {
  if (bytes.length !== BUCKETS * COUNT_BYTES) throw new BencodeError(`"census" must be ${BUCKETS} counts`);
  return Uint32Array.from({ length: BUCKETS }, (_, bucket) => bytes.readUInt32BE(bucket * COUNT_BYTES));
}
