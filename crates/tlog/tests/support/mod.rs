//! Logs for tests, built from the crate's own parts.

#![allow(dead_code, reason = "each test file uses some of it")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic")]

use std::collections::BTreeMap;

use byleave_tlog::tile::{TILE_WIDTH, encode_entries, encode_hashes};
use byleave_tlog::{Hash, RightEdge, TilePath, leaf_hash};

/// Entry `i` of the vectors.
pub fn entry(i: u64) -> Vec<u8> {
    format!("entry {i}").into_bytes()
}

/// The edge after the first `size` entries.
pub fn edge(size: u64) -> RightEdge {
    let mut edge = RightEdge::new();
    for i in 0..size {
        edge.push(leaf_hash(&entry(i)));
    }
    edge
}

/// Every file of the log of the first `size` entries, by path.
pub fn files(size: u64) -> BTreeMap<String, Vec<u8>> {
    let mut edge = RightEdge::new();
    let mut levels: Vec<Vec<Hash>> = vec![Vec::new(); 9];
    for i in 0..size {
        let leaf = leaf_hash(&entry(i));
        levels[0].push(leaf);
        for node in edge.push(leaf) {
            let level = &mut levels[usize::from(node.level)];
            assert_eq!(node.index, level.len() as u64, "nodes come in order");
            level.push(node.hash);
        }
    }
    TilePath::all_for(size)
        .map(|path| {
            let first = (path.index() * u64::from(TILE_WIDTH)) as usize;
            let range = first..first + usize::from(path.width());
            let bytes = match path.level() {
                Some(level) => encode_hashes(&levels[usize::from(level)][range]),
                None => encode_entries(range.map(|i| entry(i as u64))).unwrap(),
            };
            (path.to_string(), bytes)
        })
        .collect()
}
