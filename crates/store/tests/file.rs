//! The file: one process, no newer schema, nobody else's database, durable and append-only.

use byleave_store::intruder::Intruder;
use byleave_store::{OpenError, SqliteStore};

#[test]
fn a_second_opening_is_refused_while_the_first_lasts() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("byleave.db");
    let first = SqliteStore::open(&path).unwrap();
    assert!(matches!(SqliteStore::open(&path), Err(OpenError::InUse(_))));
    drop(first);
    assert!(SqliteStore::open(&path).is_ok());
}

#[test]
fn a_newer_schema_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("byleave.db");
    drop(SqliteStore::open(&path).unwrap());
    Intruder::open(&path).unwrap().claim_schema(99).unwrap();
    let Err(refused) = SqliteStore::open(&path) else { panic!("it opened") };
    assert!(matches!(refused, OpenError::Newer { found: 99, .. }), "{refused}");
    assert!(refused.to_string().contains("use the newer release"), "{refused}");
}

#[test]
fn what_is_no_database_or_not_ours_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let text = folder.path().join("text.db");
    std::fs::write(&text, "this is no database, but long enough to have a header that is not one").unwrap();
    assert!(matches!(SqliteStore::open(&text), Err(OpenError::Failed { .. })));
    let foreign = folder.path().join("foreign.db");
    let other = rusqlite::Connection::open(&foreign).unwrap();
    other.execute_batch("CREATE TABLE theirs (a INTEGER)").unwrap();
    assert!(matches!(SqliteStore::open(&foreign), Err(OpenError::Foreign(_))));
}
