//! A deployment with people in it, copied for each kill; an upstream that knows what it has seen; and what is asked of
//! whatever a kill has left.

#![allow(dead_code, reason = "each test file uses its part")]

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Output};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use byleave_app::keys::Keys;
use byleave_app::ports::Store as _;
use byleave_domain::ids::parse_hex;
use byleave_fail_point::VARIABLE;
use byleave_store::{SqliteStore, backup};
use serde_json::Value;

use crate::served::Served;

/// How long a process may take to come to the point, and to end there.
const WAIT: Duration = Duration::from_secs(20);

pub fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// Runs the program to its end, which must come.
pub fn byleave(arguments: &[&str], variables: &[(&str, &str)]) -> Output {
    let program = env!("CARGO_BIN_EXE_byleave");
    let variables = variables.iter().copied();
    Command::new("timeout").args(["60", program]).args(arguments).envs(variables).output().unwrap()
}

pub fn done(arguments: &[&str]) -> String {
    let output = byleave(arguments, &[]);
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

pub fn refused(arguments: &[&str]) -> String {
    let output = byleave(arguments, &[]);
    assert_eq!(output.status.code(), Some(1), "{arguments:?}: {}", String::from_utf8_lossy(&output.stdout));
    String::from_utf8(output.stderr).unwrap()
}

/// What the upstream does with the process in front of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kills {
    /// Once it has the whole request's head.
    AtRequest,
    /// Once half of its answer is written.
    AtHalfAnswer,
}

/// A tool that notes each path it is asked for before it does anything else.
#[derive(Default)]
pub struct Upstream {
    seen: Mutex<Vec<String>>,
    kills: Mutex<Option<(Kills, u32)>>,
}

impl Upstream {
    pub fn start() -> (Arc<Self>, String) {
        let upstream = Arc::<Self>::default();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let serving = Arc::clone(&upstream);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let serving = Arc::clone(&serving);
                std::thread::spawn(move || serving.serve(stream));
            }
        });
        (upstream, address)
    }

    pub fn has_seen(&self, path: &str) -> bool {
        self.seen.lock().unwrap().iter().any(|seen| seen.ends_with(path))
    }

    pub fn kill(&self, when: Kills, process: u32) {
        *self.kills.lock().unwrap() = Some((when, process));
    }

    fn serve(&self, mut stream: TcpStream) {
        let mut reader = BufReader::new(stream.try_clone().unwrap());
        loop {
            let mut first = String::new();
            if reader.read_line(&mut first).unwrap_or(0) == 0 {
                return;
            }
            let path = first.split(' ').nth(1).unwrap_or_default().to_owned();
            self.seen.lock().unwrap().push(path.clone());
            self.may_kill(Kills::AtRequest);
            let mut line = first;
            while line.trim_end() != "" {
                line.clear();
                if reader.read_line(&mut line).unwrap_or(0) == 0 {
                    return;
                }
            }
            if path.ends_with("/slow") {
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
                while stream.write_all(b"1\r\n.\r\n").is_ok() {
                    std::thread::sleep(Duration::from_millis(20));
                }
                return;
            }
            if stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nok").is_err() {
                return;
            }
            self.may_kill(Kills::AtHalfAnswer);
            if stream.write_all(b"ok").is_err() {
                return;
            }
        }
    }

    fn may_kill(&self, when: Kills) {
        let chosen = self.kills.lock().unwrap().take_if(|(kills, _)| *kills == when);
        if let Some((_, process)) = chosen {
            if when == Kills::AtHalfAnswer {
                std::thread::sleep(Duration::from_millis(100));
            }
            Command::new("kill").args(["-KILL", &process.to_string()]).status().unwrap();
        }
    }
}

/// Data of a deployment that has stopped, to be copied.
pub struct Template {
    folder: tempfile::TempDir,
    token: String,
    pub upstream: Arc<Upstream>,
}

impl Template {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (upstream, address) = Upstream::start();
        let mut served = Served::start(folder.path(), "", &[]);
        let token = served.furnish(&address, "Sasha Example", "sasha@vendor.example");
        let key = folder.path().join("sam.key");
        done(&["keygen", text(&key)]);
        let contact = ["contact", "create", "--organization", "acme", "--name", "Sam Example", "--phone"];
        let more = ["+1 555 0100", "--email", "sam@acme.example", "--key", text(&key)];
        served.byleave(&[&contact[..], &more].concat());
        // That a token was used is written once a day, a second after: of the commits that a test counts it is none.
        let template = Home { folder, token };
        assert_eq!(template.enter(&served, "/template"), 200);
        std::thread::sleep(Duration::from_millis(1500));
        served.signal("-TERM");
        assert!(served.ended().success(), "{}", served.said());
        let Home { folder, token } = template;
        Self { folder, token, upstream }
    }

    pub fn copy(&self) -> Home {
        let home = Home::empty(&self.token);
        let from = self.folder.path();
        for name in
            ["sam.key", "data/byleave.db", "data/byleave.keys", "data/deployment.key", "data/first-steps.txt"]
        {
            std::fs::copy(from.join(name), home.path().join(name)).unwrap();
        }
        let wal = from.join("data/byleave.db-wal");
        if wal.exists() {
            std::fs::copy(wal, home.path().join("data/byleave.db-wal")).unwrap();
        }
        home
    }
}

