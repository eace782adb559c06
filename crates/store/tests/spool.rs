//! The spool: what was told is found again, and nothing else is.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use byleave_app::keys::Keys;
use byleave_app::ports::{LeftEnds, Spool as _, WaitingEnd};
use byleave_domain::ids::VisitId;
use byleave_store::spool::{EndSpool, look};

fn keys() -> Keys {
    Keys::new([3; 32], "test.byleave.example")
}

fn end(entry: u64) -> WaitingEnd {
    WaitingEnd {
        visit: VisitId::from_bytes([9; 16]),
        entry,
        status: 200,
        bytes_up: 1,
        bytes_down: u64::MAX,
        duration_ms: 3,
        reason: "client_abort".into(),
    }
}

struct Stage(tempfile::TempDir);

impl Stage {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self) -> PathBuf {
        self.0.path().join("byleave.ends")
    }

    fn open(&self) -> EndSpool {
        EndSpool::open(&self.path(), &keys()).unwrap()
    }

    /// Opens, adds these, and closes.
    fn add(&self, entries: &[u64]) {
        let spool = self.open();
        entries.iter().for_each(|entry| spool.add(end(*entry)));
    }

    fn bytes(&self) -> Vec<u8> {
        std::fs::read(self.path()).unwrap()
    }

    /// What is left, as entries, and bytes that cannot be read; and that opening leaves only the first.
    fn left(&self) -> (Vec<u64>, u64) {
        let left = look(&self.path(), &keys()).unwrap();
        assert_eq!(self.open().left(), left);
        assert_eq!(self.open().left(), LeftEnds { unreadable: 0, ..left.clone() });
        (left.ends.iter().map(|end| end.entry).collect(), left.unreadable)
    }
}

#[test]
fn what_was_told_is_found_again() {
    let stage = Stage::new();
    stage.add(&[1, 2]);
    stage.add(&[3]);
    let left = stage.open().left();
    assert_eq!(left, LeftEnds { ends: vec![end(1), end(2), end(3)], unreadable: 0 });
    let mode = std::fs::metadata(stage.path()).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert_eq!(look(Path::new("/nowhere/byleave.ends"), &keys()).unwrap(), LeftEnds::default());
}

/// The machine stops anywhere within a record.
#[test]
fn a_torn_tail_takes_nothing_but_itself() {
    let stage = Stage::new();
    stage.add(&[1, 2]);
    let whole = stage.bytes();
    for length in (whole.len() / 2)..whole.len() {
        std::fs::write(stage.path(), whole.get(..length).unwrap()).unwrap();
        let torn = length - whole.len() / 2;
        assert_eq!(stage.left(), (vec![1], torn as u64), "{length} bytes");
        // What comes after it is found.
        stage.add(&[3]);
        assert_eq!(stage.left(), (vec![1, 3], 0), "{length} bytes");
    }
}

/// Whatever is in the file, it is an end that this deployment wrote, or none.
#[test]
fn garbage_is_no_end() {
    let stage = Stage::new();
    stage.add(&[1, 2, 3]);
    let whole = stage.bytes();
    for place in 0..whole.len() {
        let mut damaged = whole.clone();
        *damaged.get_mut(place).unwrap() ^= 1;
        std::fs::write(stage.path(), &damaged).unwrap();
        let before: Vec<u64> = (1..=(place / (whole.len() / 3)) as u64).collect();
        assert_eq!(look(&stage.path(), &keys()).unwrap().ends.len(), before.len(), "byte {place}");
        assert_eq!(stage.left().0, before, "byte {place}");
    }
    for garbage in [vec![0; 4096], vec![255; 4096], b"not a spool".to_vec()] {
        std::fs::write(stage.path(), &garbage).unwrap();
        assert_eq!(stage.left(), (vec![], garbage.len() as u64));
    }
    std::fs::write(stage.path(), &whole).unwrap();
    let others = Keys::new([4; 32], "test.byleave.example");
    assert_eq!(look(&stage.path(), &others).unwrap().ends, [], "another deployment's are not ours");
}

#[test]
fn it_is_cut_to_nothing_or_to_what_still_waits() {
    let stage = Stage::new();
    let spool = stage.open();
    (1..=3).for_each(|entry| spool.add(end(entry)));
    assert_eq!(spool.holds(), 3);
    spool.keep(vec![end(2)]);
    spool.add(end(4));
    assert_eq!((spool.holds(), spool.fault()), (2, None));
    drop(spool);
    assert_eq!(stage.left(), (vec![2, 4], 0));
    let spool = stage.open();
    assert_eq!(spool.holds(), 2);
    spool.keep(Vec::new());
    spool.add(end(5));
    drop(spool);
    assert_eq!(stage.left(), (vec![5], 0));
    let names: Vec<_> =
        std::fs::read_dir(stage.0.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["byleave.ends"], "nothing is left beside it");
}

/// Once it could not be written, what it holds is unknown: it says so, and tries nothing again.
#[test]
fn a_spool_that_fails_says_so_and_stays_so() {
    let stage = Stage::new();
    let spool = stage.open();
    // Where it would be written anew there is a folder.
    let beside = stage.0.path().join("byleave.ends.new");
    std::fs::create_dir(&beside).unwrap();
    spool.keep(vec![end(1)]);
    let began = std::time::Instant::now();
    while spool.fault().is_none() {
        assert!(began.elapsed() < std::time::Duration::from_secs(10), "it never says so");
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    std::fs::remove_dir(&beside).unwrap();
    spool.add(end(2));
    spool.keep(vec![end(3)]);
    drop(spool);
    assert_eq!(stage.left(), (vec![], 0));
}
