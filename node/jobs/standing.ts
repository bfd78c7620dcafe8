// How the node stands towards the network: open, draining or gone. What it says of itself changes first, and supernodes
// hear of it at once, so that nobody is sent to a node that is about to end.

import type { ServiceState } from '../../shared/protocol/records/statements.ts';
import type { Joins } from './joins.ts';

export type Readiness = 'starting' | 'ready' | 'draining' | 'left';

export interface StandingOptions {
  readonly ownRecord: { readonly state: ServiceState; enter(state: ServiceState): void };
  readonly joins: Pick<Joins, 'firstAttempt' | 'tellAll'>;
}

export class Standing {
  /** Settles when every configured supernode has been tried once; false when the node has left meanwhile. */
  readonly ready: Promise<boolean>;
  readonly #options: StandingOptions;
  #hasTried = false;

  constructor(options: StandingOptions) {
    this.#options = options;
    this.ready = options.joins.firstAttempt.then(() => {
      this.#hasTried = true;
      return this.state !== 'left';
    });
  }

  get state(): ServiceState {
    return this.#options.ownRecord.state;
  }

  /** Clients and torrents may be sent here only while it is `ready`. */
  get readiness(): Readiness {
    if (this.state !== 'open') return this.state;
    return this.#hasTried ? 'ready' : 'starting';
  }

  /** Settles when the supernodes know, or cannot be reached. A node that has left stays so. */
  async enter(state: ServiceState): Promise<void> {
    const { ownRecord, joins } = this.#options;
    if (ownRecord.state === 'left' || ownRecord.state === state) return;
    ownRecord.enter(state);
    await joins.tellAll();
  }
}
