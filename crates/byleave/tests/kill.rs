//! `kill -9` of the real program at every named point: of a request (S1–S7), of disabling (C1–C4), of ends, of bringing a
//! database up to date, of backup and restore. After each: `check` and `verify` find nothing, whatever the upstream has seen
//! is in the log, a disable that was answered holds, and nothing half is taken for whole.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

mod killed;
mod served;
mod source;

use std::collections::BTreeSet;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::time::{Duration, Instant};

use killed::{Home, Kills, Template, byleave, done, is_disabled, is_kill, refused, text, verify, was_killed};
use served::Served;

/// A request whose visit it opens: the visit is the first commit, the request's record the second. With each point,
/// whether the record is there after.
const REQUEST: &[(&str, bool)] = &[
    // S1, received.
    ("record.sent", false),
    // S2, collected.
    ("record.collected", false),
    // The visit is not there, or there without a request.
    ("commit.before", false),
    ("commit.after", false),
    // S3.
    ("commit.before:2", false),
    ("commit.after:2", true),
    // S4 is for more than one process: this one has no anchor beside the head, which is signed inside the transaction.
    // S5, signed.
    ("log.signed:2", true),
    // S6, before the answer, on either side of it.
    ("record.before_answer", true),
    ("record.answered", true),
    // S7, before the first byte upstream, and with the answer's head back.
    ("forward.before", true),
    ("forward.answered", true),
];

/// A disable, with somebody inside. Commits: its own; its entry's; the visit's last one. With each point, whether the disable
/// is in force after.
const DISABLE: &[(&str, bool)] = &[
    ("disable.asked", false),
    ("commit.before", false),
    ("commit.after", true),
    ("disable.committed", true),
    ("disable.cut", true),
    ("commit.before:2", true),
    ("commit.after:2", true),
    ("disable.in_log", true),
    ("commit.before:3", true),
    ("commit.after:3", true),
    ("disable.before_receipt", true),
];

/// The roll-up of ends.
const END: &[&str] = &["commit.before", "commit.after", "log.signed"];

/// Each of the steps from the oldest database that there is, and some of those from none.
const MIGRATE: &[&str] = &["migrate.sealed", "migrate.before_commit", "migrate.after_commit"];
const STEPS_FROM_OLDEST: u32 = 4;

const BACKUP: &[(&str, bool)] = &[
    ("copy.begun", false),
    ("copy.midway", false),
    ("backup.before_rename", false),
    ("backup.keys_in_place", false),
    ("backup.in_place", true),
];

const RESTORE: &[&str] = &[
    "copy.begun",
    "copy.midway",
    "restore.staged",
    "restore.before_rename",
    "restore.database_in_place",
    "restore.keys_in_place",
];

