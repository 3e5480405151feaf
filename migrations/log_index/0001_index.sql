-- Where to look in a shop's log: follows from the events of events.db, lies a little behind them, and is made anew from
-- them where it is missing.

-- One row: the newest event that both tables below know of, and its hash, by which the log is told from another one.
CREATE TABLE progress (
  only INTEGER PRIMARY KEY CHECK (only = 1),
  position INTEGER NOT NULL,
  leaf_hash BLOB NOT NULL
) STRICT;
INSERT INTO progress VALUES (1, 0, x'');

-- The newest event of each stream.
CREATE TABLE streams (
  stream TEXT PRIMARY KEY,
  version INTEGER NOT NULL,
  position INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What may exist once in the whole shop: command ids (1), referral codes (2), refund ids (3), key fingerprints (4),
-- payment ids (5), payments that came again with another content (6), return ids (7), first purchases of members (8),
-- payouts scheduled (9), paid (10), failed (11) and returned (12), members erased (13).
CREATE TABLE claims (
  kind INTEGER NOT NULL,
  key BLOB NOT NULL,
  position INTEGER NOT NULL,     -- of the event that made the claim
  PRIMARY KEY (kind, key)
) STRICT, WITHOUT ROWID;
