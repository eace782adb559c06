//! Brings the schema up to date, one numbered file at a time. Files are added, never edited.
//!
//! Each step is one transaction with the number that says it is done, so a crash leaves the step before it. The last
//! of them also seals what lay in the open until then: see `sealing`.

use std::path::Path;

use byleave_app::keys::Keys;
use byleave_fail_point::fail_point;
use rusqlite::{Connection, TransactionBehavior};

use crate::seal::Seals;
use crate::{OpenError, sealing};

/// "byle" in ASCII: says whose database this is (`PRAGMA application_id`).
const APPLICATION_ID: i32 = 0x6279_6c65;

const MIGRATIONS: &[&str] = &[
    include_str!("../migrations/sqlite/0001_initial.sql"),
    include_str!("../migrations/sqlite/0002_change_requests.sql"),
    include_str!("../migrations/sqlite/0020_freezes.sql"),
    include_str!("../migrations/sqlite/0021_sealed.sql"),
    include_str!("../migrations/sqlite/0022_plain_gone.sql"),
    include_str!("../migrations/sqlite/0023_deployment.sql"),
    include_str!("../migrations/sqlite/0024_tokens.sql"),
    include_str!("../migrations/sqlite/0025_answers.sql"),
    include_str!("../migrations/sqlite/0026_mail_domains.sql"),
    include_str!("../migrations/sqlite/0028_mail.sql"),
    include_str!("../migrations/sqlite/0030_mail_seen.sql"),
    include_str!("../migrations/sqlite/0031_letters.sql"),
    include_str!("../migrations/sqlite/0032_erased_people.sql"),
    include_str!("../migrations/sqlite/0033_imports.sql"),
    include_str!("../migrations/sqlite/0034_notices.sql"),
    include_str!("../migrations/sqlite/0035_sessions.sql"),
    include_str!("../migrations/sqlite/0036_stopped_visits.sql"),
    include_str!("../migrations/sqlite/0037_provider.sql"),
    include_str!("../migrations/sqlite/0038_passkeys.sql"),
    include_str!("../migrations/sqlite/0039_delegations.sql"),
    include_str!("../migrations/sqlite/0040_step_up.sql"),
    include_str!("../migrations/sqlite/0043_desk_passkeys.sql"),
    include_str!("../migrations/sqlite/0044_own_visits.sql"),
];

/// The schema up to which nothing is sealed, and there may be no key file.
pub(crate) const BEFORE_SEALING: usize = 4;
pub(crate) const NEWEST: i64 = MIGRATIONS.len() as i64;

/// Brings the database up to date, and opens the key file that belongs to it.
pub(crate) fn migrate(connection: &mut Connection, path: &Path, keys: &Keys) -> Result<Seals, OpenError> {
    migrate_to(MIGRATIONS.len(), connection, path, keys)
}

pub(crate) fn migrate_to(
    wanted: usize,
    connection: &mut Connection,
    path: &Path,
    keys: &Keys,
) -> Result<Seals, OpenError> {
    let failed = |why: rusqlite::Error| OpenError::Failed { path: path.to_owned(), why: why.to_string() };
    let found: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0)).map_err(failed)?;
    let owner: i32 =
        connection.pragma_query_value(None, "application_id", |row| row.get(0)).map_err(failed)?;
    let tables: i64 = connection.query_row(crate::sql::TABLES_COUNT, [], |row| row.get(0)).map_err(failed)?;
    if owner != APPLICATION_ID && tables > 0 {
        return Err(OpenError::Foreign(path.to_owned()));
    }
    if found > NEWEST {
        return Err(OpenError::Newer { path: path.to_owned(), found, known: NEWEST });
    }
    let found = usize::try_from(found).unwrap_or(0);
    let seals = Seals::open(&path.with_extension("keys"), &keys.seed_for("records"), found <= BEFORE_SEALING);
    let seals = seals.map_err(|why| OpenError::Keys(why.to_string()))?;
    for (done, migration) in MIGRATIONS.iter().enumerate().take(wanted).skip(found) {
        let mut step = || {
            let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            if done == BEFORE_SEALING {
                sealing::seal_all(&transaction, &seals, keys)?;
            }
            fail_point("migrate.sealed");
            transaction.execute_batch(migration)?;
            transaction.pragma_update(None, "user_version", done as i64 + 1)?;
            transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
            fail_point("migrate.before_commit");
            transaction.commit()?;
            fail_point("migrate.after_commit");
            Ok::<_, sealing::NotSealed>(())
        };
        step().map_err(|why| OpenError::Failed { path: path.to_owned(), why: why.to_string() })?;
    }
    Ok(seals)
}

