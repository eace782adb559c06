//! The file: one process, no newer schema, nobody else's database, durable and append-only.

use byleave_app::keys::Keys;
use byleave_app::ports::{Batch, Change, MessageRow, Store as _};
use byleave_domain::ids::MessageId;
use byleave_store::intruder::Intruder;
use byleave_store::{OpenError, SqliteStore};

fn keys() -> Keys {
    Keys::new([3; 32], "test.byleave.example")
}

#[test]
fn a_second_opening_is_refused_while_the_first_lasts() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("byleave.db");
    let first = SqliteStore::open(&path, &keys()).unwrap();
    assert!(matches!(SqliteStore::open(&path, &keys()), Err(OpenError::InUse(_))));
    drop(first);
    assert!(SqliteStore::open(&path, &keys()).is_ok());
}

#[test]
fn a_newer_schema_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("byleave.db");
    drop(SqliteStore::open(&path, &keys()).unwrap());
    Intruder::open(&path).unwrap().claim_schema(99).unwrap();
    let Err(refused) = SqliteStore::open(&path, &keys()) else { panic!("it opened") };
    assert!(matches!(refused, OpenError::Newer { found: 99, .. }), "{refused}");
    assert!(refused.to_string().contains("use the newer release"), "{refused}");
}

#[test]
fn what_is_no_database_or_not_ours_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let text = folder.path().join("text.db");
    std::fs::write(&text, "this is no database, but long enough to have a header that is not one").unwrap();
    assert!(matches!(SqliteStore::open(&text, &keys()), Err(OpenError::Failed { .. })));
    let foreign = folder.path().join("foreign.db");
    let other = rusqlite::Connection::open(&foreign).unwrap();
    other.execute_batch("CREATE TABLE theirs (a INTEGER)").unwrap();
    assert!(matches!(SqliteStore::open(&foreign, &keys()), Err(OpenError::Foreign(_))));
}

/// What was dismissed is kept for its time; what waits is kept whatever its age.
#[test]
fn settled_messages_are_erased_by_age() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("byleave.db");
    let store = SqliteStore::open(&path, &keys()).unwrap();
    let at = |second| jiff::Timestamp::from_second(second).unwrap();
    let message = |number: u8, second, settled: Option<&str>| MessageRow {
        id: MessageId::from_bytes([number; 16]),
        way: "help_page".into(),
        claimed: String::new(),
        received_at: at(second),
        text: vec![number; 20_000],
        settled: settled.map(str::to_owned),
    };
    let put = |row| Change::MessagePut(row);
    let rows = vec![message(1, 10, None), message(2, 10, None), message(3, 30, Some("dismissed"))];
    store.commit(&Batch { changes: rows.into_iter().map(put).collect(), ..Batch::default() }).unwrap();
    drop(store);
    let sealed: Vec<u8> = rusqlite::Connection::open(&path)
        .unwrap()
        .query_row("SELECT sealed FROM message WHERE id = $1", [[2; 16]], |row| row.get(0))
        .unwrap();
    let bytes =
        || std::fs::read(&path).unwrap().windows(400).filter(|part| *part == &sealed[100..500]).count();
    assert!(bytes() > 0, "it is in the file");
    let store = SqliteStore::open(&path, &keys()).unwrap();
    let settled = MessageRow { text: Vec::new(), ..message(2, 10, Some("change_…")) };
    store.commit(&Batch { changes: vec![put(settled)], ..Batch::default() }).unwrap();
    let held: Vec<_> = store.load().unwrap().messages.iter().map(|row| row.id).collect();
    assert_eq!(held, [MessageId::from_bytes([1; 16])]);
    store.commit(&Batch { changes: vec![Change::MessagesErased(at(20))], ..Batch::default() }).unwrap();
    drop(store);
    assert_eq!(bytes(), 0, "what is erased is overwritten");
    let left = rusqlite::Connection::open(&path).unwrap();
    let left: i64 = left.query_row("SELECT count(*) FROM message", [], |row| row.get(0)).unwrap();
    assert_eq!(left, 2, "the one that waits, and the younger one");
}

/// A reader, as a backup is one, keeps what was erased from being overwritten: nobody waits for it, and it is made good.
#[test]
fn an_erasure_waits_for_no_reader_and_is_overwritten_once_it_is_gone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("byleave.db");
    let store = SqliteStore::open(&path, &keys()).unwrap();
    let message = MessageRow {
        id: MessageId::from_bytes([1; 16]),
        way: "help_page".into(),
        claimed: String::new(),
        received_at: jiff::Timestamp::from_second(10).unwrap(),
        text: vec![7; 20_000],
        settled: Some("dismissed".into()),
    };
    store.commit(&Batch { changes: vec![Change::MessagePut(message)], ..Batch::default() }).unwrap();
    let reader = rusqlite::Connection::open(&path).unwrap();
    reader.execute_batch("BEGIN").unwrap();
    let sealed: Vec<u8> = reader.query_row("SELECT sealed FROM message", [], |row| row.get(0)).unwrap();
    let files =
        || [path.clone(), folder.path().join("byleave.db-wal")].map(|file| std::fs::read(file).unwrap());
    let left = || {
        let part = sealed.get(100..500).unwrap();
        files().iter().flat_map(|bytes| bytes.windows(400)).filter(|window| *window == part).count()
    };
    let began = std::time::Instant::now();
    let now = jiff::Timestamp::from_second(20).unwrap();
    store.commit(&Batch { changes: vec![Change::MessagesErased(now)], ..Batch::default() }).unwrap();
    store.overwrite_erased().unwrap();
    // Waiting for the reader takes as long as a statement waits for anybody, which is 5 s.
    assert!(began.elapsed() < std::time::Duration::from_secs(4), "nobody waits for the reader");
    assert!(left() > 0, "while somebody reads it, it is there");
    reader.execute_batch("COMMIT").unwrap();
    store.overwrite_erased().unwrap();
    assert_eq!(left(), 0);
}
