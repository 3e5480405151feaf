-- Outgoing webhooks of one shop: to whom events are sent, and how far that has come. Settings, no books: they can be
-- changed and removed. The secret that signs is in the vault, as webhook/<id>.

CREATE TABLE targets (
  id TEXT PRIMARY KEY,
  url TEXT NOT NULL UNIQUE,
  types TEXT NOT NULL,            -- names of event types, a space between them; empty: all
  created_at INTEGER NOT NULL,
  cursor INTEGER NOT NULL,        -- the log was looked through up to here: what is to be sent of it and was not yet is
                                  -- in deliveries
  paused TEXT NOT NULL DEFAULT '',       -- why nothing is sent; empty: it is
  resumed INTEGER NOT NULL DEFAULT 0,    -- how often it was resumed, which forgets back-off
  breaker TEXT NOT NULL DEFAULT 'closed',  -- as the server last saw it, for people
  delivered INTEGER NOT NULL DEFAULT 0,  -- how many deliveries arrived, repetitions included
  last_delivered_at INTEGER,
  last_failed_at INTEGER,
  last_error TEXT NOT NULL DEFAULT ''
) STRICT, WITHOUT ROWID;

-- What is to be sent: a row goes when its event has arrived, and not before.
CREATE TABLE deliveries (
  target TEXT NOT NULL,
  position INTEGER NOT NULL,
  stream TEXT NOT NULL,           -- of one stream, the lowest position is sent first, and the next when it has arrived
  attempts INTEGER NOT NULL,
  due_at INTEGER NOT NULL,
  PRIMARY KEY (target, position)
) STRICT, WITHOUT ROWID;

-- Parts of the log that are to be sent again.
CREATE TABLE replays (
  id INTEGER PRIMARY KEY,
  target TEXT NOT NULL,
  next INTEGER NOT NULL,          -- looked through up to before here
  last INTEGER NOT NULL
) STRICT;
