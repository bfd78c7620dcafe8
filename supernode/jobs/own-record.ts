// What this supernode says of itself: signed, kept and passed on like any other record, and renewed before it grows old.

import type { Clock } from '../../shared/platform/clock.ts';
import { isDatedAhead, nextSeq } from '../../shared/protocol/records/lasting.ts';
import type { Signer } from '../../shared/protocol/records/record.ts';
import {
  SERVICE_TTL_SECONDS,
  type SupernodeStatement,
  supernodeRecord,
} from '../../shared/protocol/records/statements.ts';
import type { Directory } from '../directory/directory.ts';
import { openSupernode } from '../directory/entry.ts';
import type { Ledger } from '../store/ledger.ts';

export interface OwnRecordOptions {
  readonly description: Pick<SupernodeStatement, 'urls' | 'state' | 'software'>;
  readonly signer: Signer;
  readonly directory: Directory;
  readonly ledger: Pick<Ledger, 'offer'>;
  readonly clock: Clock;
}

const RENEW_AFTER_MS = (SERVICE_TTL_SECONDS * 1000) / 2;

export class OwnRecord {
  readonly #options: OwnRecordOptions;
  #bytes: Uint8Array = new Uint8Array();

  private constructor(options: OwnRecordOptions) {
    this.#options = options;
  }

  /** Publishes a new record: the URLs may have changed since the last start. */
  static async publish(options: OwnRecordOptions): Promise<OwnRecord> {
    const record = new OwnRecord(options);
    await record.#publish();
    return record;
  }

  /** A record that counts for some days yet: this process's, or that of another of the same supernode. */
  current(): Uint8Array {
    const { signer, directory } = this.#options;
    this.#bytes = directory.supernodes.get(signer.id)?.entry.bytes ?? this.#bytes;
    return this.#bytes;
  }

  /** Publishes another one when the time has come. */
  async renew(): Promise<void> {
    const { signer, directory, clock } = this.#options;
    const now = clock.now();
    const signedAt = directory.supernodes.get(signer.id)?.entry.seq ?? 0;
    if (now - signedAt >= RENEW_AFTER_MS || isDatedAhead(signedAt, now)) await this.#publish();
  }

  /** The supernode itself needs no ping to be known as up. */
  async #publish(): Promise<void> {
    const { description, signer, directory, ledger, clock } = this.#options;
    const now = clock.now();
    const seq = nextSeq(directory.supernodes.get(signer.id)?.entry.seq ?? 0, now);
    const { bytes } = supernodeRecord.sign({ ...description, seq, ttlSeconds: SERVICE_TTL_SECONDS }, signer);
    const entry = openSupernode(bytes, now);
    await ledger.offer([entry]);
    directory.note(entry, true, now);
  }
}
