-- Double entry: what every event moved, between which accounts. Filled from the log.

-- How far the log was taken in, and the leaf hash of that event.
CREATE TABLE checkpoint (
  only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
  position INTEGER NOT NULL,
  leaf_hash BLOB NOT NULL
) STRICT;
INSERT INTO checkpoint VALUES (1, 0, x'');

-- An account holds one currency here. A member's payable account has no row: its number is the one behind the pending
-- account's.
CREATE TABLE accounts (
  number INTEGER PRIMARY KEY,
  kind INTEGER NOT NULL,    -- domain::AccountKind
  name TEXT NOT NULL,       -- channel, product, plan, member; empty where there is one account only
  currency TEXT NOT NULL,
  UNIQUE (kind, name, currency)
) STRICT;

-- What the journal has to know of an order when one of its events comes.
CREATE TABLE orders (
  number INTEGER PRIMARY KEY,
  order_id BLOB NOT NULL UNIQUE,      -- projections/packed_id.hpp
  buyer TEXT NOT NULL,
  sales INTEGER NOT NULL,             -- the account of its product, in its currency
  gateway INTEGER NOT NULL,           -- the account of the payment that paid it; 0 before
  unrefunded_minor INTEGER NOT NULL,  -- amount due less what was refunded
  delivered INTEGER NOT NULL          -- 0 or 1
) STRICT;

CREATE TABLE products (
  product_id TEXT PRIMARY KEY,
  title TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Attempts at settlements. The lines of one count from the event on that fixes it, until one cancels it.
CREATE TABLE settlements (
  number INTEGER PRIMARY KEY,
  settlement_id TEXT NOT NULL,
  attempt INTEGER NOT NULL,
  fixed_position INTEGER,
  fixed_at INTEGER,
  cancelled_position INTEGER,
  cancelled_at INTEGER,
  UNIQUE (settlement_id, attempt)
) STRICT;

CREATE TABLE payouts (
  position INTEGER PRIMARY KEY,
  settlement INTEGER NOT NULL,
  member INTEGER NOT NULL,  -- the payable account
  gross_minor INTEGER NOT NULL,  -- net, tax and fee
  tax_minor INTEGER NOT NULL,
  fee_minor INTEGER NOT NULL
) STRICT;

-- Amounts that moved from one account to another: of one event, or of events that follow each other, at one time and
-- about one order (it is paid, delivered, and earns commissions).
CREATE TABLE movements (
  number INTEGER PRIMARY KEY,     -- of the first: the event's position times 8, and the place among its movements
  about INTEGER NOT NULL,         -- the number of the order; of a payout that of the settlement
  occurred_at INTEGER NOT NULL,   -- microseconds since 1970, UTC
  available_in INTEGER,           -- of commissions, microseconds from occurred_at on: the member's side is the pending
                                  -- account until then
  member INTEGER,                 -- of a payout: the payable account
  packed BLOB NOT NULL            -- projections/journal_movements.cpp
) STRICT;
