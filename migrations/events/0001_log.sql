-- The log of one shop. The rows of `events` are the truth; every other table here can be rebuilt from them, except the
-- progress of imports.

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

-- The newest event of each stream.
CREATE TABLE streams (
  stream TEXT PRIMARY KEY,
  version INTEGER NOT NULL,
  position INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What may exist once in the whole shop: command ids (1), referral codes (2), refund ids (3), key fingerprints (4),
-- payment ids (5), payments that came again with another content (6), return ids (7), first purchases of members (8).
CREATE TABLE claims (
  kind INTEGER NOT NULL,
  key BLOB NOT NULL,
  position INTEGER NOT NULL,     -- of the event that made the claim
  PRIMARY KEY (kind, key)
) STRICT, WITHOUT ROWID;

-- Roots of the complete subtrees of 256, 65536, ... leaves.
CREATE TABLE merkle_nodes (
  level INTEGER NOT NULL,
  node INTEGER NOT NULL,
  hash BLOB NOT NULL,
  PRIMARY KEY (level, node)
) STRICT, WITHOUT ROWID;

-- States that grow with their shop (key pools, turnover, open orders, scheduled releases, units that count towards a
-- purchase limit), as of the head, written with the events that changed them.
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
