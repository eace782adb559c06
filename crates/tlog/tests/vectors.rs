//! The project's vectors, on which three unrelated implementations agree.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic")]

mod support;

use byleave_tlog::proof::{verify_consistency, verify_inclusion};
use byleave_tlog::{Checkpoint, EMPTY_ROOT, Hash, NoteSigner, NoteVerifier, leaf_hash};
use serde_json::Value;
use support::{edge, entry, files};

fn vectors() -> Value {
    serde_json::from_str(include_str!("vectors/tlog-vectors.json")).unwrap()
}

fn hash(value: &Value) -> Hash {
    Hash::from_base64(value.as_str().unwrap()).unwrap()
}

fn proof(value: &Value) -> Vec<Hash> {
    value["proof"].as_array().unwrap().iter().map(hash).collect()
}

fn number(value: &Value) -> u64 {
    value.as_u64().unwrap()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The hex of SHA-256, by way of the leaf hash's own hasher.
fn sha256(bytes: &[u8]) -> String {
    use sha2::Digest as _;
    hex(&sha2::Sha256::digest(bytes))
}

#[test]
fn roots() {
    let vectors = vectors();
    let roots = vectors["roots"].as_object().unwrap();
    assert_eq!(roots.len(), 11);
    for (size, root) in roots {
        assert_eq!(edge(size.parse().unwrap()).root(), hash(root), "size {size}");
    }
    assert_eq!(EMPTY_ROOT, hash(&vectors["roots"]["0"]));
    assert_eq!(leaf_hash(&entry(0)), hash(&vectors["leaf_hash_0"]));
}

#[test]
fn roots_of_rfc_6962() {
    let leaves: [&[u8]; 8] = [
        &[],
        &[0x00],
        &[0x10],
        &[0x20, 0x21],
        &[0x30, 0x31],
        &[0x40, 0x41, 0x42, 0x43],
        &[0x50, 0x51, 0x52, 0x53, 0x54, 0x55, 0x56, 0x57],
        &[0x60, 0x61, 0x62, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6a, 0x6b, 0x6c, 0x6d, 0x6e, 0x6f],
    ];
    let roots = [
        ("6e340b9c", "a01d"),
        ("fac54203", "c125"),
        ("aeb6bcfe", "e77"),
        ("d37ee418", "14b7"),
        ("4e3bbb1f", "64d4"),
        ("76e67dad", "87ef"),
        ("ddb89be4", "4c8c"),
        ("5dc9da79", "4328"),
    ];
    let mut edge = byleave_tlog::RightEdge::new();
    for (leaf, (start, end)) in leaves.into_iter().zip(roots) {
        edge.push(leaf_hash(leaf));
        let root = hex(&edge.root().0);
        assert!(root.starts_with(start) && root.ends_with(end), "size {}: {root}", edge.size());
    }
}

#[test]
fn keys_and_checkpoints() {
    let vectors = vectors();
    let seed: [u8; 32] = std::array::from_fn(|i| i as u8);
    let signer = NoteSigner::from_seed("log.byleave.example/acme", &seed).unwrap();
    assert_eq!(signer.verifier().to_string(), vectors["log_vkey"].as_str().unwrap());
    let verifier: NoteVerifier = vectors["log_vkey"].as_str().unwrap().parse().unwrap();
    for (size, note) in vectors["checkpoints"].as_object().unwrap() {
        let note = note.as_str().unwrap();
        let size: u64 = size.parse().unwrap();
        let root = hash(&vectors["roots"][size.to_string()]);
        let expected = Checkpoint { origin: "log.byleave.example/acme".to_owned(), size, root };
        assert_eq!(Checkpoint::open(note.as_bytes(), &verifier), Ok(expected.clone()));
        // Ed25519 is deterministic, so that ours is the same but for the witness's line.
        let ours = expected.sign(&signer).unwrap();
        assert!(note.starts_with(&ours), "{ours}");
    }
}

#[test]
fn inclusion_proofs() {
    let vectors = vectors();
    let cases = vectors["inclusion"].as_array().unwrap();
    assert_eq!(cases.len(), 6);
    for case in cases {
        let (index, size, mut proof) = (number(&case["index"]), number(&case["size"]), proof(case));
        let (leaf, root) = (leaf_hash(&entry(index)), edge(size).root());
        assert_eq!(verify_inclusion(index, size, &leaf, &proof, &root), Ok(()), "{index} in {size}");
        assert!(verify_inclusion(index, size, &leaf_hash(b"other"), &proof, &root).is_err());
        assert!(verify_inclusion(index, size, &leaf, &proof, &EMPTY_ROOT).is_err());
        proof.push(root);
        assert!(verify_inclusion(index, size, &leaf, &proof, &root).is_err(), "a hash too many");
        proof.truncate(proof.len().saturating_sub(2));
        assert_eq!(verify_inclusion(index, size, &leaf, &proof, &root).is_ok(), size == 1, "one too few");
    }
}

#[test]
fn consistency_proofs() {
    let vectors = vectors();
    let cases = vectors["consistency"].as_array().unwrap();
    assert_eq!(cases.len(), 5);
    for case in cases {
        let (old, new, mut proof) = (number(&case["old"]), number(&case["new"]), proof(case));
        let (old_root, new_root) = (edge(old).root(), edge(new).root());
        assert_eq!(verify_consistency(old, &old_root, new, &new_root, &proof), Ok(()), "{old} to {new}");
        assert!(verify_consistency(old, &EMPTY_ROOT, new, &new_root, &proof).is_err());
        assert!(verify_consistency(old, &old_root, new, &old_root, &proof).is_err());
        assert!(verify_consistency(old, &old_root, new, &new_root, &proof[1..]).is_err());
        proof[0].0[0] ^= 1;
        assert!(verify_consistency(old, &old_root, new, &new_root, &proof).is_err());
    }
}

#[test]
fn tiles() {
    let vectors = vectors();
    let files = files(300);
    let paths: Vec<&str> = files.keys().map(String::as_str).collect();
    let expected: Vec<&str> = vectors["tile_paths_for_size_300"]
        .as_array()
        .unwrap()
        .iter()
        .map(|path| path.as_str().unwrap())
        .collect();
    assert_eq!(paths, expected);
    assert_eq!(hex(&files["tile/1/000.p/1"]), vectors["tile_1_000_p_1_hex"].as_str().unwrap());
    for (path, name) in [
        ("tile/0/000", "sha256_of_tile_0_000"),
        ("tile/0/001.p/44", "sha256_of_tile_0_001_p_44"),
        ("tile/entries/000", "sha256_of_entries_000"),
        ("tile/entries/001.p/44", "sha256_of_entries_001_p_44"),
    ] {
        assert_eq!(sha256(&files[path]), vectors[name].as_str().unwrap(), "{path}");
    }
}
