// Whether this supernode may trust its own eyes: one that no longer reaches most of the nodes it used to reach looks for
// the fault at home, and calls nobody dead.

import type { Id } from '../../shared/protocol/records/record.ts';

/** So few nodes say nothing about the one who looks. */
const MIN_JUDGED = 4;
/** A larger share of nodes out of reach is the fault of the one who looks. */
const MAX_LOST_SHARE = 0.5;
/** A node that was last reached longer ago no longer counts. */
const MEMORY_MS = 3_600_000;

interface Sight {
  readonly isReached: boolean;
  /** Unix ms. */
  readonly reachedAt: number;
}

export class LocalHealth {
  readonly #sights = new Map<Id, Sight>();
  #isHealthy = true;
  #healthySince: number;

  constructor(now: number) {
    this.#healthySince = now;
  }

  get isHealthy(): boolean {
    return this.#isHealthy;
  }

  /** Unix ms; silence heard earlier proves nothing. Meaningless while not healthy. */
  get healthySince(): number {
    return this.#healthySince;
  }

  /** Notes how this supernode's own ping of a node ended. */
  note(node: Id, isReached: boolean, now: number): void {
    // A clock since set back: nothing that is heard from now on would ever be late enough.
    this.#healthySince = Math.min(this.#healthySince, now);
    const held = this.#sights.get(node);
    // Whoever was never reached tells nothing.
    if (held === undefined && !isReached) return;
    this.#sights.set(node, { isReached, reachedAt: isReached ? now : held!.reachedAt });
    if (held?.isReached !== isReached) this.#judge(now);
  }

  #judge(now: number): void {
    let reached = 0;
    let lost = 0;
    for (const [id, { isReached, reachedAt }] of this.#sights) {
      if (isReached) reached++;
      else if (now - reachedAt < MEMORY_MS) lost++;
      else this.#sights.delete(id);
    }
    const isHealthy = reached + lost < MIN_JUDGED || lost <= (reached + lost) * MAX_LOST_SHARE;
    if (isHealthy && !this.#isHealthy) this.#healthySince = now;
    this.#isHealthy = isHealthy;
  }
}
