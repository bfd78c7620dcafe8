// The sequence of the node's records about itself: it goes on where it was, whatever the clock does between two runs.

import type { Database, Statement } from '../../shared/platform/database.ts';
import { nextSeq } from '../../shared/protocol/records/codec.ts';

export class OwnSequence {
  readonly #read: Statement<[], { record_seq: number }>;
  readonly #write: Statement<[number]>;

  constructor(database: Database) {
    this.#read = database.prepare('SELECT record_seq FROM node');
    this.#write = database.prepare('UPDATE node SET record_seq = ?');
  }

  /** The `seq` of the next record; `now` is unix ms. */
  take(now: number): number {
    const seq = nextSeq(this.#read.get()!.record_seq, now);
    this.#write.run(seq);
    return seq;
  }
}
