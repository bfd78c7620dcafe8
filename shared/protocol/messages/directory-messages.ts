// What a supernode is asked and answers. Ids and hashes are hex here and raw bytes on the wire; records travel as the
// bytes that their authors signed.

import type { Bencoded } from '../encoding/bencoding.ts';
import { readBytes, readDictionary, readInteger, readList, readText } from '../encoding/fields.ts';
import { dictionaryCodec } from '../records/codec.ts';
import {
  EPOCH_BYTES,
  readChoice,
  readFlag,
  readHex,
  readId,
  readInfoHash,
  readRecords,
} from '../records/message-fields.ts';
import { type Id, MAX_STATEMENT_BYTES } from '../records/record.ts';
import { MAX_COPIES } from '../records/statements.ts';
import { type InfoHash, infoHashBytes } from '../torrent/info-hash.ts';
import { MAX_PLANTS_PER_CALL, type PlantAnswer, readPlantItems, writePlantItem } from './node-messages.ts';

/** One look-up asks for at most this many torrents, so that its URL stays below 2000 characters. */
export const MAX_LOOKUP_HASHES = 32;
/** A look-up names at most this many carriers and plants per torrent. */
export const MAX_LOOKUP_CARRIERS = 16;
export const MAX_LOOKUP_PLANTS = 8;
/** An answer introduces at most this many nodes or supernodes. */
export const MAX_INTRODUCED = 64;
/** One page of records: at most this many, and together at most this many bytes. */
export const MAX_PAGE_RECORDS = 600;
export const MAX_PAGE_BYTES = 240 * 1024;
/** A long poll is answered after this many seconds at the latest. */
export const MAX_WAIT_SECONDS = 30;
const MAX_CURSOR_BYTES = 128;
const MAX_REASON_BYTES = 200;
const MAX_RETRY_SECONDS = 86_400;

/** POST /v2/plant of a supernode: what was planted, and the receipts of those who carry it. */
export interface RegisterCall {
  readonly plants: readonly Uint8Array[];
  readonly receipts: readonly Uint8Array[];
}

/** Items without receipts. */
export type RegisterAnswer = PlantAnswer;

/** POST /v2/join: the node or supernode record of the caller. */
export interface JoinCall {
  readonly record: Uint8Array;
}

export interface JoinAnswer {
  readonly status: 'accepted' | 'wait' | 'refused';
  readonly reason?: string;
  /** When to join again: to stay known, or to be looked at anew. */
  readonly retrySeconds: number;
  /** Records of the supernodes to join as well. */
  readonly supernodes: readonly Uint8Array[];
}

/** `up` answers, `suspect` missed the last ping, `down` missed several. */
export type CarrierState = 'up' | 'suspect' | 'down';

export interface Carrier {
  readonly node: Id;
  readonly state: CarrierState;
}

export interface LookupItem {
  readonly infoHash: InfoHash;
  readonly carriers: readonly Carrier[];
  readonly plants: readonly Uint8Array[];
}

/** GET /v2/lookup: one item per hash in the order asked, and the records of all nodes named. */
export interface LookupAnswer {
  readonly items: readonly LookupItem[];
  readonly nodes: readonly Uint8Array[];
}

/** GET /v2/allocate: an allocation record and the records of the nodes that it names. */
export interface AllocateAnswer {
  readonly allocation: Uint8Array;
  readonly nodes: readonly Uint8Array[];
}

/** GET /v2/changes: the next page of a supernode's feed of records, in the order of their arrival there. */
export interface ChangesAnswer {
  /** 16 hex digits, new when a supernode has lost its database. */
  readonly feed: string;
  /** What to ask since for the next page. */
  readonly next: number;
  /** The cursor was of another feed or too old: these records start from the beginning. */
  readonly isReset: boolean;
  readonly records: readonly Uint8Array[];
}

/** GET /v2/nodes and /v2/supernodes: `next` is the cursor of the next page, left out on the last. */
export interface DirectoryPage {
  readonly records: readonly Uint8Array[];
  readonly next?: string;
}

const JOIN_STATUSES = ['accepted', 'wait', 'refused'] as const;
const CARRIER_STATES = ['up', 'suspect', 'down'] as const;

