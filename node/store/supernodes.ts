// The supernodes that this node has joined: whose allocations it obeys, and where to find them after a restart.

import type { Database, Statement } from '../../shared/platform/database.ts';

export interface JoinedSupernode {
  /** 64 hex digits. */
  readonly id: string;
  /** The base URL under which it was joined. */
  readonly url: string;
  /** The configured URL whose supernode introduced it, or its own: who leaves the configuration takes its friends along. */
  readonly learnedFrom: string;
  /** Unix ms of the last join that it accepted. */
  readonly joinedAt: number;
}

interface SupernodeRow {
  id: Buffer;
  url: string;
  learned_from: string;
  joined_at: number;
}

export class Supernodes {
  readonly #put: Statement<[Buffer, string, string, number]>;
  readonly #delete: Statement<[Buffer]>;
  readonly #all: Statement<[], SupernodeRow>;

  constructor(database: Database) {
    this.#put = database.prepare(`
      INSERT INTO supernodes (id, url, learned_from, joined_at) VALUES (?, ?, ?, ?)
      ON CONFLICT (id) DO UPDATE
      SET url = excluded.url, learned_from = excluded.learned_from, joined_at = excluded.joined_at`);
    this.#delete = database.prepare('DELETE FROM supernodes WHERE id = ?');
    this.#all = database.prepare('SELECT id, url, learned_from, joined_at FROM supernodes ORDER BY joined_at DESC, id');
  }

  put({ id, url, learnedFrom, joinedAt }: JoinedSupernode): void {
    this.#put.run(Buffer.from(id, 'hex'), url, learnedFrom, joinedAt);
  }

  delete(id: string): void {
    this.#delete.run(Buffer.from(id, 'hex'));
  }

  /** Last joined first. */
  all(): JoinedSupernode[] {
    return this.#all.all().map((row) => ({
      id: row.id.toString('hex'),
      url: row.url,
      learnedFrom: row.learned_from,
      joinedAt: row.joined_at,
    }));
  }
}
