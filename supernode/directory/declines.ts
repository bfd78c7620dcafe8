// Which nodes would not carry which torrent, and how long that counts.

import type { Id } from '../../shared/protocol/records/record.ts';
import type { InfoHash } from '../../shared/protocol/torrent/info-hash.ts';
import type { Plants } from './plants.ts';
import type { Declined } from './torrent-care.ts';

/** A node that declined is asked again after this time. */
const DECLINE_MS = 3_600_000;
/** Beyond that the torrent is forgotten that was declined longest ago; whoever declined it is asked again. 40 MB. */
export const MAX_DECLINED_TORRENTS = 100_000;

interface Decline {
  /** Unix ms until which it counts. */
  readonly until: number;
  /** It counts until the torrent is planted anew. */
  readonly isForGood: boolean;
  /** The newest plant at that time. */
  readonly seq: number;
}

export class Declines {
  readonly #plants: Pick<Plants, 'newest'>;
  readonly #byTorrent = new Map<InfoHash, Map<Id, Decline>>();

  constructor(plants: Pick<Plants, 'newest'>) {
    this.#plants = plants;
  }

  torrents(): MapIterator<InfoHash> {
    return this.#byTorrent.keys();
  }

  /** `isForGood` when the node gave a reason that holds for every node. */
  note(infoHash: InfoHash, node: Id, isForGood: boolean, now: number): void {
    const declines = this.#byTorrent.get(infoHash) ?? new Map<Id, Decline>();
    declines.set(node, { until: now + DECLINE_MS, isForGood, seq: this.#plants.newest(infoHash, now) });
    this.#byTorrent.delete(infoHash);
    this.#byTorrent.set(infoHash, declines);
    if (this.#byTorrent.size > MAX_DECLINED_TORRENTS) this.#byTorrent.delete(this.#byTorrent.keys().next().value!);
  }

  /** Those that count at `now`; undefined when nobody declined. */
  of(infoHash: InfoHash, now: number): Declined | undefined {
    const declines = this.#byTorrent.get(infoHash);
    if (declines === undefined) return undefined;
    const newest = this.#plants.newest(infoHash, now);
    for (const [node, { until, isForGood, seq }] of declines) {
      if (isForGood ? newest > seq || newest === 0 : now >= until) declines.delete(node);
    }
    if (declines.size === 0) this.#byTorrent.delete(infoHash);
    const forGood = [...declines.values()].filter(({ isForGood }) => isForGood).length;
    return { by: new Set(declines.keys()), forGood };
  }

  forget(infoHash: InfoHash): void {
    this.#byTorrent.delete(infoHash);
  }
}
