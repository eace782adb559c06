//! Every statement, named. A test prepares them all against a fresh schema.

macro_rules! statements {
    ($($name:ident = $text:literal;)*) => {
        $(pub(crate) const $name: &str = $text;)*
        #[cfg(test)]
        const ALL: &[(&str, &str)] = &[$((stringify!($name), $text)),*];
    };
}

statements! {
    CHECKPOINT = "PRAGMA wal_checkpoint(TRUNCATE)";
    TABLES_COUNT = "SELECT count(*) FROM sqlite_schema";

    ORGANIZATION_INSERT = "INSERT INTO organization (id, slug, name, log, created_at) VALUES ($1, $2, $3, $4, $5)";
    ORGANIZATION_LIST = "SELECT id, slug, name, log, created_at FROM organization ORDER BY id";

    SETTING_ADMITS = "SELECT count(*) FROM support_access WHERE organization = $1 AND epoch = $2 AND state = 'enabled'";
    SETTING_LOAD = "SELECT epoch, state, record FROM support_access WHERE organization = $1";
    SETTING_PUT = "INSERT INTO support_access (organization, epoch, state, record) VALUES ($1, $2, $3, $4)
        ON CONFLICT (organization) DO UPDATE SET epoch = excluded.epoch, state = excluded.state, record = excluded.record";
    SETTING_IS = "SELECT count(*) FROM support_access
        WHERE organization = $1 AND epoch = $2 AND state = $3 AND record = $4";

    MESSAGE_PUT = "INSERT INTO message (id, way, claimed, received_at, sealed, settled) VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (id) DO UPDATE SET sealed = excluded.sealed, settled = excluded.settled";
    MESSAGE_DELETE_OLD = "DELETE FROM message WHERE settled IS NOT NULL AND received_at <= $1";
    MESSAGE_LIST_HELD = "SELECT id, way, claimed, received_at, sealed, settled FROM message WHERE settled IS NULL
        ORDER BY received_at";

    CONTACT_INSERT = "INSERT INTO contact (id, organization, name, email, phone, key) VALUES ($1, $2, $3, $4, $5, $6)";
    CONTACT_DELETE = "DELETE FROM contact WHERE organization = $1";
    CONTACT_LIST = "SELECT id, organization, name, email, phone, key FROM contact WHERE organization = $1 ORDER BY id";

    SUBJECT_INSERT = "INSERT INTO subject (id, kind, name, email, employer) VALUES ($1, $2, $3, $4, $5)";
    SUBJECT_LIST = "SELECT id, kind, name, email, employer FROM subject ORDER BY id";

    DESK_PERSON_PUT = "INSERT INTO desk_person (id, name, email) VALUES ($1, $2, $3)
        ON CONFLICT (email) DO UPDATE SET name = excluded.name";
    DESK_PERSON_LIST = "SELECT id, name, email FROM desk_person ORDER BY id";

    TOOL_INSERT = "INSERT INTO tool (id, slug, name, upstream, isolation, reason, case_number, assets)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    TOOL_LIST = "SELECT id, slug, name, upstream, isolation, reason, case_number, assets FROM tool ORDER BY id";

    EVIDENCE_INSERT = "INSERT INTO evidence (id, organization, about, media_type, created_at, sealed)
        VALUES ($1, $2, $3, $4, $5, $6)";
    EVIDENCE_DELETE = "DELETE FROM evidence WHERE id = $1";
    EVIDENCE_OLD = "SELECT id, organization, about FROM evidence WHERE created_at <= $1 ORDER BY created_at LIMIT $2";
    EVIDENCE_LOAD = "SELECT id, organization, about, media_type, created_at, sealed FROM evidence WHERE id = $1";

    VISIT_PUT = "INSERT INTO visit (id, organization, tool, subject, reason, case_number, epoch, opened_at, entry,
        used_at, requests, assets, bytes_down, ended_at, ended_why)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
        ON CONFLICT (id) DO UPDATE SET used_at = excluded.used_at, requests = excluded.requests,
        assets = excluded.assets, bytes_down = excluded.bytes_down, ended_at = excluded.ended_at,
        ended_why = excluded.ended_why";
    VISIT_LOAD = "SELECT id, organization, tool, subject, reason, case_number, epoch, opened_at, entry, used_at,
        requests, assets, bytes_down, ended_at, ended_why FROM visit WHERE id = $1";
    VISIT_LIST = "SELECT id, organization, tool, subject, reason, case_number, epoch, opened_at, entry, used_at,
        requests, assets, bytes_down, ended_at, ended_why FROM visit
        WHERE organization = $1 ORDER BY opened_at DESC, id LIMIT $2";
    VISIT_LIST_OPEN = "SELECT id, organization, tool, subject, reason, case_number, epoch, opened_at, entry, used_at,
        requests, assets, bytes_down, ended_at, ended_why FROM visit WHERE ended_at IS NULL ORDER BY id";

    ENTRY_INSERT = "INSERT INTO log_entry (organization, place, request, reference, leaf, salt, payload)
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
    ENTRY_LIST = "SELECT place, request, reference, leaf, salt, payload FROM log_entry
        WHERE organization = $1 AND place >= $2 ORDER BY place LIMIT $3";
    ENTRY_OF_REQUEST = "SELECT place FROM log_entry WHERE organization = $1 AND request = $2";
    ENTRY_LIST_REFERRING = "SELECT place, request, reference, leaf, salt, payload FROM log_entry
        WHERE organization = $1 AND reference = $2 ORDER BY place LIMIT $3";

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

    CREDENTIAL_PUT = "INSERT INTO credential (hash, kind, holder_kind, holder, expires_at) VALUES ($1, $2, $3, $4, $5)";
    CREDENTIAL_DELETE = "DELETE FROM credential WHERE hash = $1";
    CREDENTIAL_LIST = "SELECT hash, kind, holder_kind, holder, expires_at FROM credential";

    INTRUDER_SETTING_EDIT = "UPDATE support_access SET state = 'enabled',
        record = replace(record, '\"disabled\"', '\"enabled\"') WHERE organization = $1";
    INTRUDER_SETTING_DELETE = "DELETE FROM support_access WHERE organization = $1";
    INTRUDER_GUARD_DROP = "DROP TRIGGER IF EXISTS log_entry_is_never_removed";
    INTRUDER_GUARD_DROP_TOO = "DROP TRIGGER IF EXISTS log_entry_is_never_changed";
    INTRUDER_PAYLOAD_EDIT = "UPDATE log_entry SET payload = CAST(replace(CAST(payload AS TEXT), $1, $2) AS BLOB)
        WHERE organization = $3 AND place = $4";
    INTRUDER_NODE_EDIT = "UPDATE log_node SET hash = zeroblob(32) WHERE organization = $1 AND place = 0";
    INTRUDER_ENTRY_HIDE = "UPDATE log_entry SET place = place + 1000000 WHERE organization = $1 AND place = $2";
    INTRUDER_ENTRY_SHOW = "UPDATE log_entry SET place = place - 1000000 WHERE organization = $1 AND place = $2 + 1000000";
    INTRUDER_ENTRY_DELETE = "DELETE FROM log_entry WHERE organization = $1 AND place = $2";
    INTRUDER_LOG_CUT = "DELETE FROM log_entry WHERE organization = $1 AND place >= $2";
    INTRUDER_HEAD_CUT = "UPDATE log_head SET size = $1 WHERE organization = $2";
    INTRUDER_FREEZE_DELETE = "DELETE FROM freeze";
    INTRUDER_FREEZE_EDIT = "UPDATE freeze SET record = replace(record, $1, $2)";
    INTRUDER_CONTACT_KEY = "UPDATE contact SET key = $1 WHERE organization = $2";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_statement_fits_the_schema() {
        let mut connection = rusqlite::Connection::open_in_memory().unwrap();
        crate::migrate::migrate(&mut connection, std::path::Path::new("memory")).unwrap();
        assert!(ALL.len() > 30);
        for (name, text) in ALL {
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
