// Clients that announce the same torrent again and again, far more often than they are told to. They get ever less: first no
// peers and a longer interval, then a refusal.

import type { Random } from '../../shared/platform/random.ts';
import { readWord } from '../../shared/protocol/encoding/words.ts';
import { type AnnounceRequest, EVENT_STOPPED } from '../../shared/protocol/tracker/tracker-messages.ts';
import { LeakyBuckets, OVERFLOW } from './leaky-buckets.ts';

/** What a client is worth: all, counts and a longer interval, nothing. */
export const SERVED = 0;
export const SLOWED = 1;
export const REFUSED = 2;
export type Worth = 0 | 1 | 2;

/** A client may announce so many times as often as the minimum interval asks: it may do so over HTTP and UDP, twice. */
const PACE = 4;
/** Announces in a row that are served: `started`, `completed`, a restart or two, over HTTP and over UDP. */
const SERVED_LEVEL = 8;
const SLOWED_LEVEL = 12;
/** How much is held against a client: with a minimum interval of 15 minutes, an hour of silence clears it. */
const MAX_LEVEL = 16;
/** 4 MiB; with more clients than that, those that announce least are forgotten. */
const MAX_CLIENTS = 1 << 18;

export class Woodpeckers {
  readonly #buckets: LeakyBuckets;
  readonly #seed: number;

  constructor(minIntervalSeconds: number, random: Random) {
    const options = { capacity: MAX_LEVEL, secondsPerUnit: minIntervalSeconds / PACE, maxBuckets: MAX_CLIENTS };
    this.#buckets = new LeakyBuckets(options, random.uint32() | 0);
    this.#seed = random.uint32() | 0;
  }

  /** Counts an announce of this endpoint for this torrent; one that stops is always welcome. */
  judge({ event, family, address, port, infoHash }: AnnounceRequest, nowSeconds: number): Worth {
    if (event === EVENT_STOPPED) return SERVED;
    const lastByte = family === 4 ? 4 : 16;
    let hash = this.#seed ^ port;
    for (let at = 0; at < lastByte; at += 4) hash = mix(hash, readWord(address, at));
    const key0 = mix(hash, readWord(infoHash, 0));
    const key1 = mix(mix(hash, readWord(infoHash, 4)), readWord(infoHash, 8));
    const level = this.#buckets.pour(key0, key1, nowSeconds);
    if (level === OVERFLOW || level > SLOWED_LEVEL) return REFUSED;
    return level > SERVED_LEVEL ? SLOWED : SERVED;
  }
}

function mix(hash: number, word: number): number {
  const mixed = Math.imul(hash ^ word, 0x9e3779b1);
  return mixed ^ (mixed >>> 15);
}
