-- Erasing a person takes their look-ups along.
CREATE INDEX lookups_by_subject ON lookups (subject);
