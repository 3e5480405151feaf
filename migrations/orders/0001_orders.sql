-- Every order with what came in for it and went back, each with its time and position, so that any moment can be asked
-- for: an order's state is not stored, it follows from these. Filled from the log.

-- How far the log was taken in, and the leaf hash of that event.
CREATE TABLE checkpoint (
  only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
  position INTEGER NOT NULL,
  leaf_hash BLOB NOT NULL
) STRICT;
INSERT INTO checkpoint VALUES (1, 0, x'');

CREATE TABLE orders (
  position INTEGER PRIMARY KEY,   -- of its placing
  order_id TEXT NOT NULL UNIQUE,
  member_id TEXT NOT NULL,
  product_id TEXT NOT NULL,
  quantity INTEGER NOT NULL,
  amount_due_minor INTEGER NOT NULL,
  currency TEXT NOT NULL,
  placed_at INTEGER NOT NULL,     -- microseconds since 1970, UTC, as every time here
  expires_at INTEGER,             -- none of a recorded purchase
  paid_at INTEGER,                -- when the last of the payments that make up the amount due was made
  paid_position INTEGER,          -- of the payment that reached it
  channel TEXT,                   -- of that payment
  plan_id TEXT,                   -- frozen at payment, where a plan applied
  plan_version INTEGER,
  awaited_at INTEGER,             -- since when it waited for stock, whatever became of that
  awaited_position INTEGER,
  ended_at INTEGER,               -- unpaid; a later payment may pay an expired order all the same
  ended_position INTEGER,
  ended_as INTEGER,               -- 1 expired, 2 cancelled
  delivered_at INTEGER,
  delivered_position INTEGER,
  keys INTEGER,                   -- delivered
  revoked_at INTEGER,             -- when a refund took its keys back
  revoked_position INTEGER,
  liable INTEGER NOT NULL         -- 1 where the buyer may ever have been owed something: it waited for stock, or was
                                  -- not paid by one payment of the amount due
) STRICT;

CREATE INDEX orders_by_member ON orders (member_id, position);
CREATE INDEX orders_by_product ON orders (product_id, position);
CREATE INDEX orders_by_delivery ON orders (delivered_at);
CREATE INDEX orders_that_ended ON orders (position) WHERE ended_position IS NOT NULL;
CREATE INDEX orders_that_waited ON orders (position) WHERE awaited_position IS NOT NULL;
CREATE INDEX orders_liable ON orders (position) WHERE liable = 1;

CREATE TABLE order_payments (
  order_id TEXT NOT NULL,
  position INTEGER NOT NULL,
  payment_id TEXT,                -- none of a recorded purchase, and of a gift
  amount_minor INTEGER NOT NULL,
  currency TEXT NOT NULL,
  channel TEXT NOT NULL,
  effect INTEGER NOT NULL,        -- 1 pays, 2 underpays, 3 owed back
  occurred_at INTEGER NOT NULL,
  PRIMARY KEY (order_id, position)
) STRICT, WITHOUT ROWID;

-- What was owed back and has been paid back.
CREATE TABLE order_returns (
  order_id TEXT NOT NULL,
  position INTEGER NOT NULL,
  return_id TEXT NOT NULL,
  amount_minor INTEGER NOT NULL,
  currency TEXT NOT NULL,
  channel TEXT NOT NULL,
  occurred_at INTEGER NOT NULL,
  PRIMARY KEY (order_id, position)
) STRICT, WITHOUT ROWID;

-- Payments that came again with another content: for review, nothing moved.
CREATE TABLE order_mismatches (
  order_id TEXT NOT NULL,         -- that the payment belongs to
  position INTEGER NOT NULL,
  payment_id TEXT NOT NULL,
  named_order_id TEXT NOT NULL,   -- this time
  amount_minor INTEGER NOT NULL,
  currency TEXT NOT NULL,
  occurred_at INTEGER NOT NULL,
  PRIMARY KEY (order_id, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE order_refunds (
  order_id TEXT NOT NULL,
  position INTEGER NOT NULL,
  refund_id TEXT NOT NULL,
  amount_minor INTEGER NOT NULL,
  kind INTEGER NOT NULL,          -- 1 refund, 2 chargeback
  occurred_at INTEGER NOT NULL,
  PRIMARY KEY (order_id, position)
) STRICT, WITHOUT ROWID;
