//! For tests alone: SQLite's files in a folder lie on a pretended disk, which forgets what was not flushed, tears what
//! was being written, fills up, fails, and turns read-only, at an operation that the test names.
//!
//! The first [`Disk`] makes this the VFS that SQLite uses by default in this process, so the code under test is the
//! product's own, opened as the product opens it: nothing in it knows of another VFS, and no setting leads here. Files
//! outside of the folders that have a [`Disk`] go where they always did.
//!
//! What is modelled: data is durable once its file was flushed, names once their folder was (as SQLite's own VFS flushes
//! it, with a journal's first flush); a cut keeps any part of the rest, sector by sector, in any order; a flush that
//! failed leaves the pages readable and counts as done for the next one, as Linux has it. Bytes beside those written
//! stay as they are (`SQLITE_IOCAP_POWERSAFE_OVERWRITE`, which SQLite's own VFS claims). Absent: files that SQLite does
//! not open, such as the key file, and memory-mapped files.

mod disk;
mod image;
mod vfs;

pub use disk::{Copy, Counts, Disk, Fault, Kind, Struck};
pub use image::Keep;

/// A generator of numbers from a seed: the same ones on every machine and with every release of every crate.
#[derive(Debug, Clone, Default)]
pub struct Chance(u64);

impl Chance {
    /// From a seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next number below `bound`; 0 where that is 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        // SplitMix64.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)).checked_rem(bound).unwrap_or(0)
    }

    /// True `of_100` times in a hundred.
    pub fn hit(&mut self, of_100: u64) -> bool {
        self.below(100) < of_100
    }
}
