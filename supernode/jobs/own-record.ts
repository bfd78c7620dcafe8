// What this supernode says of itself: signed, kept and passed on like any other record, and renewed before it grows old.

import type { Clock } from '../../shared/platform/clock.ts';
import { isDatedAhead, nextSeq } from '../../shared/protocol/codec.ts';
import type { Signer } from '../../shared/protocol/record.ts';
import { SERVICE_TTL_SECONDS, type SupernodeStatement, supernodeRecord } from '../../shared/protocol/statements.ts';
import type { Directory } from '../directory/directory.ts';
import { openSupernode } from '../directory/entry.ts';
import type { Ledger } from '../store/ledger.ts';

export interface OwnRecordOptions {
  readonly description: Pick<SupernodeStatement, 'urls' | 'state' | 'software'>;
  readonly signer: Signer;
  readonly directory: Directory;
  readonly ledger: Ledger;
  readonly clock: Clock;
}

const RENEW_AFTER_MS = (SERVICE_TTL_SECONDS * 1000) / 2;

export class OwnRecord {
  readonly #options: OwnRecordOptions;
  #bytes: Uint8Array;
  #signedAt: number;

  /** Publishes a new record: the URLs may have changed since the last start. */
  constructor(options: OwnRecordOptions) {
    this.#options = options;
    this.#signedAt = options.clock.now();
    this.#bytes = this.#publish(this.#signedAt);
  }

  /** A record that counts for some days yet. */
  current(): Uint8Array {
    const now = this.#options.clock.now();
    if (now - this.#signedAt >= RENEW_AFTER_MS || isDatedAhead(this.#signedAt, now)) {
      this.#bytes = this.#publish(now);
      this.#signedAt = now;
    }
    return this.#bytes;
  }

  /** The supernode itself needs no ping to be known as up. */
  #publish(now: number): Uint8Array {
    const { description, signer, directory, ledger } = this.#options;
    const seq = nextSeq(directory.supernodes.get(signer.id)?.entry.seq ?? 0, now);
    const { bytes } = supernodeRecord.sign({ ...description, seq, ttlSeconds: SERVICE_TTL_SECONDS }, signer);
    const entry = openSupernode(bytes, now);
    ledger.offer([entry]);
    directory.note(entry, true, now);
    return bytes;
  }
}
