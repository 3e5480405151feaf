-- Every order, what was refunded of it, and at which time and position, so that any moment can be asked for. Filled
-- from the log.

-- How far the log was taken in, and the leaf hash of that event.
CREATE TABLE checkpoint (
  only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
  position INTEGER NOT NULL,
  leaf_hash BLOB NOT NULL
) STRICT;
INSERT INTO checkpoint VALUES (1, 0, x'');

CREATE TABLE orders (
  order_id TEXT NOT NULL PRIMARY KEY,
  position INTEGER NOT NULL,      -- of its placing
  member_id TEXT NOT NULL,
  product_id TEXT NOT NULL,
  quantity INTEGER NOT NULL,
  amount_due_minor INTEGER NOT NULL,
  currency TEXT NOT NULL,
  placed_at INTEGER NOT NULL,     -- microseconds since 1970, UTC, as every time here
  paid_at INTEGER,
  paid_position INTEGER,
  channel TEXT,
  plan_id TEXT,                   -- frozen at payment, where a plan applied
  plan_version INTEGER,
  delivered_at INTEGER,
  delivered_position INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX orders_by_member ON orders (member_id, position);

CREATE TABLE order_refunds (
  order_id TEXT NOT NULL,
  position INTEGER NOT NULL,
  refund_id TEXT NOT NULL,
  amount_minor INTEGER NOT NULL,
  occurred_at INTEGER NOT NULL,
  PRIMARY KEY (order_id, position)
) STRICT, WITHOUT ROWID;
