//! The rules of signed notes and checkpoints, one by one.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use byleave_tlog::checkpoint::CheckpointError;
use byleave_tlog::note::{KeyError, NoteError};
use byleave_tlog::{Checkpoint, EMPTY_ROOT, NoteSigner, NoteVerifier};
use proptest::prelude::*;

fn signer(name: &str, seed: u8) -> NoteSigner {
    NoteSigner::from_seed(name, &[seed; 32]).unwrap()
}

/// The signature line in a note of one signature.
fn line(note: &str) -> &str {
    note.rsplit_once("\n\n").unwrap().1
}

fn not_signed(name: &str) -> Result<&str, NoteError> {
    Err(NoteError::NotSigned(name.to_owned()))
}

#[test]
fn unknown_keys_are_ignored_and_a_bad_line_of_a_known_one_is_not() {
    let (log, witness) = (signer("log", 1), signer("witness", 2));
    let note = log.sign("text\n").unwrap();
    let both = format!("{note}{}", line(&witness.sign("text\n").unwrap()));
    assert_eq!(log.verifier().open(both.as_bytes()), Ok("text\n"));
    assert_eq!(witness.verifier().open(both.as_bytes()), Ok("text\n"));
    assert_eq!(witness.verifier().open(note.as_bytes()), not_signed("witness"));
    // A witness's signature on another text does not harm the log's …
    let stale = format!("{note}{}", line(&witness.sign("other\n").unwrap()));
    assert_eq!(log.verifier().open(stale.as_bytes()), Ok("text\n"));
    // … but is fatal for whoever trusts the witness, also beside a good line of it.
    let bad = Err(NoteError::BadSignature("witness".to_owned()));
    assert_eq!(witness.verifier().open(stale.as_bytes()), bad);
    let twice = format!("{both}{}", line(&witness.sign("other\n").unwrap()));
    assert_eq!(witness.verifier().open(twice.as_bytes()), bad);
}

#[test]
fn name_and_id_must_both_match() {
    let (log, other) = (signer("log", 1), signer("log", 2));
    // The same name with another key.
    assert_eq!(log.verifier().open(other.sign("t\n").unwrap().as_bytes()), not_signed("log"));
    // The same ID under another name.
    let renamed = log.sign("t\n").unwrap().replace("\u{2014} log", "\u{2014} gol");
    assert_eq!(log.verifier().open(renamed.as_bytes()), not_signed("log"));
}

#[test]
fn the_border_is_the_last_empty_line() {
    let log = signer("log", 1);
    let text = "a\n\n\u{2014} log AAAAAAA=\n\nb\n";
    let note = log.sign(text).unwrap();
    assert_eq!(log.verifier().open(note.as_bytes()), Ok(text));
}

#[test]
fn malformed_notes() {
    let log = signer("log", 1);
    let note = log.sign("text\n").unwrap();
    let cases = [
        ("no empty line", "text\n".to_owned()),
        ("no signatures", "text\n\n".to_owned()),
        ("no final line feed", note.trim_end().to_owned()),
        ("more after the signatures", format!("{note}\n")),
        ("a carriage return", note.replace("text\n", "text\r\n")),
        ("a zero byte", note.replace("text", "te\0t")),
        ("a hyphen for the dash", note.replace('\u{2014}', "-")),
        ("no space after the dash", note.replace("\u{2014} ", "\u{2014}")),
        ("not base64", note.replace("log ", "log !")),
        ("unpadded base64", note.replace('=', "")),
        ("a line without a signature", format!("{note}\u{2014} other\n")),
        ("a signature of no bytes", format!("{note}\u{2014} other AAAAAA==\n")),
        ("more than 100 signatures", format!("{note}{}", line(&note).repeat(100))),
        ("too long", log.sign(&format!("{}\n", "a".repeat(1_000_000))).unwrap()),
    ];
    for (name, case) in cases {
        let opened = log.verifier().open(case.as_bytes());
        assert!(matches!(opened, Err(NoteError::Malformed(_))), "{name}: {opened:?}");
    }
    let mut invalid = note.clone().into_bytes();
    invalid[0] = 0xff;
    assert!(matches!(log.verifier().open(&invalid), Err(NoteError::Malformed(_))));
    let many = format!("{note}{}", line(&signer("w", 2).sign("text\n").unwrap()).repeat(99));
    assert_eq!(log.verifier().open(many.as_bytes()), Ok("text\n"), "at least 16 signatures are taken");
}

