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
