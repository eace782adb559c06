//! The real program, started as a demo on free ports.

#![allow(dead_code, reason = "each test file uses its part")]

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

pub struct Demo {
    pub ready: Value,
    pub folder: tempfile::TempDir,
    process: Process,
    more: Vec<String>,
}

/// Killed when dropped.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Demo {
    pub fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (process, ready) = start(folder.path());
        Self { ready, folder, process, more: Vec::new() }
    }

    /// With more flags.
    pub fn with(more: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let more: Vec<_> = more.iter().map(ToString::to_string).collect();
        let (process, ready) = start_with(folder.path(), false, &more);
        Self { ready, folder, process, more }
    }

    /// With all that it has to say, whatever its weight, in `trace.log`.
    pub fn traced() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (process, ready) = start_with(folder.path(), true, &[]);
        Self { ready, folder, process, more: Vec::new() }
    }

    /// Ends it as a power cut would, and starts it again over the same data.
    pub fn kill_and_restart(self) -> Self {
        let Self { process, folder, more, .. } = self;
        drop(process);
        let traced = folder.path().join("trace.log").exists();
        let (process, ready) = start_with(folder.path(), traced, &more);
        Self { ready, folder, process, more }
    }

    /// Asks it to stop, and says how it ended.
    pub fn stop(mut self) -> std::process::ExitStatus {
        self.end()
    }

    /// Stops it; its files are still there.
    pub fn end(&mut self) -> std::process::ExitStatus {
        let id = self.process.0.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
        self.process.0.wait().unwrap()
    }

    pub fn text(&self, pointer: &str) -> String {
        self.ready.pointer(pointer).and_then(Value::as_str).unwrap_or_else(|| panic!("{pointer}")).to_owned()
    }

    /// Runs the command line against it as whoever `token` stands for.
    pub fn byleave(&self, token: &str, arguments: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_byleave"))
            .args(arguments)
            .env("BYLEAVE_URL", self.text("/base_url"))
            .env("BYLEAVE_TOKEN", token)
            .current_dir(self.folder.path())
            .output()
            .unwrap()
    }

    /// The same, which must succeed; what it printed.
    pub fn ok(&self, token: &str, arguments: &[&str]) -> String {
        let output = self.byleave(token, arguments);
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// The same, which must fail with 1; what it complained.
    pub fn refused(&self, token: &str, arguments: &[&str]) -> String {
        let output = self.byleave(token, arguments);
        assert_eq!(
            output.status.code(),
            Some(1),
            "{arguments:?}: {}",
            String::from_utf8_lossy(&output.stdout)
        );
        String::from_utf8(output.stderr).unwrap()
    }

    /// Runs the command line with `input` on its standard input.
    pub fn piped(&self, token: &str, arguments: &[&str], input: &str) -> Output {
        let mut child = Command::new(env!("CARGO_BIN_EXE_byleave"))
            .args(arguments)
            .env("BYLEAVE_URL", self.text("/base_url"))
            .env("BYLEAVE_TOKEN", token)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        child.wait_with_output().unwrap()
    }

    /// A file in the directory in which the command line runs.
    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Asks `/v1` as whoever `token` stands for.
    pub fn get(&self, path: &str, token: &str) -> Value {
        self.ask(reqwest::Client::new().get(format!("{}{path}", self.text("/base_url"))), token)
    }

    /// Sends JSON to `/v1`.
    pub fn post(&self, path: &str, token: &str, body: &str) -> Value {
        let request = reqwest::Client::new().post(format!("{}{path}", self.text("/base_url")));
        self.ask(request.header("Content-Type", "application/json").body(body.to_owned()), token)
    }

    fn ask(&self, request: reqwest::RequestBuilder, token: &str) -> Value {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let answer = request.bearer_auth(token).send();
        runtime.block_on(async { answer.await.unwrap().json().await.unwrap() })
    }

    pub fn json(&self, token: &str, arguments: &[&str]) -> Value {
        let arguments = [arguments, &["--json"]].concat();
        serde_json::from_str(&self.ok(token, &arguments)).unwrap()
    }
}

fn start(folder: &Path) -> (Process, Value) {
    start_with(folder, false, &[])
}

fn start_with(folder: &Path, traced: bool, more: &[String]) -> (Process, Value) {
    let ready_file: PathBuf = folder.join("ready.json");
    let _ = std::fs::remove_file(&ready_file);
    let mut command = Command::new(env!("CARGO_BIN_EXE_byleave"));
    if traced {
        let log = std::fs::File::options().create(true).append(true).open(folder.join("trace.log")).unwrap();
        command.env("BYLEAVE_LOG__LEVEL", "trace").stderr(log);
    }
    let mut child = command
        .args(["demo", "--listen", "127.0.0.1:0", "--gateway-listen", "127.0.0.1:0"])
        .args(["--smtp-listen", "127.0.0.1:0"])
        .args(more)
        .arg("--data")
        .arg(folder.join("data"))
        .arg("--ready-file")
        .arg(&ready_file)
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let begun = Instant::now();
    while !ready_file.exists() {
        assert!(child.try_wait().unwrap().is_none(), "the demo ended before it was ready");
        assert!(begun.elapsed() < Duration::from_secs(120), "the demo did not become ready");
        std::thread::sleep(Duration::from_millis(20));
    }
    (Process(child), serde_json::from_slice(&std::fs::read(&ready_file).unwrap()).unwrap())
}
