-- What is personal is sealed. New tables first; the next step fills them and takes the old ones away.

CREATE TABLE subject_sealed (
    id        BLOB    NOT NULL PRIMARY KEY,
    kind      TEXT    NOT NULL,              -- 'support_person' or 'support_service'
    sealed    BLOB,                          -- name, e-mail address, employer; none once the person is erased
    erased_at INTEGER,
    CONSTRAINT erased_is_gone CHECK ((sealed IS NULL) = (erased_at IS NOT NULL))
) STRICT;

CREATE TABLE desk_person_sealed (
    id     BLOB NOT NULL PRIMARY KEY,
    sealed BLOB NOT NULL                     -- name, e-mail address
) STRICT;

CREATE TABLE contact_sealed (
    id           BLOB NOT NULL PRIMARY KEY,
    organization BLOB NOT NULL REFERENCES organization (id),
    key          BLOB,                       -- Ed25519 public key; believed only as the log names it
    sealed       BLOB NOT NULL               -- name, e-mail address, phone number
) STRICT;

CREATE TABLE visit_sealed (
    id           BLOB    NOT NULL PRIMARY KEY,
    organization BLOB    NOT NULL REFERENCES organization (id),
    tool         BLOB    NOT NULL REFERENCES tool (id),
    subject      BLOB    NOT NULL REFERENCES subject_sealed (id),
    sealed       BLOB,                       -- reason, case number; none once the visitor is erased
    epoch        INTEGER NOT NULL,           -- of the setting it was admitted under
    opened_at    INTEGER NOT NULL,
    entry        INTEGER NOT NULL,           -- index of its visit.open in the organization's log
    used_at      INTEGER NOT NULL,
    requests     INTEGER NOT NULL,
    assets       INTEGER NOT NULL,
    bytes_down   INTEGER NOT NULL,
    ended_at     INTEGER,
    ended_why    TEXT,
    CONSTRAINT ended_has_reason CHECK ((ended_at IS NULL) = (ended_why IS NULL))
) STRICT;

-- One log per organization. Entries are only ever added; of a person who is erased the sealed part goes.
CREATE TABLE log_entry_sealed (
    organization BLOB    NOT NULL REFERENCES organization (id),
    place        INTEGER NOT NULL,           -- index in the log, from 0 without gaps
    request      BLOB    NOT NULL,           -- the leaf's rid
    reference    INTEGER,                    -- the leaf's ref
    leaf         BLOB    NOT NULL,
    person       INTEGER,                    -- number of the key of the person it is about
    sealed       BLOB,                       -- salt and payload that the leaf commits to; none once erased
    PRIMARY KEY (organization, place),
    CONSTRAINT log_entry_request_is_unique UNIQUE (organization, request)
) STRICT, WITHOUT ROWID;

-- Messages that belong to no request yet.
CREATE TABLE message_sealed (
    id          BLOB    NOT NULL PRIMARY KEY,
    way         TEXT    NOT NULL,            -- 'help_page', 'uploaded' or 'piped'
    received_at INTEGER NOT NULL,
    settled     INTEGER NOT NULL,            -- 0 while it is held, else 1
    sealed      BLOB    NOT NULL             -- the name it is filed under, what became of it, its text
) STRICT;
