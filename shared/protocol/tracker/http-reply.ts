// Bodies of HTTP answers, bencoded by hand into a reused buffer: keys in order, static parts made at load. The caller
// answers for room: MAX_ANNOUNCE_REPLY_BYTES or MAX_SCRAPE_REPLY_BYTES behind `at`.

import { formatAddress } from '../addresses/endpoint.ts';
import { writeDecimal } from '../encoding/decimal.ts';
import { INFO_HASH_BYTES } from '../torrent/info-hash.ts';
import {
  type AddressFamily,
  type AnnounceAnswer,
  type AnnounceRequest,
  COMPACT_IPV4_BYTES,
  COMPACT_IPV6_BYTES,
  MAX_NUMWANT,
  MAX_SCRAPE_HASHES_HTTP,
  type ScrapeCounts,
  type ScrapeRequest,
} from './tracker-messages.ts';

/** Longer warnings do not fit an answer. */
export const MAX_WARNING_CHARACTERS = 200;
export const MAX_TRACKER_ID_CHARACTERS = 64;
/** `d2:ip39:` + the longest IPv6 text + `4:porti65535ee`, rounded up. */
const MAX_PEER_DICTIONARY_BYTES = 64;
const MAX_ANNOUNCE_FRAME_BYTES = 256 + 64 + MAX_TRACKER_ID_CHARACTERS + MAX_WARNING_CHARACTERS;
export const MAX_ANNOUNCE_REPLY_BYTES = MAX_ANNOUNCE_FRAME_BYTES + 2 * MAX_NUMWANT * MAX_PEER_DICTIONARY_BYTES;
/** `20:` + hash + `d8:completei..e10:downloadedi..e10:incompletei..ee` with numbers of up to 16 digits, rounded up. */
const MAX_SCRAPE_ENTRY_BYTES = 128;
export const MAX_SCRAPE_REPLY_BYTES = 64 + MAX_SCRAPE_HASHES_HTTP * MAX_SCRAPE_ENTRY_BYTES;

const COMPLETE = Buffer.from('d8:completei');
const DOWNLOADED = Buffer.from('e10:downloadedi');
const EXTERNAL_IP_V4 = Buffer.from('e11:external ip4:');
const EXTERNAL_IP_V6 = Buffer.from('e11:external ip16:');
const INCOMPLETE_AFTER_BYTES = Buffer.from('10:incompletei');
const INCOMPLETE = Buffer.from('e10:incompletei');
const INTERVAL = Buffer.from('e8:intervali');
const MIN_INTERVAL = Buffer.from('e12:min intervali');
const PEERS = Buffer.from('e5:peers');
const PEERS6 = Buffer.from('6:peers6');
const FILES = Buffer.from('d5:filesd');
const HASH_PREFIX = Buffer.from('20:');
const SCRAPE_ENTRY_END = Buffer.from('ee');

const COLON = 0x3a;
const END = 0x65;
const LIST = 0x6c;

/** The same with every announce that is served. */
export interface Notes {
  /** Clients send it back as `trackerid`; unreserved characters (RFC 3986) alone, since some do not escape it. */
  readonly trackerId?: string | undefined;
  /** Clients show it to their users; printable ASCII. */
  readonly warning?: string | undefined;
}

/** The last members of an answer, made once; of at most MAX_TRACKER_ID_CHARACTERS and MAX_WARNING_CHARACTERS. */
export function makeNotes({ trackerId, warning }: Notes): Buffer {
  const members = [member('tracker id', trackerId), member('warning message', warning)];
  return Buffer.from(members.join(''), 'latin1');
}

function member(key: string, text: string | undefined): string {
  return text === undefined ? '' : `${key.length}:${key}${text.length}:${text}`;
}

/**
 * Writes the body of a successful announce at `at`; its end. `peers` is always there, `peers6` only when it can matter;
 * `notes` as `makeNotes` makes them.
 */