/// One deployment's folder.
pub struct Home {
    folder: tempfile::TempDir,
    token: String,
}

impl Home {
    pub fn empty(token: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        std::os::unix::fs::DirBuilderExt::mode(&mut std::fs::DirBuilder::new(), 0o700).create(data).unwrap();
        Self { folder, token: token.to_owned() }
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    pub fn data(&self) -> PathBuf {
        self.path().join("data")
    }

    pub fn key(&self) -> PathBuf {
        self.path().join("sam.key")
    }

    fn arms(&self) -> PathBuf {
        self.path().join("point")
    }

    /// The variable that lets a process be armed.
    pub fn armable(&self) -> (String, String) {
        (VARIABLE.to_owned(), text(&self.arms()).to_owned())
    }

    pub fn arm(&self, point: &str) {
        // Whole at once for whoever looks meanwhile.
        let new = self.path().join("point.new");
        std::fs::write(&new, point).unwrap();
        std::fs::rename(new, self.arms()).unwrap();
    }

    pub fn disarm(&self) {
        let _ = std::fs::remove_file(self.arms());
    }

    /// Starts it; what it does by itself at first is done.
    pub fn start(&self) -> Served {
        let (name, value) = self.armable();
        let served = Served::start(self.path(), "", &[(&name, &value)]);
        std::thread::sleep(Duration::from_millis(250));
        served
    }

    /// Asks for `path` of the tool, under a visit of its own.
    pub fn enter(&self, served: &Served, path: &str) -> u16 {
        let bearer = self.bearer();
        let headers = [("Authorization", bearer.as_str()), ("Byleave-Reason", path)];
        served.status(served.gateway_port, &format!("/t/probe/acme{path}"), &headers)
    }

    pub fn bearer(&self) -> String {
        format!("Bearer {}", self.token)
    }

    /// `byleave check --data` over what is left.
    pub fn check(&self, why: &str) {
        let output = byleave(&["check", "--data", text(&self.data())], &[]);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{why}: check: {said}{}", String::from_utf8_lossy(&output.stdout));
    }

    /// Whether some entry of some log has this path. Nobody may serve it.
    pub fn has_recorded(&self, path: &str) -> bool {
        let database = self.data().join("byleave.db");
        let seed = std::fs::read_to_string(self.data().join("deployment.key")).unwrap();
        let name = backup::deployment(&database).unwrap();
        let store =
            SqliteStore::look(&database, &Keys::new(parse_hex(seed.trim_end()).unwrap(), &name)).unwrap();
        let is_it = |payload: &[u8]| {
            let payload: Value = serde_json::from_slice(payload).unwrap_or_default();
            // A refusal has a target as well.
            payload["target"] == path && payload["reason"].is_null()
        };
        store.load().unwrap().organizations.iter().any(|organization| {
            let entries = store.entries(organization.row.id, 0, 10_000).unwrap();
            entries.iter().filter_map(|entry| entry.payload()).any(is_it)
        })
    }
}

/// `byleave verify` of every log.
pub fn verify(served: &Served, why: &str) {
    let log = served.byleave(&["organization", "show", "acme"])["log"].clone();
    let (url, vkey) = (log["url"].as_str().unwrap(), log["vkey"].as_str().unwrap());
    let output = byleave(&["verify", url, "--vkey", vkey], &[]);
    assert!(output.status.success(), "{why}: verify: {}", String::from_utf8_lossy(&output.stderr));
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.contains("nothing missing"), "{why}: {said}");
}

/// It ended at the point, and not by itself.
pub fn was_killed(served: &mut Served, why: &str) {
    let status = served.ended_within(WAIT).unwrap_or_else(|| panic!("{why}: it never came to the point"));
    assert!(is_kill(status), "{why}: it ended by itself: {status}: {}", served.said());
}

pub fn is_kill(status: ExitStatus) -> bool {
    // A point aborts; an upstream kills; `timeout` says of its child what a shell would.
    matches!(status.signal(), Some(6 | 9)) || matches!(status.code(), Some(134 | 137))
}

pub fn is_disabled(served: &Served) -> bool {
    served.byleave(&["access", "show", "--organization", "acme"])["support_access"] == "disabled"
}
