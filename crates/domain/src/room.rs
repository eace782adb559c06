//! Is there room for whoever wants in? What runs short is kept for the ends of those who are inside, and for disabling
//! (protocols 2.12). Absent: how anything is measured.

/// What is kept on a large disk for ends and disabling, bytes. A small one keeps a tenth of itself.
const KEPT_FREE: u64 = 2 * 1024 * 1024 * 1024;

/// How full a disk is, bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Space {
    /// Left for this process.
    pub free: u64,
    /// In all.
    pub size: u64,
}

impl Space {
    /// The mark below which nobody new is let in: a tenth or 2 GiB, whichever is less.
    #[must_use]
    pub const fn mark(&self) -> u64 {
        let tenth = self.size / 10;
        if tenth < KEPT_FREE { tenth } else { KEPT_FREE }
    }

    /// Whether there is room for whoever wants to enter. A disk of no size says nothing of itself, and counts as full.
    #[must_use]
    pub const fn is_enough(&self) -> bool {
        self.size > 0 && self.free >= self.mark()
    }
}
