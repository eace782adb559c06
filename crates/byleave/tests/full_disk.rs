//! The real program on a small disk of its own that is filled up. Needs to mount one, so it does nothing for whoever may
//! not; `crates/app/tests/room.rs` asks the same of a pretended one.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

mod served;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

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

    /// A file that takes all but `left` bytes.
    fn fill(&self, left: u64) -> PathBuf {
        let disk = rustix::fs::statvfs(self.path()).unwrap();
        let path = self.path().join("ballast");
        std::fs::write(&path, vec![0; usize::try_from(disk.f_bavail * disk.f_frsize - left).unwrap()])
            .unwrap();
        path
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
}

fn until(what: &str, holds: impl Fn() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < Duration::from_secs(10), "{what}");
        std::thread::sleep(Duration::from_millis(100));
    }
}
