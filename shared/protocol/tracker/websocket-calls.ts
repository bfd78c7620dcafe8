// The client's side of the WebSocket tracker protocol as WebTorrent speaks it: JSON whose strings hold one byte per
// character. Peers meet through offers that trackers pass on; an announce answer itself names none.

import { type InfoHash, infoHashBytes } from '../torrent/info-hash.ts';
import {
  type AnnounceCall,
  type AnnounceReply,
  AnswerError,
  eventName,
  NO_REMARKS,
  type RefusalReply,
  type ScrapeReply,
  type TorrentCounts,
} from './tracker-calls.ts';

type Json = Readonly<Record<string, unknown>>;

/** An announce without offers: it enters the swarm, and troubles nobody there. */
export function webSocketAnnounceCall(call: AnnounceCall): string {
  return JSON.stringify({
    action: 'announce',
    info_hash: binaryText(infoHashBytes(call.infoHash)),
    peer_id: binaryText(call.peerId),
    event: eventName(call.event),
    uploaded: call.uploaded,
    downloaded: call.downloaded,
    left: call.left,
    numwant: 0,
    offers: [],
  });
}

export function webSocketScrapeCall(hashes: readonly InfoHash[]): string {
  return JSON.stringify({ action: 'scrape', info_hash: hashes.map((hash) => binaryText(infoHashBytes(hash))) });
}

/**
 * Reads a message that came while an answer to an announce of `infoHash` was waited for; undefined for one that is about
 * something else, such as an offer. Throws AnswerError, as the other reader here, for what is not a JSON object.
 */
export function readWebSocketAnnounce(text: string, infoHash: InfoHash): AnnounceReply | RefusalReply | undefined {
  const message = readJson(text);
  const refusal = readRefusal(message);
  if (refusal !== undefined) return refusal;
  if (message.action !== 'announce' || message.offer !== undefined || message.answer !== undefined) return undefined;
  if (message.info_hash !== binaryText(infoHashBytes(infoHash))) return undefined;
  const defects: string[] = [];
  return {
    kind: 'announced',
    intervalSeconds: optionalInteger(message, 'interval', defects),
    minIntervalSeconds: optionalInteger(message, 'min interval', defects),
    seeders: optionalInteger(message, 'complete', defects),
    leechers: optionalInteger(message, 'incomplete', defects),
    peers: undefined,
    externalAddress: undefined,
    trackerId: optionalText(message, 'tracker id'),
    warning: optionalText(message, 'warning message'),
    defects,
    oddities: [],
  };
}

/** Reads a message that came while an answer to a scrape of these torrents was waited for. */
export function readWebSocketScrape(text: string, hashes: readonly InfoHash[]): ScrapeReply | RefusalReply | undefined {
  const message = readJson(text);
  const refusal = readRefusal(message);
  if (refusal !== undefined) return refusal;
  if (message.action !== 'scrape') return undefined;
  if (!isObject(message.files)) throw new AnswerError('a scrape answer without "files"');
  const files = message.files;
  const defects: string[] = [];
  const counts = hashes.map((hash) => {
    const name = binaryText(infoHashBytes(hash));
    return Object.hasOwn(files, name) ? readCounts(files[name], defects) : undefined;
  });
  return { kind: 'scraped', counts, defects, oddities: [] };
}

function readJson(text: string): Json {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new AnswerError('a message that is not JSON');
  }
  if (!isObject(value)) throw new AnswerError('a message that is not a JSON object');
  return value;
}

function readRefusal(message: Json): RefusalReply | undefined {
  const reason = message['failure reason'];
  if (reason === undefined) return undefined;
  return { kind: 'refused', reason: typeof reason === 'string' ? reason : '', ...NO_REMARKS };
}

function readCounts(entry: unknown, defects: string[]): TorrentCounts | undefined {
  if (!isObject(entry)) {
    defects.push('an entry of "files" is not an object');
    return undefined;
  }
  const read = (key: string): number => {
    const value = entry[key];
    if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
    defects.push(`an entry of "files" has no good "${key}"`);
    return 0;
  };
  return { seeders: read('complete'), leechers: read('incomplete'), downloaded: read('downloaded') };
}

function optionalInteger(message: Json, key: string, defects: string[]): number | undefined {
  const value = message[key];
  if (value === undefined) return undefined;
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value;
  defects.push(`"${key}" is not an integer`);
  return undefined;
}

function optionalText(message: Json, key: string): string | undefined {
  const value = message[key];
  return typeof value === 'string' ? value : undefined;
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** One character per byte. */
function binaryText(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}
