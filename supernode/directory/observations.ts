// What the other supernodes say about nodes that are silent here. It can keep a node from being called dead, and can
// never call it dead alone.

import type { ObservationsAnswer } from '../../shared/protocol/messages/federation-messages.ts';
import type { Id } from '../../shared/protocol/records/record.ts';

interface Report {
  /** Unix ms. */
  readonly at: number;
  /** Ms of silence at that time, by node. */
  readonly silentMs: ReadonlyMap<Id, number>;
}

export class Observations {
  readonly #reports = new Map<Id, Report>();
  readonly #freshForMs: number;

  constructor(freshForMs: number) {
    this.#freshForMs = freshForMs;
  }

  /** Takes the newest report of a supernode; one that does not trust its own eyes has nothing to say. */
  put(reporter: Id, { isHealthy, observations }: ObservationsAnswer, now: number): void {
    if (!isHealthy) {
      this.#reports.delete(reporter);
      return;
    }
    const silentMs = new Map(observations.map(({ node, silentSeconds }) => [node, silentSeconds * 1000]));
    this.#reports.set(reporter, { at: now, silentMs });
  }

  /** For how long, in ms at `now`, the node has been silent for each supernode that reported freshly about it. */
  about(node: Id, now: number): number[] {
    const silences: number[] = [];
    for (const [reporter, { at, silentMs }] of this.#reports) {
      if (now - at > this.#freshForMs) this.#reports.delete(reporter);
      const silence = this.#reports.has(reporter) ? silentMs.get(node) : undefined;
      if (silence !== undefined) silences.push(silence === 0 ? 0 : silence + now - at);
    }
    return silences;
  }
}
