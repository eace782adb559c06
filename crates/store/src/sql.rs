//! Every statement, named. A test prepares them all against a fresh schema.

macro_rules! statements {
    ($all:ident: $($name:ident = $text:literal;)*) => {
        $(pub(crate) const $name: &str = $text;)*
        #[cfg(test)]
        const $all: &[(&str, &str)] = &[$((stringify!($name), $text)),*];
    };
}

statements! { ALL:
    CHECKPOINT = "PRAGMA wal_checkpoint(TRUNCATE)";
    INTEGRITY_CHECK = "PRAGMA integrity_check(1)";
    TABLES_COUNT = "SELECT count(*) FROM sqlite_schema";

    DEPLOYMENT_LOAD = "SELECT name, copied_at FROM deployment";
    DEPLOYMENT_INSERT = "INSERT INTO deployment (one, name) VALUES (1, $1) ON CONFLICT DO NOTHING";
    DEPLOYMENT_COPIED = "UPDATE deployment SET copied_at = $1 WHERE copied_at IS NULL";
    DEPLOYMENT_ORIGINAL = "UPDATE deployment SET copied_at = NULL";

    ORGANIZATION_INSERT = "INSERT INTO organization (id, slug, name, log, created_at) VALUES ($1, $2, $3, $4, $5)";
    ORGANIZATION_LIST = "SELECT id, slug, name, log, created_at FROM organization
        WHERE id NOT IN (SELECT organization FROM import_staged) ORDER BY id";

    IMPORT_STAGE = "INSERT INTO import_staged (organization) VALUES ($1)";
    IMPORT_MAKE = "DELETE FROM import_staged";
    IMPORT_LIST_STAGED = "SELECT organization FROM import_staged";
    IMPORT_DROP_ENTRIES = "DELETE FROM log_entry WHERE organization = $1";
    IMPORT_DROP_NODES = "DELETE FROM log_node WHERE organization = $1";
    IMPORT_DROP_HEAD = "DELETE FROM log_head WHERE organization = $1";
    IMPORT_DROP_SETTING = "DELETE FROM support_access WHERE organization = $1";
    IMPORT_DROP_ORGANIZATION = "DELETE FROM organization WHERE id = $1";
    IMPORT_DROP = "DELETE FROM import_staged WHERE organization = $1";

    MAIL_DOMAIN_INSERT = "INSERT INTO mail_domain (organization, domain) VALUES ($1, $2)";
    MAIL_DOMAIN_DELETE = "DELETE FROM mail_domain WHERE organization = $1";
    MAIL_DOMAIN_LIST = "SELECT organization, domain FROM mail_domain WHERE organization = $1 ORDER BY domain";

    NOTICE_ADDRESS_PUT = "INSERT INTO notice_address (organization, sealed) VALUES ($1, $2)
        ON CONFLICT (organization) DO UPDATE SET sealed = excluded.sealed";
    NOTICE_ADDRESS_DELETE = "DELETE FROM notice_address WHERE organization = $1";
    NOTICE_ADDRESS_LOAD = "SELECT organization, sealed FROM notice_address WHERE organization = $1";

    SETTING_ADMITS = "SELECT count(*) FROM support_access WHERE organization = $1 AND epoch = $2 AND state = 'enabled'";
    SETTING_LOAD = "SELECT epoch, state, record FROM support_access WHERE organization = $1";
    SETTING_PUT = "INSERT INTO support_access (organization, epoch, state, record) VALUES ($1, $2, $3, $4)
        ON CONFLICT (organization) DO UPDATE SET epoch = excluded.epoch, state = excluded.state, record = excluded.record";
    SETTING_IS = "SELECT count(*) FROM support_access
        WHERE organization = $1 AND epoch = $2 AND state = $3 AND record = $4";

    MESSAGE_PUT = "INSERT INTO message (id, way, received_at, settled, sealed) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (id) DO UPDATE SET sealed = excluded.sealed, settled = excluded.settled";
    MESSAGE_DELETE_OLD = "DELETE FROM message WHERE settled = 1 AND received_at <= $1";
    MESSAGE_LIST_HELD = "SELECT id, way, received_at, sealed FROM message WHERE settled = 0 ORDER BY received_at";

    MAIL_PUT = "INSERT INTO mail (id, received_at, identifier, body, proven, disposition, held, change_request, size,
        record, raw) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
    MAIL_JOIN = "UPDATE mail SET held = 0, change_request = $1, record = $2, raw = NULL WHERE id = $3";
    MAIL_DISMISS = "UPDATE mail SET held = 0 WHERE id = $1";
    MAIL_SEEN = "SELECT EXISTS (SELECT 1 FROM mail WHERE identifier = $1 AND proven = $2 AND body = $3
            AND disposition <> 'rejected'),
        EXISTS (SELECT 1 FROM mail WHERE identifier = $1 AND proven = $2 AND body <> $3
            AND disposition <> 'rejected')";
    MAIL_BODY_SEEN = "SELECT EXISTS (SELECT 1 FROM mail WHERE body = $1 AND identifier IS NOT $2), 0";
    MAIL_HELD = "SELECT count(*), coalesce(sum(size), 0) FROM mail WHERE held = 1 AND proven = 0";
    MAIL_LIST_IDENTIFIED = "SELECT id, received_at, record FROM mail WHERE identifier = $1
        ORDER BY received_at, rowid LIMIT $2";
    MAIL_LIST_OF_REQUEST = "SELECT id, received_at, record FROM mail WHERE change_request = $1
        ORDER BY received_at, rowid LIMIT $2";
    MAIL_LOAD = "SELECT id, received_at, record, raw FROM mail WHERE id = $1";
    MAIL_DELETE_OLD = "DELETE FROM mail WHERE held = 0 AND received_at <= $1";
    MAIL_TRIM = "DELETE FROM mail WHERE disposition = $1 AND held = 0 AND received_at <=
        (SELECT received_at FROM mail WHERE disposition = $1 AND held = 0 ORDER BY received_at DESC LIMIT 1 OFFSET $2)";

    CONTACT_INSERT = "INSERT INTO contact (id, organization, key, sealed) VALUES ($1, $2, $3, $4)";
    CONTACT_DELETE = "DELETE FROM contact WHERE organization = $1";
    CONTACT_LIST = "SELECT id, organization, key, sealed FROM contact WHERE organization = $1 ORDER BY id";

    SUBJECT_INSERT = "INSERT INTO subject (id, kind, sealed) VALUES ($1, $2, $3)";
    SUBJECT_LIST = "SELECT id, kind, sealed FROM subject ORDER BY id";
    SUBJECT_LIST_ERASED = "SELECT id FROM subject WHERE erased_at IS NOT NULL";
    SUBJECT_ERASE = "UPDATE subject SET sealed = NULL, erased_at = $1 WHERE id = $2";
    ERASED_NEXT = "SELECT organization, place, request FROM log_entry
        WHERE person = $1 AND reference IS NULL AND sealed IS NOT NULL LIMIT 1";
    ERASED_CLEAR_BELOW = "UPDATE log_entry SET sealed = NULL WHERE organization = $1 AND place IN
        (SELECT place FROM log_entry INDEXED BY log_entry_by_reference
        WHERE organization = $1 AND reference = $2 AND person = $3 AND sealed IS NOT NULL LIMIT $4)";
    ERASED_CLEAR_ENTRY = "UPDATE log_entry SET sealed = NULL WHERE organization = $1 AND place = $2";
    ERASED_CLEAR_VISIT = "UPDATE visit SET sealed = NULL WHERE id = $1 AND subject = $2";

    ERASED_PERSON_INSERT = "INSERT INTO erased_person (id, kind) VALUES ($1, $2)";
    ERASED_PERSON_LIST = "SELECT id, kind FROM erased_person";

    DESK_PERSON_PUT = "INSERT INTO desk_person (id, sealed, shows_passkey) VALUES ($1, $2, $3)
        ON CONFLICT (id) DO UPDATE SET sealed = excluded.sealed, shows_passkey = excluded.shows_passkey";
    DESK_PERSON_DELETE = "DELETE FROM desk_person WHERE id = $1";
    DESK_PERSON_LIST = "SELECT id, sealed, shows_passkey FROM desk_person ORDER BY id";

    TOOL_INSERT = "INSERT INTO tool (id, slug, name, upstream, isolation, reason, case_number, assets)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    TOOL_LIST = "SELECT id, slug, name, upstream, isolation, reason, case_number, assets FROM tool ORDER BY id";

    EVIDENCE_INSERT = "INSERT INTO evidence (id, organization, about, media_type, created_at, sealed)
        VALUES ($1, $2, $3, $4, $5, $6)";
    EVIDENCE_DELETE = "DELETE FROM evidence WHERE id = $1";
    EVIDENCE_OLD = "SELECT id, organization, about FROM evidence WHERE created_at <= $1 ORDER BY created_at LIMIT $2";
    EVIDENCE_LOAD = "SELECT id, organization, about, media_type, created_at, sealed FROM evidence WHERE id = $1";

    VISIT_PUT = "INSERT INTO visit (id, organization, tool, subject, sealed, epoch, opened_at, entry, used_at,
        requests, assets, bytes_down, ended_at, ended_why, stopped_by)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
        ON CONFLICT (id) DO UPDATE SET used_at = excluded.used_at, requests = excluded.requests,
        assets = excluded.assets, bytes_down = excluded.bytes_down, ended_at = excluded.ended_at,
        ended_why = excluded.ended_why, stopped_by = excluded.stopped_by";
    VISIT_LOAD = "SELECT id, organization, tool, subject, sealed, epoch, opened_at, entry, used_at, requests,
        assets, bytes_down, ended_at, ended_why, stopped_by FROM visit WHERE id = $1";
    VISIT_LIST = "SELECT id, organization, tool, subject, sealed, epoch, opened_at, entry, used_at, requests,
        assets, bytes_down, ended_at, ended_why, stopped_by FROM visit
        WHERE organization = $1 AND opened_at >= $2 AND opened_at < $3
        AND (opened_at < $4 OR (opened_at = $4 AND id > $5))
        AND ($6 IS NULL OR subject = $6) AND ($7 IS NULL OR tool = $7)
        ORDER BY opened_at DESC, id LIMIT $8";
    VISIT_LIST_OVER_OF = "SELECT id, organization, tool, subject, sealed, epoch, opened_at, entry, used_at, requests,
        assets, bytes_down, ended_at, ended_why, stopped_by FROM visit
        WHERE subject = $1 AND ended_at IS NOT NULL
        AND (opened_at < $2 OR (opened_at = $2 AND id > $3))
        ORDER BY opened_at DESC, id LIMIT $4";
    VISIT_LIST_OPEN = "SELECT id, organization, tool, subject, sealed, epoch, opened_at, entry, used_at, requests,
        assets, bytes_down, ended_at, ended_why, stopped_by FROM visit WHERE ended_at IS NULL ORDER BY id";

    VISIT_SUM = "SELECT tool, subject, count(*) AS visits, sum(max(coalesce(ended_at, $1) - opened_at, 0)) AS lasted FROM visit
        WHERE organization = $2 AND opened_at >= $3 AND opened_at < $1 GROUP BY tool, subject";

    ENTRY_INSERT = "INSERT INTO log_entry (organization, place, request, reference, leaf, person, sealed)
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
    ENTRY_LIST = "SELECT place, request, reference, leaf, person, sealed FROM log_entry
        WHERE organization = $1 AND place >= $2 ORDER BY place LIMIT $3";
    LEAF_LIST = "SELECT leaf FROM log_entry WHERE organization = $1 AND place >= $2 ORDER BY place LIMIT $3";
    ENTRY_OF_REQUEST = "SELECT place FROM log_entry WHERE organization = $1 AND request = $2";
    ENTRY_LIST_REFERRING = "SELECT place, request, reference, leaf, person, sealed FROM log_entry
        WHERE organization = $1 AND reference = $2 ORDER BY place LIMIT $3";

    ENTRY_LIST_REFERRING_LAST = "SELECT place, request, reference, leaf, person, sealed FROM log_entry
        WHERE organization = $1 AND reference = $2 ORDER BY place DESC LIMIT $3";

    ENTRY_FIRST_ABOUT = "SELECT organization, min(place) AS place FROM log_entry
        WHERE person = $1 AND reference IS NULL GROUP BY organization";

    ENTRY_LIST_KEPT_ABOUT = "SELECT place FROM log_entry
        WHERE organization = $1 AND person = $2 AND reference IS NULL AND sealed IS NOT NULL
        UNION SELECT below.place FROM log_entry AS first JOIN log_entry AS below
        ON below.organization = first.organization AND below.reference = first.place
        WHERE first.organization = $1 AND first.person = $2 AND first.reference IS NULL
        AND below.person = $2 AND below.sealed IS NOT NULL ORDER BY place";

    NODE_INSERT = "INSERT INTO log_node (organization, level, place, hash) VALUES ($1, $2, $3, $4)";
    NODE_LIST = "SELECT hash FROM log_node WHERE organization = $1 AND level = $2 AND place >= $3
        ORDER BY place LIMIT $4";

    HEAD_INSERT = "INSERT INTO log_head (organization, size, peaks, signature) VALUES ($1, $2, $3, $4)";
    HEAD_MOVE = "UPDATE log_head SET size = $1, peaks = $2, signature = $3 WHERE organization = $4 AND size = $5";
    HEAD_LOAD = "SELECT size, peaks, signature FROM log_head WHERE organization = $1";

    OUTBOX_INSERT = "INSERT INTO outbox (request, organization, record) VALUES ($1, $2, $3)";
    OUTBOX_DELETE = "DELETE FROM outbox WHERE request = $1";
    OUTBOX_LIST = "SELECT request, organization, record FROM outbox ORDER BY rowid";

    FREEZE_PUT = "INSERT INTO freeze (id, record) VALUES ($1, $2)
        ON CONFLICT (id) DO UPDATE SET record = excluded.record";
    FREEZE_LIST = "SELECT id, record FROM freeze ORDER BY id";

    LETTER_PUT = "INSERT INTO letter (id, place, organization, contact, written_at, state, attempts, next_at, settled_at, sealed)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        ON CONFLICT (id) DO UPDATE SET state = excluded.state, attempts = excluded.attempts,
        next_at = excluded.next_at, settled_at = excluded.settled_at, sealed = excluded.sealed";
    LETTER_LOAD = "SELECT id, place, organization, contact, written_at, state, attempts, next_at, settled_at, sealed
        FROM letter WHERE id = $1";
    LETTER_LIST_WAITING = "SELECT id, place, organization, contact, written_at, state, attempts, next_at, settled_at, sealed
        FROM letter WHERE state = 'waiting' ORDER BY place";
    LETTER_LIST = "SELECT id, place, organization, contact, written_at, state, attempts, next_at, settled_at, sealed
        FROM letter WHERE place IN (SELECT place FROM letter ORDER BY place DESC LIMIT $1)
        OR place IN (SELECT place FROM letter WHERE state IN ('failed', 'bounced') ORDER BY place DESC LIMIT $1)
        OR place IN (SELECT place FROM letter WHERE state = 'waiting' ORDER BY place LIMIT $1)
        ORDER BY place DESC";
    LETTER_COUNT = "SELECT coalesce(max(place) + 1, 0) AS written FROM letter";
    LETTER_DELETE_OLD = "DELETE FROM letter WHERE settled_at <= $1
        AND place < (SELECT max(place) FROM letter)";
    LETTER_DELETE_TO = "DELETE FROM letter WHERE contact = $1";
    STATEMENT_INSERT = "INSERT INTO statement (organization, month) VALUES ($1, $2)";
    STATEMENT_DUE = "SELECT id FROM organization WHERE created_at < $1
        AND NOT EXISTS (SELECT 1 FROM statement WHERE month = $2 AND statement.organization = organization.id)
        AND NOT EXISTS (SELECT 1 FROM import_staged WHERE import_staged.organization = organization.id)
        ORDER BY id LIMIT $3";
    THREAD_PUT = "INSERT INTO letter_thread (change_request, organization, answered, sealed) VALUES ($1, $2, $3, $4)
        ON CONFLICT (change_request) DO UPDATE SET answered = excluded.answered, sealed = excluded.sealed";
    THREAD_LIST = "SELECT change_request, organization, answered, sealed FROM letter_thread";

    CREDENTIAL_PUT = "INSERT INTO credential (hash, kind, holder_kind, holder, expires_at) VALUES ($1, $2, $3, $4, $5)";
    CREDENTIAL_DELETE = "DELETE FROM credential WHERE hash = $1";
    CREDENTIAL_LIST = "SELECT hash, kind, holder_kind, holder, expires_at FROM credential";
    SESSION_PUT = "INSERT INTO session (id, hash, holder_kind, holder, browser, created_at, seen_at, expires_at, idle,
            identity, identity_session, passkey, passkey_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
        ON CONFLICT (id) DO UPDATE SET hash = excluded.hash, seen_at = excluded.seen_at, passkey = excluded.passkey,
            passkey_at = excluded.passkey_at";
    SESSION_DELETE = "DELETE FROM session WHERE id = $1";
    SESSION_LIST = "SELECT id, hash, holder_kind, holder, browser, created_at, seen_at, expires_at, idle,
        identity, identity_session, passkey, passkey_at FROM session";
    PROVIDER_LINK_PUT = "INSERT INTO provider_link (holder_kind, holder, issuer, identity) VALUES ($1, $2, $3, $4)
        ON CONFLICT (holder_kind, holder) DO UPDATE SET issuer = excluded.issuer, identity = excluded.identity";
    PROVIDER_LINK_DELETE = "DELETE FROM provider_link WHERE holder_kind = $1 AND holder = $2";
    PROVIDER_LINK_LIST = "SELECT holder_kind, holder, issuer, identity FROM provider_link";
    TOKEN_PUT = "INSERT INTO token (id, hash, holder_kind, holder, scopes, created_at, expires_at, used_on, revoked_at, sealed)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        ON CONFLICT (id) DO UPDATE SET used_on = excluded.used_on, revoked_at = excluded.revoked_at";
    PASSKEY_PUT = "INSERT INTO passkey (id, holder_kind, holder, credential, public_key, aaguid, flags, counter,
        registered_at, way, session, entry, used_at, delegation, delegated, sealed)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
        ON CONFLICT (id) DO UPDATE SET counter = excluded.counter, used_at = excluded.used_at,
        delegation = excluded.delegation, delegated = excluded.delegated";
    PASSKEY_DELETE = "DELETE FROM passkey WHERE id = $1";
    PASSKEY_LIST = "SELECT id, holder_kind, holder, credential, public_key, aaguid, flags, counter, registered_at, way,
        session, entry, used_at, delegation, delegated, sealed FROM passkey ORDER BY id";
    ENROLMENT_INSERT = "INSERT INTO enrolment (hash, holder_kind, holder, issued_by, expires_at)
        VALUES ($1, $2, $3, $4, $5)";
    ENROLMENT_DELETE = "DELETE FROM enrolment WHERE hash = $1";
    ENROLMENT_LIST = "SELECT hash, holder_kind, holder, issued_by, expires_at FROM enrolment";
    ANSWER_PUT = "INSERT INTO answer (id, token, request, at, sealed) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (id) DO UPDATE SET sealed = excluded.sealed";
    ANSWER_DELETE = "DELETE FROM answer WHERE id = $1";
    ANSWER_LIST = "SELECT id, token, request, at, sealed IS NOT NULL AS answered FROM answer ORDER BY rowid";
    ANSWER_LOAD = "SELECT id, sealed FROM answer WHERE id = $1";

    TOKEN_DELETE = "DELETE FROM token WHERE id = $1";
    TOKEN_LIST = "SELECT id, hash, holder_kind, holder, scopes, created_at, expires_at, used_on, revoked_at, sealed FROM token ORDER BY rowid";

    INTRUDER_HOLD = "BEGIN IMMEDIATE";
    INTRUDER_SETTING_EDIT = "UPDATE support_access SET state = 'enabled',
        record = replace(record, '\"disabled\"', '\"enabled\"') WHERE organization = $1";
    INTRUDER_SETTING_DELETE = "DELETE FROM support_access WHERE organization = $1";
    INTRUDER_DEPLOYMENT_DELETE = "DELETE FROM deployment";
    INTRUDER_GUARD_DROP = "DROP TRIGGER IF EXISTS log_entry_is_never_removed";
    INTRUDER_GUARD_DROP_TOO = "DROP TRIGGER IF EXISTS log_entry_is_never_changed";
    INTRUDER_SEALED_COPY = "SELECT sealed FROM log_entry WHERE organization = $1 AND place = $2";
    INTRUDER_SEALED_PUT = "UPDATE log_entry SET sealed = $1 WHERE organization = $2 AND place = $3";
    INTRUDER_EVIDENCE_DAMAGE = "UPDATE evidence SET
        about = CAST(substr(about, 9) || substr(about, 1, 8) AS BLOB)";
    INTRUDER_NODE_EDIT = "UPDATE log_node SET hash = zeroblob(32) WHERE organization = $1 AND place = 0";
    INTRUDER_ENTRY_HIDE = "UPDATE log_entry SET place = place + 1000000 WHERE organization = $1 AND place = $2";
    INTRUDER_ENTRY_SHOW = "UPDATE log_entry SET place = place - 1000000 WHERE organization = $1 AND place = $2 + 1000000";
    INTRUDER_ENTRY_DELETE = "DELETE FROM log_entry WHERE organization = $1 AND place = $2";
    INTRUDER_LOG_CUT = "DELETE FROM log_entry WHERE organization = $1 AND place >= $2";
    INTRUDER_HEAD_CUT = "UPDATE log_head SET size = $1 WHERE organization = $2";
    INTRUDER_FREEZE_DELETE = "DELETE FROM freeze";
    INTRUDER_FREEZE_EDIT = "UPDATE freeze SET record = replace(record, $1, $2)";
    INTRUDER_MESSAGE_DAMAGE = "UPDATE message SET sealed = zeroblob(99) WHERE id = $1";
    INTRUDER_DESK_PERSON_DAMAGE = "UPDATE desk_person SET sealed = zeroblob(99) WHERE id = $1";
    INTRUDER_MAIL_DOMAIN_DAMAGE = "UPDATE mail_domain SET domain = '192.0.2.1'";
    INTRUDER_NOTICE_ADDRESS_DAMAGE = "UPDATE notice_address SET sealed = zeroblob(99)";
    INTRUDER_ANSWER_DAMAGE = "UPDATE answer SET at = 9223372036854775807";
    INTRUDER_ORGANIZATION_AGE = "UPDATE organization SET created_at = $1";
    INTRUDER_PASSKEY_KEY = "UPDATE passkey SET public_key = $1 WHERE id = $2";
    INTRUDER_DELEGATION = "UPDATE passkey SET delegation = $1, delegated = $2 WHERE id = $3";
    INTRUDER_CONTACT_KEY = "UPDATE contact SET key = $1 WHERE organization = $2";
}

