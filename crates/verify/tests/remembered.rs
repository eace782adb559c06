//! A checkpoint kept from earlier brings to light what a log alone cannot: that it went back, or was rewritten.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic")]

mod support;

use byleave_tlog::{Checkpoint, EMPTY_ROOT, NoteSigner};
use support::{ORIGIN, checkpoint, long, publish, signer};

fn against(entries: &[Vec<u8>], remembered: &[u8]) -> Result<u64, String> {
    publish(entries)
        .verify_with(signer().verifier(), Some(remembered))
        .map(|report| report.checkpoint.size)
        .map_err(|fault| fault.to_string())
}

#[test]
fn a_log_that_grew() {
    let entries = long(300);
    for kept in [1, 2, 40, 255, 256, 257, 299, 300] {
        assert_eq!(against(&entries, &checkpoint(&entries[..kept])), Ok(300), "{kept}");
    }
    assert_eq!(against(&entries, &checkpoint(&[])), Ok(300));
}

#[test]
fn an_older_copy() {
    let entries = long(300);
    assert_eq!(
        against(&entries[..257], &checkpoint(&entries)).unwrap_err(),
        "`checkpoint`: the log has 257 entries, but the remembered checkpoint has 300: this is an older copy, or \
         entries were taken away"
    );
}

#[test]
fn a_rewritten_log() {
    let entries = long(300);
    let mut other = entries.clone();
    other[20] = other[21].clone();
    for kept in [21, 40, 256, 300] {
        let fault = against(&other, &checkpoint(&entries[..kept])).unwrap_err();
        let begins = format!("`checkpoint`: the log's first {kept} entries have the root ");
        assert!(fault.starts_with(&begins), "{fault}");
        assert!(fault.ends_with("entries were changed after it was signed"), "{fault}");
    }
    // Up to where they part, a checkpoint is of both; then the first thing wrong is the entry itself.
    let fault = against(&other, &checkpoint(&entries[..20])).unwrap_err();
    assert!(fault.starts_with("`tile/entries/000`: entry 21 has the same request id"), "{fault}");
}

#[test]
fn a_checkpoint_that_is_not_this_logs() {
    let entries = long(10);
    let sign = |origin: &str, key: &str, seed: u8| {
        let signer = NoteSigner::from_seed(key, &[seed; 32]).unwrap();
        let checkpoint = Checkpoint { origin: origin.to_owned(), size: 0, root: EMPTY_ROOT };
        signer.sign(&checkpoint.to_text()).unwrap().into_bytes()
    };
    for (remembered, fault) in [
        (sign(ORIGIN, ORIGIN, 8), "is not signed by the key of `log.example/o/00ff`"),
        (sign("log.example/o/11", "log.example/o/11", 7), "is not signed by the key of `log.example/o/00ff`"),
        (
            sign("log.example/o/11", ORIGIN, 7),
            "is of the log `log.example/o/11`, not of `log.example/o/00ff`",
        ),
        (b"nothing".to_vec(), "is not a signed note: it has no empty line before signatures"),
    ] {
        assert_eq!(against(&entries, &remembered).unwrap_err(), format!("the remembered checkpoint {fault}"));
    }
}

/// Whoever signs an empty tree's size with another root has signed nothing.
#[test]
fn an_empty_checkpoint_with_a_root() {
    let entries = long(10);
    let empty = Checkpoint { origin: ORIGIN.to_owned(), size: 0, root: byleave_tlog::leaf_hash(b"") };
    let note = empty.sign(&signer()).unwrap();
    assert!(against(&entries, note.as_bytes()).is_err());
}
