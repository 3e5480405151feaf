-- What is sold and what is in stock. Filled from the log.

-- How far the log was taken in, and the leaf hash of that event.
CREATE TABLE checkpoint (
  only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
  position INTEGER NOT NULL,
  leaf_hash BLOB NOT NULL
) STRICT;
INSERT INTO checkpoint VALUES (1, 0, x'');

-- Numbers as of the checkpoint: imported = unreleased + released + reserved + delivered + revoked.
CREATE TABLE products (
  product_id TEXT NOT NULL PRIMARY KEY,
  position INTEGER NOT NULL,      -- of its adding
  added_at INTEGER NOT NULL,      -- microseconds since 1970, UTC, as every time here
  title TEXT NOT NULL,
  unit_price_minor INTEGER NOT NULL, -- as it was added
  currency TEXT NOT NULL,
  fulfilment INTEGER NOT NULL,    -- 1 key-pool, 2 reusable, 3 manual, 4 external
  unreleased INTEGER NOT NULL,
  released INTEGER NOT NULL,
  reserved INTEGER NOT NULL,
  delivered INTEGER NOT NULL,
  revoked INTEGER NOT NULL,
  waiting_orders INTEGER NOT NULL, -- paid ones that wait for keys
  waiting_units INTEGER NOT NULL
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
  waiting_orders INTEGER NOT NULL,
  waiting_units INTEGER NOT NULL,
  PRIMARY KEY (product_id, position)
) STRICT, WITHOUT ROWID;

-- What was settled about a product: the latest of a kind holds, the earlier ones say what held at any moment.
CREATE TABLE product_settings (
  product_id TEXT NOT NULL,
  setting INTEGER NOT NULL,       -- 1 plan, 2 unit price, 3 retired, 4 units per member, 5 low-stock level
  position INTEGER NOT NULL,
  plan_id TEXT,                   -- of 1
  value INTEGER,                  -- of 2 to 5: minor units; 0 or 1; units or keys, or null for no limit
  occurred_at INTEGER NOT NULL,
  PRIMARY KEY (product_id, setting, position)
) STRICT, WITHOUT ROWID;

-- The plans that products may follow, in all their versions.
CREATE TABLE plans (
  plan_id TEXT NOT NULL,
  version INTEGER NOT NULL,
  position INTEGER NOT NULL,
  published_at INTEGER NOT NULL,
  PRIMARY KEY (plan_id, version)
) STRICT, WITHOUT ROWID;

-- Batches that go on sale at a known time: the latest row of a batch holds.
CREATE TABLE release_schedules (
  product_id TEXT NOT NULL,
  batch_id TEXT NOT NULL,
  position INTEGER NOT NULL,
  release_at INTEGER,             -- null: nothing is scheduled any more
  occurred_at INTEGER NOT NULL,
  PRIMARY KEY (product_id, batch_id, position)
) STRICT, WITHOUT ROWID;

-- Shared keys that serve so many units and no more.
CREATE TABLE limited_keys (
  product_id TEXT NOT NULL,
  first_key INTEGER NOT NULL,
  key_count INTEGER NOT NULL,
  use_limit INTEGER NOT NULL,
  PRIMARY KEY (product_id, first_key)
) STRICT, WITHOUT ROWID;

-- Units that a limited key served, as of the checkpoint.
CREATE TABLE key_uses (
  product_id TEXT NOT NULL,
  key INTEGER NOT NULL,
  used INTEGER NOT NULL,
  PRIMARY KEY (product_id, key)
) STRICT, WITHOUT ROWID;