export const registerCall = dictionaryCodec<RegisterCall>(
  'register call',
  (call) => ({ plants: call.plants, receipts: call.receipts }),
  (fields) => ({
    plants: readRecords(fields, 'plants', MAX_PLANTS_PER_CALL),
    receipts: readRecords(fields, 'receipts', MAX_PLANTS_PER_CALL * MAX_COPIES),
  }),
);

export const registerAnswer = dictionaryCodec<RegisterAnswer>(
  'register answer',
  (answer) => ({ items: answer.items.map(writePlantItem) }),
  (fields) => ({ items: readPlantItems(fields) }),
);

export const joinCall = dictionaryCodec<JoinCall>(
  'join call',
  (call) => ({ record: call.record }),
  (fields) => ({ record: readBytes(fields, 'record', { min: 1, max: MAX_STATEMENT_BYTES }) }),
);

export const joinAnswer = dictionaryCodec<JoinAnswer>(
  'join answer',
  (answer) => ({
    status: answer.status,
    reason: answer.reason,
    retry: answer.retrySeconds,
    supernodes: answer.supernodes,
  }),
  (fields) => ({
    status: readChoice(fields, 'status', JOIN_STATUSES),
    ...(fields.reason === undefined ? {} : { reason: readText(fields, 'reason', MAX_REASON_BYTES) }),
    retrySeconds: readInteger(fields, 'retry', 0, MAX_RETRY_SECONDS),
    supernodes: readRecords(fields, 'supernodes', MAX_INTRODUCED),
  }),
);

export const lookupAnswer = dictionaryCodec<LookupAnswer>(
  'look-up answer',
  (answer) => ({
    items: answer.items.map((item) => ({
      info_hash: infoHashBytes(item.infoHash),
      carriers: item.carriers.map(({ node, state }) => ({ node: Buffer.from(node, 'hex'), state })),
      plants: item.plants,
    })),
    nodes: answer.nodes,
  }),
  (fields) => ({
    items: readList(fields, 'items', MAX_LOOKUP_HASHES).map(readLookupItem),
    nodes: readRecords(fields, 'nodes', MAX_LOOKUP_HASHES * MAX_LOOKUP_CARRIERS),
  }),
);

export const allocateAnswer = dictionaryCodec<AllocateAnswer>(
  'allocate answer',
  (answer) => ({ allocation: answer.allocation, nodes: answer.nodes }),
  (fields) => ({
    allocation: readBytes(fields, 'allocation', { min: 1, max: MAX_STATEMENT_BYTES }),
    nodes: readRecords(fields, 'nodes', MAX_INTRODUCED),
  }),
);

export const changesAnswer = dictionaryCodec<ChangesAnswer>(
  'changes answer',
  (answer) => ({
    feed: Buffer.from(answer.feed, 'hex'),
    next: answer.next,
    reset: answer.isReset ? 1 : 0,
    records: answer.records,
  }),
  (fields) => ({
    feed: readHex(fields, 'feed', EPOCH_BYTES),
    next: readInteger(fields, 'next', 0, Number.MAX_SAFE_INTEGER),
    isReset: readFlag(fields, 'reset'),
    records: readRecords(fields, 'records', MAX_PAGE_RECORDS),
  }),
);

export const directoryPage = dictionaryCodec<DirectoryPage>(
  'directory page',
  (page) => ({ records: page.records, next: page.next }),
  (fields) => ({
    records: readRecords(fields, 'records', MAX_PAGE_RECORDS),
    ...(fields.next === undefined ? {} : { next: readText(fields, 'next', MAX_CURSOR_BYTES) }),
  }),
);

function readLookupItem(value: Bencoded): LookupItem {
  const fields = readDictionary(value, 'item');
  return {
    infoHash: readInfoHash(fields, 'info_hash'),
    carriers: readList(fields, 'carriers', MAX_LOOKUP_CARRIERS).map((entry) => {
      const carrier = readDictionary(entry, 'carrier');
      return { node: readId(carrier, 'node'), state: readChoice(carrier, 'state', CARRIER_STATES) };
    }),
    plants: readRecords(fields, 'plants', MAX_LOOKUP_PLANTS),
  };
}
