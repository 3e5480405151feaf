-- The log of one shop. The rows of `events` are the truth; every other table here can be rebuilt from them, except the
-- progress of imports. What is looked up by name lies in index.db (migrations/log_index), written behind the log.

CREATE TABLE events (
  position INTEGER PRIMARY KEY,
  stream TEXT NOT NULL,
  version INTEGER NOT NULL,
  previous INTEGER NOT NULL,     -- position of the event before in the same stream, 0 for the first: reading a stream
                                 -- walks these links, so that appending keeps no second index
  type INTEGER NOT NULL,
  schema INTEGER NOT NULL,
  occurred_at INTEGER NOT NULL,  -- microseconds since 1970, UTC
  recorded_at INTEGER NOT NULL,
  command_id TEXT,
  command_digest BLOB,
  actor TEXT NOT NULL,
  salt BLOB NOT NULL,
  payload BLOB NOT NULL,
  leaf_hash BLOB NOT NULL
) STRICT;

CREATE TRIGGER events_are_never_changed BEFORE UPDATE ON events
BEGIN SELECT RAISE(ABORT, 'an event is never changed'); END;

CREATE TRIGGER events_are_never_deleted BEFORE DELETE ON events
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
