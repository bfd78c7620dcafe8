// The tables of a node's database, as numbered migrations: published ones never change.

/**
 * Hashes and ids are raw bytes, times unix ms. `node` has one row: the catalogue's epoch and last change, and the
 * sequence of the node's record about itself. `torrents` holds what is carried (`is_carried` 1) and, until history is forgotten, what was dropped (0);
 * its `change` is the last change of that torrent, so a delta is a range of it. `plants` keeps uproots (`copies` 0) until
 * they expire, lest an older plant of the same planter be replayed. `co_carriers` says which other nodes carry our torrents,
 * `partner_nodes` has their node records, `muted_nodes` those that the operator takes no peers from.
 */
export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE node (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    epoch BLOB NOT NULL CHECK (length(epoch) = 8),
    change INTEGER NOT NULL,
    record_seq INTEGER NOT NULL
  ) STRICT;
  INSERT INTO node (one, epoch, change, record_seq) VALUES (1, randomblob(8), 0, 0);

  CREATE TABLE torrents (
    info_hash BLOB PRIMARY KEY CHECK (length(info_hash) = 20),
    change INTEGER NOT NULL UNIQUE,
    is_carried INTEGER NOT NULL,
    carried_since INTEGER NOT NULL,
    downloaded INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE plants (
    info_hash BLOB NOT NULL CHECK (length(info_hash) = 20),
    planter BLOB NOT NULL CHECK (length(planter) = 32),
    seq INTEGER NOT NULL,
    copies INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    record BLOB NOT NULL,
    PRIMARY KEY (info_hash, planter)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX plants_by_expiry ON plants (expires_at);

  CREATE TABLE supernodes (
    id BLOB PRIMARY KEY CHECK (length(id) = 32),
    url TEXT NOT NULL,
    learned_from TEXT NOT NULL,
    joined_at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  `,
  `
  CREATE TABLE co_carriers (
    info_hash BLOB NOT NULL CHECK (length(info_hash) = 20),
    node BLOB NOT NULL CHECK (length(node) = 32),
    PRIMARY KEY (info_hash, node)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE partner_nodes (
    id BLOB PRIMARY KEY CHECK (length(id) = 32),
    record BLOB NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE muted_nodes (
    id BLOB PRIMARY KEY CHECK (length(id) = 32)
  ) STRICT, WITHOUT ROWID;
  `,
  `
  -- Torrents that nobody used were planted before this was watched: they count as used.
  ALTER TABLE torrents ADD COLUMN is_used INTEGER NOT NULL DEFAULT 0;
  UPDATE torrents SET is_used = 1;
  CREATE INDEX torrents_unused ON torrents (carried_since, info_hash) WHERE is_carried = 1 AND is_used = 0;

  -- Lapsed plants are remembered, and wanted no more: nobody had used the torrent.
  ALTER TABLE plants ADD COLUMN is_lapsed INTEGER NOT NULL DEFAULT 0;
  `,
  `
  -- How many were dropped is asked every minute, of a million torrents or more.
  CREATE INDEX torrents_dropped ON torrents (is_carried) WHERE is_carried = 0;
  `,
  `
  -- Plants that are no reason to carry anything, and are remembered in bounded number.
  CREATE INDEX plants_spent ON plants (expires_at, copies, is_lapsed) WHERE copies = 0 OR is_lapsed = 1;
  `,
];
