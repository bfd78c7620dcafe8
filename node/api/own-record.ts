// What this node says of itself, signed anew before it grows old.

import type { Clock } from '../../shared/platform/clock.ts';
import { isDatedAhead } from '../../shared/protocol/records/lasting.ts';
import type { Signer } from '../../shared/protocol/records/record.ts';
import {
  type NodeStatement,
  nodeRecord,
  SERVICE_TTL_SECONDS,
  type ServiceState,
} from '../../shared/protocol/records/statements.ts';

/** The part of the statement that stays the same while the node runs. */
export type NodeDescription = Omit<NodeStatement, 'state' | 'seq' | 'ttlSeconds'>;

export interface OwnRecordOptions {
  readonly description: NodeDescription;
  readonly signer: Signer;
  readonly clock: Clock;
  /** Gives the `seq` of the next record at `now`, unix ms. */
  readonly takeSequence: (now: number) => number;
}

const RENEW_AFTER_MS = (SERVICE_TTL_SECONDS * 1000) / 2;

export class OwnRecord {
  readonly #options: OwnRecordOptions;
  #bytes: Uint8Array = new Uint8Array();
  /** Unix ms; 0 when the last record no longer says what is so. */
  #signedAt = 0;
  #state: ServiceState = 'open';

  constructor(options: OwnRecordOptions) {
    this.#options = options;
  }

  get state(): ServiceState {
    return this.#state;
  }

  /** The next record says so. */
  enter(state: ServiceState): void {
    this.#state = state;
    this.#signedAt = 0;
  }

  /** A node record that counts for some days yet. */
  current(): Uint8Array {
    const { description, signer, clock, takeSequence } = this.#options;
    const now = clock.now();
    if (now - this.#signedAt >= RENEW_AFTER_MS || isDatedAhead(this.#signedAt, now)) {
      const state = this.#state;
      const statement = { ...description, state, seq: takeSequence(now), ttlSeconds: SERVICE_TTL_SECONDS };
      this.#bytes = nodeRecord.sign(statement, signer).bytes;
      this.#signedAt = now;
    }
    return this.#bytes;
  }
}
