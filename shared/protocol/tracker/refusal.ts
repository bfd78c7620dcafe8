// Answers to requests that the tracker does not serve: ready-made values, so that refusing costs no more than serving.

/** A refusal with its HTTP body; the same value is sent to everybody it concerns. */
export interface Refusal {
  /** Stable, for programs and counters. */
  readonly code: string;
  /** Printable ASCII. */
  readonly message: string;
  /** 0 = the same request will never be served. */
  readonly retrySeconds: number;
  /** Bencoded dictionary: failure reason, interval (libtorrent waits so long), retry in (BEP 31, whole minutes). */
  readonly httpBody: Buffer;
  /** Below MAX_REFUSALS, another for each refusal: the place of its count. */
  readonly index: number;
}

/** Interval beside a refusal for good: clients that ignore `never` come back as seldom as any other. */
const NEVER_INTERVAL_SECONDS = 1800;

/** Refusals that one process may make. */
export const MAX_REFUSALS = 64;

const codes: string[] = [];

/** The codes of all refusals made so far, each at the index of its refusal. */
export function refusalCodes(): readonly string[] {
  return codes;
}

/** Makes a refusal once, at load or start, never per request; `message` is printable ASCII. */
export function makeRefusal(code: string, message: string, retrySeconds: number): Refusal {
  const interval = retrySeconds === 0 ? NEVER_INTERVAL_SECONDS : retrySeconds;
  const retryIn = retrySeconds === 0 ? '5:never' : `i${Math.ceil(retrySeconds / 60)}e`;
  const body = `d14:failure reason${message.length}:${message}8:intervali${interval}e8:retry in${retryIn}e`;
  const index = codes.push(code) - 1;
  if (index >= MAX_REFUSALS) throw new RangeError(`more than ${MAX_REFUSALS} refusals were made`);
  return { code, message, retrySeconds, httpBody: Buffer.from(body, 'latin1'), index };
}

export const REFUSALS = {
  badRequest: makeRefusal('bad-request', 'request not understood', 0),
  badInfoHash: makeRefusal('bad-info-hash', 'info_hash must be given once, 20 or 32 bytes long', 0),
  badPeerId: makeRefusal('bad-peer-id', 'peer_id must be 20 bytes long', 0),
  badPort: makeRefusal('bad-port', 'port must be between 1 and 65535', 0),
  noScrapeHashes: makeRefusal('no-scrape-hashes', 'a scrape must name at least one info_hash', 0),
  tooManyHashes: makeRefusal('too-many-hashes', 'too many info_hash parameters', 0),
  badConnectionId: makeRefusal('bad-connection-id', 'connection id unknown or too old', 0),
  unknownTorrent: makeRefusal('unknown-torrent', 'torrent not carried here', 1800),
  forbiddenTorrent: makeRefusal('forbidden-torrent', 'torrent not allowed here', 0),
  forbiddenAddress: makeRefusal('forbidden-address', 'address not allowed here', 0),
  noCarrier: makeRefusal('no-carrier', 'no node carries this torrent at the moment', 300),
  tooManyRequests: makeRefusal('too-many-requests', 'too many requests', 900),
  full: makeRefusal('full', 'tracker is full', 1800),
  draining: makeRefusal('draining', 'tracker is going down', 300),
} as const;
