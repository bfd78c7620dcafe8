// The newest plant record of every (torrent, planter key), uproots among them.

import type { Database, Statement } from '../../shared/platform/database.ts';
import { expiryOf } from '../../shared/protocol/codec.ts';
import { type InfoHash, infoHashBytes, infoHashFromBytes } from '../../shared/protocol/info-hash.ts';
import type { PlantStatement } from '../../shared/protocol/statements.ts';

/** A plant record that was verified. */
export interface Plant {
  /** Planter's id, 64 hex digits. */
  readonly planter: string;
  readonly statement: PlantStatement;
  /** The record as it was signed. */
  readonly bytes: Uint8Array;
}

/** What the merge law and the rules look at of a record that is held. */
export interface HeldPlant {
  readonly seq: number;
  readonly copies: number;
  readonly bytes: Uint8Array;
}

export class Plants {
  readonly #find: Statement<[Buffer, Buffer], HeldPlant>;
  readonly #put: Statement<[Buffer, Buffer, number, number, number, Uint8Array]>;
  readonly #hasLive: Statement<[Buffer], { one: number }>;
  readonly #deleteExpired: Statement<[number, number], { info_hash: Buffer }>;
  readonly #count: Statement<[], { count: number }>;

  constructor(database: Database) {
    this.#find = database.prepare(
      'SELECT seq, copies, record AS bytes FROM plants WHERE info_hash = ? AND planter = ?',
    );
    this.#put = database.prepare(`
      INSERT INTO plants (info_hash, planter, seq, copies, expires_at, record) VALUES (?, ?, ?, ?, ?, ?)
      ON CONFLICT (info_hash, planter) DO UPDATE
      SET seq = excluded.seq, copies = excluded.copies, expires_at = excluded.expires_at, record = excluded.record`);
    this.#hasLive = database.prepare('SELECT 1 AS one FROM plants WHERE info_hash = ? AND copies > 0 LIMIT 1');
    this.#deleteExpired = database.prepare(`
      DELETE FROM plants WHERE (info_hash, planter) IN
        (SELECT info_hash, planter FROM plants WHERE expires_at <= ? ORDER BY expires_at LIMIT ?)
      RETURNING info_hash`);
    this.#count = database.prepare('SELECT count(*) AS count FROM plants');
  }

  find(infoHash: InfoHash, planter: string): HeldPlant | undefined {
    return this.#find.get(infoHashBytes(infoHash), Buffer.from(planter, 'hex'));
  }

  /** Replaces what the same planter said of the torrent before. */
  put({ planter, statement, bytes }: Plant): void {
    const hash = infoHashBytes(statement.infoHash);
    this.#put.run(hash, Buffer.from(planter, 'hex'), statement.seq, statement.copies, expiryOf(statement), bytes);
  }

  /** Whether somebody wants the torrent carried. */
  hasLive(infoHash: InfoHash): boolean {
    return this.#hasLive.get(infoHashBytes(infoHash)) !== undefined;
  }

  /** Deletes records that expired at `now` (unix ms) or before, at most `max`; returns their torrents, perhaps repeated. */
  deleteExpired(now: number, max: number): InfoHash[] {
    return this.#deleteExpired.all(now, max).map((row) => infoHashFromBytes(row.info_hash));
  }

  /** All records held, uproots too. */
  count(): number {
    return this.#count.get()!.count;
  }
}
