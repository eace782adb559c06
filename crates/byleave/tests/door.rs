//! The two first promises, at the real program over real sockets, seen from the upstream: nothing arrives there after a
//! disable was answered, and nothing that is not in the organization's log already.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

mod support;

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine as _;
use byleave_api::entry::{Kind, Leaf};
use byleave_tlog::{Checkpoint, NoteVerifier, TilePath, tile};
use support::Demo;
use tokio::net::{TcpListener, TcpStream};

const CYCLES: usize = 6;
const CLIENTS: usize = 8;

/// What one upstream saw.
#[derive(Default)]
struct Seen {
    /// Connections by number, each with the bytes that have been read from it.
    connections: Mutex<HashMap<usize, (Arc<TcpStream>, u64)>>,
    /// Bytes of connections that are over.
    over: AtomicU64,
    /// Decisions that were not in the log when their request arrived.
    unrecorded: Mutex<Vec<String>>,
    assets: AtomicU64,
    checked: AtomicU64,
}

impl Seen {
    /// Bytes that have arrived: read, or in the kernel to be read, however late the reader gets to them. Exact, since
    /// nothing is read meanwhile.
    fn arrived(&self) -> u64 {
        let connections = self.connections.lock().unwrap();
        let waiting = |tcp: &Arc<TcpStream>| rustix::io::ioctl_fionread(tcp).unwrap_or(0);
        let open: u64 = connections.values().map(|(tcp, read)| read + waiting(tcp)).sum();
        open + self.over.load(Ordering::SeqCst)
    }

    /// Reads what there is; `None` at the end.
    async fn read(&self, number: usize, tcp: &TcpStream, into: &mut Vec<u8>) -> Option<()> {
        loop {
            tcp.readable().await.ok()?;
            let mut connections = self.connections.lock().unwrap();
            match tcp.try_read_buf(into) {
                Ok(read @ 1..) => {
                    connections.get_mut(&number).unwrap().1 += read as u64;
                    return Some(());
                }
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
                _ => return None,
            }
        }
    }

    fn is_over(&self, number: usize) {
        let mut connections = self.connections.lock().unwrap();
        let (_, read) = connections.remove(&number).unwrap();
        self.over.fetch_add(read, Ordering::SeqCst);
    }
}

struct Log {
    url: String,
    verifier: NoteVerifier,
    client: reqwest::Client,
}

impl Log {
    async fn decisions(&self) -> HashSet<String> {
        let note = self.get("checkpoint").await;
        let size = Checkpoint::open(&note, &self.verifier).unwrap().size;
        let mut found = HashSet::new();
        for index in 0..size.div_ceil(256) {
            let path = TilePath::entries_at(index, size).unwrap();
            let bundle = self.get(&path.to_string()).await;
            for entry in tile::decode_entries(&bundle, path.width()).unwrap() {
                let leaf = Leaf::decode(entry).unwrap();
                if leaf.kind == Kind::AccessBegin {
                    found.insert(format!("decision_{}", byleave_domain::ids::to_hex(&leaf.request)));
                }
            }
        }
        found
    }

    async fn get(&self, path: &str) -> Vec<u8> {
        let answer = self.client.get(format!("{}/{path}", self.url)).send().await.unwrap();
        answer.error_for_status().unwrap().bytes().await.unwrap().to_vec()
    }
}

async fn upstream(listener: TcpListener, seen: Arc<Seen>, log: Arc<Log>) {
    for number in 0.. {
        let (tcp, _) = listener.accept().await.unwrap();
        let (seen, log, tcp) = (Arc::clone(&seen), Arc::clone(&log), Arc::new(tcp));
        seen.connections.lock().unwrap().insert(number, (Arc::clone(&tcp), 0));
        tokio::spawn(async move {
            serve(number, &tcp, &seen, &log).await;
            seen.is_over(number);
        });
    }
}

/// Answers requests without a body until the gateway closes or resets the connection.
async fn serve(number: usize, tcp: &TcpStream, seen: &Seen, log: &Log) {
    let mut read = Vec::new();
    loop {
        let Some(end) = read.windows(4).position(|w| w == b"\r\n\r\n") else {
            let Some(()) = seen.read(number, tcp, &mut read).await else { return };
            continue;
        };
        let head = String::from_utf8(read.drain(..end + 4).collect()).unwrap();
        if head.starts_with("GET /assets/") {
            seen.assets.fetch_add(1, Ordering::SeqCst);
        } else {
            let decision = decision(&head);
            // Asked now, before an answer: the record must be there already.
            if !log.decisions().await.contains(&decision) {
                seen.unrecorded.lock().unwrap().push(decision);
            }
            seen.checked.fetch_add(1, Ordering::SeqCst);
        }
        if tcp.writable().await.is_err()
            || tcp.try_write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok").is_err()
        {
            return;
        }
    }
}

