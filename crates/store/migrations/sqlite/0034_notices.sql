-- Where copies of what an organization's contacts are told go.
CREATE TABLE notice_address (
    organization BLOB NOT NULL PRIMARY KEY REFERENCES organization (id),
    sealed       BLOB NOT NULL                -- `asked` if others are asked for; three addresses, or as many as there are; those
) STRICT, WITHOUT ROWID;

-- Letters as they were, and copies, which go to no contact.
CREATE TABLE letter_or_copy (
    id           BLOB    NOT NULL PRIMARY KEY, -- also in its Message-ID
    place        INTEGER NOT NULL,             -- among all that were ever written; what is written first goes first
    organization BLOB    NOT NULL REFERENCES organization (id),
    contact      BLOB,                         -- to whom; none: a copy to a notice address
    written_at   INTEGER NOT NULL,
    state        TEXT    NOT NULL,             -- 'waiting', 'sent', 'failed' or 'bounced'
    attempts     INTEGER NOT NULL,
    next_at      INTEGER NOT NULL,             -- while it waits
    settled_at   INTEGER,                      -- since when it does not
    sealed       BLOB    NOT NULL,             -- to which address, what it tells, and what a server said of it
    CONSTRAINT letter_place_is_unique UNIQUE (place),
    CONSTRAINT letter_waits_or_is_settled CHECK ((settled_at IS NULL) = (state = 'waiting'))
) STRICT;

INSERT INTO letter_or_copy SELECT id, place, organization, contact, written_at, state, attempts, next_at, settled_at, sealed
    FROM letter;
DROP TABLE letter;
ALTER TABLE letter_or_copy RENAME TO letter;

CREATE INDEX letter_that_waits ON letter (place) WHERE state = 'waiting';
CREATE INDEX letter_that_did_not_arrive ON letter (place) WHERE state IN ('failed', 'bounced');

-- Which organization has a statement of which month: one letter to each contact, whatever restarts and clocks do.
CREATE TABLE statement (
    organization BLOB    NOT NULL REFERENCES organization (id),
    month        INTEGER NOT NULL,             -- such as 202611
    PRIMARY KEY (month, organization)
) STRICT, WITHOUT ROWID;
