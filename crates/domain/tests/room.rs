//! What is kept free, and who is let in then.

use byleave_domain::room::{DENIALS_WITHOUT_ROOM_MAX, DenialsWithoutRoom, EndsWaiting, Space};
use jiff::Timestamp;

#[test]
fn a_small_disk_keeps_a_tenth_and_a_large_one_two_gibibytes() {
    const GIB: u64 = 1 << 30;
    for (free, size, enough) in [
        (0, 0, false),
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

#[test]
fn ten_thousand_ends_may_wait_and_none_for_more_than_a_minute() {
    let at = |second| Timestamp::from_second(second).unwrap();
    for (count, since, few) in [
        (0, None, true),
        (10_000, Some(100), true),
        (10_001, Some(100), false),
        (1, Some(40), true),
        (1, Some(39), false),
        // The clock was corrected, and set back.
        (1, Some(101), true),
        (1, Some(102), false),
        (1, Some(161), false),
    ] {
        let waiting = EndsWaiting { count, oldest: since.map(at) };
        assert_eq!(waiting.are_few(at(100)), few, "{waiting:?}");
    }
}

#[test]
fn without_room_few_denials_a_minute_are_recorded() {
    let at = |second| Timestamp::from_second(second).unwrap();
    let mut denials = DenialsWithoutRoom::default();
    let mut recorded = |second| (0..100).filter(|_| denials.take(at(second))).count();
    let most = usize::try_from(DENIALS_WITHOUT_ROOM_MAX).unwrap();
    assert_eq!([1000, 1001, 1059, 1060, 1119, 1120].map(&mut recorded), [most, 0, 0, most, 0, most]);
    // A clock that is set back, by an hour or by a second, begins a minute, and no more than one.
    assert_eq!([1120 - 3600, 1121 - 3600, 1119 - 3600, 1120 - 3600].map(&mut recorded), [most, 0, most, 0]);
}
