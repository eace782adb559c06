-- Mail that came in: what DNS said of it as it came, what it was taken for, and its bytes. Message-ID and body are there under a
-- key of the deployment, to be found again.
CREATE TABLE mail (
    id             BLOB    NOT NULL PRIMARY KEY,
    received_at    INTEGER NOT NULL,
    identifier     BLOB,                      -- HMAC of the Message-ID
    body           BLOB    NOT NULL,          -- HMAC of the body
    proven         INTEGER NOT NULL,          -- 1 when it is a security contact's own
    disposition    TEXT    NOT NULL,          -- 'accepted', 'held', 'rejected' or 'duplicate'
    held           INTEGER NOT NULL,          -- 1 while it waits for a person
    change_request BLOB,
    size           INTEGER NOT NULL,
    record         BLOB    NOT NULL,          -- sealed: envelope, verdicts with their key records, what was understood
    raw            BLOB                       -- sealed: the bytes as they came; none once they are evidence
) STRICT;

CREATE INDEX mail_by_identifier ON mail (identifier) WHERE identifier IS NOT NULL;
CREATE INDEX mail_by_body ON mail (body);
CREATE INDEX mail_by_request ON mail (change_request) WHERE change_request IS NOT NULL;
CREATE INDEX mail_by_disposition ON mail (disposition, received_at);
CREATE INDEX mail_held ON mail (proven, size) WHERE held = 1;
