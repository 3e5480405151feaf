-- Access tokens of one shop. What opens the shop, a token's secret, is nowhere: only a digest of it is.

CREATE TABLE tokens (
  id TEXT PRIMARY KEY,           -- not secret: it stands in the token, in lists, and in the log as the actor token:<id>
  digest BLOB NOT NULL CHECK (length(digest) = 32),  -- BLAKE2b-256 of id and secret
  role INTEGER NOT NULL,         -- eventstore/role.hpp
  member TEXT,                   -- whose books a promoter sees
  label TEXT NOT NULL,
  created_at INTEGER NOT NULL,   -- microseconds since 1970, UTC
  expires_at INTEGER,
  revoked_at INTEGER,
  last_used_at INTEGER,          -- to about a minute
  CHECK ((role = 5) = (member IS NOT NULL))
) STRICT, WITHOUT ROWID;

-- A shop that had a token once is closed to those who have none: revoked ones stay.
CREATE TRIGGER tokens_are_never_deleted BEFORE DELETE ON tokens
BEGIN SELECT RAISE(ABORT, 'a token is never deleted'); END;

-- INSERT OR REPLACE deletes without asking the trigger above.
CREATE TRIGGER tokens_are_never_replaced BEFORE INSERT ON tokens
WHEN EXISTS (SELECT 1 FROM tokens WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'a token is never replaced'); END;

CREATE TRIGGER what_a_token_opens_never_changes BEFORE UPDATE OF id, digest, role, member, created_at, expires_at ON tokens
BEGIN SELECT RAISE(ABORT, 'what a token opens never changes'); END;

CREATE TRIGGER a_token_is_revoked_for_good BEFORE UPDATE OF revoked_at ON tokens WHEN OLD.revoked_at IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'a token is revoked for good'); END;
