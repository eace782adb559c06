//! The real program on a small disk of its own that is filled up, to the mark and to the brim, or read-only. Needs to mount one, so it does nothing for whoever may
//! not; `crates/app/tests/room.rs` asks the same of a pretended one.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

mod killed;
mod served;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use killed::{Upstream, byleave, refused, text, verify};
use served::{Served, upstream};

/// A disk in memory, unmounted when dropped.
struct Disk(tempfile::TempDir);

impl Disk {
    fn mount(size: &str) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let mounted =
            Command::new("mount").args(["-t", "tmpfs", "-o", size, "tmpfs"]).arg(folder.path()).output();
        mounted.is_ok_and(|output| output.status.success()).then_some(Self(folder))
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn remount(&self, how: &str) {
        let how = format!("remount,{how}");
        assert!(Command::new("mount").args(["-o", &how]).arg(self.path()).status().unwrap().success());
    }

    /// A file that takes all but `left` bytes.
    fn fill(&self, left: u64) -> PathBuf {
        let path = self.path().join("ballast");
        let mut ballast = std::fs::File::create(&path).unwrap();
        // Bit by bit: whoever runs there writes as well.
        loop {
            let disk = rustix::fs::statvfs(self.path()).unwrap();
            let free = (disk.f_bavail * disk.f_frsize).saturating_sub(left);
            if free == 0 {
                return path;
            }
            let written = ballast.write_all(&vec![0; usize::try_from(free.min(64 * 1024)).unwrap()]);
            if left == 0 && written.is_err() {
                return path;
            }
            written.unwrap();
        }
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.path()).status();
    }
}

#[test]
fn a_full_disk_lets_nobody_new_in_and_a_contact_disables_all_the_same() {
    let Some(disk) = Disk::mount("size=16m") else {
        println!("not run: no disk can be mounted here");
        return;
    };
    let served = Served::start(disk.path(), "", &[]);
    let token = served.furnish(&upstream(), "Sasha Example", "sasha@vendor.example");
    let key = disk.path().join("sam.key");
    let made = Command::new(env!("CARGO_BIN_EXE_byleave")).arg("keygen").arg(&key).output().unwrap();
    assert!(made.status.success(), "{made:?}");
    let key = key.to_str().unwrap();
    let contact = ["contact", "create", "--organization", "acme", "--name", "Sam Example", "--phone"];
    served.byleave(&[&contact[..], &["+1 555 0100", "--email", "sam@acme.example", "--key", key]].concat());
    let bearer = format!("Bearer {token}");
    let headers = [("Authorization", bearer.as_str()), ("Byleave-Reason", "printer")];
    let enter = || served.get(served.gateway_port, "/t/probe/acme/", &headers);
    assert!(enter().starts_with("HTTP/1.1 200 "), "{}", enter());

    let ballast = disk.fill(1024 * 1024);
    until("nobody new is let in", || enter().starts_with("HTTP/1.1 503 "));
    let refused = enter();
    assert!(refused.contains("\"reason\":\"no_room\""), "{refused}");
    let ready = served.get(served.port, "/readyz", &[]);
    assert!(ready.starts_with("HTTP/1.1 503 ") && ready.contains("\"name\":\"disk\""), "{ready}");

    std::fs::remove_file(ballast).unwrap();
    until("people are let in again", || enter().starts_with("HTTP/1.1 200 "));

    disk.fill(1024 * 1024);
    until("nobody new is let in", || enter().starts_with("HTTP/1.1 503 "));
    let disabled = served.byleave(&["access", "disable", "--organization", "acme", "--key", key]);
    assert!(disabled.to_string().contains("checkpoint"), "{disabled}");
    let shown = served.byleave(&["access", "show", "--organization", "acme"]);
    assert_eq!(shown["support_access"], "disabled");
    assert!(!sentence(&served).contains("open"), "what was open has its end: {}", sentence(&served));
}

