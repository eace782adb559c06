//! The real program, run by `serve` from a configuration file, with one organization, one tool and its upstream.

#![allow(dead_code, reason = "each test file uses its part")]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

/// Accepted, since one machine with one file of settings is what a test has.
const ACCEPTED: &str =
    r#"["single-desk-person", "few-approvers", "keyless-desk-person", "placeholder-address"]"#;

pub struct Served {
    pub folder: PathBuf,
    pub port: u16,
    pub gateway_port: u16,
    pub admin: String,
    process: Child,
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Two, which differ.
pub fn free_ports() -> [u16; 2] {
    let listeners = [0; 2].map(|_| TcpListener::bind("127.0.0.1:0").unwrap());
    listeners.map(|listener| listener.local_addr().unwrap().port())
}

/// Settings for one machine with one desk person.
pub fn configuration(folder: &Path, port: u16, gateway_port: u16) -> String {
    format!(
        r#"deployment = "byleave.vendor.example"
data = "{}"
vendor_name = "Vendor"
listen = "127.0.0.1:{port}"
gateway_listen = "127.0.0.1:{gateway_port}"
base_url = "http://localhost:{port}"
gateway_url = "http://localhost:{gateway_port}"
support_domain = "localhost"
accept = {ACCEPTED}

[[desk_people]]
name = "Dana Example"
email = "dana@vendor.example"
"#,
        folder.join("data").display()
    )
}

impl Served {
    /// Starts over the data in `folder`; `more` is added to the configuration. What it says goes to `said.log`.
    pub fn start(folder: &Path, more: &str, variables: &[(&str, &str)]) -> Self {
        let mut served = Self::begin(folder, more, variables);
        let begun = Instant::now();
        while served.status(served.port, "/readyz", &[]) != 200 {
            assert!(begun.elapsed() < Duration::from_secs(30), "it is not ready: {}", served.said());
            assert!(served.process.try_wait().unwrap().is_none(), "it ended: {}", served.said());
            std::thread::sleep(Duration::from_millis(20));
        }
        let steps = std::fs::read_to_string(folder.join("data/first-steps.txt")).unwrap();
        steps.lines().nth(1).unwrap().clone_into(&mut served.admin);
        served
    }

    /// The same, without waiting for anything.
    pub fn begin(folder: &Path, more: &str, variables: &[(&str, &str)]) -> Self {
        let [port, gateway_port] = free_ports();
        let config = folder.join("byleave.toml");
        let text = configuration(folder, port, gateway_port) + more;
        std::fs::write(&config, text).unwrap();
        std::fs::set_permissions(&config, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
        let said = std::fs::File::options().create(true).append(true).open(folder.join("said.log")).unwrap();
        let process = Command::new(env!("CARGO_BIN_EXE_byleave"))
            .arg("serve")
            .arg("--config")
            .arg(&config)
            .envs(variables.iter().copied())
            .stdout(Stdio::null())
            .stderr(said)
            .spawn()
            .unwrap();
        Self { folder: folder.to_owned(), port, gateway_port, admin: String::new(), process }
    }

    /// What it has logged so far.
    pub fn said(&self) -> String {
        std::fs::read_to_string(self.folder.join("said.log")).unwrap()
    }

    pub fn signal(&self, name: &str) {
        let id = self.process.id().to_string();
        assert!(Command::new("kill").args([name, &id]).status().unwrap().success());
    }

    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// How it ended, if it does within the time.
    pub fn ended_within(&mut self, wait: Duration) -> Option<ExitStatus> {
        let begun = Instant::now();
        while begun.elapsed() < wait {
            if let Some(status) = self.process.try_wait().unwrap() {
                return Some(status);
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        None
    }

    pub fn ended(&mut self) -> ExitStatus {
        self.process.wait().unwrap()
    }

    pub fn byleave(&self, arguments: &[&str]) -> Value {
        let url = format!("http://127.0.0.1:{}", self.port);
        let output = Command::new(env!("CARGO_BIN_EXE_byleave"))
            .args(arguments)
            .args(["--json", "--url", &url, "--token", &self.admin])
            .output()
            .unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// Sends a GET and returns the whole answer, head and body.
    pub fn get(&self, port: u16, path: &str, headers: &[(&str, &str)]) -> String {
        let Ok(mut stream) = TcpStream::connect(("127.0.0.1", port)) else { return String::new() };
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        let mut text = format!("GET {path} HTTP/1.1\r\nHost: localhost:{port}\r\nConnection: close\r\n");
        headers.iter().for_each(|(name, value)| text.push_str(&format!("{name}: {value}\r\n")));
        let _ = stream.write_all(format!("{text}\r\n").as_bytes());
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        String::from_utf8_lossy(&answer).into_owned()
    }

    pub fn status(&self, port: u16, path: &str, headers: &[(&str, &str)]) -> u16 {
        let answer = self.get(port, path, headers);
        answer.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or(0)
    }

    /// Organization, tool `probe` and support person; the person's token.
    pub fn furnish(&self, upstream: &str, person: &str, email: &str) -> String {
        self.byleave(&["organization", "create", "--name", "Acme Rockets", "--slug", "acme"]);
        let tool = ["tool", "create", "--name", "Probe", "--slug", "probe", "--upstream", upstream];
        self.byleave(&[&tool[..], &["--isolation", "upstream-verified"]].concat());
        let create = ["support-person", "create", "--name", person, "--email", email, "--employer", "Vendor"];
        self.byleave(&create)["token"].as_str().unwrap().to_owned()
    }
}

/// An upstream that answers `/slow…` with a byte every 20 ms for ever, and everything else with `ok`.
pub fn upstream() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            std::thread::spawn(move || serve(stream));
        }
    });
    address
}

fn serve(stream: TcpStream) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut stream = stream;
    loop {
        let mut first = String::new();
        let mut line = String::from("-");
        while line.trim_end() != "" {
            line.clear();
            if reader.read_line(&mut line).unwrap_or(0) == 0 {
                return;
            }
            if first.is_empty() {
                first.clone_from(&line);
            }
        }
        if first.starts_with("GET /slow") {
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
            while stream.write_all(b"1\r\n.\r\n").is_ok() {
                std::thread::sleep(Duration::from_millis(20));
            }
            return;
        }
        if stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok").is_err() {
            return;
        }
    }
}
