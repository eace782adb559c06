//! Copying a data directory while it is served, looking at it, and putting it back: with the real program.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

mod served;

use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use byleave_domain::ids::OrganizationId;
use byleave_store::intruder::Intruder;
use served::{Served, upstream};

/// What serves where it should have refused is ended, and has failed.
fn byleave(arguments: &[&str]) -> Output {
    Command::new("timeout").args(["60", env!("CARGO_BIN_EXE_byleave")]).args(arguments).output().unwrap()
}

fn done(arguments: &[&str]) -> String {
    let output = byleave(arguments);
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn refused(arguments: &[&str]) -> String {
    let output = byleave(arguments);
    assert_eq!(output.status.code(), Some(1), "{arguments:?}");
    String::from_utf8(output.stderr).unwrap()
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// A served deployment with a person who has been inside.
struct Stage {
    folder: tempfile::TempDir,
    served: Served,
    token: String,
    contact_key: PathBuf,
    organization: OrganizationId,
}

impl Stage {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path().join("home");
        std::fs::create_dir(&home).unwrap();
        let served = Served::start(&home, "", &[]);
        let token = served.furnish(&upstream(), "Sasha Example", "sasha@vendor.example");
        let contact_key = folder.path().join("sam.key");
        done(&["keygen", text(&contact_key)]);
        let contact = ["contact", "create", "--organization", "acme", "--name", "Sam Example", "--phone"];
        let more = ["+1 555 0100", "--email", "sam@acme.example", "--key", text(&contact_key)];
        served.byleave(&[&contact[..], &more].concat());
        let shown = served.byleave(&["organization", "show", "acme"]);
        let organization = shown["id"].as_str().unwrap().parse().unwrap();
        let stage = Self { folder, served, token, contact_key, organization };
        assert_eq!(stage.enter(&stage.served), 200);
        stage
    }

    fn enter(&self, served: &Served) -> u16 {
        let bearer = format!("Bearer {}", self.token);
        let headers = [("Authorization", bearer.as_str()), ("Byleave-Reason", "printer")];
        served.status(served.gateway_port, "/t/probe/acme/", &headers)
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("home/data")
    }

    fn backup(&self) -> PathBuf {
        let copy = self.folder.path().join("copy.db");
        done(&["backup", "--data", text(&self.data()), "--output", text(&copy)]);
        copy
    }

    fn stop(&mut self) {
        self.served.signal("-TERM");
        assert!(self.served.ended().success(), "{}", self.served.said());
    }

    /// A home with a directory that has the deployment's key and nothing else.
    fn empty(&self, name: &str) -> PathBuf {
        let data = self.folder.path().join(name).join("data");
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(&data).unwrap();
        std::fs::copy(self.data().join("deployment.key"), data.join("deployment.key")).unwrap();
        data
    }
}

#[test]
fn a_copy_taken_while_served_is_restored_and_lets_nobody_in() {
    let mut stage = Stage::new();
    let copy = stage.backup();
    let keys = stage.folder.path().join("copy.db.keys");
    for file in [&copy, &keys] {
        assert_eq!(std::fs::metadata(file).unwrap().mode() & 0o777, 0o600, "{}", file.display());
    }
    assert_eq!(names(stage.folder.path()), ["copy.db", "copy.db.keys", "home", "sam.key", "sam.key.pub"]);
    let again = refused(&["backup", "--data", text(&stage.data()), "--output", text(&copy)]);
    assert!(again.contains("is there already"), "{again}");

    // Life goes on after it.
    assert_eq!(stage.enter(&stage.served), 200);
    stage.stop();

    let data = stage.empty("new");
    let said = done(&["restore", "--from", text(&copy), "--data", text(&data)]);
    assert!(said.contains("Restored 1 logs") && said.contains("Nobody enters"), "{said}");
    assert_eq!(names(&data), ["byleave.db", "byleave.keys", "deployment.key"]);
    for name in ["byleave.db", "byleave.keys"] {
        assert_eq!(std::fs::metadata(data.join(name)).unwrap().mode() & 0o777, 0o600, "{name}");
    }
    let looked = byleave(&["check", "--data", text(&data)]);
    assert!(
        looked.status.success() && String::from_utf8(looked.stderr).unwrap().contains("This is a copy of")
    );

    let restored = Served::start(&stage.folder.path().join("new"), "", &[]);
    assert_eq!(stage.enter(&restored), 503);
    let size = |served: &Served| {
        let log = served.byleave(&["organization", "show", "acme"])["log"].clone();
        let verified = ["verify", log["url"].as_str().unwrap(), "--vkey", log["vkey"].as_str().unwrap()];
        served.byleave(&verified)["size"].as_u64().unwrap()
    };
    let before = size(&restored);
    let key = text(&stage.contact_key);
    let disabled = restored.byleave(&["access", "disable", "--organization", "acme", "--key", key]);
    assert!(disabled["entry"].is_null(), "the log takes nothing: {disabled}");
    assert_eq!(restored.byleave(&["access", "show", "--organization", "acme"])["support_access"], "disabled");
    assert_eq!(size(&restored), before);
    assert!(restored.said().contains("this is a copy of"), "{}", restored.said());
}

#[test]
fn with_the_word_that_nothing_came_after_it_goes_on() {
    let mut stage = Stage::new();
    stage.stop();
    let (copy, data) = (stage.backup(), stage.empty("new"));
    let restore = ["restore", "--from", text(&copy), "--data", text(&data), "--nothing-was-recorded-since"];
    assert!(done(&restore).contains("goes on"));
    let restored = Served::start(&stage.folder.path().join("new"), "", &[]);
    assert_eq!(stage.enter(&restored), 200);
}

#[test]
fn a_copy_put_in_place_by_hand_is_known_as_one() {
    let mut stage = Stage::new();
    stage.stop();
    let (copy, data) = (stage.backup(), stage.empty("new"));
    std::fs::copy(&copy, data.join("byleave.db")).unwrap();
    std::fs::copy(stage.folder.path().join("copy.db.keys"), data.join("byleave.keys")).unwrap();
    let restored = Served::start(&stage.folder.path().join("new"), "", &[]);
    assert_eq!(stage.enter(&restored), 503);
}

#[test]
fn what_is_damaged_or_in_the_way_is_refused_and_nothing_is_changed() {
    let mut stage = Stage::new();
    stage.stop();
    let (copy, keys) = (stage.backup(), stage.folder.path().join("copy.db.keys"));
    let data = stage.empty("new");
    let restore = ["restore", "--from", text(&copy), "--data", text(&data)];
    let untouched = |why: &str| assert_eq!(names(&data), ["deployment.key"], "{why}");

    let home = stage.data();
    let why = refused(&["restore", "--from", text(&copy), "--data", text(&home)]);
    assert!(why.contains("byleave.db` is there already"), "{why}");

    let whole = std::fs::read(&keys).unwrap();
    std::fs::write(&keys, &whole[..whole.len() - 128]).unwrap();
    let why = refused(&restore);
    untouched(&why);
    std::fs::remove_file(&keys).unwrap();
    let why = refused(&restore);
    assert!(why.contains("copy.db.keys` is missing"), "{why}");
    untouched(&why);
    std::fs::write(&keys, &whole).unwrap();

    std::fs::rename(data.join("deployment.key"), data.join("away")).unwrap();
    let why = refused(&restore);
    assert!(why.contains("deployment.key` is missing"), "{why}");
    std::fs::write(data.join("deployment.key"), "00".repeat(32)).unwrap();
    let why = refused(&restore);
    assert!(why.contains("another `deployment.key`'s"), "{why}");
    std::fs::rename(data.join("away"), data.join("deployment.key")).unwrap();
    untouched("all but the key");

    // A log that was cut short is found, and named.
    let intruder = Intruder::open(&copy).unwrap();
    assert!(intruder.cut_log(stage.organization, 2).unwrap() > 0);
    drop(intruder);
    let why = refused(&restore);
    assert!(why.contains("acme: does not hold") && why.contains("1 of 1 logs"), "{why}");
    untouched(&why);
    done(&[&restore[..], &["--despite-faults"]].concat());
    let why = refused(&["check", "--data", text(&data)]);
    assert!(why.contains("1 of 1 logs do not hold"), "{why}");
}

#[test]
fn what_a_restore_left_is_not_served() {
    let mut stage = Stage::new();
    stage.stop();
    let data = stage.data();
    std::fs::create_dir(data.join("restoring")).unwrap();
    let said = refused(&["serve", "--config", text(&stage.folder.path().join("home/byleave.toml"))]);
    assert!(said.contains("left of a restore"), "{said}");
}

#[test]
fn a_look_changes_nothing_and_finds_what_the_start_would() {
    let mut stage = Stage::new();
    let data = stage.data();
    let why = refused(&["check", "--data", text(&data)]);
    assert!(why.contains("in use by another process"), "{why}");
    stage.served.signal("-KILL");
    stage.served.ended();

    let read = |name: &str| std::fs::read(data.join(name)).unwrap();
    let before = ["byleave.db", "byleave.db-wal", "byleave.keys", "deployment.key"].map(read);
    let outcome: serde_json::Value =
        serde_json::from_str(&done(&["check", "--data", text(&data), "--json"])).unwrap();
    assert_eq!((&outcome["organization"], &outcome["holds"]), (&"acme".into(), &true.into()));
    assert_eq!(["byleave.db", "byleave.db-wal", "byleave.keys", "deployment.key"].map(read), before);

    let intruder = Intruder::open(&data.join("byleave.db")).unwrap();
    intruder.cut_log(stage.organization, 1).unwrap();
    drop(intruder);
    let why = refused(&["check", "--data", text(&data)]);
    assert!(why.contains("1 of 1 logs do not hold"), "{why}");

    let why = refused(&["check", "--data", text(stage.folder.path())]);
    assert!(why.contains("is missing"), "{why}");
    assert!(!stage.folder.path().join("byleave.db.lock").exists());
}
