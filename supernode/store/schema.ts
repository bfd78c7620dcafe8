// The supernode's database: each element leads from one schema version to the next; published ones never change.

export const MIGRATIONS: readonly string[] = [
  `
  -- The feed: a record that replaces another takes a new position at the end. Positions are never used twice.
  CREATE TABLE records (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    type TEXT NOT NULL,
    author TEXT NOT NULL,
    subject TEXT NOT NULL,
    seq INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    bytes BLOB NOT NULL,
    UNIQUE (type, author, subject)
  ) STRICT;
  CREATE INDEX records_by_expiry ON records (expires_at);
  CREATE INDEX records_by_subject ON records (type, subject);

  -- The name of this feed: a cursor of another feed means nothing here.
  CREATE TABLE feed (id TEXT NOT NULL) STRICT;

  -- How far the feeds of other supernodes have been read.
  CREATE TABLE cursors (
    supernode TEXT PRIMARY KEY,
    feed TEXT NOT NULL,
    since INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;

  -- When nodes came first: those that are new get fewer torrents.
  CREATE TABLE joined (
    node TEXT PRIMARY KEY,
    at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  `,
];
