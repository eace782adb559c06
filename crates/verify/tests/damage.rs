//! Whatever is done to a log's files, the right file is named.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic")]

mod support;

use std::io;

use byleave_verify::Source;
use support::{Files, checkpoint, long, publish, signer};

/// Flips one bit in every `step`th byte of every file.
fn flip_all(files: &Files, step: usize) -> usize {
    let mut flipped = 0;
    for (path, bytes) in &files.0 {
        for at in (0..bytes.len()).step_by(step) {
            let mut damaged = files.clone();
            damaged.0.get_mut(path).unwrap()[at] ^= 1 << (at / step % 8);
            // So many are alike that every ninth is enough to keep.
            let fault = if flipped % 9 == 0 { damaged.fault() } else { damaged.fault_not_kept() };
            assert!(fault.starts_with(&format!("`{path}`")), "byte {at} of {path}: {fault}");
            flipped += 1;
        }
    }
    flipped
}

#[test]
fn every_byte_of_a_small_log() {
    let files = publish(&long(40));
    assert_eq!(
        files.0.keys().collect::<Vec<_>>(),
        ["checkpoint", "tile/0/000.p/40", "tile/entries/000.p/40"]
    );
    assert!(files.verify().is_ok());
    assert!(flip_all(&files, 1) > 5000);
}

#[test]
fn sampled_bytes_of_a_larger_log() {
    let files = publish(&long(300));
    assert!(files.verify().is_ok());
    assert!(flip_all(&files, 97) > 500);
    // The tile above is small enough for every byte.
    let above = Files(files.0.clone().into_iter().filter(|(path, _)| path.starts_with("tile/1/")).collect());
    for at in 0..above.0["tile/1/000.p/1"].len() {
        let mut damaged = files.clone();
        damaged.0.get_mut("tile/1/000.p/1").unwrap()[at] ^= 0x10;
        assert_eq!(damaged.fault(), "`tile/1/000.p/1`: hash 0 is not that of `tile/0/000`");
    }
}

#[test]
fn messages_say_what_and_where() {
    let files = publish(&long(40));
    let damaged = |path: &str, at: usize| {
        let mut files = files.clone();
        files.0.get_mut(path).unwrap()[at] ^= 1;
        files.fault()
    };
    // The last byte of the bundle, within the last entry.
    let last = files.0["tile/entries/000.p/40"].len() - 1;
    assert_eq!(
        damaged("tile/entries/000.p/40", last),
        "`tile/entries/000.p/40`: entry 39 does not match its hash in `tile/0/000.p/40`"
    );
    assert_eq!(
        damaged("tile/0/000.p/40", 3 * 32),
        "`tile/0/000.p/40`: hash 3 is not that of entry 3 in `tile/entries/000.p/40`"
    );
    assert_eq!(
        damaged("tile/entries/000.p/40", 0),
        "`tile/entries/000.p/40` ends within its entry at position 1"
    );
    let note = &files.0["checkpoint"];
    let digit = note.iter().position(|&byte| byte == b'\n').unwrap() + 1;
    assert_eq!(
        damaged("checkpoint", digit),
        "`checkpoint` the signature of `log.example/o/00ff` does not fit the text"
    );
}

#[test]
fn missing_short_and_long_files() {
    for size in [40, 300] {
        let files = publish(&long(size));
        for (path, bytes) in &files.0 {
            let with = |bytes: Option<Vec<u8>>| {
                let mut changed = files.clone();
                changed.0.remove(path);
                changed.0.extend(bytes.map(|bytes| (path.clone(), bytes)));
                changed.fault()
            };
            assert_eq!(with(None), format!("`{path}` is missing"));
            for (what, bytes) in [
                ("empty", Vec::new()),
                ("a byte short", bytes[..bytes.len() - 1].to_vec()),
                ("a hash short", bytes[..bytes.len() - 32].to_vec()),
                ("a byte long", [bytes.as_slice(), b"\n"].concat()),
                ("a hash long", [bytes.as_slice(), &[0; 32]].concat()),
                ("an entry long", [bytes.as_slice(), b"\0\x01a"].concat()),
            ] {
                let fault = with(Some(bytes));
                assert!(fault.starts_with(&format!("`{path}`")), "{path} {what}: {fault}");
            }
        }
        // A file that no log of this size has is nobody's business.
        let mut more = files.clone();
        more.0.insert("tile/0/009".to_owned(), vec![1]);
        assert!(more.verify().is_ok());
    }
}

