//! What is kept free, and who is let in then.

use byleave_domain::room::Space;

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