// What migration 4 reads of the old tables and puts into the new ones.
statements! { SEALING:
    OLD_SUBJECT_LIST = "SELECT id, kind, name, email, employer FROM subject";
    OLD_DESK_PERSON_LIST = "SELECT id, name, email FROM desk_person";
    OLD_CONTACT_LIST = "SELECT id, organization, key, name, email, phone FROM contact";
    OLD_VISIT_LIST = "SELECT id, organization, tool, subject, reason, case_number, epoch, opened_at, entry, used_at,
        requests, assets, bytes_down, ended_at, ended_why FROM visit";
    OLD_ENTRY_LIST = "SELECT organization, place, request, reference, leaf, salt, payload FROM log_entry";
    OLD_MESSAGE_LIST = "SELECT id, way, received_at, claimed, settled, sealed FROM message";
    OLD_EVIDENCE_LIST = "SELECT id, organization, about, sealed FROM evidence";
    NEW_SUBJECT_INSERT = "INSERT INTO subject_sealed (id, kind, sealed) VALUES ($1, $2, $3)";
    NEW_DESK_PERSON_INSERT = "INSERT INTO desk_person_sealed (id, sealed) VALUES ($1, $2)";
    NEW_CONTACT_INSERT = "INSERT INTO contact_sealed (id, organization, key, sealed) VALUES ($1, $2, $3, $4)";
    NEW_VISIT_INSERT = "INSERT INTO visit_sealed (id, organization, tool, subject, sealed, epoch, opened_at, entry,
        used_at, requests, assets, bytes_down, ended_at, ended_why)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)";
    NEW_ENTRY_INSERT = "INSERT INTO log_entry_sealed (organization, place, request, reference, leaf, person, sealed)
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
    NEW_MESSAGE_INSERT = "INSERT INTO message_sealed (id, way, received_at, settled, sealed)
        VALUES ($1, $2, $3, $4, $5)";
    EVIDENCE_RESEAL = "UPDATE evidence SET sealed = $1 WHERE id = $2";
}

