// Messages of WebTorrent's tracker protocol: JSON over WebSocket, in which hashes and ids are strings with one character
// per byte (latin1). The tracker introduces browsers to each other: it passes on WebRTC offers and the answers to them.

import { INFO_HASH_BYTES } from '../torrent/info-hash.ts';
import {
  type AnnounceEvent,
  EVENT_COMPLETED,
  EVENT_NONE,
  EVENT_STARTED,
  EVENT_STOPPED,
  MAX_SCRAPE_HASHES_HTTP,
  PEER_ID_BYTES,
  type ScrapeCounts,
} from './tracker-messages.ts';

/** Offers read of one announce; clients send 5 to 10. */
export const MAX_OFFERS = 10;
/** Session descriptions have 500 to 5000 characters. */
const MAX_SDP_CHARACTERS = 16_384;
const MAX_OFFER_ID_CHARACTERS = 40;

/** Room for MAX_OFFERS of ordinary length. */
export const MAX_WEBSOCKET_MESSAGE_BYTES = 128 * 1024;

export interface Offer {
  /** Chosen by the offering client; comes back with the answer. */
  readonly id: string;
  readonly sdp: string;
}

export interface WebSocketAnnounce {
  readonly kind: 'announce';
  readonly infoHash: string;
  readonly peerId: string;
  readonly event: AnnounceEvent;
  readonly isSeeder: boolean;
  /** One for each peer that is wanted. */
  readonly offers: readonly Offer[];
}

export interface WebSocketAnswer {
  readonly kind: 'answer';
  readonly infoHash: string;
  readonly peerId: string;
  readonly toPeerId: string;
  readonly offer: Offer;
}

export interface WebSocketScrape {
  readonly kind: 'scrape';
  readonly infoHashes: readonly string[];
}

export type WebSocketMessage = WebSocketAnnounce | WebSocketAnswer | WebSocketScrape;

type Fields = Readonly<Record<string, unknown>>;

/** Reads what a client sent; undefined when it is none of the messages. Never throws. */
export function readWebSocketMessage(text: string): WebSocketMessage | undefined {
  const fields = parseObject(text);
  switch (fields?.action) {
    case 'announce':
      return readAnnounceOrAnswer(fields);
    case 'scrape':
      return readScrape(fields);
    default:
      return undefined;
  }
}

/** The tracker's answer to an announce. */
export function formatAnnounce(infoHash: string, intervalSeconds: number, seeders: number, leechers: number): string {
  const counts = { complete: seeders, incomplete: leechers };
  return JSON.stringify({ action: 'announce', interval: intervalSeconds, info_hash: infoHash, ...counts });
}

/** What a peer is sent when `peerId` would like to connect to it. */
export function formatOffer(infoHash: string, peerId: string, offer: Offer): string {
  const description = { type: 'offer', sdp: offer.sdp };
  return JSON.stringify({
    action: 'announce',
    offer: description,
    offer_id: offer.id,
    peer_id: peerId,
    info_hash: infoHash,
  });
}

/** What the offering peer is sent when `peerId` accepts. */
export function formatAnswer(infoHash: string, peerId: string, answer: Offer): string {
  const description = { type: 'answer', sdp: answer.sdp };
  return JSON.stringify({
    action: 'announce',
    answer: description,
    offer_id: answer.id,
    peer_id: peerId,
    info_hash: infoHash,
  });
}

/** Without an action and the hash, clients take a failure for that of all their torrents and reconnect. */
export function formatFailure(infoHash: string, message: string): string {
  return JSON.stringify({ action: 'announce', 'failure reason': message, info_hash: infoHash });
}

export function formatScrape(files: ReadonlyMap<string, ScrapeCounts>): string {
  const entries = Array.from(files, ([infoHash, { seeders, leechers, downloaded }]) => [
    infoHash,
    { complete: seeders, incomplete: leechers, downloaded },
  ]);
  return JSON.stringify({ action: 'scrape', files: Object.fromEntries(entries) });
}

function parseObject(text: string): Fields | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function readAnnounceOrAnswer(fields: Fields): WebSocketAnnounce | WebSocketAnswer | undefined {
  const { info_hash: infoHash, peer_id: peerId, to_peer_id: toPeerId } = fields;
  if (!isBinary(infoHash, INFO_HASH_BYTES) || !isBinary(peerId, PEER_ID_BYTES)) return undefined;
  if (fields.answer !== undefined) {
    const offer = readOffer(fields.answer, fields.offer_id);
    if (offer === undefined || !isBinary(toPeerId, PEER_ID_BYTES)) return undefined;
    return { kind: 'answer', infoHash, peerId, toPeerId, offer };
  }
  const event = readEvent(fields.event);
  // A client that does not know its torrent yet sends null, which Number() would take for 0.
  const isSeeder = fields.left === 0 || fields.left === '0';
  return { kind: 'announce', infoHash, peerId, event, isSeeder, offers: readOffers(fields.offers) };
}

function readOffers(value: unknown): Offer[] {
  if (!Array.isArray(value)) return [];
  const offers = value.slice(0, MAX_OFFERS).map((item: unknown) => {
    return isObject(item) ? readOffer(item.offer, item.offer_id) : undefined;
  });
  return offers.filter((offer) => offer !== undefined);
}

function readOffer(description: unknown, id: unknown): Offer | undefined {
  if (!isObject(description) || typeof description.sdp !== 'string' || typeof id !== 'string') return undefined;
  if (description.sdp.length > MAX_SDP_CHARACTERS || id.length > MAX_OFFER_ID_CHARACTERS) return undefined;
  return { id, sdp: description.sdp };
}

function readScrape(fields: Fields): WebSocketScrape | undefined {
  const { info_hash: asked } = fields;
  const infoHashes: readonly unknown[] = Array.isArray(asked) ? asked : [asked];
  if (infoHashes.length === 0 || infoHashes.length > MAX_SCRAPE_HASHES_HTTP) return undefined;
  return infoHashes.every(isInfoHash) ? { kind: 'scrape', infoHashes } : undefined;
}

function readEvent(value: unknown): AnnounceEvent {
  switch (value) {
    case 'started':
      return EVENT_STARTED;
    case 'stopped':
      return EVENT_STOPPED;
    case 'completed':
      return EVENT_COMPLETED;
    default:
      return EVENT_NONE;
  }
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isInfoHash(value: unknown): value is string {
  return isBinary(value, INFO_HASH_BYTES);
}

function isBinary(value: unknown, length: number): value is string {
  if (typeof value !== 'string' || value.length !== length) return false;
  for (let i = 0; i < length; i++) if (value.charCodeAt(i) > 0xff) return false;
  return true;
}