/// Once the full file is there, a partial one may go; the checkpoint may still be of the smaller size.
#[test]
fn a_full_file_stands_in_for_a_partial_one() {
    let entries = long(300);
    let mut files = publish(&entries);
    files.0.insert("checkpoint".to_owned(), checkpoint(&entries[..40]));
    assert_eq!(files.verify().unwrap().checkpoint.size, 40);
    for path in ["tile/0/000", "tile/entries/000"] {
        let mut damaged = files.clone();
        damaged.0.get_mut(path).unwrap()[39 * 32] ^= 1;
        let fault = damaged.fault();
        assert!(fault.starts_with(&format!("`{path}`")), "{fault}");
        damaged.0.remove(path);
        assert_eq!(damaged.fault(), format!("`{path}.p/40` is missing"));
    }
}

/// An entry that is taken out or changed, with everything below the checkpoint made to fit.
#[test]
fn what_fits_itself_still_has_to_fit_the_signature() {
    let entries = long(300);
    let honest = publish(&entries);
    let mut fewer = entries.clone();
    fewer.remove(17);
    fewer.push(entries[1].clone());
    let mut forged = publish(&fewer);
    forged.0.insert("checkpoint".to_owned(), honest.0["checkpoint"].clone());
    let fault = forged.fault();
    assert!(fault.starts_with("`checkpoint` signs the root "), "{fault}");
    assert!(fault.contains("but the log's 300 entries have the root "), "{fault}");
    // Bundle and level-0 tile made to fit, the tile above forgotten.
    forged.0.insert("tile/1/000.p/1".to_owned(), honest.0["tile/1/000.p/1"].clone());
    assert_eq!(forged.fault(), "`tile/0/000` does not match its hash (number 0) in `tile/1/000.p/1`");
    // Only the bundle changed.
    let mut forged = honest.clone();
    forged.0.insert("tile/entries/000".to_owned(), publish(&fewer).0["tile/entries/000"].clone());
    assert_eq!(forged.fault(), "`tile/entries/000`: entry 17 does not match its hash in `tile/0/000`");
    // Bundles exchanged: every entry genuine, none in its place.
    let mut swapped = long(512);
    let honest = publish(&swapped);
    swapped.rotate_left(256);
    let mut forged = publish(&swapped);
    forged.0.insert("checkpoint".to_owned(), honest.0["checkpoint"].clone());
    assert!(forged.fault().starts_with("`checkpoint` signs the root "));
}

/// Another log's files are not this log's, even with the same key's name.
#[test]
fn another_key() {
    let files = publish(&long(5));
    let stranger = byleave_tlog::NoteSigner::from_seed(support::ORIGIN, &[8; 32]).unwrap();
    let fault = files.verify_with(stranger.verifier(), None).unwrap_err().to_string();
    assert_eq!(fault, "`checkpoint` is not signed by the key of `log.example/o/00ff`");
}

#[test]
fn an_empty_log_is_none() {
    assert_eq!(
        publish(&[]).fault(),
        "`checkpoint`: the log has no entries, but a log begins with `log.open`"
    );
}

/// A log with three levels of tiles.
#[test]
fn a_large_log() {
    let entries = long(256 * 256 + 300);
    let files = publish(&entries);
    assert_eq!(files.verify().unwrap().checkpoint.size, 65_836);
    for (path, fault) in [
        ("tile/2/000.p/1", "`tile/2/000.p/1`: hash 0 is not that of `tile/1/000`"),
        ("tile/1/000", "`tile/1/000`: hash 0 is not that of `tile/0/000`"),
        ("tile/1/001.p/1", "`tile/1/001.p/1`: hash 0 is not that of `tile/0/256`"),
        ("tile/0/256", "`tile/0/256`: hash 0 is not that of entry 65536 in `tile/entries/256`"),
    ] {
        let mut damaged = files.clone();
        damaged.0.get_mut(path).unwrap()[5] ^= 1;
        assert_eq!(damaged.fault(), fault);
    }
}

struct Broken;

impl Source for Broken {
    fn get(&self, _: &str) -> io::Result<Option<Vec<u8>>> {
        Err(io::Error::other("connection reset"))
    }
}

#[test]
fn a_source_that_fails() {
    let fault = byleave_verify::verify(&Broken, signer().verifier(), None).unwrap_err();
    assert_eq!(fault.to_string(), "`checkpoint` cannot be read: connection reset");
}
