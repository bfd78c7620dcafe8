// The sequence of the node's records about itself: it never goes back, whatever the clock does between two runs.

import type { Database, Statement } from '../../shared/platform/database.ts';

export class OwnSequence {
  readonly #take: Statement<[number], { record_seq: number }>;

  constructor(database: Database) {
    this.#take = database.prepare(
      'UPDATE node SET record_seq = max(record_seq + 1, CAST(? AS INTEGER)) RETURNING record_seq',
    );
  }

  /** The `seq` of the next record; `now` is unix ms. */
  take(now: number): number {
    return this.#take.get(now)!.record_seq;
  }
}
