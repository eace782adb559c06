//! The rules of tile paths and files, one by one.

mod support;

use byleave_tlog::tile::{TileError, decode_entries, decode_hashes, encode_entries};
use byleave_tlog::tree::EdgeError;
use byleave_tlog::{Hash, RightEdge, SIZE_MAX, TilePath, leaf_hash};
use proptest::prelude::*;
use support::edge;

fn paths(size: u64) -> Vec<String> {
    TilePath::all_for(size).map(|path| path.to_string()).collect()
}

#[test]
fn files_of_a_size() {
    assert_eq!(paths(0), [""; 0]);
    assert_eq!(paths(1), ["tile/0/000.p/1", "tile/entries/000.p/1"]);
    assert_eq!(paths(255), ["tile/0/000.p/255", "tile/entries/000.p/255"]);
    assert_eq!(paths(256), ["tile/0/000", "tile/1/000.p/1", "tile/entries/000"]);
    assert_eq!(
        paths(300),
        ["tile/0/000", "tile/0/001.p/44", "tile/1/000.p/1", "tile/entries/000", "tile/entries/001.p/44"]
    );
    let two_levels = paths(256 * 256);
    assert_eq!(two_levels.len(), 256 + 1 + 1 + 256);
    assert_eq!(two_levels[256..258], ["tile/1/000", "tile/2/000.p/1"]);
}

#[test]
fn where_a_log_ends() {
    let at = |level, index, size| TilePath::hashes_at(level, index, size).map(|path| path.width());
    assert_eq!(at(0, 1, 256), None, "width 0 does not exist");
    assert_eq!(at(0, 0, 256), Some(256));
    assert_eq!(at(1, 0, 255), None);
    assert_eq!(at(1, 0, 70_000), Some(256));
    assert_eq!(at(1, 1, 70_000), Some(17));
    assert_eq!(at(7, 0, SIZE_MAX), Some(127));
    assert_eq!(at(8, 0, SIZE_MAX), None);
    assert_eq!(at(63, 0, u64::MAX), None);
    assert_eq!(at(0, u64::MAX, u64::MAX), None);
    let within = |path: &str, size| path.parse::<TilePath>().unwrap().within(size);
    assert!(
        within("tile/0/001.p/44", 300) && within("tile/0/001.p/43", 300) && within("tile/0/000.p/7", 300)
    );
    assert!(!within("tile/0/001.p/45", 300) && !within("tile/0/001", 300) && !within("tile/0/002.p/1", 300));
    assert!(
        within("tile/1/000.p/1", 300) && !within("tile/1/000.p/2", 300) && !within("tile/63/000.p/1", 300)
    );
    assert!(within("tile/entries/001.p/44", 300) && !within("tile/entries/001.p/45", 300));
}

#[test]
fn paths_that_are_none() {
    for path in [
        "",
        "tile",
        "tile/0",
        "tile/0/",
        "tile/0/0",
        "tile/0/00",
        "tile/0/0000",
        "tile/0/x000",
        "tile/0/x000/000",
        "tile/0/001/000",
        "tile/0/x1/000",
        "tile/0/x001/x000",
        "tile/0/x001/000/",
        "/tile/0/000",
        "tile/0/000 ",
        "tile/00/000",
        "tile/+0/000",
        "tile/64/000",
        "tile/-1/000",
        "tile/8/0/000",
        "tile/data/000",
        "tile/0/+01",
        "tile/0/000.p/0",
        "tile/0/000.p/01",
        "tile/0/000.p/256",
        "tile/0/000.p/",
        "tile/0/000.p",
        "tile/0/000.p/1/",
        "tile/0/000.p/1.p/1",
        "tile/0/x018/x446/x744/x073/x709/x551/616",
        "tile/0/x999/x999/x999/x999/x999/x999/x999/999",
        "tile/0/\u{661}\u{661}\u{661}",
        "tile/../000",
    ] {
        assert!(path.parse::<TilePath>().is_err(), "{path}");
    }
    for path in ["tile/63/000", "tile/0/999", "tile/0/x001/000", "tile/0/x018/x446/x744/x073/x709/x551/615"] {
        assert_eq!(path.parse::<TilePath>().unwrap().to_string(), path);
    }
}

