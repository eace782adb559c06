//! A disk that goes wrong: what a checkpoint cannot write is a failure, and a damaged database is not looked at.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

use byleave_app::keys::Keys;
use byleave_app::ports::{Batch, Change, MessageRow, Store as _, StoreError};
use byleave_domain::ids::MessageId;
use byleave_faulting_vfs::{Disk, Fault, Keep, Kind};
use byleave_store::{OpenError, SqliteStore};
use jiff::Timestamp;

fn keys() -> Keys {
    Keys::new([3; 32], "test.byleave.example")
}

struct Stage {
    folder: tempfile::TempDir,
    disk: Disk,
}

impl Stage {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let disk = Disk::new(folder.path(), 1).unwrap();
        Self { folder, disk }
    }

    fn open(&self) -> SqliteStore {
        SqliteStore::open(&self.folder.path().join("byleave.db"), &keys()).unwrap()
    }
}

fn commit(store: &SqliteStore, change: Change) -> Result<(), StoreError> {
    store.commit(&Batch { changes: vec![change], ..Batch::default() })
}

fn message(number: u8) -> Change {
    message_of(number, 60_000)
}

fn message_of(number: u8, bytes: usize) -> Change {
    Change::MessagePut(MessageRow {
        id: MessageId::from_bytes([number; 16]),
        way: "help_page".into(),
        claimed: String::new(),
        received_at: Timestamp::UNIX_EPOCH,
        text: vec![number; bytes],
        settled: None,
    })
}

/// Found by flushes that fail at each place in turn: the writer went on, and flushed what had failed again.
#[test]
fn an_erasure_that_cannot_be_overwritten_is_a_failure() {
    for (kind, files) in [(Kind::FlushFails, ["db-wal", "db"]), (Kind::WriteFails, ["db", "db-wal"])] {
        let stage = Stage::new();
        let store = stage.open();
        commit(&store, message(1)).unwrap();
        let before = stage.disk.counts();
        commit(&store, Change::MessagesErased(Timestamp::UNIX_EPOCH)).unwrap();
        let (in_all, first) = match kind {
            Kind::FlushFails => (stage.disk.counts().flushes, before.flushes),
            _ => (stage.disk.counts().writes, before.writes),
        };
        let places = in_all - first;
        assert!(places >= 2, "its commit and its checkpoint");
        for at in 0..places {
            let stage = Stage::new();
            let store = stage.open();
            commit(&store, message(1)).unwrap();
            stage.disk.plan(Fault { kind, at, lasting: false });
            let erased = commit(&store, Change::MessagesErased(Timestamp::UNIX_EPOCH));
            assert!(matches!(erased, Err(StoreError::Failed(_))), "{kind:?} at {at}: {erased:?}");
            assert!(files.contains(&stage.disk.struck().file.as_str()));
        }
    }
}

/// SQLite keeps to itself what fails in the checkpoints that it begins by itself.
#[test]
fn a_checkpoint_that_fails_is_a_commit_that_failed() {
    for kind in [Kind::WriteFails, Kind::FlushFails] {
        let stage = Stage::new();
        let store = stage.open();
        let mut struck = false;
        for number in 0..100 {
            let before = stage.disk.counts();
            stage.disk.plan(Fault { kind, at: u64::MAX, lasting: false });
            let written = commit(&store, message(number));
            let after = stage.disk.counts();
            assert!(written.is_ok() && before != after);
            // A commit flushes the WAL once; one that begins a checkpoint flushes more.
            if after.flushes > 1 {
                struck = true;
                break;
            }
        }
        assert!(struck, "no checkpoint has begun by itself");
        drop(store);
        let stage = Stage::new();
        let store = stage.open();
        let mut failed = None;
        for number in 0..100 {
            let at = if kind == Kind::FlushFails { 2 } else { 200 };
            stage.disk.plan(Fault { kind, at, lasting: false });
            if let Err(why) = commit(&store, message(number)) {
                failed = Some(why);
                break;
            }
            assert_eq!(stage.disk.struck().times, 0, "{kind:?} struck, and nobody was told");
        }
        assert!(matches!(failed, Some(StoreError::Failed(_))), "{kind:?}: {failed:?}");
        assert_eq!(stage.disk.struck().file, "db");
    }
}

/// Found by bits that flip: a page may look like one without rows, and then nothing said that anything was wrong.
#[test]
fn a_damaged_database_is_told() {
    let stage = Stage::new();
    let store = stage.open();
    (0..50).for_each(|number| commit(&store, message_of(number, 10)).unwrap());
    drop(store);
    drop(stage.open());
    stage.disk.cut(Keep::Everything);
    let whole = stage.disk.copy();
    let path = stage.folder.path().join("byleave.db");
    assert!(SqliteStore::look(&path, &keys()).is_ok());
    let mut told = 0;
    for seed in 0..200 {
        stage.disk.put(&whole, seed);
        stage.disk.flip(".db").unwrap();
        match SqliteStore::look(&path, &keys()) {
            Err(OpenError::Failed { why, .. }) => told += u32::from(why.starts_with("it is damaged")),
            Err(_) => {}
            // What is sealed has its own proof.
            Ok(store) => drop(store.load()),
        }
    }
    assert!(told > 0, "no flip is told as what it is");
}
