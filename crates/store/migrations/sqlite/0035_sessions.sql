-- Sessions apart from sign-in links: each listed for whoever is signed in, and used or over.
CREATE TABLE session (
    id          BLOB    NOT NULL PRIMARY KEY,
    hash        BLOB    NOT NULL,             -- SHA-256 of the secret
    holder_kind TEXT    NOT NULL,             -- 'admin', 'desk_person', 'contact', 'subject' or 'organization'
    holder      BLOB    NOT NULL,             -- empty for 'admin'
    browser     TEXT    NOT NULL,             -- what the browser says it is, in words of ours
    created_at  INTEGER NOT NULL,
    seen_at     INTEGER NOT NULL,
    expires_at  INTEGER NOT NULL,
    idle        INTEGER NOT NULL,             -- seconds
    CONSTRAINT session_hash_is_unique UNIQUE (hash)
) STRICT;

-- Of those that there are nobody knows when they were used last: whoever is signed in signs in once more.
DELETE FROM credential WHERE kind = 'session';
