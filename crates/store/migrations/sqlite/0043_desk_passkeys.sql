-- Whether a passkey of theirs that counted was removed: they decide in no session any more without one.
ALTER TABLE desk_person ADD COLUMN shows_passkey INTEGER NOT NULL DEFAULT 0;
