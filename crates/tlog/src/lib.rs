//! A transparency log's arithmetic: hashes, trees, tiles, signed notes, checkpoints and proofs.
//!
//! Everything here follows published texts, so that verifiers written by others accept what is made with it and this
//! crate accepts what they made: RFC 6962 §2.1 (hashes and trees), RFC 9162 §2.1 (checking proofs), C2SP `tlog-tiles`
//! (tiles and entry bundles), `signed-note` and `tlog-checkpoint`.
//!
//! | module | answers |
//! | --- | --- |
//! | [`hash`] | what is the hash of a leaf, of a node, of nothing |
//! | [`tree`] | how a log grows by one leaf, and what its root then is |
//! | [`proof`] | is this leaf in that tree; does that tree extend this one |
//! | [`tile`] | which files a log of n entries consists of, and what is in them |
//! | [`note`] | who signed this text |
//! | [`checkpoint`] | which tree did the log commit itself to |
//!
//! Absent on purpose: files, sockets, clocks, randomness, and every word of the product. Someone who wants to check a
//! log without trusting its operator compiles this crate and nothing of the server.

pub mod checkpoint;
pub mod hash;
pub mod note;
pub mod proof;
pub mod tile;
pub mod tree;

pub use checkpoint::Checkpoint;
pub use hash::{EMPTY_ROOT, Hash, leaf_hash, node_hash};
pub use note::{NoteSigner, NoteVerifier};
pub use tile::TilePath;
pub use tree::{RightEdge, SIZE_MAX, TileNode};
