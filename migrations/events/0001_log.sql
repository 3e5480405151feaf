-- The log of one shop. The rows of `bundles` are the truth; every other table here can be rebuilt from them, except the
-- progress of imports. What is looked up by name lies in index.db (migrations/log_index), written behind the log.

-- Events that follow each other (docs/format.md, "Bundle"), appended by one commit.
CREATE TABLE bundles (
  first INTEGER PRIMARY KEY CHECK (first >= 1),  -- position of its first event
  count INTEGER NOT NULL CHECK (count >= 1),     -- of its events: the next bundle begins at first + count
  events BLOB NOT NULL
) STRICT;

CREATE TRIGGER events_are_never_changed BEFORE UPDATE ON bundles
BEGIN SELECT RAISE(ABORT, 'an event is never changed'); END;

CREATE TRIGGER events_are_never_deleted BEFORE DELETE ON bundles
BEGIN SELECT RAISE(ABORT, 'an event is never deleted'); END;

-- One row: how far the log reaches, and the right edge of its Merkle tree.
CREATE TABLE head (
  only INTEGER PRIMARY KEY CHECK (only = 1),
  position INTEGER NOT NULL,
  recorded_at INTEGER NOT NULL,
  frontier BLOB NOT NULL
) STRICT;
INSERT INTO head VALUES (1, 0, -62135596800000000, x'');

-- Roots of the complete subtrees of 256, 65536, ... leaves.
CREATE TABLE merkle_nodes (
  level INTEGER NOT NULL,
  node INTEGER NOT NULL,
  hash BLOB NOT NULL,
  PRIMARY KEY (level, node)
) STRICT, WITHOUT ROWID;

-- States that grow with their shop (key pools, turnover, open orders, scheduled releases, units that count towards a
-- purchase limit), all as of the position that the row `as_of` names; and settlements, as of the head.
CREATE TABLE snapshots (
  name TEXT PRIMARY KEY,
  schema INTEGER NOT NULL,
  state BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- How far each import has come, committed together with the events of its rows.
CREATE TABLE imports (
  import_id TEXT PRIMARY KEY,
  progress TEXT NOT NULL         -- JSON: rows and events done, rejects, counts by file, whether it is complete
) STRICT, WITHOUT ROWID;

CREATE TABLE import_rejects (
  import_id TEXT NOT NULL,
  number INTEGER NOT NULL,
  file TEXT NOT NULL,
  line INTEGER NOT NULL,
  code TEXT NOT NULL,
  message TEXT NOT NULL,
  PRIMARY KEY (import_id, number)
) STRICT, WITHOUT ROWID;
