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

-- What a delivery and a refund do not say themselves.
CREATE TABLE order_amounts (
  order_id TEXT NOT NULL PRIMARY KEY,
  currency TEXT NOT NULL,
  amount_due_minor INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
