-- What every member earned, what was taken back, and what was forfeited. Filled from the log.

-- How far the log was taken in, and the leaf hash of that event.
CREATE TABLE checkpoint (
  only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
  position INTEGER NOT NULL,
  leaf_hash BLOB NOT NULL
) STRICT;
INSERT INTO checkpoint VALUES (1, 0, x'');

-- Numbered from 1 on in the order of their first entries.
CREATE TABLE accounts (
  member_id TEXT NOT NULL,
  currency TEXT NOT NULL,
  number INTEGER NOT NULL,
  PRIMARY KEY (member_id, currency)
) STRICT, WITHOUT ROWID;

-- The orders that entries are about: a row for entries of one order that follow each other.
CREATE TABLE orders (
  number INTEGER PRIMARY KEY,
  order_id BLOB NOT NULL          -- projections/packed_id.hpp
) STRICT;

-- What entries were computed from.
CREATE TABLE terms (
  number INTEGER PRIMARY KEY,
  level INTEGER NOT NULL,
  plan_id TEXT NOT NULL,
  plan_version INTEGER NOT NULL,  -- of accruals, as the two below; else 0
  rate_kind INTEGER NOT NULL,     -- 1 basis points, 2 minor units per unit sold
  rate_value INTEGER NOT NULL,
  UNIQUE (plan_id, plan_version, level, rate_kind, rate_value)
) STRICT;

-- The newest entries: those of the log's last section of 16384 positions. A row holds those of 1024, by account.
CREATE TABLE newest (
  number INTEGER PRIMARY KEY,     -- of the positions: position / 1024
  packed BLOB NOT NULL            -- projections/account_blocks.cpp
) STRICT;

-- When the log has left a section, all of its entries are sorted by account. Nothing of a row ever changes, and each is
-- written behind the one before, so that taking entries in does not touch a page for each of them.
CREATE TABLE blocks (
  number INTEGER PRIMARY KEY,
  section INTEGER NOT NULL,
  packed BLOB NOT NULL            -- of some accounts, each with its block before: projections/account_blocks.cpp
) STRICT;

-- Where the blocks of an account begin to be read: at the newest. A row is about 250 accounts.
CREATE TABLE heads (
  number INTEGER PRIMARY KEY,     -- (account - 1) / 250
  packed BLOB NOT NULL            -- 4 bytes each, the lowest first: the number of a block, or 0
) STRICT;

-- What the numbers in a section's blocks are counted from.
CREATE TABLE sections (
  number INTEGER PRIMARY KEY,
  occurred_at INTEGER NOT NULL,
  order_number INTEGER NOT NULL
) STRICT;

-- What a suspended or closed member would have earned.
CREATE TABLE forfeits (
  member_id TEXT NOT NULL,
  position INTEGER NOT NULL,
  order_id TEXT NOT NULL,
  level INTEGER NOT NULL,
  amount_minor INTEGER NOT NULL,
  currency TEXT NOT NULL,
  reason INTEGER NOT NULL,        -- 1 suspended, 2 closed
  occurred_at INTEGER NOT NULL,
  plan_id TEXT NOT NULL,
  plan_version INTEGER NOT NULL,
  rate_kind INTEGER NOT NULL,
  rate_value INTEGER NOT NULL,
  base_minor INTEGER NOT NULL,
  PRIMARY KEY (member_id, position)
) STRICT, WITHOUT ROWID;
