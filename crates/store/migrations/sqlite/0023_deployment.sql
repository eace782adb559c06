-- Whose database this is, in one row, and whether it is a copy: then the original may have gone on since, and nothing is
-- added to any log until whoever restored it has said that it did not.
CREATE TABLE deployment (
    one       INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
    name      TEXT NOT NULL,                     -- first part of every log's name
    copied_at INTEGER                            -- microseconds since 1970; NULL in the original
) STRICT;