/// Past the mark, what is kept free is gone as well: nothing can be recorded, so nobody is inside, and nothing is promised.
#[test]
fn a_disk_that_is_full_to_the_brim_ends_everything_and_nothing_recorded_is_lost() {
    let Some(disk) = Disk::mount("size=16m") else {
        println!("not run: no disk can be mounted here");
        return;
    };
    let mut served = Served::start(disk.path(), "", &[]);
    let (upstream, address) = Upstream::start();
    let token = served.furnish(&address, "Sasha Example", "sasha@vendor.example");
    let key = disk.path().join("sam.key");
    assert!(byleave(&["keygen", text(&key)], &[]).status.success());
    let contact = ["contact", "create", "--organization", "acme", "--name", "Sam Example", "--phone"];
    served.byleave(
        &[&contact[..], &["+1 555 0100", "--email", "sam@acme.example", "--key", text(&key)]].concat(),
    );
    let bearer = format!("Bearer {token}");
    let headers = [("Authorization", bearer.as_str()), ("Byleave-Reason", "printer")];
    let enter = |served: &Served, path: &str| {
        served.status(served.gateway_port, &format!("/t/probe/acme{path}"), &headers)
    };
    assert_eq!(enter(&served, "/before"), 200);
    // Its end is to be written within a second, and there is no room for it.
    let ballast = disk.fill(0);
    until("nobody is let in", || enter(&served, "/meanwhile") == 503);
    until("the writer has stopped", || {
        served.get(served.port, "/readyz", &[]).contains("\"name\":\"writer\"")
    });
    let url = format!("http://127.0.0.1:{}", served.port);
    let access = ["access", "disable", "--organization", "acme", "--key", text(&key), "--url", &url];
    let disabled = byleave(&[&access[..], &["--token", &served.admin]].concat(), &[]);
    assert!(!disabled.status.success(), "it cannot be promised");
    assert!(!upstream.has_seen("/meanwhile"));

    served.signal("-KILL");
    served.ended();
    std::fs::remove_file(ballast).unwrap();
    let data = disk.path().join("data");
    let checked = byleave(&["check", "--data", text(&data)], &[]);
    assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stderr));
    let again = Served::start(disk.path(), "", &[]);
    verify(&again, "after it");
    assert!(!sentence(&again).contains("open"), "{}", sentence(&again));
    assert_eq!(enter(&again, "/after"), 200);
    again.byleave(&["access", "disable", "--organization", "acme", "--key", text(&key)]);
    assert_ne!(enter(&again, "/disabled"), 200);
}

#[test]
fn a_read_only_disk_is_not_served_and_the_refusal_says_so() {
    let Some(disk) = Disk::mount("size=16m") else {
        println!("not run: no disk can be mounted here");
        return;
    };
    let mut served = Served::start(disk.path(), "", &[]);
    served.furnish(&upstream(), "Sasha Example", "sasha@vendor.example");
    served.signal("-TERM");
    assert!(served.ended().success(), "{}", served.said());
    drop(served);
    let config = disk.path().join("byleave.toml");
    disk.remount("ro");
    let why = refused(&["serve", "--config", text(&config)]);
    assert!(why.contains("byleave.db` cannot be opened: Read-only file system"), "{why}");
    disk.remount("rw");
    let again = Served::start(disk.path(), "", &[]);
    verify(&again, "written again");
}

/// What `byleave verify` says of the log.
fn sentence(served: &Served) -> String {
    let log = served.byleave(&["organization", "show", "acme"])["log"].clone();
    let verified = ["verify", log["url"].as_str().unwrap(), "--vkey", log["vkey"].as_str().unwrap()];
    served.byleave(&verified)["sentence"].as_str().unwrap().to_owned()
}

fn until(what: &str, holds: impl Fn() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < Duration::from_secs(10), "{what}");
        std::thread::sleep(Duration::from_millis(100));
    }
}
