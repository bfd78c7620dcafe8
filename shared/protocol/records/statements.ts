// What nodes, supernodes and planters state about themselves and about torrents: the payloads of records that are kept
// and passed on. Ids and hashes are hex here and raw bytes on the wire.

import { MAX_PORT } from '../addresses/endpoint.ts';
import type { Bencodable, BencodedDictionary } from '../encoding/bencoding.ts';
import { readInteger, readText } from '../encoding/fields.ts';
import { INFO_HASH_V2_BYTES, type InfoHash, type InfoHashV2, infoHashBytes } from '../torrent/info-hash.ts';
import { lastingCodec, type RecordCodec, recordCodec } from './codec.ts';
import type { Lasting } from './lasting.ts';
import {
  EPOCH_BYTES,
  packIds,
  readBaseUrls,
  readChoice,
  readHex,
  readId,
  readIds,
  readInfoHash,
} from './message-fields.ts';
import { checkOperator, OPERATOR_SIGNATURE_BYTES, type Operator } from './operator.ts';
import type { Id } from './record.ts';

/** `open` takes new torrents, `draining` keeps those that it has, `left` wants none. */
export type ServiceState = 'open' | 'draining' | 'left';

/** At most this many base URLs stand in a record. */
export const MAX_BASE_URLS = 3;
/** A torrent is planted at most this many times. */
export const MAX_COPIES = 5;
/** An allocation names this many nodes more than copies, for when one fails. */
export const ALLOCATION_SPARES = 2;
/** The weight of an ordinary node; a node of twice the weight gets twice the torrents. */
export const DEFAULT_WEIGHT = 100;
const MAX_WEIGHT = 1000;
const MAX_SOFTWARE_BYTES = 64;
const MAX_TTL_SECONDS = 366 * 86_400;
/** Default lifetimes of records, in seconds. */
export const SERVICE_TTL_SECONDS = 7 * 86_400;
export const PLANT_TTL_SECONDS = 90 * 86_400;

/** What a node says of itself. */
export interface NodeStatement extends Lasting {
  /** 1-3 origins such as `http://192.0.2.1:6969`; `/announce` and `/v2/...` are below each of them. */
  readonly urls: readonly string[];
  /** UDP tracker port on the hosts of `urls`; 0 when there is none. */
  readonly udpPort: number;
  readonly state: ServiceState;
  /** Share of the torrents relative to other nodes, 1-1000; see DEFAULT_WEIGHT. */
  readonly weight: number;
  /** Name and version for people to read. */
  readonly software: string;
  /** Left out by nodes whose operator has no key. Checked by `nodeRecord`. */
  readonly operator?: Operator;
}

/** What a supernode says of itself. */
export interface SupernodeStatement extends Lasting {
  readonly urls: readonly string[];
  readonly state: ServiceState;
  readonly software: string;
}

/** A planter's wish that a torrent be carried `copies` times. */
export interface PlantStatement extends Lasting {
  readonly infoHash: InfoHash;
  readonly infoHashV2?: InfoHashV2;
  /** The other 20-byte hash of a hybrid torrent, planted by a record of its own. */
  readonly twin?: InfoHash;
  /** 1-5; 0 uproots. */
  readonly copies: number;
}

/** A node's word that it has carried the torrent since change `change` of its catalogue `epoch`. */
export interface ReceiptStatement extends Lasting {
  readonly infoHash: InfoHash;
  /** 16 hex digits, new when a node has lost its database. */
  readonly epoch: string;
  readonly change: number;
}

/** A supernode's choice of nodes for a torrent. */
export interface AllocationStatement {
  readonly infoHash: InfoHash;
  readonly copies: number;
  /** Best first; ALLOCATION_SPARES more than `copies` where there are enough. */
  readonly nodes: readonly Id[];
  /** Unix ms. */
  readonly expiresAt: number;
}

const STATES = ['open', 'draining', 'left'] as const;

