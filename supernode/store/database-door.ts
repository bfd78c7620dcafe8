// Questions to a database: asked again when others were in the way, and answered clearly when it is out of reach.

import { PublicError } from '../../shared/errors.ts';
import type { Engine } from './engine.ts';

/** How often a transaction that got in another's way is tried. */
const MAX_ATTEMPTS = 5;
const LOST_RETRY_SECONDS = 5;

export class DatabaseDoor {
  /** Whether the database answered when it was asked last, and is none that takes nothing new. */
  isReachable = true;
  /** Since something was to be written: a standby answers all other questions. */
  #isReadOnly = false;
  readonly #engine: Engine;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** Rejects with what `lostError` makes when the database is out of reach. */
  async ask<T>(question: (database: Engine['database']) => Promise<T>): Promise<T> {
    const engine = this.#engine;
    try {
      const answer = await retrying(engine, () => question(engine.database));
      if (this.#isReadOnly) this.#isReadOnly = await engine.isReadOnly();
      this.isReachable = !this.#isReadOnly;
      return answer;
    } catch (cause) {
      const isLost = cause instanceof DatabaseLost;
      const kind = engine.failureOf(cause);
      if (!isLost && kind === 'other') throw cause;
      if (kind === 'read-only') this.#isReadOnly = true;
      this.isReachable = false;
      throw isLost ? cause : lostError(cause);
    }
  }
}

class DatabaseLost extends PublicError {}

/** What a stranger is told: PublicError 'database' (503). */
export function lostError(cause: unknown): PublicError {
  const details = { status: 503, retrySeconds: LOST_RETRY_SECONDS, cause };
  return new DatabaseLost('database', 'the database is out of reach, nothing can be written', details);
}

/** Does `work` again when another transaction was in its way. */
export async function retrying<T>(engine: Engine, work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (attempt === MAX_ATTEMPTS || engine.failureOf(error) !== 'busy') throw error;
    }
  }
}
