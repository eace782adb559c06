-- Where an organization's mail comes from. Two organizations may share a domain, as those of one group do.
CREATE TABLE mail_domain (
    organization BLOB NOT NULL REFERENCES organization (id),
    domain       TEXT NOT NULL,               -- A-labels in lower case
    PRIMARY KEY (organization, domain)
) STRICT, WITHOUT ROWID;
