// The newest plant record of every (torrent, planter key), uproots among them.

import type { Database, Statement } from '../../shared/platform/database.ts';
import { expiryOf } from '../../shared/protocol/records/lasting.ts';
import type { PlantStatement } from '../../shared/protocol/records/statements.ts';
import { type InfoHash, infoHashBytes, infoHashFromBytes } from '../../shared/protocol/torrent/info-hash.ts';

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
  /** 1: nobody used the torrent in time, and the record is no reason to carry it any more. */
  readonly isLapsed: 0 | 1;
}

export class Plants {
  readonly #find: Statement<[Buffer, Buffer], HeldPlant>;
  readonly #put: Statement<[Buffer, Buffer, number, number, number, Uint8Array]>;
  readonly #copiesWanted: Statement<[Buffer], { copies: number }>;
  readonly #lapse: Statement<[Buffer]>;
  readonly #countSpent: Statement<[], { count: number }>;
  readonly #deleteSpent: Statement<[number]>;
  readonly #deleteLive: Statement<[Buffer]>;
  readonly #deleteExpired: Statement<[number, number], { info_hash: Buffer }>;
  readonly #count: Statement<[], { count: number }>;

  constructor(database: Database) {
    this.#find = database.prepare(
      'SELECT seq, copies, record AS bytes, is_lapsed AS isLapsed FROM plants WHERE info_hash = ? AND planter = ?',
    );
    this.#put = database.prepare(`
      INSERT INTO plants (info_hash, planter, seq, copies, expires_at, record) VALUES (?, ?, ?, ?, ?, ?)
      ON CONFLICT (info_hash, planter) DO UPDATE
      SET seq = excluded.seq, copies = excluded.copies, expires_at = excluded.expires_at, record = excluded.record, is_lapsed = 0`);
    this.#copiesWanted = database.prepare(
      'SELECT coalesce(max(copies), 0) AS copies FROM plants WHERE info_hash = ? AND is_lapsed = 0',
    );
    this.#lapse = database.prepare('UPDATE plants SET is_lapsed = 1 WHERE info_hash = ? AND copies > 0');
    this.#countSpent = database.prepare('SELECT count(*) AS count FROM plants WHERE copies = 0 OR is_lapsed = 1');
    this.#deleteSpent = database.prepare(`
      DELETE FROM plants WHERE (info_hash, planter) IN
        (SELECT info_hash, planter FROM plants WHERE copies = 0 OR is_lapsed = 1 ORDER BY expires_at LIMIT ?)`);
    this.#deleteLive = database.prepare('DELETE FROM plants WHERE info_hash = ? AND copies > 0');
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

  /** How many nodes shall carry the torrent: the most that a planter wants, 0 when nobody wants it carried. */
  copiesWanted(infoHash: InfoHash): number {
    return this.#copiesWanted.get(infoHashBytes(infoHash))!.copies;
  }

  /** From now on the plants of the torrent are no reason to carry it. */
  lapse(infoHash: InfoHash): void {
    this.#lapse.run(infoHashBytes(infoHash));
  }

  /** Forgets uproots and lapsed plants beyond `kept`, those first that expire first, at most `max`; returns how many. */
  forgetSpent(kept: number, max: number): number {
    const surplus = this.#countSpent.get()!.count - kept;
    return surplus > 0 ? this.#deleteSpent.run(Math.min(surplus, max)).changes : 0;
  }

  /** Forgets who wants the torrent carried, not who uprooted it; returns how many records that were. */
  deleteLive(infoHash: InfoHash): number {
    return this.#deleteLive.run(infoHashBytes(infoHash)).changes;
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
