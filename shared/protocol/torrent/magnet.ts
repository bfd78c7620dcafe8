// Magnet links (BEP 9, BEP 52): what to look for, and which trackers to ask.

import { PublicError } from '../../errors.ts';
import { type InfoHash, type InfoHashV2, parseInfoHash, truncate } from './info-hash.ts';

/** What a magnet link says; at least one of the two hashes is there. */
export interface Magnet {
  readonly infoHash?: InfoHash;
  readonly infoHashV2?: InfoHashV2;
  readonly name?: string;
  /** Bytes. */
  readonly length?: number;
  readonly trackers: readonly string[];
}

/** A magnet as read, with the 20-byte hashes to ask trackers for: v1 first. */
export interface ParsedMagnet extends Magnet {
  readonly hashes: readonly InfoHash[];
}

const MAX_MAGNET_CHARACTERS = 64 * 1024;
const MAX_TRACKERS = 100;
const V1_TOPIC = 'urn:btih:';
/** A multihash: 0x12 = SHA-256, 0x20 = 32 bytes. */
const V2_TOPIC = 'urn:btmh:1220';

/** `magnet:?xt=urn:btih:...&dn=...&tr=...`; a hybrid has both topics. */
export function formatMagnet(magnet: Magnet): string {
  const parts: string[] = [];
  if (magnet.infoHash !== undefined) parts.push(`xt=${V1_TOPIC}${magnet.infoHash}`);
  if (magnet.infoHashV2 !== undefined) parts.push(`xt=${V2_TOPIC}${magnet.infoHashV2}`);
  if (magnet.name !== undefined) parts.push(`dn=${encodeURIComponent(magnet.name.toWellFormed())}`);
  if (magnet.length !== undefined) parts.push(`xl=${magnet.length}`);
  for (const tracker of magnet.trackers) parts.push(`tr=${encodeURIComponent(tracker)}`);
  return `magnet:?${parts.join('&')}`;
}

/** Reads a magnet link; throws PublicError 'magnet' when it names no torrent. */
export function parseMagnet(text: string): ParsedMagnet {
  if (text.length > MAX_MAGNET_CHARACTERS || !/^magnet:\?/i.test(text)) throw notAMagnet();
  const parameters = new URLSearchParams(text.slice('magnet:?'.length));
  const topics = [...parameters].filter(([key]) => /^xt(\.\d+)?$/.test(key)).map(([, value]) => value);
  const topic = topicHash(topics, V1_TOPIC, /^(?:[0-9a-f]{40}|[a-z2-7]{32})$/i);
  const infoHash = topic === undefined ? undefined : parseInfoHash(topic);
  const infoHashV2 = topicHash(topics, V2_TOPIC, /^[0-9a-f]{64}$/i);
  if (infoHash === undefined && infoHashV2 === undefined) throw notAMagnet();
  const name = parameters.get('dn');
  const length = lengthOf(parameters);
  return {
    ...(infoHash === undefined ? {} : { infoHash }),
    ...(infoHashV2 === undefined ? {} : { infoHashV2 }),
    hashes: [infoHash, infoHashV2].filter((hash) => hash !== undefined).map(truncate),
    ...(name === null ? {} : { name }),
    ...(length === undefined ? {} : { length }),
    trackers: trackersOf(parameters),
  };
}

function topicHash(topics: readonly string[], prefix: string, form: RegExp): string | undefined {
  const topic = topics.find((candidate) => candidate.toLowerCase().startsWith(prefix));
  if (topic === undefined) return undefined;
  const digits = topic.slice(prefix.length);
  if (!form.test(digits)) throw notAMagnet();
  return digits.toLowerCase();
}

function lengthOf(parameters: URLSearchParams): number | undefined {
  const digits = parameters.get('xl') ?? '';
  const length = Number(digits);
  return /^\d+$/.test(digits) && Number.isSafeInteger(length) ? length : undefined;
}

function trackersOf(parameters: URLSearchParams): string[] {
  const trackers = [...parameters].filter(([key]) => /^tr(\.\d+)?$/.test(key)).map(([, value]) => value);
  return [...new Set(trackers)].slice(0, MAX_TRACKERS);
}

function notAMagnet(): PublicError {
  return new PublicError('magnet', 'not a magnet link to a torrent: magnet:?xt=urn:btih:...');
}
