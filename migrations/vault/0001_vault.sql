-- Secrets of one shop, encrypted. Deleting here erases; the log never changes by it.

-- Random keys, each sealed under the master key of the key file: one per batch of card keys, and the fingerprint key.
CREATE TABLE subject_keys (
  subject TEXT PRIMARY KEY,
  sealed BLOB NOT NULL           -- nonce, then XChaCha20-Poly1305 ciphertext of 32 bytes
) STRICT, WITHOUT ROWID;

-- Contacts of buyers, and what was delivered by hand.
CREATE TABLE texts (
  name TEXT PRIMARY KEY,         -- contact/<order>, delivery/<order>
  subject TEXT NOT NULL,         -- whose subject key sealed it
  fingerprint BLOB NOT NULL,
  sealed BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE card_keys (
  product TEXT NOT NULL,
  ordinal INTEGER NOT NULL,      -- the key's number in its product's pool
  subject TEXT NOT NULL,         -- whose subject key sealed it
  fingerprint BLOB NOT NULL,
  sealed BLOB NOT NULL,
  binding BLOB NOT NULL,         -- keyed hash of product, ordinal and `sealed`: the row is at its own place
  PRIMARY KEY (product, ordinal)
) STRICT, WITHOUT ROWID;
