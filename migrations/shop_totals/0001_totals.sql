-- The shop in a few numbers. Filled from the log.

-- How far the log was taken in, and the leaf hash of that event.
CREATE TABLE checkpoint (
  only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
  position INTEGER NOT NULL,
  leaf_hash BLOB NOT NULL
) STRICT;
INSERT INTO checkpoint VALUES (1, 0, x'');

CREATE TABLE counts (
  name TEXT NOT NULL PRIMARY KEY, -- members, orders
  value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE totals (
  currency TEXT NOT NULL PRIMARY KEY,
  sales_minor INTEGER NOT NULL,   -- amount due of the delivered orders
  refunded_minor INTEGER NOT NULL,
  earned_minor INTEGER NOT NULL,
  reversed_minor INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE order_states (
  state TEXT NOT NULL PRIMARY KEY,
  orders INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What the shop owes buyers, apart from refunds.
CREATE TABLE liabilities (
  currency TEXT NOT NULL PRIMARY KEY,
  owed_minor INTEGER NOT NULL,     -- back
  awaiting_minor INTEGER NOT NULL  -- paid for stock that is not there
) STRICT, WITHOUT ROWID;

-- What an event of an order does to the sums depends on this.
CREATE TABLE order_facts (
  order_id BLOB NOT NULL PRIMARY KEY,  -- projections/packed_id.hpp
  currency TEXT NOT NULL,
  amount_due_minor INTEGER NOT NULL,
  unreceived_minor INTEGER NOT NULL,   -- amount due less what came in that currency and was not returned
  refunded_minor INTEGER NOT NULL,
  flags INTEGER NOT NULL               -- projections/shop_totals.cpp: how it ended, what has happened
) STRICT, WITHOUT ROWID;
