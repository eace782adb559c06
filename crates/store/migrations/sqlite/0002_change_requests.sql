-- Change requests are what their entries in the organization's log say; no table repeats it.
DROP TABLE change_request;

-- Documents and notes that the desk's steps rest on, encrypted under the organization's key.
CREATE TABLE evidence (
    id             BLOB    NOT NULL PRIMARY KEY,
    organization   BLOB    NOT NULL REFERENCES organization (id),
    about          BLOB    NOT NULL,             -- id of the change request, contact change or contact
    media_type     TEXT    NOT NULL,
    created_at     INTEGER NOT NULL,
    sealed         BLOB    NOT NULL              -- nonce and ciphertext
) STRICT;

CREATE INDEX evidence_by_age ON evidence (created_at);

-- Messages that belong to no request yet; their text is encrypted.
CREATE TABLE message (
    id          BLOB    NOT NULL PRIMARY KEY,
    way         TEXT    NOT NULL,                -- 'help_page', 'uploaded' or 'piped'
    claimed     TEXT    NOT NULL,                -- as the sender calls the organization; empty when not asked
    received_at INTEGER NOT NULL,
    sealed      BLOB    NOT NULL,                -- nonce and ciphertext
    settled     TEXT                             -- none while held; then the change request's id, or why it was dismissed
) STRICT;
