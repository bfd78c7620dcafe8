// Which nodes are dead: silent for minutes, and not only for this supernode. Seconds count for redirects, minutes for
// copies: a node that restarts costs nothing.

import type { Id } from '../../shared/protocol/records/record.ts';
import type { NodeEntry } from './entry.ts';
import { silentSince } from './liveness.ts';
import type { LocalHealth } from './local-health.ts';
import type { Observations } from './observations.ts';
import type { Member, Registry } from './registry.ts';

export interface MortalityOptions {
  readonly nodes: Registry<NodeEntry>;
  readonly health: Pick<LocalHealth, 'isHealthy' | 'healthySince'>;
  readonly observations: Observations;
  /** Silence after which a node is dead if others agree; a supernode that nobody reports to waits twice as long. */
  readonly deadAfterMs: number;
}

const ALONE_PATIENCE = 2;

export class Mortality {
  readonly #options: MortalityOptions;
  /** Unix ms at which each was found dead. */
  readonly #deadSince = new Map<Id, number>();

  constructor(options: MortalityOptions) {
    this.#options = options;
  }

  isDead(node: Id): boolean {
    return this.#deadSince.has(node);
  }

  get size(): number {
    return this.#deadSince.size;
  }

  /** Looks at all nodes anew. */
  update(now: number): void {
    const { nodes } = this.#options;
    for (const id of this.#deadSince.keys()) if (nodes.get(id) === undefined) this.#deadSince.delete(id);
    for (const member of nodes.values()) {
      const id = member.entry.author;
      // It may have answered, and fallen silent again, since the last look.
      if (silentSince(member.liveness) >= (this.#deadSince.get(id) ?? Number.POSITIVE_INFINITY))
        this.#deadSince.delete(id);
      if (member.liveness.state === 'up') this.#deadSince.delete(id);
      else if (!this.#deadSince.has(id) && this.#hasDied(member, now)) this.#deadSince.set(id, now);
    }
  }

  /** Ms for which a node has been silent here; 0 while it answers. */
  silence({ liveness }: Member<NodeEntry>, now: number): number {
    if (liveness.state === 'up') return 0;
    return Math.max(0, now - Math.max(silentSince(liveness), this.#options.health.healthySince));
  }

  /** Nodes silent for so long that it matters what others say of them. */
  doubtful(now: number): Id[] {
    const enoughMs = this.#options.deadAfterMs / 2;
    return [...this.#options.nodes.values()]
      .filter((member) => this.silence(member, now) >= enoughMs && !this.isDead(member.entry.author))
      .map(({ entry }) => entry.author);
  }

  /** Its own silence and that of two thirds of the witnesses have lasted long enough. */
  #hasDied(member: Member<NodeEntry>, now: number): boolean {
    const { health, observations, deadAfterMs } = this.#options;
    if (!health.isHealthy || member.liveness.state !== 'down') return false;
    const own = this.silence(member, now);
    if (own < deadAfterMs) return false;
    const others = observations.about(member.entry.author, now);
    if (others.length === 0) return own >= ALONE_PATIENCE * deadAfterMs;
    const agreeing = 1 + others.filter((silentMs) => silentMs >= deadAfterMs).length;
    return agreeing * 3 >= (1 + others.length) * 2;
  }
}
