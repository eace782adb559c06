-- Passkeys of security contacts and desk people. A contact's is believed only as the organization's log tells of it.
CREATE TABLE passkey (
    id            BLOB    NOT NULL PRIMARY KEY,
    holder_kind   TEXT    NOT NULL,            -- 'contact' or 'desk_person'
    holder        BLOB    NOT NULL,
    credential    BLOB    NOT NULL,            -- the authenticator's id of it
    public_key    BLOB    NOT NULL,            -- COSE
    aaguid        BLOB    NOT NULL,            -- which model it says that it is; zeros for none
    flags         INTEGER NOT NULL,            -- how it was made, as the authenticator says
    counter       INTEGER NOT NULL,            -- how often it has signed; 0 for ever where it does not count
    registered_at INTEGER NOT NULL,
    way           TEXT    NOT NULL,            -- 'link' or 'passkey'
    session       BLOB,                        -- the session in which it was added
    entry         INTEGER,                     -- its place in the organization's log
    used_at       INTEGER,
    sealed        BLOB    NOT NULL,            -- what it is called
    CONSTRAINT passkey_credential_is_unique UNIQUE (credential)
) STRICT;

-- Links with which somebody registers a passkey.
CREATE TABLE enrolment (
    hash        BLOB    NOT NULL PRIMARY KEY,  -- SHA-256 of the secret
    holder_kind TEXT    NOT NULL,
    holder      BLOB    NOT NULL,
    issued_by   BLOB    NOT NULL,              -- the desk person who handed it over
    expires_at  INTEGER NOT NULL
) STRICT;
