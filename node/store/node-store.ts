// A node's database as one thing to open, write to in one piece, and close.

import { PublicError } from '../../shared/errors.ts';
import { type Database, isDiskFault, openDatabase } from '../../shared/platform/database.ts';
import { CoCarrierStore } from './co-carriers.ts';
import { OwnSequence } from './own-sequence.ts';
import { Plants } from './plants.ts';
import { MIGRATIONS } from './schema.ts';
import { Supernodes } from './supernodes.ts';
import { Torrents } from './torrents.ts';

/** Told when the database cannot be written any more, and when it can again. */
export interface WriteWatcher {
  onLost(error: Error): void;
  onFound(): void;
}

const UNAVAILABLE = 503;
const RETRY_SECONDS = 60;

export class NodeStore {
  readonly torrents: Torrents;
  readonly plants: Plants;
  readonly supernodes: Supernodes;
  readonly ownSequence: OwnSequence;
  readonly coCarriers: CoCarrierStore;
  readonly #database: Database;
  readonly #watcher: WriteWatcher | undefined;
  #isLost = false;

  /** Opens or creates `file`, or ':memory:'; throws an Error for the operator. */
  constructor(file: string, watcher?: WriteWatcher) {
    this.#watcher = watcher;
    this.#database = openDatabase(file, MIGRATIONS);
    try {
      // A receipt or a change number that somebody was shown must survive a power cut.
      this.#database.pragma('synchronous = FULL');
      this.torrents = new Torrents(this.#database);
      this.plants = new Plants(this.#database);
      this.supernodes = new Supernodes(this.#database);
      this.ownSequence = new OwnSequence(this.#database);
      this.coCarriers = new CoCarrierStore(this.#database);
    } catch (error) {
      this.#database.close();
      throw error;
    }
  }

  /**
   * Runs `work` in one transaction: all of what it writes is kept, or nothing when it throws. Throws PublicError 'database' (503)
   * when the disk is full or broken.
   */
  transact<T>(work: () => T): T {
    try {
      const result = this.#database.transaction(work).immediate();
      if (this.#isLost) this.#watcher?.onFound();
      this.#isLost = false;
      return result;
    } catch (cause) {
      if (!isDiskFault(cause)) throw cause;
      if (!this.#isLost) this.#watcher?.onLost(cause);
      this.#isLost = true;
      throw new PublicError('database', 'nothing can be written here now', {
        status: UNAVAILABLE,
        retrySeconds: RETRY_SECONDS,
        cause,
      });
    }
  }

  /** Whether the last transaction could be written. */
  get isWritable(): boolean {
    return !this.#isLost;
  }

  close(): void {
    this.#database.close();
  }
}
