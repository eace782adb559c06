-- Tokens apart from sessions and links: each with what it is good for, and listed for a while once it no longer works.
CREATE TABLE token (
    id          BLOB    NOT NULL PRIMARY KEY,
    hash        BLOB    NOT NULL,             -- SHA-256 of the secret
    holder_kind TEXT    NOT NULL,             -- 'admin', 'desk_person', 'contact', 'subject' or 'organization'
    holder      BLOB    NOT NULL,             -- empty for 'admin'
    scopes      TEXT    NOT NULL,             -- names with a space between
    created_at  INTEGER NOT NULL,
    expires_at  INTEGER NOT NULL,
    used_on     INTEGER,                      -- first instant of the day of its last use
    revoked_at  INTEGER,
    sealed      BLOB,                         -- name; none of those made before tokens had names
    CONSTRAINT token_hash_is_unique UNIQUE (hash)
) STRICT;

-- Those that there are go on to do what they did, for as long: 90 days was what every token had. Only the administrator's
-- made others.
INSERT INTO token (id, hash, holder_kind, holder, scopes, created_at, expires_at)
SELECT randomblob(16), hash, holder_kind, holder,
    CASE holder_kind
        WHEN 'admin' THEN 'read manage access requests intake tokens'
        WHEN 'desk_person' THEN 'read contents requests freeze erase intake'
        WHEN 'contact' THEN 'read contents access requests'
        WHEN 'organization' THEN 'read contents access'
        WHEN 'subject' THEN 'enter'
    END,
    expires_at - 7776000000000, expires_at
FROM credential WHERE kind = 'token';

DELETE FROM credential WHERE kind = 'token';