const plainNodeRecord = lastingCodec<NodeStatement>(
  'node',
  (node) => ({
    ...writeService(node),
    udp_port: node.udpPort,
    weight: node.weight,
    operator: node.operator === undefined ? undefined : Buffer.from(node.operator.id, 'hex'),
    operator_signature: node.operator === undefined ? undefined : Buffer.from(node.operator.signature, 'hex'),
  }),
  (fields) => ({
    ...readService(fields),
    udpPort: readInteger(fields, 'udp_port', 0, MAX_PORT),
    weight: readInteger(fields, 'weight', 1, MAX_WEIGHT),
    ...(fields.operator === undefined ? {} : { operator: readOperator(fields) }),
  }),
);

/** Its `open` throws PublicError 'operator' for a node that names an operator who did not sign for it. */
export const nodeRecord: RecordCodec<NodeStatement> = {
  ...plainNodeRecord,
  open: (bytes, now) => {
    const opened = plainNodeRecord.open(bytes, now);
    if (opened.value.operator !== undefined) checkOperator(opened.record.author, opened.value.operator);
    return opened;
  },
};

export const supernodeRecord = lastingCodec<SupernodeStatement>('supernode', writeService, readService);

export const plantRecord = lastingCodec<PlantStatement>(
  'plant',
  (plant) => ({
    ...writeLasting(plant),
    info_hash: infoHashBytes(plant.infoHash),
    info_hash_v2: plant.infoHashV2 === undefined ? undefined : Buffer.from(plant.infoHashV2, 'hex'),
    twin: plant.twin === undefined ? undefined : infoHashBytes(plant.twin),
    copies: plant.copies,
  }),
  (fields) => ({
    ...readLasting(fields),
    infoHash: readInfoHash(fields, 'info_hash'),
    ...(fields.info_hash_v2 === undefined ? {} : { infoHashV2: readHex(fields, 'info_hash_v2', INFO_HASH_V2_BYTES) }),
    ...(fields.twin === undefined ? {} : { twin: readInfoHash(fields, 'twin') }),
    copies: readInteger(fields, 'copies', 0, MAX_COPIES),
  }),
);

export const receiptRecord = lastingCodec<ReceiptStatement>(
  'receipt',
  (receipt) => ({
    ...writeLasting(receipt),
    info_hash: infoHashBytes(receipt.infoHash),
    epoch: Buffer.from(receipt.epoch, 'hex'),
    change: receipt.change,
  }),
  (fields) => ({
    ...readLasting(fields),
    infoHash: readInfoHash(fields, 'info_hash'),
    epoch: readHex(fields, 'epoch', EPOCH_BYTES),
    change: readInteger(fields, 'change', 0, Number.MAX_SAFE_INTEGER),
  }),
);

export const allocationRecord = recordCodec<AllocationStatement>(
  'allocation',
  (allocation) => ({
    info_hash: infoHashBytes(allocation.infoHash),
    copies: allocation.copies,
    nodes: packIds(allocation.nodes),
    expires_at: allocation.expiresAt,
  }),
  (fields) => ({
    infoHash: readInfoHash(fields, 'info_hash'),
    copies: readInteger(fields, 'copies', 1, MAX_COPIES),
    nodes: readIds(fields, 'nodes', MAX_COPIES + ALLOCATION_SPARES),
    expiresAt: readInteger(fields, 'expires_at', 0, Number.MAX_SAFE_INTEGER),
  }),
);

function writeService(service: SupernodeStatement): { readonly [key: string]: Bencodable } {
  return { ...writeLasting(service), urls: service.urls, state: service.state, software: service.software };
}

function readService(fields: BencodedDictionary): SupernodeStatement {
  return {
    ...readLasting(fields),
    urls: readBaseUrls(fields, 'urls', MAX_BASE_URLS),
    state: readChoice(fields, 'state', STATES),
    software: readText(fields, 'software', MAX_SOFTWARE_BYTES),
  };
}

function readOperator(fields: BencodedDictionary): Operator {
  return {
    id: readId(fields, 'operator'),
    signature: readHex(fields, 'operator_signature', OPERATOR_SIGNATURE_BYTES),
  };
}

function writeLasting(statement: Lasting): { readonly [key: string]: Bencodable } {
  return { seq: statement.seq, ttl: statement.ttlSeconds };
}

function readLasting(fields: BencodedDictionary): Lasting {
  return {
    seq: readInteger(fields, 'seq', 0, Number.MAX_SAFE_INTEGER),
    ttlSeconds: readInteger(fields, 'ttl', 1, MAX_TTL_SECONDS),
  };
}
