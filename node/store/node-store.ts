// A node's database as one thing to open, write to in one piece, and close.

import { type Database, openDatabase } from '../../shared/platform/database.ts';
import { CoCarrierStore } from './co-carriers.ts';
import { OwnSequence } from './own-sequence.ts';
import { Plants } from './plants.ts';
import { MIGRATIONS } from './schema.ts';
import { Supernodes } from './supernodes.ts';
import { Torrents } from './torrents.ts';

export class NodeStore {
  readonly torrents: Torrents;
  readonly plants: Plants;
  readonly supernodes: Supernodes;
  readonly ownSequence: OwnSequence;
  readonly coCarriers: CoCarrierStore;
  readonly #database: Database;

  /** Opens or creates `file`, or ':memory:'; throws an Error for the operator. */
  constructor(file: string) {
    this.#database = openDatabase(file, MIGRATIONS);
    // A receipt or a change number that somebody was shown must survive a power cut.
    this.#database.pragma('synchronous = FULL');
    this.torrents = new Torrents(this.#database);
    this.plants = new Plants(this.#database);
    this.supernodes = new Supernodes(this.#database);
    this.ownSequence = new OwnSequence(this.#database);
    this.coCarriers = new CoCarrierStore(this.#database);
  }

  /** Runs `work` in one transaction: all of what it writes is kept, or nothing when it throws. */
  transact<T>(work: () => T): T {
    return this.#database.transaction(work).immediate();
  }

  close(): void {
    this.#database.close();
  }
}