/// A session or token from before tokens had scopes.
#[cfg(test)]
pub(crate) const OLD_CREDENTIAL_INSERT: &str =
    "INSERT INTO credential (hash, kind, holder_kind, holder, expires_at)
    VALUES ($1, $2, $3, $4, 9000000000000000)";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_statement_fits_the_schema() {
        let folder = tempfile::tempdir().unwrap();
        assert!(ALL.len() > 30);
        fit(ALL, usize::try_from(crate::migrate::NEWEST).unwrap(), folder.path());
        fit(SEALING, crate::migrate::BEFORE_SEALING, folder.path());
    }

    fn fit(statements: &[(&str, &str)], schema: usize, folder: &std::path::Path) {
        let mut connection = rusqlite::Connection::open_in_memory().unwrap();
        let keys = byleave_app::keys::Keys::new([1; 32], "test.byleave.example");
        let path = folder.join("memory");
        crate::migrate::migrate_to(schema, &mut connection, &path, &keys).unwrap();
        for (name, text) in statements {
            let statement = connection.prepare(text).map_err(|why| format!("{name}: {why}"));
            // SQLite numbers `$n` by first appearance; binding by position is right only if that is also n.
            let statement = statement.unwrap();
            for position in 1..=statement.parameter_count() {
                assert_eq!(
                    statement.parameter_name(position),
                    Some(format!("${position}").as_str()),
                    "{name}"
                );
            }
        }
    }
}