#[test]
fn every_point_in_the_source_has_a_row() {
    let of_pairs = |rows: &[(&'static str, bool)]| rows.iter().map(|(point, _)| *point).collect::<Vec<_>>();
    let rows = [
        of_pairs(REQUEST),
        of_pairs(DISABLE),
        of_pairs(BACKUP),
        END.to_vec(),
        MIGRATE.to_vec(),
        RESTORE.to_vec(),
    ];
    let rows: BTreeSet<_> =
        rows.concat().iter().map(|row| row.split(':').next().unwrap().to_owned()).collect();
    let mut points = BTreeSet::new();
    for file in source::files(&["rs"]).iter().filter(|file| file.path.contains("/src/")) {
        let named = file.text.split("fail_point(\"").skip(1);
        for point in named.map(|rest| rest.split('"').next().unwrap().to_owned()) {
            assert!(points.insert(point.clone()), "`{point}` is the name of two points");
        }
    }
    assert_eq!(rows, points);
}

/// What is left holds, and what was seen is recorded.
fn holds(
    home: &Home,
    template: &Template,
    path: &str,
    recorded: Option<bool>,
    status: u16,
    why: &str,
) -> Served {
    home.disarm();
    home.check(why);
    let is = home.has_recorded(path);
    assert!(is || !template.upstream.has_seen(path), "{why}: it was forwarded and is not recorded");
    assert!(is || status != 200, "{why}: it was answered and is not recorded");
    assert!(recorded.is_none_or(|recorded| recorded == is), "{why}: recorded: {is}");
    let again = home.start();
    verify(&again, why);
    again
}

#[test]
fn a_kill_at_any_point_of_a_request_forwards_nothing_unrecorded() {
    let template = Template::new();
    for (number, (point, recorded)) in REQUEST.iter().enumerate() {
        let (home, path) = (template.copy(), format!("/n{number}"));
        let mut served = home.start();
        home.arm(point);
        let status = home.enter(&served, &path);
        was_killed(&mut served, point);
        let forwarded = template.upstream.has_seen(&path);
        assert_eq!(forwarded, *point == "forward.answered", "{point}");
        let again = holds(&home, &template, &path, Some(*recorded), status, point);
        assert_eq!(home.enter(&again, "/after"), 200, "{point}: life goes on");
    }
    for (path, kills) in [("/at-request", Kills::AtRequest), ("/at-half", Kills::AtHalfAnswer)] {
        let home = template.copy();
        let mut served = home.start();
        template.upstream.kill(kills, served.id());
        let status = home.enter(&served, path);
        was_killed(&mut served, path);
        assert!(template.upstream.has_seen(path), "{path}");
        holds(&home, &template, path, Some(true), if kills == Kills::AtRequest { status } else { 200 }, path);
    }
    println!("a request: {} points", REQUEST.len() + 2);
}

#[test]
fn a_kill_at_any_point_of_a_disable_lets_nobody_in_after_its_answer() {
    let template = Template::new();
    for (number, (point, in_force)) in DISABLE.iter().enumerate() {
        let (home, path) = (template.copy(), format!("/d{number}"));
        let mut served = home.start();
        // Somebody is inside, with a stream that only a cut ends.
        let (port, bearer, slow) = (served.gateway_port, home.bearer(), format!("/{number}/slow"));
        let streaming = std::thread::spawn({
            let slow = slow.clone();
            move || stream(port, &bearer, &slow)
        });
        let begun = Instant::now();
        while !template.upstream.has_seen(&slow) {
            assert!(begun.elapsed() < Duration::from_secs(10), "{point}: nobody is inside");
            std::thread::sleep(Duration::from_millis(10));
        }
        home.arm(point);
        let disabled = disable(&home, &served);
        was_killed(&mut served, point);
        drop(streaming.join());
        assert!(!disabled, "{point}: it was answered before its end");
        let again = holds(&home, &template, &path, None, 0, point);
        assert_eq!(is_disabled(&again), *in_force, "{point}");
        assert_eq!(home.enter(&again, &path) == 200, !in_force, "{point}");
        assert_eq!(template.upstream.has_seen(&path), !in_force, "{point}");
        assert!(disable(&home, &again), "{point}: asked again, it is answered");
        verify(&again, point);
        drop(again);
        let again = home.start();
        assert!(is_disabled(&again) && home.enter(&again, &path) != 200, "{point}: it was answered");
    }
    println!("a disable: {} points", DISABLE.len());
}

fn disable(home: &Home, served: &Served) -> bool {
    let url = format!("http://127.0.0.1:{}", served.port);
    let key = home.key();
    let access = ["access", "disable", "--organization", "acme", "--key", text(&key)];
    let output = byleave(&[&access[..], &["--url", &url, "--token", &served.admin]].concat(), &[]);
    output.status.success()
}

/// Returns when the other side has cut it.
fn stream(port: u16, bearer: &str, path: &str) {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    let head = format!("GET /t/probe/acme{path} HTTP/1.1\r\nHost: localhost:{port}\r\n");
    write!(stream, "{head}Authorization: {bearer}\r\nByleave-Reason: slow\r\n\r\n").unwrap();
    let mut all = Vec::new();
    let _ = stream.read_to_end(&mut all);
}

#[test]
fn a_kill_while_ends_are_written_ends_everything_once() {
    let template = Template::new();
    for (number, point) in END.iter().enumerate() {
        let (home, path) = (template.copy(), format!("/e{number}"));
        let mut served = home.start();
        assert_eq!(home.enter(&served, &path), 200);
        home.arm(point);
        was_killed(&mut served, point);
        let again = holds(&home, &template, &path, Some(true), 200, point);
        let log = again.byleave(&["organization", "show", "acme"])["log"].clone();
        let verified = ["verify", log["url"].as_str().unwrap(), "--vkey", log["vkey"].as_str().unwrap()];
        let said = done(&verified);
        assert!(!said.contains("open"), "{point}: {said}");
    }
    println!("ends: {} points", END.len());
}

#[test]
fn a_kill_while_a_database_is_brought_up_to_date_leaves_the_old_or_the_new() {
    let old = Path::new(env!("CARGO_MANIFEST_DIR")).join("../app/tests/fixtures/schema-2.sqlite");
    let points =
        MIGRATE.iter().flat_map(|point| (1..=STEPS_FROM_OLDEST).map(move |step| (*point, step, true)));
    let from_none = [
        ("migrate.before_commit", 1, false),
        ("migrate.after_commit", 1, false),
        ("migrate.before_commit", 6, false),
    ];
    let mut all = 0;
    for (point, step, from_old) in points.chain(from_none) {
        let why = format!("{point}:{step}, from an old one: {from_old}");
        let home = Home::empty("");
        if from_old {
            std::fs::copy(&old, home.data().join("byleave.db")).unwrap();
            let key = home.data().join("deployment.key");
            std::fs::write(&key, "2a".repeat(32)).unwrap();
            std::fs::set_permissions(&key, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
        }
        let (name, file) = home.armable();
        let variables = [("BYLEAVE_DEPLOYMENT", "test.byleave.example"), (name.as_str(), file.as_str())];
        home.arm(&format!("{point}:{step}"));
        let mut served = Served::begin(home.path(), "", &variables);
        was_killed(&mut served, &why);
        home.disarm();
        let mut again = Served::start(home.path(), "", &variables);
        if from_old {
            verify(&again, &why);
        }
        again.signal("-TERM");
        assert!(again.ended().success(), "{why}: {}", again.said());
        home.check(&why);
        all += 1;
    }
    println!("bringing up to date: {all} points");
}

#[test]
fn a_kill_at_any_point_of_a_backup_leaves_none_or_a_whole_one() {
    let template = Template::new();
    for (point, whole) in BACKUP {
        let home = template.copy();
        let served = home.start();
        assert_eq!(home.enter(&served, "/before"), 200);
        let copy = home.path().join("copy.db");
        let (name, file) = home.armable();
        let data = home.data();
        let backup = ["backup", "--data", text(&data), "--output", text(&copy)];
        home.arm(point);
        // The process that serves passes none of these points.
        let output = byleave(&backup, &[(&name, &file)]);
        assert!(is_kill(output.status), "{point}: {output:?}");
        assert_eq!(copy.exists(), *whole, "{point}: a copy under its final name is a whole one");
        home.disarm();
        let new = Home::empty("");
        std::fs::copy(home.data().join("deployment.key"), new.data().join("deployment.key")).unwrap();
        let to = new.data();
        let restore = ["restore", "--from", text(&copy), "--data", text(&to)];
        if *whole {
            done(&restore);
            new.check(point);
        } else {
            let why = refused(&restore);
            assert!(why.contains("is missing"), "{point}: {why}");
            let second = home.path().join("second.db");
            done(&["backup", "--data", text(&data), "--output", text(&second)]);
            done(&["restore", "--from", text(&second), "--data", text(&to)]);
            new.check(point);
        }
        assert_eq!(home.enter(&served, "/after"), 200, "{point}");
        verify(&served, point);
    }
    println!("a backup: {} points", BACKUP.len());
}

#[test]
fn a_kill_at_any_point_of_a_restore_leaves_nothing_that_starts_by_itself() {
    let template = Template::new();
    let from = template.copy();
    let copy = from.path().join("copy.db");
    done(&["backup", "--data", text(&from.data()), "--output", text(&copy)]);
    for point in RESTORE {
        let home = Home::empty("");
        std::fs::copy(from.data().join("deployment.key"), home.data().join("deployment.key")).unwrap();
        let (data, (name, file)) = (home.data(), home.armable());
        let restore = ["restore", "--from", text(&copy), "--data", text(&data)];
        home.arm(point);
        let output = byleave(&restore, &[(&name, &file)]);
        assert!(is_kill(output.status), "{point}: {output:?}");
        home.disarm();
        let mut served = Served::begin(home.path(), "", &[]);
        let status =
            served.ended_within(Duration::from_secs(20)).expect("it does not serve what is half restored");
        assert!(
            !status.success() && served.said().contains("left of a restore"),
            "{point}: {}",
            served.said()
        );
        // As it says.
        std::fs::remove_dir_all(data.join("restoring")).unwrap();
        for name in ["byleave.db", "byleave.keys"] {
            let _ = std::fs::remove_file(data.join(name));
        }
        done(&restore);
        home.check(point);
    }
    println!("a restore: {} points", RESTORE.len());
}
