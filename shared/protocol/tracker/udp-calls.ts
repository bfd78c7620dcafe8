// The client's side of the UDP tracker protocol (BEP 15, 41): requests written, answers read, network byte order.

import type { Family } from '../addresses/endpoint.ts';
import { type InfoHash, infoHashBytes } from '../torrent/info-hash.ts';
import { readCompactPeers } from './compact-peers.ts';
import {
  type AnnounceCall,
  type AnnounceReply,
  AnswerError,
  NO_REMARKS,
  type RefusalReply,
  type ScrapeReply,
} from './tracker-calls.ts';
import { COMPACT_IPV4_BYTES, COMPACT_IPV6_BYTES } from './tracker-messages.ts';
import { CONNECT_REPLY_BYTES } from './udp-reply.ts';
import {
  ACTION_ANNOUNCE,
  ACTION_CONNECT,
  ACTION_ERROR,
  ACTION_SCRAPE,
  ANNOUNCE_REPLY_HEADER_BYTES,
} from './udp-request.ts';

const PROTOCOL_ID = 0x41727101980n;
const REPLY_HEADER_BYTES = 8;
const SCRAPE_ENTRY_BYTES = 12;
const OPTION_URL_DATA = 2;
const MAX_OPTION_BYTES = 255;

/** Asks for a connection id. `transaction` is 32 unsigned bits, as everywhere here. */
export function udpConnectCall(transaction: number): Buffer {
  const out = Buffer.alloc(16);
  out.writeBigUInt64BE(PROTOCOL_ID);
  out.writeUInt32BE(ACTION_CONNECT, 8);
  out.writeUInt32BE(transaction, 12);
  return out;
}

/** `urlData` is the path and query of the tracker's URL, '' for none (BEP 41); ASCII. */
export function udpAnnounceCall(
  connectionId: Uint8Array,
  transaction: number,
  call: AnnounceCall,
  urlData: string,
): Buffer {
  const out = Buffer.alloc(98);
  writeHeader(out, connectionId, ACTION_ANNOUNCE, transaction);
  infoHashBytes(call.infoHash).copy(out, 16);
  out.set(call.peerId.subarray(0, 20), 36);
  out.writeBigUInt64BE(BigInt(call.downloaded), 56);
  out.writeBigUInt64BE(BigInt(call.left), 64);
  out.writeBigUInt64BE(BigInt(call.uploaded), 72);
  out.writeUInt32BE(call.event, 80);
  // The four bytes at 84 are an address of the client's own choosing: left zero, trackers take it from the packet.
  out.writeUInt32BE(call.key, 88);
  out.writeInt32BE(call.numwant, 92);
  out.writeUInt16BE(call.port, 96);
  return Buffer.concat([out, ...urlDataOptions(urlData)]);
}

export function udpScrapeCall(connectionId: Uint8Array, transaction: number, hashes: readonly InfoHash[]): Buffer {
  const out = Buffer.alloc(16);
  writeHeader(out, connectionId, ACTION_SCRAPE, transaction);
  return Buffer.concat([out, ...hashes.map(infoHashBytes)]);
}

/** Which request the bytes answer; undefined when they are too short to say. */
export function readUdpTransaction(bytes: Buffer): number | undefined {
  return bytes.length < REPLY_HEADER_BYTES ? undefined : bytes.readUInt32BE(4);
}

/** What a connect answer gives: the id, 8 bytes, that further requests begin with. */
export interface ConnectReply {
  readonly kind: 'connected';
  readonly connectionId: Buffer;
}

/** Throws AnswerError, as all readers here do, for bytes that are no such answer. */
export function readUdpConnect(bytes: Buffer): ConnectReply | RefusalReply {
  const refusal = readRefusal(bytes);
  if (refusal !== undefined) return refusal;
  checkReply(bytes, ACTION_CONNECT, CONNECT_REPLY_BYTES);
  return { kind: 'connected', connectionId: bytes.subarray(REPLY_HEADER_BYTES, CONNECT_REPLY_BYTES) };
}

