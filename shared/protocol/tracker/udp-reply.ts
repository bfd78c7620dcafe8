// Answers of the UDP tracker protocol (BEP 15), written into a reused buffer from its start, in network byte order. Each begins
// with the action and the transaction id of the request.

import {
  type AddressFamily,
  AnnounceAnswer,
  COMPACT_IPV4_BYTES,
  COMPACT_IPV6_BYTES,
  type ScrapeCounts,
} from './tracker-messages.ts';
import {
  ACTION_ANNOUNCE,
  ACTION_CONNECT,
  ACTION_ERROR,
  ACTION_SCRAPE,
  ANNOUNCE_REPLY_HEADER_BYTES,
  TRANSACTION_OFFSET,
} from './udp-request.ts';

/** Where a connect answer's id goes: see ConnectionIds.write. */
export const CONNECTION_ID_OFFSET = 8;
export const CONNECT_REPLY_BYTES = 16;
const HEADER_BYTES = 8;
const SCRAPE_ENTRY_BYTES = 12;

/** Where answers are made, one at a time. The peers of an announce are chosen straight to where they are sent from. */
export class UdpReply {
  readonly bytes: Buffer;
  /** Of requests that ask for one family alone: both have the same place. */
  readonly announce: AnnounceAnswer;

  /** `bytes` has MAX_UDP_REPLY_BYTES. */
  constructor(bytes: Buffer) {
    const peers = bytes.subarray(ANNOUNCE_REPLY_HEADER_BYTES);
    this.bytes = bytes;
    this.announce = new AnnounceAnswer(peers, peers);
  }
}

/** Writes the start of a connect answer of CONNECT_REPLY_BYTES; the id is the caller's to write. */
export function writeUdpConnect(request: Uint8Array, out: Buffer): void {
  writeHeader(ACTION_CONNECT, request, out);
}

/** Writes an announce answer around its peers, which are of the asker's family; its length. */
export function writeUdpAnnounce(request: Uint8Array, family: AddressFamily, { bytes, announce }: UdpReply): number {
  writeHeader(ACTION_ANNOUNCE, request, bytes);
  writeWord(announce.intervalSeconds, bytes, 8);
  writeWord(announce.leechers, bytes, 12);
  writeWord(announce.seeders, bytes, 16);
  return family === 4
    ? ANNOUNCE_REPLY_HEADER_BYTES + announce.peers4Count * COMPACT_IPV4_BYTES
    : ANNOUNCE_REPLY_HEADER_BYTES + announce.peers6Count * COMPACT_IPV6_BYTES;
}

/** Writes the start of a scrape answer; its length. Then one `writeUdpScrapeEntry` per hash, in the order asked. */
export function writeUdpScrapeStart(request: Uint8Array, out: Buffer): number {
  writeHeader(ACTION_SCRAPE, request, out);
  return HEADER_BYTES;
}

/** Writes one torrent's counts at `at`; the end. */
export function writeUdpScrapeEntry(counts: ScrapeCounts, out: Buffer, at: number): number {
  writeWord(counts.seeders, out, at);
  writeWord(counts.downloaded, out, at + 4);
  writeWord(counts.leechers, out, at + 8);
  return at + SCRAPE_ENTRY_BYTES;
}

/** Writes an error with a message of printable ASCII; its length. */
export function writeUdpError(request: Uint8Array, message: string, out: Buffer): number {
  writeHeader(ACTION_ERROR, request, out);
  return HEADER_BYTES + out.write(message, HEADER_BYTES, 'latin1');
}

function writeHeader(action: number, request: Uint8Array, out: Buffer): void {
  writeWord(action, out, 0);
  for (let i = 0; i < 4; i++) out[4 + i] = request[TRANSACTION_OFFSET + i]!;
}

function writeWord(value: number, out: Uint8Array, at: number): void {
  out[at] = value >>> 24;
  out[at + 1] = value >>> 16;
  out[at + 2] = value >>> 8;
  out[at + 3] = value;
}
