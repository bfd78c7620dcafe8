// What an announce asks and what a tracker answers, the same over HTTP, UDP and WebSocket. The objects are made once
// per listener and filled anew for each request, so that the hot path allocates nothing.

import { INFO_HASH_BYTES } from '../torrent/info-hash.ts';

export const PEER_ID_BYTES = 20;
export const COMPACT_IPV4_BYTES = 6;
export const COMPACT_IPV6_BYTES = 18;

/** Peers given when the client does not say how many it wants, or says a negative number. */
export const DEFAULT_NUMWANT = 50;
export const MAX_NUMWANT = 200;
export const MAX_SCRAPE_HASHES_HTTP = 64;
/** As many as fit a UDP request of 1500 bytes (BEP 15). */
export const MAX_SCRAPE_HASHES_UDP = 74;

/** Event numbers of BEP 15. `paused` (BEP 21) and unknown events are plain updates: EVENT_NONE. */
export const EVENT_NONE = 0;
export const EVENT_COMPLETED = 1;
export const EVENT_STARTED = 2;
export const EVENT_STOPPED = 3;
export type AnnounceEvent = 0 | 1 | 2 | 3;
export type AddressFamily = 4 | 6;

/** An announce as parsed: lengths and ranges were checked by the parser, the address was written by the listener. */
export class AnnounceRequest {
  /** 20 bytes; a 32-byte hash (BEP 52) is truncated on parsing. */
  readonly infoHash: Buffer = Buffer.alloc(INFO_HASH_BYTES);
  /** Network byte order; the first 4 bytes count when the family is 4. From the socket, never from the request. */
  readonly address: Buffer = Buffer.alloc(16);
  family: AddressFamily = 4;
  /** 1..65535 */
  port = 0;
  event: AnnounceEvent = EVENT_NONE;
  isSeeder = false;
  /** Bytes, as a float (clients send up to 2^63 - 1); -1 when the client does not say. */
  left = -1;
  /** 0..MAX_NUMWANT, defaults applied; 0 when stopping. */
  numwant = DEFAULT_NUMWANT;
  /** Unsigned 32 bits that tell a stale `stopped` from the live client at the same address: see `identityOfKey`. */
  identity = 0;
  /** False when the client asks for peers as dictionaries (`compact=0`). */
  isCompact = true;
  /** Whether the answer holds peers of the asker's family alone, as over UDP. */
  isOneFamily = false;
}

/** What the tracker fills in for an announce; peer entries are compact (BEP 23, BEP 7) and packed from the start. */
export class AnnounceAnswer {
  intervalSeconds = 0;
  minIntervalSeconds = 0;
  /** Counts include the asker. */
  seeders = 0;
  leechers = 0;
  downloaded = 0;
  readonly peers4: Buffer;
  peers4Count = 0;
  readonly peers6: Buffer;
  peers6Count = 0;
  /** The same bytes, for stores of whole words. */
  readonly view4: DataView;
  readonly view6: DataView;

  /** The buffers may be the same where answers are for one family alone. */
  constructor(
    peers4: Buffer = Buffer.alloc(MAX_NUMWANT * COMPACT_IPV4_BYTES),
    peers6: Buffer = Buffer.alloc(MAX_NUMWANT * COMPACT_IPV6_BYTES),
  ) {
    this.peers4 = peers4;
    this.peers6 = peers6;
    this.view4 = new DataView(peers4.buffer, peers4.byteOffset, peers4.length);
    this.view6 = new DataView(peers6.buffer, peers6.byteOffset, peers6.length);
  }
}

/** One torrent's counts in a scrape; all zero when it is not known. */
export class ScrapeCounts {
  seeders = 0;
  leechers = 0;
  downloaded = 0;
}

/** The hashes of one scrape, 20 bytes each, in the order asked. */
export class ScrapeRequest {
  count = 0;
  readonly hashes: Buffer = Buffer.alloc(MAX_SCRAPE_HASHES_UDP * INFO_HASH_BYTES);
}

/** Identity of a client that sent a numeric key: the same over UDP (32 bits) and HTTP (up to 8 hex digits). */
export function identityOfKey(key: number): number {
  let mixed = key >>> 0;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

/** Identity of a client without a numeric key: its peer id, or the raw bytes of a key of another form (FNV-1a, mixed). */
export function identityOfBytes(bytes: Uint8Array, length: number, offset = 0): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < length; i++) hash = Math.imul(hash ^ bytes[offset + i]!, 0x01000193);
  return identityOfKey(hash);
}