#[test]
fn texts_that_cannot_be_signed() {
    for text in ["", "text", "te\0xt\n", "text\r\n"] {
        assert!(signer("log", 1).sign(text).is_err(), "{text:?}");
    }
}

#[test]
fn verifier_keys() {
    let good = signer("log.example/acme", 1).verifier().to_string();
    assert_eq!(good.parse::<NoteVerifier>().unwrap().to_string(), good);
    let [name, id, key] = good.splitn(3, '+').collect::<Vec<_>>().try_into().unwrap();
    let parse = |vkey: String| vkey.parse::<NoteVerifier>().unwrap_err();
    assert!(matches!(parse(format!("{name}+{id}")), KeyError::Form(_)));
    assert!(matches!(parse(format!("{name}+{id}+{key}!")), KeyError::Form(_)));
    assert!(matches!(parse(format!("+{id}+{key}")), KeyError::Name(_)));
    assert!(matches!(parse(format!("a b+{id}+{key}")), KeyError::Name(_)));
    assert!(matches!(parse(format!("other+{id}+{key}")), KeyError::Id(_)));
    assert!(matches!(parse(format!("{name}+{}+{key}", id.to_uppercase())), KeyError::Id(_)));
    assert!(matches!(parse(format!("{name}+0{id}+{key}")), KeyError::Id(_)));
    let ml_dsa = STANDARD.encode([6; 33]);
    assert_eq!(parse(format!("{name}+{id}+{ml_dsa}")), KeyError::Type(6));
    let mut weak = [0; 33];
    (weak[0], weak[1]) = (1, 1);
    assert_eq!(parse(format!("{name}+{id}+{}", STANDARD.encode(weak))), KeyError::Key);
    for name in ["", "a b", "a+b", "a\u{2003}b", "a\nb"] {
        assert!(matches!(NoteSigner::from_seed(name, &[0; 32]), Err(KeyError::Name(_))), "{name:?}");
    }
}

/// A seed that the debug output could show in decimal, hex or base64.
#[test]
fn a_signer_does_not_print_its_seed() {
    assert_eq!(format!("{:?}", signer("log", 0xab)), "NoteSigner(log)");
}

#[test]
fn checkpoints_are_strict() {
    let log = signer("log", 1);
    let good = Checkpoint { origin: "log".to_owned(), size: 0, root: EMPTY_ROOT };
    assert_eq!(Checkpoint::parse(&good.to_text()), Ok(good.clone()));
    let root = EMPTY_ROOT.to_string();
    for text in [
        format!("log\n0\n{root}"),
        format!("log\n0\n{root}\n\n"),
        format!("log\n0\n{root}\nextension\n"),
        format!("\n0\n{root}\n"),
        format!("log\n00\n{root}\n"),
        format!("log\n+1\n{root}\n"),
        format!("log\n-1\n{root}\n"),
        format!("log\n\n{root}\n"),
        format!("log\n9223372036854775808\n{root}\n"),
        format!("log\n0\n{}\n", root.trim_end_matches('=')),
        "log\n0\nAAAA\n".to_owned(),
        // The same 32 bytes with an unused bit set.
        format!("log\n0\n{}\n", root.replace("U=", "V=")),
    ] {
        assert!(matches!(Checkpoint::parse(&text), Err(CheckpointError::Form(_))), "{text:?}");
    }
    let other = Checkpoint { origin: "other".to_owned(), ..good };
    let expected = CheckpointError::Origin { wanted: "log".to_owned(), found: "other".to_owned() };
    assert_eq!(other.sign(&log), Err(expected.clone()));
    let note = log.sign(&other.to_text()).unwrap();
    assert_eq!(Checkpoint::open(note.as_bytes(), log.verifier()), Err(expected));
}

proptest! {
    #[test]
    fn no_bytes_panic(bytes: Vec<u8>, text: String) {
        let log = signer("log", 1);
        let _ = log.verifier().open(&bytes);
        let _ = Checkpoint::open(text.as_bytes(), log.verifier());
        let _ = Checkpoint::parse(&text);
        let _ = text.parse::<NoteVerifier>();
    }
}
