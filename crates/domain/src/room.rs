//! Is there room for whoever wants in? What runs short is kept for the ends of those who are inside, and for disabling
//! (protocols 2.6, 2.12). Absent: how anything is measured.

use jiff::{SignedDuration, Timestamp};

/// What is kept on a large disk for ends and disabling, bytes. A small one keeps a tenth of itself.
const KEPT_FREE: u64 = 2 * 1024 * 1024 * 1024;

/// Most ends of requests that may be in no log yet while somebody is let in (protocols 2.6).
pub const ENDS_WAITING_MAX: usize = 10_000;
/// How long the oldest of them may have waited.
pub const END_WAIT_MAX: SignedDuration = SignedDuration::from_secs(60);
/// How far ahead of the clock the oldest may have begun to wait: clocks are corrected by so much. Further ahead it is not
/// known how long it has waited.
const END_AHEAD_MAX: SignedDuration = SignedDuration::from_secs(1);

/// Most refusals of known people that are recorded in a minute while there is no room, all organizations together: each is
/// some KiB of what is kept.
pub const DENIALS_WITHOUT_ROOM_MAX: u32 = 10;
const MINUTE: SignedDuration = SignedDuration::from_mins(1);

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

/// Ends of requests that are in no log yet.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct EndsWaiting {
    /// How many.
    pub count: usize,
    /// Since when the oldest of them waits.
    pub oldest: Option<Timestamp>,
}

impl EndsWaiting {
    /// How long the oldest has waited at `now`; less than nothing where the clock was set back behind its beginning.
    #[must_use]
    pub fn age(&self, now: Timestamp) -> SignedDuration {
        self.oldest.map_or(SignedDuration::ZERO, |oldest| now.duration_since(oldest))
    }

    /// Whether the logs keep up well enough for somebody new to be let in.
    #[must_use]
    pub fn are_few(&self, now: Timestamp) -> bool {
        self.count <= ENDS_WAITING_MAX && (-END_AHEAD_MAX..=END_WAIT_MAX).contains(&self.age(now))
    }
}

/// The refusals that were recorded while there was no room, in the present minute.
#[derive(Debug, Clone, Copy, Default)]
pub struct DenialsWithoutRoom {
    since: Option<Timestamp>,
    recorded: u32,
}

impl DenialsWithoutRoom {
    /// Whether one more is recorded at `now`; counts it.
    pub fn take(&mut self, now: Timestamp) -> bool {
        // A clock that was set back begins another minute, so that it ends.
        let in_minute =
            |since: Timestamp| (SignedDuration::ZERO..MINUTE).contains(&now.duration_since(since));
        if !self.since.is_some_and(in_minute) {
            *self = Self { since: Some(now), recorded: 0 };
        }
        let may = self.recorded < DENIALS_WITHOUT_ROOM_MAX;
        self.recorded += u32::from(may);
        may
    }
}
