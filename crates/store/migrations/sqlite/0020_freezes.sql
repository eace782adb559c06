-- Freezes: who is kept out everywhere, since when and why, and what was signed to lift it. Never removed; whether one is
-- lifted is what its signatures and the organizations' logs say, not what this row says.
CREATE TABLE freeze (
    id     BLOB NOT NULL PRIMARY KEY,
    record TEXT NOT NULL                         -- JSON, `byleave_api::payload::FreezeRecord`
) STRICT;
