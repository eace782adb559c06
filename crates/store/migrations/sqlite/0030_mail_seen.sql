-- Whether a mail came before is asked for each one that comes in, by its Message-ID, its body or both. A stranger may have
-- filled the store with mail that shares one of them, so each question is answered from an index.
DROP INDEX mail_by_identifier;
DROP INDEX mail_by_body;
CREATE INDEX mail_by_identifier ON mail (identifier, proven, body) WHERE identifier IS NOT NULL;
CREATE INDEX mail_by_body ON mail (body, identifier);
