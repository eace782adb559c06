-- Who signs in by the vendor's OpenID provider. What names a person there is kept as a digest under the deployment's key alone.
CREATE TABLE provider_link (
    holder_kind TEXT NOT NULL,              -- 'desk_person' or 'subject'
    holder      BLOB NOT NULL,
    issuer      BLOB NOT NULL,              -- the provider
    identity    BLOB NOT NULL,              -- the provider's name for them
    PRIMARY KEY (holder_kind, holder),
    CONSTRAINT provider_link_identity_is_unique UNIQUE (holder_kind, identity)
) STRICT;

ALTER TABLE session ADD COLUMN identity BLOB;         -- the provider's name for whoever signed in by it
ALTER TABLE session ADD COLUMN identity_session BLOB; -- the provider's session, where it says
