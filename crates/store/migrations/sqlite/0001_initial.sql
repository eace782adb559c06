-- The first schema. Ids are 16 random bytes; instants are microseconds since 1970-01-01 UTC.

CREATE TABLE organization (
    id         BLOB    NOT NULL PRIMARY KEY,
    slug       TEXT    NOT NULL,              -- its name in addresses
    name       TEXT    NOT NULL,
    log        BLOB    NOT NULL,              -- id of its log, unrelated to its own
    created_at INTEGER NOT NULL,
    CONSTRAINT organization_slug_is_unique UNIQUE (slug),
    CONSTRAINT organization_log_is_unique UNIQUE (log)
) STRICT;

-- The setting in force. Believed only when it is the last setting entry of the organization's log; whoever edits this
-- table closes the organization.
CREATE TABLE support_access (
    organization BLOB    NOT NULL PRIMARY KEY REFERENCES organization (id),
    epoch        INTEGER NOT NULL,            -- changes so far
    state        TEXT    NOT NULL,            -- 'enabled', 'approval_required' or 'disabled'
    record       TEXT    NOT NULL             -- the whole setting with its evidence, as in the log entry's payload
) STRICT;

CREATE TABLE contact (
    id           BLOB NOT NULL PRIMARY KEY,
    organization BLOB NOT NULL REFERENCES organization (id),
    name         TEXT NOT NULL,
    email        TEXT NOT NULL,
    phone        TEXT NOT NULL,
    key          BLOB                         -- Ed25519 public key; believed only as the log names it
) STRICT;

CREATE TABLE subject (
    id       BLOB NOT NULL PRIMARY KEY,
    kind     TEXT NOT NULL,                   -- 'support_person' or 'support_service'
    name     TEXT NOT NULL,
    email    TEXT NOT NULL,
    employer TEXT NOT NULL,
    CONSTRAINT subject_email_is_unique UNIQUE (email)
) STRICT;

CREATE TABLE desk_person (
    id    BLOB NOT NULL PRIMARY KEY,
    name  TEXT NOT NULL,
    email TEXT NOT NULL,
    CONSTRAINT desk_person_email_is_unique UNIQUE (email)
) STRICT;

CREATE TABLE tool (
    id          BLOB NOT NULL PRIMARY KEY,
    slug        TEXT NOT NULL,                -- its name in addresses
    name        TEXT NOT NULL,
    upstream    TEXT NOT NULL,                -- scheme and authority
    isolation   TEXT NOT NULL,                -- 'upstream-verified', 'prefix', 'header:NAME', 'query:NAME' or 'shared'
    reason      TEXT NOT NULL,                -- 'required' or 'optional'
    case_number TEXT NOT NULL,                -- 'required' or 'optional'
    assets      TEXT NOT NULL,                -- JSON array of path prefixes
    CONSTRAINT tool_slug_is_unique UNIQUE (slug)
) STRICT;

CREATE TABLE change_request (
    id           BLOB    NOT NULL PRIMARY KEY,
    organization BLOB    NOT NULL REFERENCES organization (id),
    statement    TEXT    NOT NULL,            -- the security contact's canonical words
    signature    BLOB    NOT NULL,
    received_at  INTEGER NOT NULL,
    state        TEXT    NOT NULL,            -- 'received', 'processed' or 'superseded'
    approved_by  BLOB,                        -- the desk person; set together with processed_at
    processed_at INTEGER,
    CONSTRAINT processed_has_approver CHECK ((approved_by IS NULL) = (processed_at IS NULL))
) STRICT;

CREATE TABLE visit (
    id           BLOB    NOT NULL PRIMARY KEY,
    organization BLOB    NOT NULL REFERENCES organization (id),
    tool         BLOB    NOT NULL REFERENCES tool (id),
    subject      BLOB    NOT NULL REFERENCES subject (id),
    reason       TEXT,                        -- none: "no reason given"
    case_number  TEXT,
    epoch        INTEGER NOT NULL,            -- of the setting it was admitted under
    opened_at    INTEGER NOT NULL,
    entry        INTEGER NOT NULL,            -- index of its visit.open in the organization's log
    used_at      INTEGER NOT NULL,
    requests     INTEGER NOT NULL,
    assets       INTEGER NOT NULL,
    bytes_down   INTEGER NOT NULL,
    ended_at     INTEGER,
    ended_why    TEXT,
    CONSTRAINT ended_has_reason CHECK ((ended_at IS NULL) = (ended_why IS NULL))
) STRICT;

CREATE INDEX visit_by_organization ON visit (organization, opened_at DESC);
CREATE INDEX visit_open ON visit (id) WHERE ended_at IS NULL;

-- One log per organization. Entries are only ever added.
CREATE TABLE log_entry (
    organization BLOB    NOT NULL REFERENCES organization (id),
    place        INTEGER NOT NULL,            -- index in the log, from 0 without gaps
    request      BLOB    NOT NULL,            -- the leaf's rid
    reference    INTEGER,                     -- the leaf's ref
    leaf         BLOB    NOT NULL,
    salt         BLOB    NOT NULL,            -- of the leaf's commitment
    payload      BLOB    NOT NULL,            -- what the leaf commits to
    PRIMARY KEY (organization, place),
    CONSTRAINT log_entry_request_is_unique UNIQUE (organization, request)
) STRICT, WITHOUT ROWID;

CREATE INDEX log_entry_by_reference ON log_entry (organization, reference) WHERE reference IS NOT NULL;

CREATE TRIGGER log_entry_is_never_changed BEFORE UPDATE ON log_entry
BEGIN SELECT RAISE(ABORT, 'log entries are never changed'); END;
CREATE TRIGGER log_entry_is_never_removed BEFORE DELETE ON log_entry
BEGIN SELECT RAISE(ABORT, 'log entries are never removed'); END;

-- Roots of full tiles, of which the tiles above consist.
CREATE TABLE log_node (
    organization BLOB    NOT NULL REFERENCES organization (id),
    level        INTEGER NOT NULL,            -- tile level, from 1
    place        INTEGER NOT NULL,
    hash         BLOB    NOT NULL,
    PRIMARY KEY (organization, level, place)
) STRICT, WITHOUT ROWID;

CREATE TABLE log_head (
    organization BLOB    NOT NULL PRIMARY KEY REFERENCES organization (id),
    size         INTEGER NOT NULL,
    peaks        BLOB    NOT NULL,            -- 32 bytes each, largest subtree first
    signature    BLOB    NOT NULL             -- of the deployment's log key
) STRICT;

-- Disables that are in force and wait for their place in the log.
CREATE TABLE outbox (
    request      BLOB NOT NULL PRIMARY KEY,
    organization BLOB NOT NULL REFERENCES organization (id),
    record       TEXT NOT NULL
) STRICT;

CREATE TABLE credential (
    hash        BLOB    NOT NULL PRIMARY KEY, -- SHA-256 of the secret
    kind        TEXT    NOT NULL,             -- 'sign_in_link', 'session' or 'token'
    holder_kind TEXT    NOT NULL,             -- 'admin', 'desk_person', 'contact', 'subject' or 'organization'
    holder      BLOB    NOT NULL,             -- empty for 'admin'
    expires_at  INTEGER NOT NULL
) STRICT;
