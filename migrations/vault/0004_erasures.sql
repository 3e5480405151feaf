-- Erasing a person finds its texts without looking at all of them.
CREATE INDEX texts_by_subject ON texts (subject);

-- At most one row: the newest erasure of the log when everything that was to be erased had gone, also from the file's
-- journal. Where the log's newest one is another, all of them are carried out again.
CREATE TABLE erasures_done (
  only INTEGER PRIMARY KEY CHECK (only = 1),
  position INTEGER NOT NULL,     -- of its MemberErased
  leaf_hash BLOB NOT NULL
) STRICT;
