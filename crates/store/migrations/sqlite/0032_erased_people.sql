-- Former security contacts and desk people of whom nothing is left but the id. With the row their key goes, or at the next
-- start.
CREATE TABLE erased_person (
    id   BLOB NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL                      -- 'contact' or 'desk_person'
) STRICT;
