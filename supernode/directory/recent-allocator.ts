// Keeps what it takes to allocate for a moment: planters ask for many torrents one after the other, and looking at thousands
// of nodes costs more than an answer.

import type { Allocator } from './allocation.ts';
import type { Directory } from './directory.ts';
import { isTrusted } from './liveness.ts';

/** How old, in ms, the loads of the nodes may be that an allocation considers. Who has come, gone or fallen is always up to date. */
export const ALLOCATOR_LIFETIME_MS = 1000;

export class RecentAllocator {
  readonly #directory: Directory;
  #allocator: Allocator | undefined;
  /** Changes of the registry that `#allocator` knows. */
  #known = 0;
  /** Unix ms. */
  #madeAt = 0;

  constructor(directory: Directory) {
    this.#directory = directory;
  }

  /** Over the nodes that may be named at `now`, unix ms. */
  at(now: number): Allocator {
    const { nodes, candidates } = this.#directory;
    const isYoung = now >= this.#madeAt && now - this.#madeAt < ALLOCATOR_LIFETIME_MS;
    if (this.#allocator === undefined || !isYoung || this.#known !== nodes.changes) {
      this.#allocator = candidates.allocator(now, ({ liveness }) => isTrusted(liveness, now));
      this.#known = nodes.changes;
      this.#madeAt = now;
    }
    return this.#allocator;
  }
}
