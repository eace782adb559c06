-- A support person's own visits, newest first.
CREATE INDEX visit_by_subject ON visit (subject, opened_at DESC);
