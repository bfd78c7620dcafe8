// The sequence of the node's records about itself: it goes on where it was, whatever the clock does between two runs.

import { type Database, isDiskFault, type Statement } from '../../shared/platform/database.ts';
import { nextSeq } from '../../shared/protocol/records/lasting.ts';

export class OwnSequence {
  readonly #write: Statement<[number]>;
  /** The last one given, which the disk may not have. */
  #last: number;

  constructor(database: Database) {
    this.#write = database.prepare('UPDATE node SET record_seq = ?');
    const read: Statement<[], { record_seq: number }> = database.prepare('SELECT record_seq FROM node');
    this.#last = read.get()!.record_seq;
  }

  /**
   * The `seq` of the next record; `now` is unix ms. One that a full disk does not take is good all the same, since the clock will
   * be ahead of it at the next start: a node that cannot write must be able to say that it leaves.
   */
  take(now: number): number {
    this.#last = nextSeq(this.#last, now);
    try {
      this.#write.run(this.#last);
    } catch (error) {
      if (!isDiskFault(error)) throw error;
    }
    return this.#last;
  }
}
