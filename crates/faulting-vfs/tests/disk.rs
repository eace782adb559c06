//! The pretended disk itself: what was flushed outlasts a cut, what was not need not, and each fault does what it says.
//! Without this, tests over it could hold for want of faults.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

use byleave_faulting_vfs::{Disk, Fault, Keep, Kind};
use rusqlite::{Connection, Result};

struct Stage {
    folder: tempfile::TempDir,
    disk: Disk,
    synchronous: &'static str,
}

impl Stage {
    fn new(seed: u64, synchronous: &'static str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let disk = Disk::new(folder.path(), seed).unwrap();
        Self { folder, disk, synchronous }
    }

    fn open(&self) -> Result<Connection> {
        let connection = Connection::open(self.folder.path().join("test.db"))?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", self.synchronous)?;
        connection.execute_batch("CREATE TABLE IF NOT EXISTS number (n INTEGER PRIMARY KEY, text TEXT)")?;
        Ok(connection)
    }

    fn plan(&self, kind: Kind, at: u64) {
        self.disk.plan(Fault { kind, at, lasting: false });
    }
}

fn put(connection: &Connection, number: i64) -> Result<usize> {
    connection.execute("INSERT INTO number VALUES (?1, ?2)", (number, "x".repeat(700)))
}

fn count(connection: &Connection) -> Result<i64> {
    connection.query_row("SELECT count(*) FROM number", [], |row| row.get(0))
}

fn is_whole(connection: &Connection) -> bool {
    connection
        .query_row("PRAGMA integrity_check", [], |row| row.get::<_, String>(0))
        .is_ok_and(|word| word == "ok")
}

/// Cuts power before every change of a run in turn; how often something answered was gone.
fn cuts(synchronous: &'static str, keep: Keep) -> (u64, u64) {
    let (mut cuts, mut lost) = (0, 0);
    loop {
        let stage = Stage::new(cuts, synchronous);
        let mut answered = 0;
        stage.plan(Kind::Cut(keep), cuts);
        let run = stage.open().and_then(|connection| {
            for number in 1..=20 {
                put(&connection, number)?;
                answered = number;
                if number == 10 {
                    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
                }
            }
            Ok(connection)
        });
        let over = stage.disk.struck().times == 0;
        drop(run);
        stage.disk.cut(keep);
        let again = stage.open();
        if synchronous == "FULL" {
            assert!(again.as_ref().is_ok_and(is_whole), "cut {cuts}");
        }
        lost += u64::from(again.and_then(|again| count(&again)).map_or(true, |found| found < answered));
        if over {
            return (cuts, lost);
        }
        cuts += 1;
    }
}

#[test]
fn what_was_answered_outlasts_every_cut_with_flushes_and_not_without() {
    for keep in [Keep::Nothing, Keep::Some] {
        let (points, lost) = cuts("FULL", keep);
        println!("synchronous=FULL, {keep:?}: {points} cuts, {lost} lost something answered");
        assert!(points > 80, "{points}");
        assert_eq!(lost, 0, "{keep:?}");
        for less in ["NORMAL", "OFF"] {
            let (points, lost) = cuts(less, keep);
            println!("synchronous={less}, {keep:?}: {points} cuts, {lost} lost something answered");
            assert!(lost > points / 10, "{less}, {keep:?}: the disk forgets nothing: {lost} of {points}");
        }
    }
    let (points, lost) = cuts("OFF", Keep::Everything);
    assert_eq!((points > 50, lost), (true, 0), "a kill alone loses nothing: {points}");
}