/** `family` is that of the tracker's address: it decides how long an entry is. */
export function readUdpAnnounce(bytes: Buffer, family: Family): AnnounceReply | RefusalReply {
  const refusal = readRefusal(bytes);
  if (refusal !== undefined) return refusal;
  checkReply(bytes, ACTION_ANNOUNCE, ANNOUNCE_REPLY_HEADER_BYTES);
  const entryBytes = family === 4 ? COMPACT_IPV4_BYTES : COMPACT_IPV6_BYTES;
  const surplus = (bytes.length - ANNOUNCE_REPLY_HEADER_BYTES) % entryBytes;
  const cutOff = `the peers have ${bytes.length - ANNOUNCE_REPLY_HEADER_BYTES} bytes: no whole entries of ${entryBytes}`;
  return {
    kind: 'announced',
    intervalSeconds: bytes.readInt32BE(8),
    minIntervalSeconds: undefined,
    leechers: bytes.readInt32BE(12),
    seeders: bytes.readInt32BE(16),
    peers: readCompactPeers(bytes.subarray(ANNOUNCE_REPLY_HEADER_BYTES, bytes.length - surplus), family),
    externalAddress: undefined,
    trackerId: undefined,
    warning: undefined,
    defects: surplus === 0 ? [] : [cutOff],
    oddities: [],
  };
}

/** `count` is how many torrents were asked about: entries have no names, only their order. */
export function readUdpScrape(bytes: Buffer, count: number): ScrapeReply | RefusalReply {
  const refusal = readRefusal(bytes);
  if (refusal !== undefined) return refusal;
  checkReply(bytes, ACTION_SCRAPE, REPLY_HEADER_BYTES);
  const expected = REPLY_HEADER_BYTES + count * SCRAPE_ENTRY_BYTES;
  const counts = Array.from({ length: count }, (_, index) => {
    const at = REPLY_HEADER_BYTES + index * SCRAPE_ENTRY_BYTES;
    if (at + SCRAPE_ENTRY_BYTES > bytes.length) return undefined;
    return {
      seeders: bytes.readUInt32BE(at),
      downloaded: bytes.readUInt32BE(at + 4),
      leechers: bytes.readUInt32BE(at + 8),
    };
  });
  const isWhole = bytes.length === expected;
  const defects = isWhole ? [] : [`the answer has ${bytes.length} bytes, ${expected} are ${count} torrents`];
  return { kind: 'scraped', counts, defects, oddities: [] };
}

function readRefusal(bytes: Buffer): RefusalReply | undefined {
  if (bytes.length < REPLY_HEADER_BYTES || bytes.readUInt32BE(0) !== ACTION_ERROR) return undefined;
  // Some trackers end the message with a zero, as C does.
  const reason = bytes.toString('utf8', REPLY_HEADER_BYTES).replace(/\0+$/, '');
  return { kind: 'refused', reason, ...NO_REMARKS };
}

function checkReply(bytes: Buffer, action: number, minBytes: number): void {
  if (bytes.length < minBytes) throw new AnswerError(`an answer of ${bytes.length} bytes, at least ${minBytes} belong`);
  const found = bytes.readUInt32BE(0);
  if (found !== action) throw new AnswerError(`an answer with action ${found} instead of ${action}`);
}

function writeHeader(out: Buffer, connectionId: Uint8Array, action: number, transaction: number): void {
  out.set(connectionId.subarray(0, 8));
  out.writeUInt32BE(action, 8);
  out.writeUInt32BE(transaction, 12);
}

function urlDataOptions(urlData: string): Buffer[] {
  const bytes = Buffer.from(urlData, 'latin1');
  const options: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += MAX_OPTION_BYTES) {
    const part = bytes.subarray(at, at + MAX_OPTION_BYTES);
    options.push(Buffer.from([OPTION_URL_DATA, part.length]), part);
  }
  return options;
}