export function writeAnnounce(
  request: AnnounceRequest,
  answer: AnnounceAnswer,
  out: Buffer,
  at: number,
  notes?: Buffer,
): number {
  let end = writeBytes(COMPLETE, out, at);
  end = writeDecimal(answer.seeders, out, end);
  end = writeBytes(DOWNLOADED, out, end);
  end = writeDecimal(answer.downloaded, out, end);
  end = writeBytes(request.family === 4 ? EXTERNAL_IP_V4 : EXTERNAL_IP_V6, out, end);
  end = writeSlice(request.address, 0, request.family === 4 ? 4 : 16, out, end);
  end = writeBytes(INCOMPLETE_AFTER_BYTES, out, end);
  end = writeDecimal(answer.leechers, out, end);
  end = writeBytes(INTERVAL, out, end);
  end = writeDecimal(answer.intervalSeconds, out, end);
  end = writeBytes(MIN_INTERVAL, out, end);
  end = writeDecimal(answer.minIntervalSeconds, out, end);
  end = writeBytes(PEERS, out, end);
  end = request.isCompact ? writeCompactPeers(request, answer, out, end) : writePeerDictionaries(answer, out, end);
  if (notes !== undefined) end = writeBytes(notes, out, end);
  out[end++] = END;
  return end;
}

/** Writes the body of a scrape up to its first entry; its end. Then one `writeScrapeEntry` per hash, then the end. */
export function writeScrapeStart(out: Buffer, at: number): number {
  return writeBytes(FILES, out, at);
}

/** Writes the entry of the hash with this index in the order asked; its end. */
export function writeScrapeEntry(
  request: ScrapeRequest,
  index: number,
  counts: ScrapeCounts,
  out: Buffer,
  at: number,
): number {
  let end = writeBytes(HASH_PREFIX, out, at);
  end = writeSlice(request.hashes, index * INFO_HASH_BYTES, INFO_HASH_BYTES, out, end);
  end = writeBytes(COMPLETE, out, end);
  end = writeDecimal(counts.seeders, out, end);
  end = writeBytes(DOWNLOADED, out, end);
  end = writeDecimal(counts.downloaded, out, end);
  end = writeBytes(INCOMPLETE, out, end);
  end = writeDecimal(counts.leechers, out, end);
  return writeBytes(SCRAPE_ENTRY_END, out, end);
}

export function writeScrapeEnd(out: Buffer, at: number): number {
  out[at] = END;
  out[at + 1] = END;
  return at + 2;
}

function writeCompactPeers(request: AnnounceRequest, answer: AnnounceAnswer, out: Buffer, at: number): number {
  let end = writeString(answer.peers4, answer.peers4Count * COMPACT_IPV4_BYTES, out, at);
  if (answer.peers6Count === 0 && request.family === 4) return end;
  end = writeBytes(PEERS6, out, end);
  return writeString(answer.peers6, answer.peers6Count * COMPACT_IPV6_BYTES, out, end);
}

/** Peers of both families as dictionaries of `ip` and `port` (BEP 3); ids are not kept, so none is told. Rarely asked. */
function writePeerDictionaries(answer: AnnounceAnswer, out: Buffer, at: number): number {
  let end = at;
  out[end++] = LIST;
  for (let i = 0; i < answer.peers4Count; i++) end = writePeer(answer.peers4, i * COMPACT_IPV4_BYTES, 4, out, end);
  for (let i = 0; i < answer.peers6Count; i++) end = writePeer(answer.peers6, i * COMPACT_IPV6_BYTES, 6, out, end);
  out[end++] = END;
  return end;
}

function writePeer(entries: Buffer, offset: number, family: AddressFamily, out: Buffer, at: number): number {
  const portOffset = offset + (family === 4 ? 4 : 16);
  const ip = formatAddress(entries.subarray(offset, portOffset), family);
  return at + out.write(`d2:ip${ip.length}:${ip}4:porti${entries.readUInt16BE(portOffset)}ee`, at, 'latin1');
}

/** A bencoded string of the first `length` bytes. */
function writeString(bytes: Buffer, length: number, out: Buffer, at: number): number {
  const start = writeDecimal(length, out, at);
  out[start] = COLON;
  bytes.copy(out, start + 1, 0, length);
  return start + 1 + length;
}

/** A loop: for a few bytes cheaper than a call of `copy`. */
function writeBytes(bytes: Uint8Array, out: Buffer, at: number): number {
  for (let i = 0; i < bytes.length; i++) out[at + i] = bytes[i]!;
  return at + bytes.length;
}

function writeSlice(bytes: Uint8Array, offset: number, length: number, out: Buffer, at: number): number {
  for (let i = 0; i < length; i++) out[at + i] = bytes[offset + i]!;
  return at + length;
}