#[test]
fn tiles_and_bundles_are_exact() {
    assert_eq!(decode_hashes(&[0; 64], 2).unwrap().len(), 2);
    assert_eq!(decode_hashes(&[0; 63], 2), Err(TileError::Length { wanted: 64, found: 63 }));
    assert_eq!(decode_hashes(&[0; 65], 2), Err(TileError::Length { wanted: 64, found: 65 }));
    assert_eq!(decode_hashes(&[0; 96], 2), Err(TileError::Length { wanted: 64, found: 96 }));
    let bundle = encode_entries(["", "ab"]).unwrap();
    assert_eq!(bundle, [0, 0, 0, 2, b'a', b'b']);
    assert_eq!(decode_entries(&bundle, 2).unwrap(), [b"".as_slice(), b"ab"]);
    assert_eq!(decode_entries(&bundle, 1), Err(TileError::Trailing(4)));
    assert_eq!(decode_entries(&bundle, 3), Err(TileError::CutShort(2)));
    assert_eq!(decode_entries(&bundle[..5], 2), Err(TileError::CutShort(1)));
    assert_eq!(decode_entries(&bundle[..3], 2), Err(TileError::CutShort(1)));
    let longest = vec![7; 65_535];
    let bundle = encode_entries([&longest]).unwrap();
    assert_eq!(decode_entries(&bundle, 1).unwrap(), [longest.as_slice()]);
    assert_eq!(encode_entries([[0; 65_536]]), Err(TileError::EntryTooLong(65_536)));
}

#[test]
fn edges_are_read_back_whole_or_not_at_all() {
    let five = edge(5);
    let peaks = five.peaks().to_vec();
    assert_eq!(RightEdge::from_parts(5, peaks.clone()), Ok(five));
    assert_eq!(RightEdge::from_parts(7, peaks.clone()), Err(EdgeError::Peaks { size: 7, found: 2 }));
    assert_eq!(RightEdge::from_parts(0, peaks), Err(EdgeError::Peaks { size: 0, found: 2 }));
    assert_eq!(RightEdge::from_parts(SIZE_MAX + 1, vec![]), Err(EdgeError::TooLarge(SIZE_MAX + 1)));
    let full = RightEdge::from_parts(SIZE_MAX, vec![leaf_hash(b""); 63]).unwrap();
    assert_ne!(full.root(), leaf_hash(b""));
}

#[test]
fn a_push_hands_out_every_node_that_it_completes() {
    // The edge of a log of 256² - 1 entries, as it would be read back.
    let mut edge = RightEdge::from_parts(65_535, vec![Hash([9; 32]); 16]).unwrap();
    let nodes = edge.push(Hash([9; 32]));
    let places: Vec<_> = nodes.iter().map(|node| (node.level, node.index)).collect();
    assert_eq!(places, [(1, 255), (2, 0)]);
    assert_eq!(nodes[1].hash, edge.root());
}

proptest! {
    #[test]
    fn no_bytes_panic(bytes: Vec<u8>, text: String, width: u16, tail in "[0-9x/.p]{0,30}") {
        let _ = decode_hashes(&bytes, width);
        let _ = decode_entries(&bytes, width);
        let _ = text.parse::<TilePath>();
        if let Ok(path) = format!("tile/0/{tail}").parse::<TilePath>() {
            prop_assert_eq!(path.to_string(), format!("tile/0/{tail}"));
            let _ = (path.first(), path.within(u64::MAX));
        }
    }

    /// An edge that is kept and read back at any size goes on as if nothing had been.
    #[test]
    fn an_edge_is_all_that_is_needed(first in 0_u64..600, more in 0_u64..600) {
        let kept = edge(first);
        let mut read = RightEdge::from_parts(kept.size(), kept.peaks().to_vec()).unwrap();
        for i in first..first + more {
            read.push(leaf_hash(&support::entry(i)));
        }
        prop_assert_eq!(read, edge(first + more));
    }
}
