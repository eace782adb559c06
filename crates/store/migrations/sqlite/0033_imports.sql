-- Organizations of an import that is under way. They are there from the transaction on that empties this; a start before that
-- removes them.
CREATE TABLE import_staged (
    organization BLOB NOT NULL PRIMARY KEY
) STRICT;

DROP TRIGGER log_entry_is_never_removed;
CREATE TRIGGER log_entry_is_never_removed BEFORE DELETE ON log_entry
WHEN NOT EXISTS (SELECT 1 FROM import_staged WHERE organization = old.organization)
BEGIN SELECT RAISE(ABORT, 'log entries are never removed'); END;
