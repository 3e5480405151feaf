-- Every order with what came in for it and went back, each with its time and position, so that any moment can be asked
-- for: an order's state is not stored, it follows from these. Filled from the log.

-- How far the log was taken in, and the leaf hash of that event.
CREATE TABLE checkpoint (
  only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
  position INTEGER NOT NULL,
  leaf_hash BLOB NOT NULL
) STRICT;
INSERT INTO checkpoint VALUES (1, 0, x'');

-- Members, products, currencies, channels and plans, which the rows below name by their numbers.
CREATE TABLE names (
  number INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE
) STRICT;

-- What comes soon after the placing is written as the difference to it, which takes fewer bytes.
CREATE TABLE orders (
  position INTEGER PRIMARY KEY,   -- of its placing
  order_id BLOB NOT NULL UNIQUE,  -- projections/packed_id.hpp
  member INTEGER NOT NULL,
  product INTEGER NOT NULL,
  quantity INTEGER NOT NULL,
  amount_due_minor INTEGER NOT NULL,
  currency INTEGER NOT NULL,
  placed_at INTEGER NOT NULL,     -- microseconds since 1970, UTC, as every time here
  expires_in INTEGER,             -- microseconds from placed_at on, as all that end in _in; none of a recorded purchase
  paid_in INTEGER,                -- when the last of the payments that make up the amount due was made
  paid_behind INTEGER,            -- positions behind the placing: the payment that reached it
  channel INTEGER,                -- of that payment
  payment_id BLOB,                -- of that payment, where it is of the amount due, made at paid_in, and therefore not
                                  -- in order_payments; x'' where it has none
  plan INTEGER,                   -- frozen at payment, where a plan applied
  plan_version INTEGER,
  delivered_in INTEGER,
  delivered_behind INTEGER,
  keys INTEGER,                   -- delivered
  awaited_at INTEGER,             -- since when it waited for stock, whatever became of that
  awaited_position INTEGER,
  ended_at INTEGER,               -- unpaid; a later payment may pay an expired order all the same
  ended_position INTEGER,
  ended_as INTEGER,               -- 1 expired, 2 cancelled
  revoked_at INTEGER,             -- when a refund took its keys back
  revoked_position INTEGER,
  liable INTEGER NOT NULL         -- 1 where the buyer may ever have been owed something: it waited for stock, or was
                                  -- not paid by one payment of the amount due
) STRICT;

CREATE INDEX orders_by_member ON orders (member, position);
CREATE INDEX orders_by_product ON orders (product, position);
CREATE INDEX orders_by_delivery ON orders (placed_at + delivered_in);
CREATE INDEX orders_that_ended ON orders (position) WHERE ended_position IS NOT NULL;
CREATE INDEX orders_that_waited ON orders (position) WHERE awaited_position IS NOT NULL;
CREATE INDEX orders_liable ON orders (position) WHERE liable = 1;

-- Those that are not in the order's own row.
CREATE TABLE order_payments (
  placed INTEGER NOT NULL,        -- the order's position, as in the tables below
  position INTEGER NOT NULL,
  payment_id TEXT,                -- none of a recorded purchase, and of a gift
  amount_minor INTEGER NOT NULL,
  currency INTEGER NOT NULL,
  channel INTEGER NOT NULL,
  effect INTEGER NOT NULL,        -- 1 pays, 2 underpays, 3 owed back
  occurred_at INTEGER NOT NULL,
  PRIMARY KEY (placed, position)
) STRICT, WITHOUT ROWID;

-- What was owed back and has been paid back.
CREATE TABLE order_returns (
  placed INTEGER NOT NULL,
  position INTEGER NOT NULL,
  return_id TEXT NOT NULL,
  amount_minor INTEGER NOT NULL,
  currency INTEGER NOT NULL,
  channel INTEGER NOT NULL,
  occurred_at INTEGER NOT NULL,
  PRIMARY KEY (placed, position)
) STRICT, WITHOUT ROWID;

-- Payments that came again with another content: for review, nothing moved.
CREATE TABLE order_mismatches (
  placed INTEGER NOT NULL,        -- of the order that the payment belongs to
  position INTEGER NOT NULL,
  payment_id TEXT NOT NULL,
  named_order_id TEXT NOT NULL,   -- this time
  amount_minor INTEGER NOT NULL,
  currency INTEGER NOT NULL,
  occurred_at INTEGER NOT NULL,
  PRIMARY KEY (placed, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE order_refunds (
  placed INTEGER NOT NULL,
  position INTEGER NOT NULL,
  refund_id TEXT NOT NULL,
  amount_minor INTEGER NOT NULL,
  kind INTEGER NOT NULL,          -- 1 refund, 2 chargeback
  occurred_at INTEGER NOT NULL,
  PRIMARY KEY (placed, position)
) STRICT, WITHOUT ROWID;
