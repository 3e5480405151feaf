-- What every member earned, what was taken back, and what was forfeited. Filled from the log.

-- How far the log was taken in, and the leaf hash of that event.
CREATE TABLE checkpoint (
  only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
  position INTEGER NOT NULL,
  leaf_hash BLOB NOT NULL
) STRICT;
INSERT INTO checkpoint VALUES (1, 0, x'');

-- Numbered in the order of their first entries, by the rows of account_runs.
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

-- The newest entries, as the log has them: those of its last section of 16384 positions.
CREATE TABLE entries (
  position INTEGER PRIMARY KEY,
  account INTEGER NOT NULL,
  version INTEGER NOT NULL,       -- in the member's stream: the number of the statement's line
  amount_minor INTEGER NOT NULL,  -- above 0 for an accrual, below 0 for a reversal
  occurred_at INTEGER NOT NULL,   -- microseconds since 1970, UTC, as every time here
  available_at INTEGER NOT NULL,
  order_number INTEGER NOT NULL,
  terms INTEGER NOT NULL,
  base_minor INTEGER NOT NULL,    -- of accruals; else 0
  refund_id TEXT                  -- of reversals
) STRICT;

CREATE INDEX entries_by_account ON entries (account);

-- When the log has left a section, its entries become one row for each account. Nothing of a row ever changes, and each
-- is written behind the one before, so that taking entries in does not touch a page for each of them.
CREATE TABLE runs (
  number INTEGER PRIMARY KEY,
  account INTEGER NOT NULL,
  section INTEGER NOT NULL,
  previous INTEGER NOT NULL,      -- the account's run before, or 0
  packed BLOB NOT NULL            -- projections/account_entries.cpp
) STRICT;

-- Where the runs of an account begin to be read: at the newest.
CREATE TABLE account_runs (
  account INTEGER PRIMARY KEY,
  newest INTEGER NOT NULL         -- 0 while there is none
) STRICT;

-- What the numbers in a section's runs are counted from.
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
