// The nodes that carry each torrent: a list of node numbers hangs on the torrent's record.

import { type RecordPlace, RecordPool } from './record-pool.ts';
import { CARRIERS, type Torrent, type Torrents } from './torrents.ts';

// A carrier, in words of 32 bits.
const NEXT = 0;
const NODE = 1;
const LINK_WORDS = 2;

export class CarrierLists {
  /** Torrents that at least one node carries. */
  size = 0;
  readonly #torrents: Torrents;
  readonly #links: RecordPool;

  constructor(torrents: Torrents, capacity: number) {
    this.#torrents = torrents;
    this.#links = new RecordPool(LINK_WORDS, capacity);
  }

  /** The node's number is put into the list; false when it is there already. */
  link(torrent: Torrent, node: number): boolean {
    const { words } = this.#links;
    const first = this.#first(torrent);
    for (let link = first; link !== 0; link = words[link + NEXT]!) if (words[link + NODE] === node) return false;
    const link = this.#links.take();
    words[link + NEXT] = first;
    words[link + NODE] = node;
    this.#torrents.words[torrent + CARRIERS] = link;
    if (first === 0) this.size++;
    this.#torrents.see(torrent);
    return true;
  }

  /** False when it was not there. The torrent may be forgotten afterwards. */
  unlink(torrent: Torrent, node: number): boolean {
    const { words } = this.#links;
    let before: RecordPlace = 0;
    let link = this.#first(torrent);
    while (link !== 0 && words[link + NODE] !== node) {
      before = link;
      link = words[link + NEXT]!;
    }
    if (link === 0) return false;
    const next = words[link + NEXT]!;
    if (before === 0) this.#torrents.words[torrent + CARRIERS] = next;
    else words[before + NEXT] = next;
    this.#links.free(link);
    if (this.#first(torrent) === 0) this.size--;
    this.#torrents.forgetIfBare(torrent);
    return true;
  }

  /** Node numbers, in no order. */
  of(torrent: Torrent): number[] {
    const numbers: number[] = [];
    const { words } = this.#links;
    for (let link = this.#first(torrent); link !== 0; link = words[link + NEXT]!) numbers.push(words[link + NODE]!);
    return numbers;
  }

  /**
   * Whether just `count` carriers have the mark 1 and none has a greater one; `marks` are by node number. What a walk through
   * millions of torrents asks of each.
   */
  haveMarks(torrent: Torrent, marks: Uint8Array, count: number): boolean {
    const { words } = this.#links;
    let found = 0;
    for (let link = this.#first(torrent); link !== 0; link = words[link + NEXT]!) {
      const mark = marks[words[link + NODE]!]!;
      if (mark > 1) return false;
      found += mark;
    }
    return found === count;
  }

  #first(torrent: Torrent): RecordPlace {
    return torrent === 0 ? 0 : this.#torrents.words[torrent + CARRIERS]!;
  }
}
