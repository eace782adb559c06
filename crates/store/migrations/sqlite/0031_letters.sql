-- Letters to security contacts, from what causes them to their end.
CREATE TABLE letter (
    id           BLOB    NOT NULL PRIMARY KEY, -- also in its Message-ID
    place        INTEGER NOT NULL,             -- among all that were ever written; what is written first goes first
    organization BLOB    NOT NULL REFERENCES organization (id),
    contact      BLOB    NOT NULL,             -- to whom
    written_at   INTEGER NOT NULL,
    state        TEXT    NOT NULL,             -- 'waiting', 'sent', 'failed' or 'bounced'
    attempts     INTEGER NOT NULL,
    next_at      INTEGER NOT NULL,             -- while it waits
    settled_at   INTEGER,                      -- since when it does not
    sealed       BLOB    NOT NULL,             -- to which address, what it tells, and what a server said of it
    CONSTRAINT letter_place_is_unique UNIQUE (place),
    CONSTRAINT letter_waits_or_is_settled CHECK ((settled_at IS NULL) = (state = 'waiting'))
) STRICT;

CREATE INDEX letter_that_waits ON letter (place) WHERE state = 'waiting';
CREATE INDEX letter_that_did_not_arrive ON letter (place) WHERE state IN ('failed', 'bounced');

-- Which message the next answer to a change request answers.
CREATE TABLE letter_thread (
    change_request BLOB    NOT NULL PRIMARY KEY,
    organization   BLOB    NOT NULL REFERENCES organization (id),
    answered       INTEGER NOT NULL,           -- 0 or 1: a message is answered once
    sealed         BLOB    NOT NULL            -- its Message-ID
) STRICT;
