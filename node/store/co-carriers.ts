// Who carries what we carry, and where those nodes are: so that a node that was restarted shares at once.

import type { Database, Statement } from '../../shared/platform/database.ts';
import type { Id } from '../../shared/protocol/records/record.ts';
import { type InfoHash, infoHashBytes, infoHashFromBytes } from '../../shared/protocol/torrent/info-hash.ts';

export interface CoCarrierPair {
  readonly infoHash: InfoHash;
  readonly node: Id;
}

export interface StoredNode {
  readonly id: Id;
  /** The newest node record seen, as signed. */
  readonly record: Uint8Array;
}

export class CoCarrierStore {
  readonly #add: Statement<[Buffer, Buffer]>;
  readonly #remove: Statement<[Buffer, Buffer]>;
  readonly #forget: Statement<[Buffer]>;
  readonly #all: Statement<[], { info_hash: Buffer; node: Buffer }>;
  readonly #deleteOrphans: Statement<[]>;
  readonly #putNode: Statement<[Buffer, Uint8Array]>;
  readonly #nodes: Statement<[], { id: Buffer; record: Buffer }>;
  readonly #deleteStrangers: Statement<[]>;
  readonly #mute: Statement<[Buffer]>;
  readonly #unmute: Statement<[Buffer]>;
  readonly #muted: Statement<[], { id: Buffer }>;

  constructor(database: Database) {
    this.#add = database.prepare('INSERT OR IGNORE INTO co_carriers (info_hash, node) VALUES (?, ?)');
    this.#remove = database.prepare('DELETE FROM co_carriers WHERE info_hash = ? AND node = ?');
    this.#forget = database.prepare('DELETE FROM co_carriers WHERE info_hash = ?');
    this.#all = database.prepare('SELECT info_hash, node FROM co_carriers');
    this.#deleteOrphans = database.prepare(
      'DELETE FROM co_carriers WHERE info_hash NOT IN (SELECT info_hash FROM torrents WHERE is_carried = 1)',
    );
    this.#putNode = database.prepare(`
      INSERT INTO partner_nodes (id, record) VALUES (?, ?)
      ON CONFLICT (id) DO UPDATE SET record = excluded.record`);
    this.#nodes = database.prepare('SELECT id, record FROM partner_nodes');
    this.#deleteStrangers = database.prepare(
      'DELETE FROM partner_nodes WHERE id NOT IN (SELECT DISTINCT node FROM co_carriers)',
    );
    this.#mute = database.prepare('INSERT OR IGNORE INTO muted_nodes (id) VALUES (?)');
    this.#unmute = database.prepare('DELETE FROM muted_nodes WHERE id = ?');
    this.#muted = database.prepare('SELECT id FROM muted_nodes');
  }

  add({ infoHash, node }: CoCarrierPair): void {
    this.#add.run(infoHashBytes(infoHash), Buffer.from(node, 'hex'));
  }

  remove({ infoHash, node }: CoCarrierPair): void {
    this.#remove.run(infoHashBytes(infoHash), Buffer.from(node, 'hex'));
  }

  /** Call it for a torrent that is carried no longer. */
  forget(infoHash: InfoHash): void {
    this.#forget.run(infoHashBytes(infoHash));
  }

  /** Forgets pairs whose torrent is carried no longer, and nodes without any. */
  tidy(): void {
    this.#deleteOrphans.run();
    this.#deleteStrangers.run();
  }

  /** No other statement may run before the walk has ended. */
  *pairs(): Generator<CoCarrierPair> {
    for (const row of this.#all.iterate()) {
      yield { infoHash: infoHashFromBytes(row.info_hash), node: row.node.toString('hex') };
    }
  }

  putNode({ id, record }: StoredNode): void {
    this.#putNode.run(Buffer.from(id, 'hex'), record);
  }

  nodes(): StoredNode[] {
    return this.#nodes.all().map(({ id, record }) => ({ id: id.toString('hex'), record }));
  }

  /** Whether the operator wants nothing of a node. */
  setMuted(id: Id, isMuted: boolean): void {
    (isMuted ? this.#mute : this.#unmute).run(Buffer.from(id, 'hex'));
  }

  muted(): Id[] {
    return this.#muted.all().map(({ id }) => id.toString('hex'));
  }
}
