//! The real program with a wall clock that jumps, by libfaketime: an hour and a day, forwards and backwards, during a visit
//! and between two starts. No visit, session or token lasts longer or works again, a contact disables all the same, and the
//! log verifies whatever times are in it. Where there is no libfaketime nothing is done; `./test` installs it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

mod killed;
mod served;

use std::path::Path;
use std::time::Duration;

use killed::{Home, Template, byleave, text, verify};
use served::Served;

const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;
const TOKEN_DAYS: i64 = 90;

fn library() -> Option<&'static str> {
    let known = [
        "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1",
        "/usr/lib/aarch64-linux-gnu/faketime/libfaketime.so.1",
    ];
    let found = known.into_iter().find(|path| Path::new(path).exists());
    if found.is_none() {
        println!("not run: there is no libfaketime");
    }
    found
}

/// A served deployment whose wall clock the test sets; the clock that nobody sets goes on.
struct Clocked {
    home: Home,
    served: Served,
    library: &'static str,
}

impl Clocked {
    fn start(home: Home, library: &'static str, seconds: i64) -> Self {
        set(&home, seconds);
        let served = Self::serve(&home, library);
        Self { home, served, library }
    }

    fn serve(home: &Home, library: &str) -> Served {
        let file = home.path().join("clock");
        let variables = [
            ("LD_PRELOAD", library),
            ("FAKETIME_TIMESTAMP_FILE", text(&file)),
            ("FAKETIME_NO_CACHE", "1"),
            ("FAKETIME_DONT_FAKE_MONOTONIC", "1"),
            ("DONT_FAKE_MONOTONIC", "1"),
        ];
        Served::start(home.path(), "", &variables)
    }

    fn jump(&self, seconds: i64) {
        set(&self.home, seconds);
    }

    /// Killed, its clock set, and started.
    fn restart(self, seconds: i64) -> Self {
        let Self { home, served, library } = self;
        drop(served);
        set(&home, seconds);
        let served = Self::serve(&home, library);
        Self { home, served, library }
    }

    fn enter(&self, path: &str) -> u16 {
        self.home.enter(&self.served, path)
    }

    fn enters_soon(&self, path: &str) -> bool {
        (0..50).any(|_| {
            std::thread::sleep(Duration::from_millis(100));
            self.enter(path) == 200
        })
    }

    fn size(&self) -> u64 {
        let log = self.served.byleave(&["organization", "show", "acme"])["log"].clone();
        let verified = ["verify", log["url"].as_str().unwrap(), "--vkey", log["vkey"].as_str().unwrap()];
        self.served.byleave(&verified)["size"].as_u64().unwrap()
    }

    /// With the contact's own clock, which is right.
    fn disable(&self) -> bool {
        let (url, key) = (format!("http://127.0.0.1:{}", self.served.port), self.home.key());
        let access = ["access", "disable", "--organization", "acme", "--key", text(&key)];
        let output = byleave(&[&access[..], &["--url", &url, "--token", &self.served.admin]].concat(), &[]);
        output.status.success()
    }
}

/// How far off the wall clock is from here on.
fn set(home: &Home, seconds: i64) {
    let new = home.path().join("clock.new");
    std::fs::write(&new, format!("{seconds:+}\n")).unwrap();
    std::fs::rename(new, home.path().join("clock")).unwrap();
}

#[test]
fn no_jump_of_the_clock_keeps_anybody_in_or_a_contact_from_disabling() {
    let Some(library) = library() else { return };
    let template = Template::new();
    let mut jumps = 0;
    for seconds in [HOUR, -HOUR, DAY, -DAY] {
        for restarted in [false, true] {
            let why =
                format!("{seconds:+} s, {}", if restarted { "between two starts" } else { "during a visit" });
            let mut clocked = Clocked::start(template.copy(), library, 0);
            assert_eq!(clocked.enter("/before"), 200, "{why}");
            if restarted {
                clocked = clocked.restart(seconds);
            } else {
                clocked.jump(seconds);
            }
            // The token is good for its 90 days. An end that waits to be written may look an hour late, and the logs behind.
            assert!(clocked.enters_soon("/after"), "{why}");
            verify(&clocked.served, &why);
            assert!(clocked.disable(), "{why}: a contact disables");
            assert_ne!(clocked.enter("/later"), 200, "{why}");
            verify(&clocked.served, &why);
            clocked.jump(0);
            assert_ne!(clocked.enter("/back"), 200, "{why}");
            clocked.served.signal("-TERM");
            assert!(clocked.served.ended().success(), "{why}: {}", clocked.served.said());
            clocked.home.check(&why);
            jumps += 1;
        }
    }
    println!("clock jumps: {jumps}");
}

/// Fifteen minutes unused end a visit, and so does an hour that the clock skips; the hour taken back does not open it again.
#[test]
fn a_visit_that_a_jump_has_ended_stays_ended() {
    let Some(library) = library() else { return };
    let clocked = Clocked::start(Template::new().copy(), library, 0);
    assert_eq!(clocked.enter("/visit"), 200);
    // Its request has its end by then.
    std::thread::sleep(Duration::from_millis(1500));
    let before = clocked.size();
    clocked.jump(HOUR);
    std::thread::sleep(Duration::from_millis(1500));
    assert!(clocked.size() > before, "the visit's last entry");
    clocked.jump(0);
    assert!(clocked.enters_soon("/visit"));
    // Of the same visit it would be two at most, the request and its end.
    assert!(clocked.size() >= before + 3, "the end of the visit, another one, and its request");
    verify(&clocked.served, "after it");
}

/// A token that has run out does not work again because the clock is set back.
#[test]
fn what_has_run_out_does_not_work_again() {
    let Some(library) = library() else { return };
    let clocked = Clocked::start(Template::new().copy(), library, 0);
    assert_eq!(clocked.enter("/before"), 200);
    clocked.jump((TOKEN_DAYS + 1) * DAY);
    assert_eq!(clocked.enter("/after"), 401);
    clocked.jump(0);
    assert_eq!(clocked.enter("/back"), 401);
}

/// The hour was a mistake and is taken back: the process stays ahead, and says so until it is started again.
#[test]
fn a_jump_that_is_taken_back_is_told_until_a_restart() {
    let Some(library) = library() else { return };
    let clocked = Clocked::start(Template::new().copy(), library, 0);
    let asked = |clocked: &Clocked| {
        let get = |path| clocked.served.get(clocked.served.port, path, &[]);
        (get("/readyz").contains("\"clock\""), get("/metrics").contains("byleave_clock_ahead_seconds 0\n"))
    };
    assert_eq!(asked(&clocked), (false, true));
    clocked.jump(HOUR);
    assert_eq!(asked(&clocked), (false, true), "it is believed");
    clocked.jump(0);
    assert_eq!(asked(&clocked), (true, false));
    let clocked = clocked.restart(0);
    assert_eq!(asked(&clocked), (false, true));
}
