// When many nodes fall at once, copying everything that they carried would hurt more than it helps: they may be back
// soon, or never have been gone.

import type { NodeEntry } from './entry.ts';
import { silentSince } from './liveness.ts';
import type { Registry } from './registry.ts';

export interface BrakeOptions {
  readonly nodes: Registry<NodeEntry>;
  /** Nodes that fell within this time count. */
  readonly windowMs: number;
}

/** A larger share of the nodes, or of few nodes a larger number, is too much at once. */
const MAX_FALLEN_SHARE = 0.1;
const FEW_NODES = 20;
const MAX_FALLEN_OF_FEW = 2;

export interface Fall {
  /** Nodes that fell within the window. */
  readonly fallen: number;
  /** Those and the ones that stand. */
  readonly nodes: number;
}

export class Brake {
  readonly #options: BrakeOptions;
  #releasedUntil = 0;

  constructor(options: BrakeOptions) {
    this.#options = options;
  }

  /** Whether nothing is to be healed now. */
  isHeld(now: number): boolean {
    if (now < this.#releasedUntil) return false;
    const { fallen, nodes } = this.fall(now);
    return nodes < FEW_NODES ? fallen > MAX_FALLEN_OF_FEW : fallen > nodes * MAX_FALLEN_SHARE;
  }

  /** An operator says that what fell will not come back: healing goes on for the length of the window. */
  release(now: number): void {
    this.#releasedUntil = now + this.#options.windowMs;
  }

  /** Nodes that never answered here neither stand nor fall. */
  fall(now: number): Fall {
    let standing = 0;
    let fallen = 0;
    for (const { liveness } of this.#options.nodes.values()) {
      if (liveness.answeredAt === 0) continue;
      if (liveness.state !== 'down') standing++;
      else if (now - silentSince(liveness) < this.#options.windowMs) fallen++;
    }
    return { fallen, nodes: standing + fallen };
  }
}
