// What a node answers: to a ping, to a question for its catalogue, to a plant call. Ids and hashes are hex here and raw
// bytes on the wire.

import type { Bencodable, Bencoded, BencodedDictionary } from '../encoding/bencoding.ts';
import { readBytes, readDictionary, readInteger, readList, readText } from '../encoding/fields.ts';
import { dictionaryCodec, recordCodec } from '../records/codec.ts';
import {
  EPOCH_BYTES,
  MAX_CODE_BYTES,
  packHashes,
  readChoice,
  readFlag,
  readHashes,
  readHex,
  readInfoHash,
  readRecords,
} from '../records/message-fields.ts';
import { MAX_STATEMENT_BYTES } from '../records/record.ts';
import { type InfoHash, infoHashBytes } from '../torrent/info-hash.ts';

/** A ping's challenge, in bytes. */
export const CHALLENGE_BYTES = 16;
/** Of a catalogue: a SHA-256. */
const ROOT_BYTES = 32;
/** One page of a catalogue holds at most this many hashes, added and removed together. */
export const MAX_CATALOGUE_HASHES = 4000;
/** One plant call carries at most this many plant records. */
export const MAX_PLANTS_PER_CALL = 50;
/** One plant call introduces at most this many nodes. */
export const MAX_CARRIERS_PER_CALL = 64;

/** What a node's catalogue looks like as a whole. */
export interface CatalogueHead {
  /** 16 hex digits, new when a node has lost its database. */
  readonly epoch: string;
  /** Grows by one with every torrent carried or dropped. */
  readonly change: number;
  readonly count: number;
  /** 64 hex digits over all hashes carried; see catalogue.ts. */
  readonly root: string;
}

/** The signed answer of a node or supernode to a ping. */
export interface Pong {
  /** The asker's 16 bytes, 32 hex digits: proof that the answer is fresh. */
  readonly challenge: string;
  /** The node or supernode record of the one who answers. */
  readonly record: Uint8Array;
  /** Nodes only. */
  readonly catalogue?: CatalogueHead;
  /** 0 idle - 100 full. */
  readonly load: number;
  readonly uptimeSeconds: number;
}

/** One signed page of the changes of a node's catalogue. */
export interface CatalogueDelta {
  /** The catalogue after the last page. */
  readonly head: CatalogueHead;
  /** `added` starts the full set anew: what the reader held is to be forgotten. */
  readonly isReset: boolean;
  readonly added: readonly InfoHash[];
  readonly removed: readonly InfoHash[];
  /** What to ask since for the next page. */
  readonly next: number;
  readonly isLast: boolean;
}

/** POST /v2/plant of a node. */
export interface PlantCall {
  /** Plant records. */
  readonly plants: readonly Uint8Array[];
  /** Allocation records that name this node for those torrents. */
  readonly allocations: readonly Uint8Array[];
  /** Node records of all that carry or shall carry them. */
  readonly carriers: readonly Uint8Array[];
}

/** `planted` now, `known` before, or `refused` with a code. */
export type PlantStatus = 'planted' | 'known' | 'refused';

export interface PlantItem {
  readonly infoHash: InfoHash;
  readonly status: PlantStatus;
  /** Why it was refused. */
  readonly code?: string;
  /** The node's receipt record, unless refused. */
  readonly receipt?: Uint8Array;
}

export interface PlantAnswer {
  readonly items: readonly PlantItem[];
}

const STATUSES = ['planted', 'known', 'refused'] as const;

export const pongRecord = recordCodec<Pong>(
  'pong',
  (pong) => ({
    challenge: Buffer.from(pong.challenge, 'hex'),
    record: pong.record,
    catalogue: pong.catalogue === undefined ? undefined : writeHead(pong.catalogue),
    load: pong.load,
    uptime: pong.uptimeSeconds,
  }),
  (fields) => ({
    challenge: readHex(fields, 'challenge', CHALLENGE_BYTES),
    record: readBytes(fields, 'record', { min: 1, max: MAX_STATEMENT_BYTES }),
    ...(fields.catalogue === undefined ? {} : { catalogue: readHead(fields.catalogue, 'catalogue') }),
    load: readInteger(fields, 'load', 0, 100),
    uptimeSeconds: readInteger(fields, 'uptime', 0, Number.MAX_SAFE_INTEGER),
  }),
);

export const catalogueRecord = recordCodec<CatalogueDelta>(
  'catalogue',
  (delta) => ({
    head: writeHead(delta.head),
    reset: delta.isReset ? 1 : 0,
    added: packHashes(delta.added),
    removed: packHashes(delta.removed),
    next: delta.next,
    last: delta.isLast ? 1 : 0,
  }),
  (fields) => ({
    head: readHead(fields.head, 'head'),
    isReset: readFlag(fields, 'reset'),
    added: readHashes(fields, 'added', MAX_CATALOGUE_HASHES),
    removed: readHashes(fields, 'removed', MAX_CATALOGUE_HASHES),
    next: readInteger(fields, 'next', 0, Number.MAX_SAFE_INTEGER),
    isLast: readFlag(fields, 'last'),
  }),
);

export const plantCall = dictionaryCodec<PlantCall>(
  'plant call',
  (call) => ({ plants: call.plants, allocations: call.allocations, carriers: call.carriers }),
  (fields) => ({
    plants: readRecords(fields, 'plants', MAX_PLANTS_PER_CALL),
    allocations: readRecords(fields, 'allocations', MAX_PLANTS_PER_CALL),
    carriers: readRecords(fields, 'carriers', MAX_CARRIERS_PER_CALL),
  }),
);

export const plantAnswer = dictionaryCodec<PlantAnswer>(
  'plant answer',
  (answer) => ({ items: answer.items.map(writePlantItem) }),
  (fields) => ({ items: readPlantItems(fields) }),
);

/** One item of a plant or register answer. */
export function writePlantItem(item: PlantItem): { readonly [key: string]: Bencodable | undefined } {
  return {
    info_hash: infoHashBytes(item.infoHash),
    status: item.status,
    code: item.code,
    receipt: item.receipt,
  };
}

/** The `items` of a plant or register answer. */
export function readPlantItems(fields: BencodedDictionary): PlantItem[] {
  return readList(fields, 'items', MAX_PLANTS_PER_CALL).map((value) => {
    const item = readDictionary(value, 'item');
    return {
      infoHash: readInfoHash(item, 'info_hash'),
      status: readChoice(item, 'status', STATUSES),
      ...(item.code === undefined ? {} : { code: readText(item, 'code', MAX_CODE_BYTES) }),
      ...(item.receipt === undefined
        ? {}
        : { receipt: readBytes(item, 'receipt', { min: 1, max: MAX_STATEMENT_BYTES }) }),
    };
  });
}

/** `head` of a message. */
export function writeHead(head: CatalogueHead): Bencodable {
  return {
    epoch: Buffer.from(head.epoch, 'hex'),
    change: head.change,
    count: head.count,
    root: Buffer.from(head.root, 'hex'),
  };
}

export function readHead(value: Bencoded | undefined, name: string): CatalogueHead {
  const fields = readDictionary(value, name);
  return {
    epoch: readHex(fields, 'epoch', EPOCH_BYTES),
    change: readInteger(fields, 'change', 0, Number.MAX_SAFE_INTEGER),
    count: readInteger(fields, 'count', 0, Number.MAX_SAFE_INTEGER),
    root: readHex(fields, 'root', ROOT_BYTES),
  };
}
