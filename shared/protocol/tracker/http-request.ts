// Announce and scrape as HTTP queries (BEP 3, 7, 21, 23, 48, 52), parsed from the raw bytes in one pass without
// allocating. Unknown parameters, and addresses that a client claims (`ip`, `ipv4`, `ipv6`), are ignored.

import { MAX_PORT } from '../addresses/endpoint.ts';
import { INFO_HASH_BYTES, INFO_HASH_V2_BYTES } from '../torrent/info-hash.ts';
import { resolveNumwant } from './numwant.ts';
import { hexValue, nameBytes, QueryReader } from './query-reader.ts';
import { REFUSALS, type Refusal } from './refusal.ts';
import {
  type AnnounceEvent,
  type AnnounceRequest,
  DEFAULT_NUMWANT,
  EVENT_COMPLETED,
  EVENT_NONE,
  EVENT_STARTED,
  EVENT_STOPPED,
  identityOfBytes,
  identityOfKey,
  MAX_SCRAPE_HASHES_HTTP,
  PEER_ID_BYTES,
  type ScrapeRequest,
} from './tracker-messages.ts';

/** Longer keys are cut to nothing: the peer id then tells the client apart. */
const MAX_KEY_BYTES = 64;

const INFO_HASH = nameBytes('info_hash');
const PEER_ID = nameBytes('peer_id');
const PORT = nameBytes('port');
const LEFT = nameBytes('left');
const EVENT = nameBytes('event');
const NUMWANT = nameBytes('numwant');
const COMPACT = nameBytes('compact');
const KEY = nameBytes('key');

const STARTED = nameBytes('started');
const STOPPED = nameBytes('stopped');
const COMPLETED = nameBytes('completed');

const reader = new QueryReader();
const hashScratch = new Uint8Array(INFO_HASH_V2_BYTES);
const keyScratch = new Uint8Array(MAX_KEY_BYTES);
const peerIdScratch = new Uint8Array(PEER_ID_BYTES);
const eventScratch = new Uint8Array(COMPLETED.length);

/** What must be present, as bits. */
const HAS_INFO_HASH = 1;
const HAS_PEER_ID = 2;

/**
 * Reads an announce's query `bytes[start..end)`, without the `?`, into every field of `into` but `address` and `family`.
 * After a refusal the fields hold no meaning. Never throws.
 */
export function parseAnnounce(
  bytes: Uint8Array,
  start: number,
  end: number,
  into: AnnounceRequest,
): Refusal | undefined {
  setDefaults(into);
  let found = 0;
  let keyLength = -1;
  reader.reset(bytes, start, end);
  for (let isMore = reader.first(); isMore; isMore = reader.next()) {
    switch (reader.nameLength) {
      case 3:
        if (reader.isNamed(KEY)) keyLength = reader.readBinary(keyScratch);
        break;
      case 9:
        if (!reader.isNamed(INFO_HASH)) break;
        if ((found & HAS_INFO_HASH) !== 0 || !readInfoHash(into.infoHash, 0)) return REFUSALS.badInfoHash;
        found |= HAS_INFO_HASH;
        break;
      case 7:
        if (reader.isNamed(PEER_ID)) {
          if (reader.readBinary(peerIdScratch) !== PEER_ID_BYTES) return REFUSALS.badPeerId;
          found |= HAS_PEER_ID;
        } else readNumwantOrCompact(into);
        break;
      default:
        readOther(into);
    }
  }
  if ((found & HAS_INFO_HASH) === 0) return REFUSALS.badInfoHash;
  if ((found & HAS_PEER_ID) === 0) return REFUSALS.badPeerId;
  if (!(into.port >= 1 && into.port <= MAX_PORT)) return REFUSALS.badPort;
  into.isSeeder = into.left === 0;
  into.identity = readIdentity(keyLength);
  if (into.event === EVENT_STOPPED) into.numwant = 0;
  return undefined;
}

/**
 * Reads a scrape's query `bytes[start..end)`, without the `?`: 1 to 64 hashes (BEP 48), which land in `into` sorted and
 * each once, as the keys of a bencoded answer must be. Never throws.
 */
