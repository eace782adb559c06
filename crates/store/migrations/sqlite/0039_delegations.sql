-- A person's own key says that a passkey of theirs signs in its place: the text, and the key's signature over it.
ALTER TABLE passkey ADD COLUMN delegation TEXT;
ALTER TABLE passkey ADD COLUMN delegated BLOB CHECK (delegated IS NULL OR length(delegated) = 64);