#[cfg(test)]
mod tests {
    use byleave_app::notice_addresses::Notices;
    use byleave_app::ports::{Batch, Change, LetterRow, LetterState, OrganizationRow};
    use byleave_domain::ids::{ContactId, LetterId, LogId, OrganizationId};

    use super::*;

    /// The schema before tokens had scopes.
    const BEFORE_TOKENS: usize = 6;

    #[test]
    fn a_token_from_before_scopes_goes_on_to_do_what_it_did() {
        let folder = tempfile::tempdir().unwrap();
        let keys = Keys::new([1; 32], "test.byleave.example");
        let (path, mut connection) = (folder.path().join("memory"), Connection::open_in_memory().unwrap());
        migrate_to(BEFORE_TOKENS, &mut connection, &path, &keys).unwrap();
        let holders = ["admin", "desk_person", "contact", "subject", "organization"];
        for (place, (kind, holder)) in holders.iter().flat_map(|h| [("token", h), ("session", h)]).enumerate()
        {
            let id: Vec<u8> = if *holder == "admin" { Vec::new() } else { vec![7; 16] };
            let row = rusqlite::params![[place as u8; 32], kind, holder, id];
            connection.execute(crate::sql::OLD_CREDENTIAL_INSERT, row).unwrap();
        }
        let seals = migrate(&mut connection, &path, &keys).unwrap();
        let stored = crate::read::load(crate::read::View { connection: &connection, seals: &seals }).unwrap();
        assert_eq!(
            (stored.tokens.len(), stored.credentials.len()),
            (5, 0),
            "whoever is signed in signs in once more"
        );
        let expires_at = jiff::Timestamp::from_microsecond(9_000_000_000_000_000).unwrap();
        for (place, token) in stored.tokens.iter().enumerate() {
            // The process removes a contact's when it starts.
            let Some(kind) = byleave_app::tokens::kind_of(token.holder) else { continue };
            let usual = byleave_domain::token::Scopes::usual(kind);
            // Only the administrator's made tokens, and goes on to.
            let whole = byleave_domain::token::Scopes::whole(kind);
            let did = if kind == byleave_domain::token::HolderKind::Admin { whole } else { usual };
            assert_eq!((token.bounds.scopes, token.bounds.expires_at), (did, expires_at), "{kind}");
            assert_eq!(expires_at.duration_since(token.created_at), byleave_domain::token::LIFE);
            assert_eq!((&token.name, token.hash), (&None, [place as u8 * 2; 32]));
        }
        let ids: std::collections::BTreeSet<_> = stored.tokens.iter().map(|token| token.id).collect();
        assert_eq!(ids.len(), 5);
    }

    /// The schema before letters that go to no contact.
    const BEFORE_COPIES: usize = 33;

    #[test]
    fn letters_from_before_there_were_copies_stay_what_they_are() {
        let folder = tempfile::tempdir().unwrap();
        let keys = Keys::new([1; 32], "test.byleave.example");
        let (path, mut connection) = (folder.path().join("memory"), Connection::open_in_memory().unwrap());
        let seals = migrate_to(BEFORE_COPIES, &mut connection, &path, &keys).unwrap();
        let (organization, at) = (OrganizationId::from_bytes([1; 16]), jiff::Timestamp::UNIX_EPOCH);
        let acme = OrganizationRow {
            id: organization,
            slug: "acme".parse().unwrap(),
            name: "Acme".parse().unwrap(),
            log: LogId::from_bytes([2; 16]),
            created_at: at,
            domains: [].into(),
            notices: Notices::default(),
        };
        let states = [LetterState::Bounced, LetterState::Failed, LetterState::Waiting, LetterState::Sent];
        let letters = states.into_iter().zip(0..).map(|(state, place): (_, u8)| LetterRow {
            id: LetterId::from_bytes([place; 16]),
            place: place.into(),
            organization,
            contact: Some(ContactId::from_bytes([3; 16])),
            written_at: at,
            state,
            attempts: place.into(),
            next_at: at,
            settled_at: (state != LetterState::Waiting).then_some(at),
            content: vec![place],
        });
        let letters: Vec<_> = letters.collect();
        let put = letters.iter().cloned().map(Change::LetterPut);
        let changes = std::iter::once(Change::OrganizationCreated(acme)).chain(put).collect();
        let batch = Batch { changes, ..Batch::default() };
        crate::write::commit(&mut connection, &seals, &batch).unwrap();
        let seals = migrate(&mut connection, &path, &keys).unwrap();
        let view = crate::read::View { connection: &connection, seals: &seals };
        let mut stored = crate::read::letters(view, 10).unwrap();
        stored.sort_by_key(|letter| letter.place);
        assert_eq!(stored, letters);
    }
}
