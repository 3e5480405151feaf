-- What is sold and what is in stock. Filled from the log.

-- How far the log was taken in, and the leaf hash of that event.
CREATE TABLE checkpoint (
  only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
  position INTEGER NOT NULL,
  leaf_hash BLOB NOT NULL
) STRICT;
INSERT INTO checkpoint VALUES (1, 0, x'');

-- Numbers of keys as of the checkpoint: imported = unreleased + released + reserved + delivered + revoked.
CREATE TABLE products (
  product_id TEXT NOT NULL PRIMARY KEY,
  position INTEGER NOT NULL,      -- of its adding
  added_at INTEGER NOT NULL,      -- microseconds since 1970, UTC, as every time here
  title TEXT NOT NULL,
  unit_price_minor INTEGER NOT NULL,
  currency TEXT NOT NULL,
  fulfilment INTEGER NOT NULL,    -- 1 key-pool, 2 reusable, 3 manual, 4 external
  plan_id TEXT,                   -- as of the checkpoint, where it does not follow the shop's default
  unreleased INTEGER NOT NULL,
  released INTEGER NOT NULL,
  reserved INTEGER NOT NULL,
  delivered INTEGER NOT NULL,
  revoked INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- By how much each event changed those numbers, so that any moment can be asked for.
CREATE TABLE stock_changes (
  product_id TEXT NOT NULL,
  position INTEGER NOT NULL,
  occurred_at INTEGER NOT NULL,
  unreleased INTEGER NOT NULL,
  released INTEGER NOT NULL,
  reserved INTEGER NOT NULL,
  delivered INTEGER NOT NULL,
  revoked INTEGER NOT NULL,
  PRIMARY KEY (product_id, position)
) STRICT, WITHOUT ROWID;

-- Which plan each event gave a product, so that any moment can be asked for.
CREATE TABLE plan_choices (
  product_id TEXT NOT NULL,
  position INTEGER NOT NULL,
  plan_id TEXT NOT NULL,
  occurred_at INTEGER NOT NULL,
  PRIMARY KEY (product_id, position)
) STRICT, WITHOUT ROWID;
