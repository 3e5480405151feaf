-- Which orders a buyer finds again with the contact and the secret that it gave with them.
CREATE TABLE lookups (
  order_id TEXT PRIMARY KEY,
  subject TEXT NOT NULL,         -- whom it belongs to, so that erasing a person can find the row
  fingerprint BLOB NOT NULL      -- keyed hash of contact and secret together
) STRICT, WITHOUT ROWID;

CREATE INDEX lookups_by_fingerprint ON lookups (fingerprint, order_id);
