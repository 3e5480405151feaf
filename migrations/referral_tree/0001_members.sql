-- Who is a member, in what standing, and who referred whom since when. Filled from the log.

-- How far the log was taken in, and the leaf hash of that event.
CREATE TABLE checkpoint (
  only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
  position INTEGER NOT NULL,
  leaf_hash BLOB NOT NULL
) STRICT;
INSERT INTO checkpoint VALUES (1, 0, x'');

CREATE TABLE members (
  member_id TEXT NOT NULL PRIMARY KEY,
  enrolled_at INTEGER NOT NULL,   -- microseconds since 1970, UTC
  position INTEGER NOT NULL,      -- of the enrolment
  code TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- A member is active from the enrolment on, and after that what the latest position says; earlier rows stay, so that
-- any moment can be asked for.
CREATE TABLE standings (
  member_id TEXT NOT NULL,
  position INTEGER NOT NULL,
  standing INTEGER NOT NULL,      -- 1 active, 2 suspended, 3 closed
  occurred_at INTEGER NOT NULL,
  PRIMARY KEY (member_id, position)
) STRICT, WITHOUT ROWID;

-- A member's referrer is that of the latest position; earlier rows stay, so that any moment can be asked for.
CREATE TABLE referrals (
  member_id TEXT NOT NULL,
  position INTEGER NOT NULL,
  referrer_id TEXT NOT NULL,
  bound_at INTEGER NOT NULL,
  counts_from INTEGER NOT NULL,   -- bound_at, or later: no earlier than any move before it in the log. What a move made
                                  -- possible would else close a ring at moments at which the move itself does not count
  moved INTEGER NOT NULL,         -- 1 for a move to another referrer
  PRIMARY KEY (member_id, position)
) STRICT, WITHOUT ROWID;

CREATE INDEX referrals_by_referrer ON referrals (referrer_id, member_id, position, counts_from);
CREATE INDEX moves ON referrals (counts_from) WHERE moved = 1;