#[test]
fn each_fault_is_told_and_strikes_once() {
    for (kind, code) in
        [(Kind::Full, "is full"), (Kind::WriteFails, "I/O error"), (Kind::FlushFails, "I/O error")]
    {
        let stage = Stage::new(1, "FULL");
        let connection = stage.open().unwrap();
        stage.plan(kind, 0);
        let why = put(&connection, 1).unwrap_err().to_string();
        assert!(why.contains(code), "{kind:?}: {why}");
        let struck = stage.disk.struck();
        assert_eq!((struck.times, struck.file.as_str()), (1, "db-wal"), "{kind:?}");
        put(&connection, 2).unwrap();
        assert_eq!(count(&connection).unwrap(), 1, "{kind:?}");
        assert!(stage.disk.struck().writes_after > 0);
    }
    let stage = Stage::new(1, "FULL");
    put(&stage.open().unwrap(), 1).unwrap();
    stage.plan(Kind::ReadFails, 0);
    assert!(Connection::open(stage.folder.path().join("test.db")).and_then(|c| count(&c)).is_err());
    assert_eq!(count(&stage.open().unwrap()).unwrap(), 1);
}

/// The next flush of the same file succeeds, and what the failed one should have written is gone all the same.
#[test]
fn a_flush_that_failed_cannot_be_made_good_by_another() {
    let lost = |seed| {
        let stage = Stage::new(seed, "FULL");
        let connection = stage.open().unwrap();
        stage.plan(Kind::FlushFails, 0);
        put(&connection, 1).unwrap_err();
        stage.disk.cut(Keep::Everything);
        // Killed and started anew, it reads what the system still has in memory.
        let again = stage.open().unwrap();
        assert_eq!(count(&again).unwrap(), 1);
        stage.disk.cut(Keep::Nothing);
        count(&stage.open().unwrap()).unwrap() == 0
    };
    assert!((0..20).filter(|seed| lost(*seed)).count() > 10);
    let stage = Stage::new(1, "FULL");
    let connection = stage.open().unwrap();
    stage.plan(Kind::FlushFails, 0);
    put(&connection, 1).unwrap_err();
    assert_eq!(stage.disk.struck().flushes_repeated, 0);
    put(&connection, 1).unwrap();
    assert_eq!(stage.disk.struck().flushes_repeated, 1, "whoever goes on is found out");
}

#[test]
fn a_disk_that_turned_read_only_is_read_and_not_written() {
    let stage = Stage::new(1, "FULL");
    let connection = stage.open().unwrap();
    put(&connection, 1).unwrap();
    stage.plan(Kind::ReadOnly, 0);
    put(&connection, 2).unwrap_err();
    put(&connection, 3).unwrap_err();
    assert_eq!(count(&connection).unwrap(), 1);
}

#[test]
fn a_bit_that_flipped_is_another_bit() {
    let stage = Stage::new(1, "FULL");
    put(&stage.open().unwrap(), 1).unwrap();
    let before = stage.disk.bytes(".db").unwrap();
    stage.disk.flip(".db").unwrap();
    let after = stage.disk.bytes(".db").unwrap();
    let differ: u32 = before.iter().zip(&after).map(|(one, other)| (one ^ other).count_ones()).sum();
    assert_eq!((differ, before.len()), (1, after.len()));
}

#[test]
fn the_same_seed_is_the_same_disk() {
    let left = || {
        let stage = Stage::new(7, "OFF");
        let connection = stage.open().unwrap();
        (1..=5).for_each(|number| assert_eq!(put(&connection, number).unwrap(), 1));
        stage.disk.cut(Keep::Some);
        (stage.disk.bytes("test.db"), stage.disk.bytes("test.db-wal"))
    };
    // The WAL's salts are SQLite's own chance.
    let sizes =
        |(database, wal): (Option<Vec<u8>>, Option<Vec<u8>>)| [database, wal].map(|b| b.map(|b| b.len()));
    assert_eq!(sizes(left()), sizes(left()));
}

/// Files of other folders are where they always were.
#[test]
fn other_folders_are_left_alone() {
    let _stage = Stage::new(1, "FULL");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("plain.db");
    let connection = Connection::open(&path).unwrap();
    connection.execute_batch("CREATE TABLE plain (a INTEGER)").unwrap();
    assert!(path.exists());
}
