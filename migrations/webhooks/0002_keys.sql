-- Requests that came with an idempotency key, so that one that comes again is known. Key and content are hashes, keyed
-- with the shop's key of fingerprints. A row goes with its webhook.
CREATE TABLE idempotency_keys (
  key BLOB PRIMARY KEY,
  content BLOB NOT NULL,
  target TEXT NOT NULL,
  after INTEGER NOT NULL          -- where the log stood
) STRICT, WITHOUT ROWID;
