// The client's side of the HTTP tracker protocol (BEP 3, 7, 23, 24, 31, 48): queries written, bodies read.

import { type Family, formatAddress, IPV4_BYTES, IPV6_BYTES, MAX_PORT } from '../addresses/endpoint.ts';
import { type Bencoded, BencodeError, decode, rawMembers } from '../encoding/bencoding.ts';
import { readDictionary, readInteger } from '../encoding/fields.ts';
import { type InfoHash, infoHashBytes } from '../torrent/info-hash.ts';
import { ANSWER_LIMITS, AnswerFields } from './answer-fields.ts';
import { type CompactPeer, readCompactPeers } from './compact-peers.ts';
import {
  type AnnounceCall,
  type AnnounceReply,
  eventName,
  type RefusalReply,
  type ScrapeReply,
  type TorrentCounts,
} from './tracker-calls.ts';
import { COMPACT_IPV4_BYTES, COMPACT_IPV6_BYTES } from './tracker-messages.ts';

/** What follows the `?` (or the `&`) of an announce URL; peers are asked for in the compact form. */
export function announceQuery(call: AnnounceCall): string {
  const event = eventName(call.event);
  const fields = [
    `info_hash=${percentEncode(infoHashBytes(call.infoHash))}`,
    `peer_id=${percentEncode(call.peerId)}`,
    `port=${call.port}`,
    `uploaded=${call.uploaded}`,
    `downloaded=${call.downloaded}`,
    `left=${call.left}`,
    'compact=1',
    `numwant=${call.numwant}`,
    `key=${call.key.toString(16).padStart(8, '0')}`,
  ];
  return [...fields, ...(event === undefined ? [] : [`event=${event}`])].join('&');
}

/** What follows the `?` (or the `&`) of a scrape URL. */
export function scrapeQuery(hashes: readonly InfoHash[]): string {
  return hashes.map((hash) => `info_hash=${percentEncode(infoHashBytes(hash))}`).join('&');
}

/** Reads the body of an announce answer; throws BencodeError for bytes that are not one bencoded dictionary. */
export function readAnnounceBody(body: Uint8Array): AnnounceReply | RefusalReply {
  const fields = new AnswerFields(body);
  if ('failure reason' in fields.dictionary) return readRefusal(fields);
  const { defects, oddities } = fields;
  return {
    kind: 'announced',
    intervalSeconds: fields.integer('interval'),
    minIntervalSeconds: fields.integer('min interval'),
    seeders: fields.integer('complete'),
    leechers: fields.integer('incomplete'),
    peers: readPeers(fields),
    externalAddress: readExternalAddress(fields),
    trackerId: fields.bytes('tracker id')?.toString('latin1'),
    warning: fields.text('warning message'),
    defects,
    oddities,
  };
}

/** Reads the body of a scrape answer about these torrents; throws BencodeError for bytes that are not one bencoded dictionary. */
export function readScrapeBody(body: Uint8Array, hashes: readonly InfoHash[]): ScrapeReply | RefusalReply {
  const members = rawMembers(body, ANSWER_LIMITS);
  if (members.has('failure reason')) return readRefusal(new AnswerFields(body));
  const files = members.get('files');
  if (files === undefined) throw new BencodeError('a scrape answer without "files"');
  const entries = rawMembers(files, ANSWER_LIMITS);
  const defects: string[] = [];
  const counts = hashes.map((hash) => {
    const entry = entries.get(infoHashBytes(hash).toString('latin1'));
    return entry === undefined ? undefined : readCounts(entry, defects);
  });
  return { kind: 'scraped', counts, defects, oddities: [] };
}

function readRefusal(fields: AnswerFields): RefusalReply {
  const { defects, oddities } = fields;
  return { kind: 'refused', reason: fields.text('failure reason') ?? '', defects, oddities };
}

function readPeers(fields: AnswerFields): CompactPeer[] | undefined {
  const { peers, peers6 } = fields.dictionary;
  if (peers === undefined && peers6 === undefined) {
    fields.defects.push('neither "peers" nor "peers6" is there');
    return undefined;
  }
  if (peers === undefined) fields.oddities.push('"peers" is not there: old clients fail without it, even empty');
  return [...readPeersV4(fields), ...readPeersV6(fields)];
}

/** A list of dictionaries (BEP 3) is understood although it was not asked for. */
function readPeersV4(fields: AnswerFields): CompactPeer[] {
  const { peers } = fields.dictionary;
  if (!Array.isArray(peers)) return readWholePeers(fields, 'peers', 4, COMPACT_IPV4_BYTES);
  fields.oddities.push('the peers are dictionaries although compact ones were asked for');
  const read = peers.map(readPeerDictionary).filter((peer) => peer !== undefined);
  const broken = peers.length - read.length;
  if (broken > 0) fields.defects.push(`${broken} of ${peers.length} peers have no good "ip" and "port"`);
  return read;
}

function readPeersV6(fields: AnswerFields): CompactPeer[] {
  return readWholePeers(fields, 'peers6', 6, COMPACT_IPV6_BYTES);
}

function readWholePeers(fields: AnswerFields, key: string, family: Family, entryBytes: number): CompactPeer[] {
  const bytes = fields.bytes(key);
  if (bytes === undefined) return [];
  const surplus = bytes.length % entryBytes;
  if (surplus > 0) fields.defects.push(`"${key}" has ${bytes.length} bytes: no whole entries of ${entryBytes}`);
  return readCompactPeers(bytes.subarray(0, bytes.length - surplus), family);
}

/** Without exceptions: there may be as many broken ones as fit an answer. */
function readPeerDictionary(peer: Bencoded): CompactPeer | undefined {
  if (typeof peer === 'number' || Array.isArray(peer) || peer instanceof Uint8Array) return undefined;
  const { ip, port } = peer;
  if (!(ip instanceof Uint8Array) || typeof port !== 'number' || port < 0 || port > MAX_PORT) return undefined;
  return { address: Buffer.from(ip).toString('latin1'), port };
}

function readExternalAddress(fields: AnswerFields): string | undefined {
  const bytes = fields.bytes('external ip');
  if (bytes === undefined) return undefined;
  if (bytes.length === IPV4_BYTES) return formatAddress(bytes, 4);
  if (bytes.length === IPV6_BYTES) return formatAddress(bytes, 6);
  fields.defects.push(`"external ip" has ${bytes.length} bytes instead of 4 or 16 (BEP 24)`);
  return undefined;
}

function readCounts(entry: Uint8Array, defects: string[]): TorrentCounts | undefined {
  try {
    const dictionary = readDictionary(decode(entry, ANSWER_LIMITS), 'an entry of "files"');
    const read = (key: string): number => readInteger(dictionary, key, 0, Number.MAX_SAFE_INTEGER);
    return { seeders: read('complete'), leechers: read('incomplete'), downloaded: read('downloaded') };
  } catch (error) {
    if (!(error instanceof BencodeError)) throw error;
    defects.push(`an entry of "files" is broken: ${error.message}`);
    return undefined;
  }
}

/** Every byte as %XX: right for any byte, and the parsers of all trackers know it. */
function percentEncode(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex').replace(/../g, '%$&');
}
