-- What every member earned, what was taken back, and what was forfeited. Filled from the log.

-- How far the log was taken in, and the leaf hash of that event.
CREATE TABLE checkpoint (
  only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
  position INTEGER NOT NULL,
  leaf_hash BLOB NOT NULL
) STRICT;
INSERT INTO checkpoint VALUES (1, 0, x'');

-- The entries of all accounts, in the order in which balances are summed and statements are written.
CREATE TABLE entries (
  member_id TEXT NOT NULL,
  currency TEXT NOT NULL,
  position INTEGER NOT NULL,
  version INTEGER NOT NULL,       -- in the account's stream: the number of the statement's line
  kind INTEGER NOT NULL,          -- 1 accrual, 2 reversal
  amount_minor INTEGER NOT NULL,  -- above 0 for an accrual, below 0 for a reversal
  occurred_at INTEGER NOT NULL,   -- microseconds since 1970, UTC, as every time here
  available_at INTEGER NOT NULL,
  order_id TEXT NOT NULL,
  level INTEGER NOT NULL,
  plan_id TEXT NOT NULL,
  plan_version INTEGER,           -- of accruals, as the three below
  rate_kind INTEGER,              -- 1 basis points, 2 minor units per unit sold
  rate_value INTEGER,
  base_minor INTEGER,
  refund_id TEXT,                 -- of reversals
  PRIMARY KEY (member_id, currency, position)
) STRICT, WITHOUT ROWID;

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