export function parseScrape(bytes: Uint8Array, start: number, end: number, into: ScrapeRequest): Refusal | undefined {
  into.count = 0;
  let asked = 0;
  reader.reset(bytes, start, end);
  for (let isMore = reader.first(); isMore; isMore = reader.next()) {
    if (reader.nameLength !== INFO_HASH.length || !reader.isNamed(INFO_HASH)) continue;
    if (asked++ === MAX_SCRAPE_HASHES_HTTP) return REFUSALS.tooManyHashes;
    if (!readInfoHash(into.hashes, into.count * INFO_HASH_BYTES)) return REFUSALS.badInfoHash;
    sortLastHash(into);
  }
  return asked === 0 ? REFUSALS.noScrapeHashes : undefined;
}

/** Counts the hash behind the last one in, at its place among the others; one that is there already is dropped. */
function sortLastHash(into: ScrapeRequest): void {
  const last = into.count * INFO_HASH_BYTES;
  let place = last;
  for (; place > 0; place -= INFO_HASH_BYTES) {
    const order = compareHash(into.hashes, place - INFO_HASH_BYTES);
    if (order === 0) return;
    if (order < 0) break;
  }
  into.count++;
  if (place === last) return;
  into.hashes.copyWithin(place + INFO_HASH_BYTES, place, last);
  into.hashes.set(hashScratch.subarray(0, INFO_HASH_BYTES), place);
}

/** Negative when the hash at `offset` sorts before the one just read. */
function compareHash(hashes: Uint8Array, offset: number): number {
  for (let i = 0; i < INFO_HASH_BYTES; i++) {
    const difference = hashes[offset + i]! - hashScratch[i]!;
    if (difference !== 0) return difference;
  }
  return 0;
}

function setDefaults(into: AnnounceRequest): void {
  into.port = 0;
  into.event = EVENT_NONE;
  into.left = -1;
  into.numwant = DEFAULT_NUMWANT;
  into.isCompact = true;
  into.isOneFamily = false;
}

function readInfoHash(into: Uint8Array, offset: number): boolean {
  const length = reader.readBinary(hashScratch);
  if (length !== INFO_HASH_BYTES && length !== INFO_HASH_V2_BYTES) return false;
  for (let i = 0; i < INFO_HASH_BYTES; i++) into[offset + i] = hashScratch[i]!;
  return true;
}

function readNumwantOrCompact(into: AnnounceRequest): void {
  if (reader.isNamed(NUMWANT)) into.numwant = resolveNumwant(reader.readDecimal());
  else if (reader.isNamed(COMPACT)) into.isCompact = reader.readDecimal() !== 0;
}

function readOther(into: AnnounceRequest): void {
  switch (reader.nameLength) {
    case 4:
      if (reader.isNamed(PORT)) into.port = reader.readDecimal();
      else if (reader.isNamed(LEFT)) into.left = orElse(reader.readDecimal(), -1);
      break;
    case 5:
      if (reader.isNamed(EVENT)) into.event = readEvent();
      break;
  }
}

function orElse(value: number, fallback: number): number {
  return value >= 0 ? value : fallback;
}

function readEvent(): AnnounceEvent {
  const length = reader.readBinary(eventScratch);
  if (length === COMPLETED.length) return startsWith(COMPLETED) ? EVENT_COMPLETED : EVENT_NONE;
  if (length !== STARTED.length) return EVENT_NONE;
  if (startsWith(STARTED)) return EVENT_STARTED;
  return startsWith(STOPPED) ? EVENT_STOPPED : EVENT_NONE;
}

function startsWith(word: Uint8Array): boolean {
  for (let i = 0; i < word.length; i++) if (eventScratch[i] !== word[i]) return false;
  return true;
}

/** A key of up to 8 hex digits is the number that the same client sends over UDP; an empty or zero key is no key. */
function readIdentity(keyLength: number): number {
  if (keyLength <= 0) return identityOfBytes(peerIdScratch, PEER_ID_BYTES);
  let key = 0;
  for (let i = 0; i < keyLength; i++) {
    const digit = hexValue(keyScratch[i]!);
    if (digit < 0 || keyLength > 8) return identityOfBytes(keyScratch, keyLength);
    key = (key << 4) | digit;
  }
  return key === 0 ? identityOfBytes(peerIdScratch, PEER_ID_BYTES) : identityOfKey(key);
}
