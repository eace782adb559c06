-- The security contact who stopped it.
ALTER TABLE visit ADD COLUMN stopped_by BLOB;
