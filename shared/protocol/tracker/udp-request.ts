// Requests of the UDP tracker protocol (BEP 15), all numbers in network byte order. Bytes behind a request are allowed:
// options (BEP 41), padding, half a hash.

import { INFO_HASH_BYTES } from '../torrent/info-hash.ts';
import { resolveNumwant } from './numwant.ts';
import { REFUSALS, type Refusal } from './refusal.ts';
import {
  type AddressFamily,
  type AnnounceEvent,
  type AnnounceRequest,
  COMPACT_IPV4_BYTES,
  COMPACT_IPV6_BYTES,
  EVENT_NONE,
  EVENT_STOPPED,
  identityOfBytes,
  identityOfKey,
  MAX_SCRAPE_HASHES_UDP,
  PEER_ID_BYTES,
  type ScrapeRequest,
} from './tracker-messages.ts';

export const ACTION_CONNECT = 0;
export const ACTION_ANNOUNCE = 1;
export const ACTION_SCRAPE = 2;
export const ACTION_ERROR = 3;
/** Not a request of this protocol: to be met with silence. */
export const ACTION_NONE = -1;
export type UdpAction = -1 | 0 | 1 | 2;

const ACTION_OFFSET = 8;
export const TRANSACTION_OFFSET = 12;
const HEADER_BYTES = 16;
const ANNOUNCE_BYTES = 98;
const PROTOCOL_ID_HIGH = 0x417;
const PROTOCOL_ID_LOW = 0x27101980;

export const INFO_HASH_OFFSET = 16;
const PEER_ID_OFFSET = 36;
const LEFT_OFFSET = 64;
const EVENT_OFFSET = 80;
const KEY_OFFSET = 88;
const NUMWANT_OFFSET = 92;
const PORT_OFFSET = 96;

/** Answers stay below this, so that no network needs to split them. */
export const MAX_UDP_REPLY_BYTES = 1200;
export const ANNOUNCE_REPLY_HEADER_BYTES = 20;
const MAX_PEERS_V4 = Math.floor((MAX_UDP_REPLY_BYTES - ANNOUNCE_REPLY_HEADER_BYTES) / COMPACT_IPV4_BYTES);
const MAX_PEERS_V6 = Math.floor((MAX_UDP_REPLY_BYTES - ANNOUNCE_REPLY_HEADER_BYTES) / COMPACT_IPV6_BYTES);

/** Which request the first `length` bytes are; whatever is too short for what it says it is, is none. */
export function readAction(bytes: Uint8Array, length: number): UdpAction {
  if (length < HEADER_BYTES) return ACTION_NONE;
  switch (readWord(bytes, ACTION_OFFSET)) {
    case ACTION_CONNECT:
      return readWord(bytes, 0) === PROTOCOL_ID_HIGH && readWord(bytes, 4) === PROTOCOL_ID_LOW
        ? ACTION_CONNECT
        : ACTION_NONE;
    case ACTION_ANNOUNCE:
      return length >= ANNOUNCE_BYTES ? ACTION_ANNOUNCE : ACTION_NONE;
    case ACTION_SCRAPE:
      return ACTION_SCRAPE;
    default:
      return ACTION_NONE;
  }
}

/**
 * Reads an announce (98 bytes or more, as `readAction` found) into every field of `into` but `address` and `family`; an
 * address in the request is ignored. `numwant` is cut to what one answer of that family holds.
 */
export function parseUdpAnnounce(bytes: Uint8Array, family: AddressFamily, into: AnnounceRequest): Refusal | undefined {
  for (let i = 0; i < INFO_HASH_BYTES; i++) into.infoHash[i] = bytes[INFO_HASH_OFFSET + i]!;
  into.left = readLong(bytes, LEFT_OFFSET);
  into.isSeeder = into.left === 0;
  into.event = readEvent(bytes);
  const key = readWord(bytes, KEY_OFFSET);
  into.identity = key === 0 ? identityOfBytes(bytes, PEER_ID_BYTES, PEER_ID_OFFSET) : identityOfKey(key);
  const room = family === 4 ? MAX_PEERS_V4 : MAX_PEERS_V6;
  const numwant = resolveNumwant(readWord(bytes, NUMWANT_OFFSET) | 0);
  into.numwant = into.event === EVENT_STOPPED ? 0 : Math.min(numwant, room);
  into.isCompact = true;
  into.isOneFamily = true;
  into.port = (bytes[PORT_OFFSET]! << 8) | bytes[PORT_OFFSET + 1]!;
  return into.port === 0 ? REFUSALS.badPort : undefined;
}

/** Reads a scrape's hashes in the order asked; the first 74 of more. */
export function parseUdpScrape(bytes: Uint8Array, length: number, into: ScrapeRequest): Refusal | undefined {
  into.count = Math.min(Math.floor((length - HEADER_BYTES) / INFO_HASH_BYTES), MAX_SCRAPE_HASHES_UDP);
  const hashBytes = into.count * INFO_HASH_BYTES;
  for (let i = 0; i < hashBytes; i++) into.hashes[i] = bytes[HEADER_BYTES + i]!;
  return into.count === 0 ? REFUSALS.noScrapeHashes : undefined;
}

function readEvent(bytes: Uint8Array): AnnounceEvent {
  const event = readWord(bytes, EVENT_OFFSET);
  return event <= EVENT_STOPPED ? (event as AnnounceEvent) : EVENT_NONE;
}

function readWord(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
}

/** 64 bits as a float: exact up to 2^53, never zero unless all bits are. */
function readLong(bytes: Uint8Array, at: number): number {
  return readWord(bytes, at) * 0x100000000 + readWord(bytes, at + 4);
}
