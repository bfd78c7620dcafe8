// Keeps what it takes to allocate for a moment: planters ask for many torrents one after the other, and preparing thousands
// of nodes costs more than an answer.

import { Allocator } from './allocation.ts';
import { candidateOf } from './candidates.ts';
import type { Directory } from './directory.ts';
import type { NodeEntry } from './entry.ts';

/** How old, in ms, the loads of the nodes may be that an allocation considers. Who is there is always up to date. */
export const ALLOCATOR_LIFETIME_MS = 1000;

export class RecentAllocator {
  readonly #directory: Directory;
  #allocator = new Allocator([]);
  /** Of the nodes that `#allocator` knows. */
  #entries: readonly NodeEntry[] = [];
  /** Unix ms. */
  #madeAt = 0;

  constructor(directory: Directory) {
    this.#directory = directory;
  }

  /** Over the nodes that may be named at `now`, unix ms. */
  at(now: number): Allocator {
    const members = this.#directory.nodes.trusted(now);
    const isYoung = now >= this.#madeAt && now - this.#madeAt < ALLOCATOR_LIFETIME_MS;
    const isSame =
      members.length === this.#entries.length && members.every(({ entry }, n) => entry === this.#entries[n]);
    if (!isYoung || !isSame) {
      this.#allocator = new Allocator(members.map((member) => candidateOf(this.#directory, member, now)));
      this.#entries = members.map(({ entry }) => entry);
      this.#madeAt = now;
    }
    return this.#allocator;
  }
}
