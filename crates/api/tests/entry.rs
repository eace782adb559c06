//! An entry's bytes: the vectors, and everything that is not quite them.
//!
//! `vectors/leaves.json` was made by another program than this crate, from the table in `api::entry`. It holds one leaf
//! per kind and every width of integer, and does not change while version 1 is read anywhere.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic")]

use byleave_api::entry::{ENTRY_BYTES_MAX, Kind, Leaf, LeafError, RUNS_MAX, Run, commitment, runs};
use proptest::prelude::*;
use serde_json::Value;

fn vectors() -> Vec<Value> {
    serde_json::from_str(include_str!("vectors/leaves.json")).unwrap()
}

fn unhex(value: &Value) -> Vec<u8> {
    let text = value.as_str().unwrap();
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

fn array<const N: usize>(value: &Value) -> [u8; N] {
    unhex(value).try_into().unwrap()
}

fn leaf(case: &Value) -> Leaf {
    let run = |run: &Value| Run { first: run[0].as_u64().unwrap(), count: run[1].as_u64().unwrap() };
    Leaf {
        kind: case["kind"].as_str().unwrap().parse().unwrap(),
        request: array(&case["request"]),
        time_us: case["time_us"].as_i64().unwrap(),
        epoch: case["epoch"].as_u64().unwrap(),
        node: array(&case["node"]),
        actor: array(&case["actor"]),
        reference: case["reference"].as_u64(),
        ends: case["ends"].as_array().unwrap().iter().map(run).collect(),
        commitment: array(&case["commitment"]),
    }
}

fn sample() -> Leaf {
    leaf(&vectors()[3])
}

#[test]
fn vectors_of_every_kind() {
    let vectors = vectors();
    let kinds: Vec<Kind> = vectors.iter().map(|case| leaf(case).kind).collect();
    assert_eq!(kinds, Kind::ALL);
    for case in &vectors {
        let (leaf, bytes) = (leaf(case), unhex(&case["leaf"]));
        assert_eq!(leaf.encode().unwrap(), bytes, "{}", leaf.kind);
        assert_eq!(Leaf::decode(&bytes), Ok(leaf.clone()));
        let payload = case["payload"].as_str().unwrap();
        assert_eq!(commitment(&array(&case["salt"]), payload.as_bytes()), leaf.commitment);
    }
}

/// No bit can change without the leaf becoming another one or none; nothing can be added or taken away.
#[test]
fn every_bit_counts() {
    for case in vectors() {
        let (leaf, bytes) = (leaf(&case), unhex(&case["leaf"]));
        for bit in 0..bytes.len() * 8 {
            let mut damaged = bytes.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            assert_ne!(Leaf::decode(&damaged), Ok(leaf.clone()), "bit {bit}");
        }
        for length in 0..bytes.len() {
            assert!(Leaf::decode(&bytes[..length]).is_err());
        }
        let longer = [bytes.as_slice(), &[0]].concat();
        assert_eq!(Leaf::decode(&longer), Err(LeafError::Form));
    }
}

#[test]
fn commitments_bind_salt_length_and_payload() {
    let one = commitment(&[0; 32], b"payload");
    assert_ne!(one, commitment(&[1; 32], b"payload"));
    assert_ne!(one, commitment(&[0; 32], b"payloae"));
    // Without the length, a byte could move between salt and payload.
    assert_ne!(commitment(&[0; 32], b""), commitment(&[0; 32], &[0]));
}

/// The sample with one key's bytes replaced.
fn with(from: &[u8], to: &[u8]) -> Result<Leaf, LeafError> {
    let bytes = sample().encode().unwrap();
    let at = bytes.windows(from.len()).position(|window| window == from).unwrap();
    let rest = &bytes[at + from.len()..];
    Leaf::decode(&[&bytes[..at], to, rest].concat())
}

#[test]
fn other_forms_are_refused() {
    assert!(with(b"\x61v\x01", b"\x61v\x01").is_ok());
    assert_eq!(with(b"\x61v\x01", b"\x61v\x02"), Err(LeafError::Version(2)));
    assert_eq!(with(b"\x61v\x01", b"\x61w\x01"), Err(LeafError::Key("w".to_owned())));
    let unknown = with(b"visit.progress", b"visit.progresz").unwrap_err();
    assert_eq!(unknown.to_string(), "has the unknown kind `visit.progresz`");
    assert_eq!(
        with(b"\x61v\x01", b"\x61v\x18\x01"),
        Err(LeafError::Form),
        "an integer that could be shorter"
    );
    assert_eq!(with(b"\x61v\x01", b"\x61v\x41\x01").map_err(drop), Err(()), "bytes for an integer");
    assert_eq!(with(b"\x61v\x01", b"\x61v\x20").map_err(drop), Err(()), "a negative integer");
    assert_eq!(with(b"\x63ref\x02", b"\x63rid\x02").map_err(drop), Err(()), "a key twice");
    // Order: the last two of one length exchanged.
    let bytes = sample().encode().unwrap();
    let (actor, epoch) = (23, 7);
    let split = bytes.len() - actor - epoch;
    let swapped = [&bytes[..split], &bytes[split + actor..], &bytes[split..split + actor]].concat();
    assert_eq!(Leaf::decode(&swapped), Err(LeafError::Form));
    // Indefinite lengths.
    let mut indefinite = bytes.clone();
    indefinite[0] = 0xbf;
    indefinite.push(0xff);
    assert!(Leaf::decode(&indefinite).is_err());
    assert_eq!(Leaf::decode(&vec![0; ENTRY_BYTES_MAX + 1]), Err(LeafError::TooLong(ENTRY_BYTES_MAX + 1)));
}

#[test]
fn every_key_is_needed() {
    let bytes = leaf(&vectors()[0]).encode().unwrap();
    let keys = [
        (1, 36, "c"),
        (37, 3, "t"),
        (40, 3, "v"),
        (43, 21, "rid"),
        (64, 14, "kind"),
        (78, 22, "node"),
        (100, 23, "actor"),
        (123, 7, "epoch"),
    ];
    assert_eq!(bytes.len(), 130);
    for (at, length, key) in keys {
        let mut without = [&bytes[..at], &bytes[at + length..]].concat();
        without[0] -= 1;
        assert_eq!(Leaf::decode(&without), Err(LeafError::Missing(key)));
    }
    // One byte more than a 16-byte id has.
    let longer = [&bytes[..47], b"\x51", &bytes[48..64], b"\0", &bytes[64..]].concat();
    assert_eq!(Leaf::decode(&longer), Err(LeafError::Missing("rid")));
}

#[test]
fn ends_are_runs_in_order_with_gaps() {
    let encode = |runs: &[(u64, u64)]| {
        let ends = runs.iter().map(|&(first, count)| Run { first, count }).collect();
        Leaf { ends, ..sample() }.encode()
    };
    assert!(encode(&[]).is_ok());
    assert!(encode(&[(0, 1), (2, 5), (8, 1)]).is_ok());
    assert!(encode(&[(u64::MAX - 1, 1)]).is_ok());
    for bad in [&[(3, 0)][..], &[(3, 1), (3, 1)], &[(3, 2), (4, 1)], &[(3, 1), (4, 1)], &[(9, 1), (3, 1)]] {
        assert_eq!(encode(bad), Err(LeafError::Ends), "{bad:?}");
    }
    assert_eq!(encode(&[(2, u64::MAX)]), Err(LeafError::Ends));
    // The same from bytes: the sample ends entry 3.
    assert_eq!(with(b"\x64ends\x81\x82\x03\x01", b"\x64ends\x81\x82\x03\x00"), Err(LeafError::Ends));
    assert_eq!(
        with(b"\x64ends\x81\x82\x03\x01", b"\x64ends\x82\x82\x03\x01\x82\x04\x01"),
        Err(LeafError::Ends)
    );
    assert_eq!(with(b"\x64ends\x81\x82\x03\x01", b"\x64ends\x81\x83\x03\x01\x01"), Err(LeafError::Ends));
    assert_eq!(with(b"\x64ends\x81\x82\x03\x01", b"\x64ends\x80"), Err(LeafError::Form));
}

#[test]
fn the_longest_leaf_fits() {
    let far = u64::MAX / 2;
    let wide = |i: u64| Run { first: far + i * (far / 300), count: u64::from(u32::MAX) + 1 };
    let ends: Vec<Run> = (0..RUNS_MAX as u64).map(wide).collect();
    let leaf = Leaf {
        kind: Kind::ChangeRequestReceived,
        time_us: i64::MAX,
        epoch: u64::MAX,
        reference: Some(u64::MAX),
        ends,
        ..sample()
    };
    let bytes = leaf.encode().unwrap();
    assert!(bytes.len() <= ENTRY_BYTES_MAX, "{}", bytes.len());
    assert_eq!(Leaf::decode(&bytes), Ok(leaf.clone()));
    let one_more = leaf.ends.iter().copied().chain([Run { first: u64::MAX - 1, count: 1 }]).collect();
    assert_eq!(Leaf { ends: one_more, ..leaf.clone() }.encode(), Err(LeafError::Ends));
    assert_eq!(Leaf { time_us: -1, ..leaf }.encode(), Err(LeafError::Time));
    assert_eq!(with(b"\x61t\x18\x18", b"\x61t\x1b\x80\0\0\0\0\0\0\0"), Err(LeafError::Time));
}

prop_compose! {
    fn any_leaf()(
        kind in prop::sample::select(Kind::ALL.to_vec()),
        ids: [[u8; 16]; 3],
        time_us in 0..=i64::MAX,
        epoch: u64,
        reference: Option<u64>,
        ends in prop::collection::vec(0_u64..2000, 0..150),
        commitment: [u8; 32],
    ) -> Leaf {
        let [request, node, actor] = ids;
        Leaf { kind, request, time_us, epoch, node, actor, reference, ends: runs(ends), commitment }
    }
}

proptest! {
    #[test]
    fn there_and_back(leaf in any_leaf(), at: prop::sample::Index, byte: u8) {
        let bytes = leaf.encode().unwrap();
        prop_assert_eq!(Leaf::decode(&bytes), Ok(leaf));
        let mut other = bytes.clone();
        other[at.index(bytes.len())] = byte;
        if let Ok(read) = Leaf::decode(&other) {
            prop_assert_eq!(read.encode().unwrap(), other);
        }
    }

    #[test]
    fn no_bytes_panic(bytes: Vec<u8>) {
        let _ = Leaf::decode(&bytes);
    }

    #[test]
    fn runs_hold_each_index_once(mut indices in prop::collection::vec(0_u64..300, 0..200)) {
        let found: Vec<u64> = runs(indices.iter().copied()).iter().flat_map(Run::indices).collect();
        indices.sort_unstable();
        indices.dedup();
        prop_assert_eq!(found, indices);
    }
}
