-- Answers to requests that came with a key of their own, for a day: whoever asks once more is answered the same.
CREATE TABLE answer (
    id      BLOB    NOT NULL PRIMARY KEY,         -- of token and key together
    token   BLOB    NOT NULL,
    request BLOB    NOT NULL,                     -- SHA-256 of what was asked
    at      INTEGER NOT NULL,
    sealed  BLOB                                  -- the answer; none while it is under way
) STRICT;
