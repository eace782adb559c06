//! Checking Merkle proofs, with the loops of RFC 9162 §2.1.3.2 and §2.1.4.2.
//!
//! Absent: making proofs. Whoever serves tiles lets each reader make its own.

use crate::hash::{EMPTY_ROOT, Hash, node_hash};

/// A proof that does not prove what it was given for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// The index is not below the size, or the old size is above the new one.
    #[error("`{small}` does not lie within a tree of `{size}` leaves")]
    Range {
        /// The index, or the old size.
        small: u64,
        /// The size of the (new) tree.
        size: u64,
    },
    /// The proof has more or fewer hashes than one for these numbers can have.
    #[error("the proof has the wrong length")]
    Length,
    /// The proof leads to another root.
    #[error("the proof leads to another root")]
    Root,
}

/// Checks that the leaf at `index` is in the tree of `size` leaves with this root (RFC 9162 §2.1.3.2).
///
/// # Errors
/// [`ProofError`]: the leaf is not proved to be there.
pub fn verify_inclusion(
    index: u64,
    size: u64,
    leaf: &Hash,
    proof: &[Hash],
    root: &Hash,
) -> Result<(), ProofError> {
    if index >= size {
        return Err(ProofError::Range { small: index, size });
    }
    let mut node = index;
    let mut last = size - 1;
    let mut hash = *leaf;
    for sibling in proof {
        if last == 0 {
            return Err(ProofError::Length);
        }
        if node & 1 == 1 || node == last {
            hash = node_hash(sibling, &hash);
            climb_left_edge(&mut node, &mut last);
        } else {
            hash = node_hash(&hash, sibling);
        }
        node >>= 1;
        last >>= 1;
    }
    finish(last, hash == *root)
}

/// Checks that the tree of `new_size` leaves extends the one of `old_size` (RFC 9162 §2.1.4.2): the old leaves are its
/// first ones, unchanged. Every tree extends the empty one, and itself, with an empty proof.
///
/// # Errors
/// [`ProofError`]: that is not proved.
pub fn verify_consistency(
    old_size: u64,
    old_root: &Hash,
    new_size: u64,
    new_root: &Hash,
    proof: &[Hash],
) -> Result<(), ProofError> {
    if old_size > new_size {
        return Err(ProofError::Range { small: old_size, size: new_size });
    }
    if old_size == new_size || old_size == 0 {
        let known = if old_size == 0 { &EMPTY_ROOT } else { new_root };
        return finish(proof.len() as u64, old_root == known && (new_size > 0 || new_root == known));
    }
    // The proof leaves out the old root where that is itself a node of the new tree.
    let (first, rest) = match proof {
        rest if old_size.is_power_of_two() => (old_root, rest),
        [first, rest @ ..] => (first, rest),
        [] => return Err(ProofError::Length),
    };
    let mut node = old_size - 1;
    let mut last = new_size - 1;
    let shift = node.trailing_ones();
    node >>= shift;
    last >>= shift;
    let (mut old_hash, mut new_hash) = (*first, *first);
    for hash in rest {
        if last == 0 {
            return Err(ProofError::Length);
        }
        if node & 1 == 1 || node == last {
            old_hash = node_hash(hash, &old_hash);
            new_hash = node_hash(hash, &new_hash);
            climb_left_edge(&mut node, &mut last);
        } else {
            new_hash = node_hash(&new_hash, hash);
        }
        node >>= 1;
        last >>= 1;
    }
    finish(last, old_hash == *old_root && new_hash == *new_root)
}

/// Skips the levels at which the node is the last one and has no sibling, up to where it is a right child.
fn climb_left_edge(node: &mut u64, last: &mut u64) {
    while *node & 1 == 0 && *node != 0 {
        *node >>= 1;
        *last >>= 1;
    }
}

/// A proof is good when it was long enough (nothing of the way up is left) and its hashes agree.
fn finish(left: u64, roots_agree: bool) -> Result<(), ProofError> {
    match (left, roots_agree) {
        (0, true) => Ok(()),
        (0, false) => Err(ProofError::Root),
        _ => Err(ProofError::Length),
    }
}
