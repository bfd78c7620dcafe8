// POST /v2/carriers: a node asks a supernode who else carries its torrents, and waits until that changes. Ids and hashes
// are hex here and raw bytes on the wire.

import { BencodeError } from '../encoding/bencoding.ts';
import { readBytes, readInteger } from '../encoding/fields.ts';
import { dictionaryCodec } from '../records/codec.ts';
import { EPOCH_BYTES, readFlag, readHex, readInfoHash, readRecords } from '../records/message-fields.ts';
import { INFO_HASH_BYTES, type InfoHash, infoHashBytes, infoHashFromBytes } from '../torrent/info-hash.ts';

export const CARRIERS_PATH = '/v2/carriers';
/** A page names at most so many nodes, and has at most so many bytes of torrents. */
export const MAX_NAMED_NODES = 200;
export const MAX_ITEM_BYTES = 128 * 1024;
/** Carriers of one torrent that are named. */
export const MAX_NAMED_CARRIERS = 16;
/** Asked with by whoever knows nothing yet. */
export const NO_FEED: string = '00'.repeat(EPOCH_BYTES);

const INDEX_BYTES = 2;
const MAX_WAIT_SECONDS = 30;

export interface CarriersCall {
  /** 16 hex digits from the answer before; NO_FEED at first. */
  readonly feed: string;
  /** `next` of the answer before. */
  readonly since: number;
  /** `place` of the answer before, if it had one. */
  readonly place?: InfoHash;
  /** How long to wait for news. */
  readonly waitSeconds: number;
}

export interface CarriersItem {
  readonly infoHash: InfoHash;
  /** All nodes that carry the torrent, as indices into `nodes` of the answer; the asker is among them. */
  readonly carriers: readonly number[];
}

export interface CarriersAnswer {
  readonly feed: string;
  readonly next: number;
  /** These items are the beginning of all of them, since the cursor was of another feed or too old. */
  readonly isReset: boolean;
  /** The list of all torrents goes on behind this one: ask again at once. */
  readonly place?: InfoHash;
  readonly items: readonly CarriersItem[];
  /** Node records. */
  readonly nodes: readonly Uint8Array[];
}

export const carriersCall = dictionaryCodec<CarriersCall>(
  'carriers call',
  ({ feed, since, place, waitSeconds }) => ({
    feed: Buffer.from(feed, 'hex'),
    since,
    place: place === undefined ? undefined : infoHashBytes(place),
    wait: waitSeconds,
  }),
  (fields) => ({
    feed: readHex(fields, 'feed', EPOCH_BYTES),
    since: readInteger(fields, 'since', 0, Number.MAX_SAFE_INTEGER),
    ...(fields.place === undefined ? {} : { place: readInfoHash(fields, 'place') }),
    waitSeconds: readInteger(fields, 'wait', 0, MAX_WAIT_SECONDS),
  }),
);

export const carriersAnswer = dictionaryCodec<CarriersAnswer>(
  'carriers answer',
  ({ feed, next, isReset, place, items, nodes }) => ({
    feed: Buffer.from(feed, 'hex'),
    next,
    reset: isReset ? 1 : 0,
    place: place === undefined ? undefined : infoHashBytes(place),
    items: packItems(items),
    nodes,
  }),
  (fields) => {
    const nodes = readRecords(fields, 'nodes', MAX_NAMED_NODES);
    return {
      feed: readHex(fields, 'feed', EPOCH_BYTES),
      next: readInteger(fields, 'next', 0, Number.MAX_SAFE_INTEGER),
      isReset: readFlag(fields, 'reset'),
      ...(fields.place === undefined ? {} : { place: readInfoHash(fields, 'place') }),
      items: readItems(readBytes(fields, 'items', { min: 0, max: MAX_ITEM_BYTES }), nodes.length),
      nodes,
    };
  },
);

/** Bytes that an item takes in an answer. */
export function itemBytes(carriers: number): number {
  return INFO_HASH_BYTES + 1 + carriers * INDEX_BYTES;
}

/** Per item: info hash, number of carriers in one byte, an index of two bytes for each of them. */
function packItems(items: readonly CarriersItem[]): Buffer {
  const bytes = Buffer.alloc(items.reduce((sum, { carriers }) => sum + itemBytes(carriers.length), 0));
  let at = 0;
  for (const { infoHash, carriers } of items) {
    infoHashBytes(infoHash).copy(bytes, at);
    at = bytes.writeUInt8(carriers.length, at + INFO_HASH_BYTES);
    for (const index of carriers) at = bytes.writeUInt16BE(index, at);
  }
  return bytes;
}

function readItems(bytes: Buffer, nodes: number): CarriersItem[] {
  const items: CarriersItem[] = [];
  for (let at = 0; at < bytes.length; ) {
    const count = bytes[at + INFO_HASH_BYTES];
    if (count === undefined || at + itemBytes(count) > bytes.length) throw new BencodeError('"items" is cut off');
    if (count > MAX_NAMED_CARRIERS) throw new BencodeError('an item names too many carriers');
    const infoHash = infoHashFromBytes(bytes.subarray(at, at + INFO_HASH_BYTES));
    const carriers = Array.from({ length: count }, (_, index) =>
      bytes.readUInt16BE(at + INFO_HASH_BYTES + 1 + index * INDEX_BYTES),
    );
    if (carriers.some((index) => index >= nodes)) throw new BencodeError('an item names a node that is not there');
    items.push({ infoHash, carriers });
    at += itemBytes(count);
  }
  return items;
}
