-- The passkey that has answered in a session last, at sign-in or at a step-up, and when: both or neither.
ALTER TABLE session ADD COLUMN passkey BLOB;
ALTER TABLE session ADD COLUMN passkey_at INTEGER;
