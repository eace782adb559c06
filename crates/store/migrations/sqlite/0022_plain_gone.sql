-- Everything is in its sealed table: the plain ones go, overwritten (`secure_delete`), and the sealed take their names.
DROP TABLE visit;
DROP TABLE subject;
DROP TABLE desk_person;
DROP TABLE contact;
DROP TABLE log_entry;
DROP TABLE message;

ALTER TABLE subject_sealed RENAME TO subject;
ALTER TABLE desk_person_sealed RENAME TO desk_person;
ALTER TABLE contact_sealed RENAME TO contact;
ALTER TABLE visit_sealed RENAME TO visit;
ALTER TABLE log_entry_sealed RENAME TO log_entry;
ALTER TABLE message_sealed RENAME TO message;

CREATE INDEX visit_by_organization ON visit (organization, opened_at DESC);
CREATE INDEX visit_open ON visit (id) WHERE ended_at IS NULL;
CREATE INDEX log_entry_by_reference ON log_entry (organization, reference) WHERE reference IS NOT NULL;
-- Where a person's visits begin, and what refers to none: from these all that is about the person is found.
CREATE INDEX log_entry_by_person ON log_entry (person) WHERE person IS NOT NULL AND reference IS NULL;

CREATE TRIGGER log_entry_is_never_changed BEFORE UPDATE ON log_entry
WHEN new.sealed IS NOT NULL OR new.organization <> old.organization OR new.place <> old.place
    OR new.request <> old.request OR new.reference IS NOT old.reference OR new.leaf <> old.leaf
    OR new.person IS NOT old.person
BEGIN SELECT RAISE(ABORT, 'log entries are never changed'); END;
CREATE TRIGGER log_entry_is_never_removed BEFORE DELETE ON log_entry
BEGIN SELECT RAISE(ABORT, 'log entries are never removed'); END;
