// Every info hash that somebody planted or carries, as one small number: who planted it and who carries it hang on its record.

import { type HashRecord, InfoHashTable, KEEPERS_WORDS, STATE } from '../../shared/protocol/sets/info-hash-table.ts';
import { type InfoHash, infoHashBytes } from '../../shared/protocol/torrent/info-hash.ts';
import { Reserve } from './reserve.ts';

/** A torrent, as the index of the first word of its record; 0 is none. Good for as long as anything hangs on it. */
export type Torrent = HashRecord;

/** First plant of the torrent, 0 when there is none; see plants.ts. */
export const PLANTS: number = KEEPERS_WORDS;
/** First of its carriers, 0 when there is none; see carrier-lists.ts. */
export const CARRIERS: number = PLANTS + 1;
const RECORD_WORDS = CARRIERS + 1;
/** Beside USED_BIT, once a node was seen to carry it. */
const SEEN_BIT = 2;
/** Memory comes into use for so many torrents at a time. */
const STEP_TORRENTS = 16_384;

export class Torrents extends InfoHashTable {
  /** `seed` is secret, so that nobody can choose info hashes that collide. */
  constructor(capacity: number, seed: number) {
    const records = new Reserve(4 * RECORD_WORDS * (capacity + 1));
    const buckets = new Reserve(4 * (capacity + 1));
    buckets.growTo(4);
    let room = 0;
    const memory = {
      words: new Int32Array(records.buffer),
      buckets: new Int32Array(buckets.buffer),
      stepRecords: STEP_TORRENTS,
      hasRoom: () => room < capacity,
      take: () => {
        room += STEP_TORRENTS;
        records.growTo(4 * RECORD_WORDS * (room + 1));
        buckets.growTo(4 * (room + 1));
      },
    };
    super({ recordWords: RECORD_WORDS, capacity, seed, memory });
  }

  of(infoHash: InfoHash): Torrent {
    return this.find(infoHashBytes(infoHash), 0);
  }

  /** The torrent, from now on; throws a RangeError when there is no room: the caller has asked. */
  take(infoHash: InfoHash): Torrent {
    const bytes = infoHashBytes(infoHash);
    const held = this.find(bytes, 0);
    if (held !== 0) return held;
    if (this.isFull) throw new RangeError('all torrents are taken');
    return this.add(bytes, 0);
  }

  /** A node carries the torrent. */
  see(torrent: Torrent): void {
    this.words[torrent + STATE]! |= SEEN_BIT;
  }

  /** Whether a node carries the torrent, or has done so since something hangs on it. */
  wasSeen(torrent: Torrent): boolean {
    return (this.words[torrent + STATE]! & SEEN_BIT) !== 0;
  }

  /** Something was taken off the torrent: it goes when that was the last. */
  forgetIfBare(torrent: Torrent): void {
    if (this.words[torrent + PLANTS] === 0 && this.words[torrent + CARRIERS] === 0) this.remove(torrent);
  }
}
