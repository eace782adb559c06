//! How a log grows: the right edge of its tree is all that is needed to add a leaf and to know the root.
//!
//! The edge is the *compact range* of RFC 6962's tree: the roots of the perfect subtrees that the tree falls into, one
//! per one-bit of its size, largest first. Inner nodes are not kept; [`RightEdge::push`] hands out those that tiles need.

use crate::hash::{EMPTY_ROOT, Hash, node_hash};

/// Largest number of leaves: 2⁶³ − 1, so that a size fits a signed 64-bit integer everywhere.
pub const SIZE_MAX: u64 = i64::MAX as u64;

/// The right edge of a Merkle tree.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RightEdge {
    size: u64,
    // INVARIANT: one peak per one-bit of `size`, from the highest bit down.
    peaks: Vec<Hash>,
}

/// An inner node that a tile holds: the root of a perfect subtree of 256^`level` leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TileNode {
    /// Tile level, 1 to 7: the node is one hash in a tile of this level.
    pub level: u8,
    /// Place among the nodes of its level, from 0: it stands in tile `index / 256` at position `index % 256`.
    pub index: u64,
    /// The node's hash.
    pub hash: Hash,
}

/// Parts that are no right edge.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EdgeError {
    /// The size is beyond [`SIZE_MAX`].
    #[error("a tree of `{0}` leaves is too large")]
    TooLarge(u64),
    /// There is not one peak per one-bit of the size.
    #[error("a tree of `{size}` leaves has {wanted} peaks, not {found}", wanted = size.count_ones())]
    Peaks {
        /// The size that was given.
        size: u64,
        /// How many peaks were given.
        found: usize,
    },
}

impl RightEdge {
    /// The edge of the empty tree.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// An edge read back from where it was kept. That the peaks belong to the size's tree shows only when
    /// [`root`](Self::root) is compared with a signed one.
    ///
    /// # Errors
    /// [`EdgeError`] when the number of peaks does not fit the size, or the size is too large.
    pub fn from_parts(size: u64, peaks: Vec<Hash>) -> Result<Self, EdgeError> {
        if size > SIZE_MAX {
            return Err(EdgeError::TooLarge(size));
        }
        if usize::try_from(size.count_ones()) != Ok(peaks.len()) {
            return Err(EdgeError::Peaks { size, found: peaks.len() });
        }
        Ok(Self { size, peaks })
    }

    /// Number of leaves.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The roots of the perfect subtrees, largest first; at most 63.
    #[must_use]
    pub fn peaks(&self) -> &[Hash] {
        &self.peaks
    }

    /// The root of the tree (RFC 6962 §2.1); [`EMPTY_ROOT`] without leaves.
    #[must_use]
    pub fn root(&self) -> Hash {
        let right_to_left = self.peaks.iter().rev().copied();
        right_to_left.reduce(|right, left| node_hash(&left, &right)).unwrap_or(EMPTY_ROOT)
    }

    /// Adds a leaf (already hashed by [`leaf_hash`](crate::leaf_hash)) and returns the nodes of tile level 1 and above
    /// that it completed, lowest level first: none for 255 leaves of 256.
    ///
    /// ```
    /// use byleave_tlog::{RightEdge, leaf_hash};
    /// let mut edge = RightEdge::new();
    /// assert_eq!(edge.push(leaf_hash(b"first")), []);
    /// assert_eq!((edge.size(), edge.root()), (1, leaf_hash(b"first")));
    /// ```
    pub fn push(&mut self, leaf: Hash) -> Vec<TileNode> {
        let mut hash = leaf;
        let mut completed = Vec::new();
        let merges = self.size.trailing_ones();
        for height in 1..=merges {
            let Some(left) = self.peaks.pop() else { break };
            hash = node_hash(&left, &hash);
            if let (0, Ok(level)) = (height % 8, u8::try_from(height / 8)) {
                completed.push(TileNode { level, index: self.size >> height, hash });
            }
        }
        self.peaks.push(hash);
        // Counting up to SIZE_MAX one by one takes longer than any machine lives.
        self.size += 1;
        completed
    }
}
