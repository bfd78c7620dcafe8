// All torrents in the order of their info hashes, as a bencoded dictionary of millions needs them, without a pause: short
// runs are sorted one by one and merged while they are read. Takes 8 bytes for each torrent.

import { INFO_HASH_BYTES } from '../../shared/protocol/torrent/info-hash.ts';
import type { SwarmStore } from './swarm-store.ts';
import type { Torrent } from './torrent-table.ts';
import { TorrentWalk } from './torrent-walk.ts';

/** Sorted in about a millisecond. */
const RUN_TORRENTS = 8192;
/** Torrents whose hashes begin with the same 4 bytes; only made-up hashes are more, and some of those are left out. */
const MAX_GROUP = 1024;
/** Which half of a 64-bit integer is the lower one in memory. */
const LOW = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1 ? 0 : 1;

/** Entries of 64 bits: the first 4 bytes of the hash above, the torrent below. */
class Run {
  readonly #keys = new BigUint64Array(RUN_TORRENTS);
  readonly #halves = new Uint32Array(this.#keys.buffer);
  #length = 0;
  #at = 0;

  get isFull(): boolean {
    return this.#length === RUN_TORRENTS;
  }

  get isEmpty(): boolean {
    return this.#at === this.#length;
  }

  /** First 4 bytes of the hash of the entry that is next. */
  get prefix(): number {
    return this.#halves[2 * this.#at + 1 - LOW]!;
  }

  add(prefix: number, torrent: Torrent): void {
    this.#halves[2 * this.#length + 1 - LOW] = prefix;
    this.#halves[2 * this.#length + LOW] = torrent;
    this.#length++;
  }

  sort(): void {
    this.#keys.subarray(0, this.#length).sort();
  }

  take(): Torrent {
    return this.#halves[2 * this.#at++ + LOW]!;
  }
}

export class SortedTorrents {
  readonly #store: SwarmStore;
  readonly #walk: TorrentWalk;
  readonly #runs: Run[] = [];
  /** A binary heap of the runs that are not empty, by prefix; made when the walk has ended. */
  #heap: Run[] = [];
  /** Torrents of one prefix, the last first. */
  #group: Buffer[] = [];
  #last: Buffer = Buffer.alloc(0);

  constructor(store: SwarmStore) {
    this.#store = store;
    this.#walk = new TorrentWalk(store);
  }

  /** To be called until it returns false, before `next`: takes in and sorts the next torrents. */
  collect(maxPlaces: number): boolean {
    if (this.#walk.next(Math.min(maxPlaces, RUN_TORRENTS), this.#add)) return true;
    for (const run of this.#runs) if (!run.isFull) run.sort();
    this.#heap = this.#runs.sort((a, b) => a.prefix - b.prefix);
    return false;
  }

  /** The next hash that is still tracked, 20 bytes; undefined at the end. */
  next(): Buffer | undefined {
    for (;;) {
      if (this.#group.length === 0 && !this.#fillGroup()) return undefined;
      const hash = this.#group.pop();
      if (hash === undefined || Buffer.compare(hash, this.#last) <= 0) continue;
      this.#last = hash;
      return hash;
    }
  }

  readonly #add = (torrent: Torrent): void => {
    let run = this.#runs.at(-1);
    if (run === undefined || run.isFull) {
      run = new Run();
      this.#runs.push(run);
    }
    run.add(this.#store.torrents.prefix(torrent), torrent);
    if (run.isFull) run.sort();
  };

  /** Takes the torrents of the lowest prefix; false at the end. Those whose place another torrent has taken are left out. */
  #fillGroup(): boolean {
    const { torrents } = this.#store;
    const prefix = this.#heap[0]?.prefix;
    for (let taken = 0; taken < MAX_GROUP && this.#heap[0]?.prefix === prefix; taken++) {
      if (prefix === undefined) return false;
      const torrent = this.#take();
      if (!torrents.isUsed(torrent) || torrents.prefix(torrent) !== prefix) continue;
      const hash = Buffer.allocUnsafe(INFO_HASH_BYTES);
      torrents.writeInfoHash(torrent, hash, 0);
      this.#group.push(hash);
    }
    if (this.#group.length > 1) this.#group.sort((a, b) => Buffer.compare(b, a));
    return true;
  }

  #take(): Torrent {
    const heap = this.#heap;
    const torrent = heap[0]!.take();
    if (heap[0]!.isEmpty) {
      const last = heap.pop()!;
      if (heap.length > 0) heap[0] = last;
    }
    this.#sink();
    return torrent;
  }

  /** Moves the first run of the heap down to where it belongs. */
  #sink(): void {
    const heap = this.#heap;
    const run = heap[0];
    if (run === undefined) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child + 1 < heap.length && heap[child + 1]!.prefix < heap[child]!.prefix) child++;
      if (child >= heap.length || heap[child]!.prefix >= run.prefix) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = run;
  }
}