/// `jti` of the request's assertion; its signature is the upstream's own tests' business.
fn decision(head: &str) -> String {
    let token = head
        .lines()
        .find_map(|line| {
            line.to_lowercase()
                .starts_with("byleave-assertion:")
                .then(|| line["byleave-assertion:".len()..].trim())
        })
        .unwrap();
    let claims =
        base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap();
    let claims: serde_json::Value = serde_json::from_slice(&claims).unwrap();
    claims["jti"].as_str().unwrap().to_owned()
}

/// Asks for a mixture of things, over and over, and does not mind being refused or cut.
async fn client(url: String, token: String, number: usize, stop: Arc<AtomicBool>, permitted: Arc<AtomicU64>) {
    let client = reqwest::Client::new();
    let mut round = number;
    while !stop.load(Ordering::SeqCst) {
        round += 1;
        let path = ["", "a/b?c=d", "assets/style.css", "%C3%A4"][round % 4];
        let asked = client
            .get(format!("{url}{path}"))
            .bearer_auth(&token)
            .header("Byleave-Reason", "door test")
            .send()
            .await;
        match asked {
            Ok(answer) if answer.status() == 200 => drop(permitted.fetch_add(1, Ordering::SeqCst)),
            _ => tokio::time::sleep(Duration::from_millis(5)).await,
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_arrives_unrecorded_and_nothing_after_a_disable() {
    let demo = Demo::start();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let admin = demo.text("/admin_token");
    demo.ok(
        &admin,
        &[
            "tool",
            "create",
            "--name",
            "Probe",
            "--slug",
            "probe",
            "--upstream",
            &address,
            "--isolation",
            "upstream-verified",
            "--asset",
            "/assets/",
        ],
    );
    let log = Arc::new(Log {
        url: demo.text("/organizations/0/log/url"),
        verifier: demo.text("/organizations/0/log/vkey").parse().unwrap(),
        client: reqwest::Client::new(),
    });
    let seen = Arc::new(Seen::default());
    tokio::spawn(upstream(listener, Arc::clone(&seen), log));
    let (stop, permitted) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    let url = format!("{}/t/probe/acme/", demo.text("/gateway_url"));
    let clients: Vec<_> = (0..CLIENTS)
        .map(|n| {
            tokio::spawn(client(
                url.clone(),
                demo.text("/support_people/0/token"),
                n,
                Arc::clone(&stop),
                Arc::clone(&permitted),
            ))
        })
        .collect();
    let closed = tokio::task::block_in_place(|| cycles(&demo, &seen));
    stop.store(true, Ordering::SeqCst);
    for client in clients {
        client.await.unwrap();
    }
    for (from, to) in closed {
        assert_eq!(to, from, "bytes arrived at the upstream while support access was disabled");
    }
    assert_eq!(*seen.unrecorded.lock().unwrap(), Vec::<String>::new());
    let (checked, assets) = (seen.checked.load(Ordering::SeqCst), seen.assets.load(Ordering::SeqCst));
    assert!(
        checked > 50 && assets > 20 && permitted.load(Ordering::SeqCst) > 50,
        "hardly anything happened: {checked} {assets}"
    );
    let sentence = demo.ok(
        "",
        &[
            "verify",
            &demo.text("/organizations/0/log/url"),
            "--vkey",
            &demo.text("/organizations/0/log/vkey"),
        ],
    );
    assert!(sentence.contains("nothing missing"), "{sentence}");
}

/// Disables and enables again while the clients ask; answers with the bytes that had arrived at the upstream when a
/// disable was answered, and just before the approval that ended it.
fn cycles(demo: &Demo, seen: &Seen) -> Vec<(u64, u64)> {
    let (token, key) =
        (demo.text("/organizations/0/api_token"), demo.text("/organizations/0/contacts/0/key_file"));
    let (desk, second) = (demo.text("/desk_people/0/token"), demo.text("/desk_people/1/token"));
    let second_key = demo.text("/desk_people/1/key_file");
    let mut closed = Vec::new();
    for _ in 0..CYCLES {
        std::thread::sleep(Duration::from_millis(400));
        demo.ok(&token, &["access", "disable", "--organization", "acme", "--key", &key]);
        let from = seen.arrived();
        std::thread::sleep(Duration::from_millis(300));
        let request = demo.json(&token, &["access", "enable", "--organization", "acme", "--key", &key]);
        let to = seen.arrived();
        let id = request["change_request"].as_str().unwrap();
        demo.ok(&desk, &["change-request", "review", id, "--proceed"]);
        demo.ok(&second, &["change-request", "approve", id, "--key", &second_key]);
        closed.push((from, to));
    }
    closed
}
