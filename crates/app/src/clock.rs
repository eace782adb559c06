//! The one place that reads the wall clock, and the one that asks the operating system for randomness.
//!
//! Within a process the time does not jump back: a clock that is set back would give visits, sessions and tokens the time that
//! it takes away (N10). From there on time passes as the machine's other clock says, which nobody sets: the process stays as
//! far ahead as it was, until the wall clock is set forward again or a new process begins. A jump forward is believed, and one
//! that is corrected leaves the process ahead as well. How far it is ahead is told ([`SystemClock::ahead`]); time that passes
//! more slowly until the two agree was rejected, since it would make visits longer. Absent: what a process before this one knew.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};

use crate::ports::{Clock, Entropy};

/// How far the wall clock may be set back and still be followed: small corrections are a clock's everyday life.
const SET_BACK_MAX: SignedDuration = SignedDuration::from_secs(1);

/// What was answered last, and when on the clock that nobody sets.
static LAST: Mutex<Option<(Timestamp, Instant)>> = Mutex::new(None);

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl SystemClock {
    /// How far the time here is ahead of the wall clock. More than a moment only where that was set back.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "this is the clock")]
    pub fn ahead(&self) -> SignedDuration {
        self.now().duration_since(Timestamp::now()).max(SignedDuration::ZERO)
    }
}

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the clock")]
    fn now(&self) -> Timestamp {
        let mut last = LAST.lock().unwrap_or_else(PoisonError::into_inner);
        let (wall, passing) = (Timestamp::now(), Instant::now());
        let now = last.map_or(wall, |(then, since)| onward(then, passing.duration_since(since), wall));
        *last = Some((now, passing));
        now
    }
}

/// The time, when it was `then` so long ago and the wall clock says `wall`.
fn onward(then: Timestamp, passed: Duration, wall: Timestamp) -> Timestamp {
    let expected = SignedDuration::try_from(passed).ok().and_then(|passed| then.checked_add(passed).ok());
    match expected {
        Some(expected) if expected.duration_since(wall) > SET_BACK_MAX => expected,
        _ => wall,
    }
}

/// Whether what was found at `at` still counts at `now`: not when that is so long ago, and not when it has yet to come, as
/// after a clock was set back.
pub(crate) fn counts(at: Timestamp, now: Timestamp, lasts: SignedDuration) -> bool {
    (SignedDuration::ZERO..lasts).contains(&now.duration_since(at))
}

/// The operating system's generator.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    #[expect(
        clippy::expect_used,
        reason = "without randomness no id or secret may be made; there is no safe way on"
    )]
    fn fill(&self, bytes: &mut [u8]) {
        getrandom::fill(bytes).expect("the operating system gives randomness");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_is_set_back_takes_nothing_back() {
        let at = |seconds: i64| Timestamp::from_second(1_800_000_000 + seconds).unwrap();
        for (passed, wall, now) in [
            (10, 10, 10),
            // Corrections, either way.
            (10, 9, 9),
            (10, 12, 12),
            // Set back by an hour and by a day.
            (10, -3600, 10),
            (10, -86_400, 10),
            (3600, 3500, 3600),
            // Set forward, or asleep meanwhile.
            (10, 3600, 3600),
            (10, 86_400, 86_400),
        ] {
            assert_eq!(onward(at(0), Duration::from_secs(passed), at(wall)), at(now), "{passed} {wall}");
        }
    }

    #[test]
    fn what_was_found_counts_for_its_time_and_not_before_it_was_found() {
        let at = |ms: i64| Timestamp::from_millisecond(1_800_000_000_000 + ms).unwrap();
        for (now, still) in
            [(0, true), (999, true), (1000, false), (-1, false), (-999, false), (-3_600_000, false)]
        {
            assert_eq!(counts(at(0), at(now), SignedDuration::from_secs(1)), still, "{now} ms after");
        }
    }

    #[test]
    fn after_a_jump_forward_that_was_corrected_the_time_stays_ahead_and_passes_as_ever() {
        let at = |seconds: i64| Timestamp::from_second(1_800_000_000 + seconds).unwrap();
        let step = |now, wall| onward(now, Duration::from_secs(1), at(wall));
        let mut now = step(at(0), 3600);
        for second in 1..10_000 {
            now = step(now, second);
            assert_eq!(now, at(3600 + second));
        }
        assert_eq!(step(now, 20_000), at(20_000), "the wall clock is followed once it is ahead");
    }
}
