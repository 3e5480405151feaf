-- What settlements pay of the entries: a payout counts from the position on that fixes its attempt.
-- Where something never happened, its time is 9223372036854775807 and its position 0.

CREATE TABLE attempts (
  settlement_id TEXT NOT NULL,
  attempt INTEGER NOT NULL,
  fixed_position INTEGER NOT NULL,
  fixed_at INTEGER NOT NULL,      -- microseconds since 1970, UTC, as every time here
  cancelled_position INTEGER NOT NULL,
  cancelled_at INTEGER NOT NULL,
  PRIMARY KEY (settlement_id, attempt)
) STRICT, WITHOUT ROWID;

-- The lines of all attempts, in the order in which balances are summed.
CREATE TABLE payouts (
  member_id TEXT NOT NULL,
  currency TEXT NOT NULL,
  position INTEGER NOT NULL,      -- of the line
  version INTEGER NOT NULL,       -- in the account's stream
  settlement_id TEXT NOT NULL,
  attempt INTEGER NOT NULL,
  gross_minor INTEGER NOT NULL,
  tax_minor INTEGER NOT NULL,
  fee_minor INTEGER NOT NULL,
  net_minor INTEGER NOT NULL,
  paid_position INTEGER NOT NULL,
  paid_at INTEGER NOT NULL,
  reference TEXT,                 -- of the payment, where one was given
  ended_position INTEGER NOT NULL,
  ended_at INTEGER NOT NULL,      -- it failed, or was returned after it was paid
  reason TEXT,                    -- why
  PRIMARY KEY (member_id, currency, position)
) STRICT, WITHOUT ROWID;

-- Changes only: whoever is not here is active.
CREATE TABLE standings (
  member_id TEXT NOT NULL,
  position INTEGER NOT NULL,
  standing INTEGER NOT NULL,      -- 1 active, 2 suspended, 3 closed
  PRIMARY KEY (member_id, position)
) STRICT, WITHOUT ROWID;
