//! Places at which a test can have the process end as `kill -9` would: at once, with nothing of ours run after it.
//!
//! In a build without debug assertions, which every release is, there is nothing here: [`fail_point`] is empty and its name
//! not in the binary. A cargo feature would have had all of it built a second time for one test. In a debug build whoever
//! sets the variable [`VARIABLE`] of a process could have killed it as well, so it lets nobody do more.
//!
//! The variable names a file, and the file a point: written when the test is ready, it arms a process that runs already.
//! `name:3` is the third time that `name` is passed from then on. Every point has a row in `crates/byleave/tests/kill.rs`.

/// The variable with the path of the file that names the point.
#[cfg(debug_assertions)]
pub const VARIABLE: &str = "FAIL_POINT_FILE";

/// Ends the process if this point is armed.
#[cfg(not(debug_assertions))]
#[inline(always)]
pub const fn fail_point(_: &'static str) {}

/// Ends the process if this point is armed.
#[cfg(debug_assertions)]
pub fn fail_point(name: &'static str) {
    use std::path::PathBuf;
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicU32, Ordering};

    static FILE: OnceLock<Option<PathBuf>> = OnceLock::new();
    static PASSED: AtomicU32 = AtomicU32::new(0);

    let file = FILE.get_or_init(|| std::env::var_os(VARIABLE).map(PathBuf::from));
    let Some(armed) = file.as_ref().and_then(|file| std::fs::read_to_string(file).ok()) else { return };
    let armed = armed.trim_end();
    let (point, time) = armed.split_once(':').unwrap_or((armed, "1"));
    if point != name {
        return;
    }
    let passed = PASSED.fetch_add(1, Ordering::SeqCst) + 1;
    if time.parse() == Ok(passed) {
        std::process::abort();
    }
}
