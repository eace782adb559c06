//! Room on the disk (protocols 2.12): when it runs short nobody new is let in, so that what is left is kept for the ends
//! of those who are inside, and for disabling. Absent: how it is measured; that is a port.

use std::sync::{Arc, Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};

use crate::ports::Disk;

/// What is kept on a large disk for ends and disabling, bytes. A small one keeps a tenth of itself.
const KEPT_FREE: u64 = 2 * 1024 * 1024 * 1024;
/// How long a measure counts.
const MEASURE_LASTS: SignedDuration = SignedDuration::from_secs(1);

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

    /// Whether there is room for whoever wants to enter.
    #[must_use]
    pub const fn is_enough(&self) -> bool {
        self.free >= self.mark()
    }
}

/// The last measure, taken anew at most once a second.
#[derive(Clone)]
pub(crate) struct Measured {
    disk: Arc<dyn Disk>,
    last: Arc<Mutex<Option<Measure>>>,
}

/// When, and what was found.
type Measure = (Timestamp, Option<Space>);

impl Measured {
    pub fn new(disk: Arc<dyn Disk>) -> Self {
        Self { disk, last: Arc::default() }
    }

    pub fn space(&self, now: Timestamp) -> Option<Space> {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        match *last {
            // A clock that was set back must not keep an old measure for long.
            Some((at, space)) if now.duration_since(at).abs() < MEASURE_LASTS => space,
            _ => {
                let space = self.disk.space();
                *last = Some((now, space));
                space
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Space;

    #[test]
    fn a_small_disk_keeps_a_tenth_and_a_large_one_two_gibibytes() {
        const GIB: u64 = 1 << 30;
        for (free, size, enough) in [
            (0, 0, true),
            (9, 100, false),
            (10, 100, true),
            (GIB, 10 * GIB, true),
            (GIB - 1, 10 * GIB, false),
            (2 * GIB - 1, 20 * GIB, false),
            (2 * GIB, 20 * GIB, true),
            (2 * GIB - 1, 4096 * GIB, false),
            (2 * GIB, 4096 * GIB, true),
        ] {
            assert_eq!(Space { free, size }.is_enough(), enough, "{free} of {size}");
        }
    }
}
