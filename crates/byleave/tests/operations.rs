//! Running the real program: what it logs and does not, what it counts, whether it is ready, and how it stops.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

mod served;
mod source;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use byleave_api::entry::{Kind, Leaf};
use byleave_api::payload::VisitEnds;
use byleave_app::keys::Keys;
use byleave_app::ports::Store as _;
use byleave_domain::ids::{OrganizationId, parse_hex};
use byleave_store::SqliteStore;
use byleave_store::intruder::Intruder;
use served::{Served, upstream};

/// The keys of a data directory, as the program has them.
fn keys(folder: &std::path::Path) -> Keys {
    let text = std::fs::read_to_string(folder.join("data/deployment.key")).unwrap();
    Keys::new(parse_hex(text.trim_end()).unwrap(), "byleave.vendor.example")
}

/// What must never be logged: each stands in a request or a record below.
const CANARIES: [&str; 12] = [
    "Canary Person",
    "canary-person@vendor.example",
    "+1 555 2473",
    "Canary Contact",
    "canary-contact@acme.example",
    "canary-reason",
    "canary-case",
    "canary-path",
    "canary-query",
    "canary-header",
    "canary-message",
    "bl_",
];

/// Everything a request can carry that is somebody's.
fn traffic(served: &Served, token: &str) -> Vec<String> {
    let gateway = served.gateway_port;
    let bearer = format!("Bearer {token}");
    let claims = [
        ("Authorization", bearer.as_str()),
        ("Byleave-Reason", "canary-reason"),
        ("Byleave-Case", "canary-case"),
        ("X-Other", "canary-header"),
        ("Cookie", "a=canary-header"),
    ];
    let mut decisions = Vec::new();
    for (path, headers, status) in [
        ("/t/probe/acme/canary-path?canary-query=1", &claims[..], 200),
        ("/t/probe/acme/canary-path?canary-query=1", &claims[1..], 401),
        ("/t/probe/acme/canary-path", &claims[..1], 403),
        ("/t/absent/acme/canary-path?canary-query", &claims[..], 404),
        ("/t/probe/absent/canary-path?canary-query", &claims[..], 404),
        ("/canary-path/..%2f/canary-query", &claims[..], 400),
        ("/t/gone/acme/canary-path", &claims[..], 502),
    ] {
        let answer = served.get(gateway, path, headers);
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{path}: {answer}");
        let found = answer.lines().find_map(|line| {
            let (name, value) = line.split_once(": ")?;
            name.eq_ignore_ascii_case("byleave-decision").then(|| value.trim().to_owned())
        });
        decisions.push(found.unwrap_or_else(|| panic!("{path} has no decision: {answer}")));
    }
    // What is no HTTP at all.
    for garbage in ["GET /canary-path\r\ncanary-header\r\n\r\n", "\x16\x03canary-header\r\n\r\n"] {
        let mut stream = TcpStream::connect(("127.0.0.1", gateway)).unwrap();
        stream.write_all(garbage.as_bytes()).unwrap();
        let _ = stream.read_to_end(&mut Vec::new());
    }
    let port = served.port;
    for path in ["/sign-in/bl_canary-path", "/v1/organizations/canary-path", "/support?q=canary-query"] {
        served.get(port, path, &claims);
    }
    let contact = ["contact", "create", "--organization", "acme", "--name", "Canary Contact"];
    let reached = ["--email", "canary-contact@acme.example", "--phone", "+1 555 2473"];
    served.byleave(&[&contact[..], &reached].concat());
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    let form = "customer=Canary+Person&text=canary-message";
    let head = format!(
        "POST /messages HTTP/1.1\r\nHost: localhost:{port}\r\nOrigin: http://localhost:{port}\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{form}",
        form.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    let _ = stream.read_to_end(&mut Vec::new());
    decisions
}

#[test]
fn nothing_of_anybody_is_logged_at_any_level_and_every_decision_is() {
    for format in ["json", "human"] {
        let folder = tempfile::tempdir().unwrap();
        let log = format!("\n[log]\nformat = \"{format}\"\nlevel = \"trace\"\n");
        let mut served = Served::start(folder.path(), &log, &[]);
        let token = served.furnish(&upstream(), "Canary Person", "canary-person@vendor.example");
        let gone = ["tool", "create", "--name", "Gone", "--slug", "gone", "--upstream", "http://127.0.0.1:1"];
        served.byleave(&[&gone[..], &["--isolation", "upstream-verified"]].concat());
        let decisions = traffic(&served, &token);
        served.signal("-TERM");
        assert!(served.ended().success());
        let said = served.said();
        for canary in CANARIES.iter().copied().chain([token.as_str(), served.admin.as_str()]) {
            let line = said.lines().find(|line| line.contains(canary));
            assert_eq!(line, None, "{format}: `{canary}` is logged");
        }
        for decision in &decisions {
            let lines: Vec<_> = said.lines().filter(|line| line.contains(decision.as_str())).collect();
            assert!(!lines.is_empty(), "{format}: {decision} is not logged:\n{said}");
        }
        if format == "json" {
            for line in said.lines() {
                let object: serde_json::Value = serde_json::from_str(line).expect(line);
                for key in ["time", "level", "target", "message"] {
                    assert!(object[key].is_string(), "{key}: {line}");
                }
                let target = object["target"].as_str().unwrap();
                assert!(target.starts_with("byleave"), "{line}");
            }
            let answered: Vec<serde_json::Value> = said
                .lines()
                .map(|line| serde_json::from_str(line).unwrap())
                .filter(|line: &serde_json::Value| line["decision"] == decisions[0])
                .collect();
            let last = answered.last().unwrap();
            assert_eq!((&last["phase"], &last["outcome"]), (&"forward".into(), &"forwarded".into()));
            assert_eq!(last["status"], 200);
        }
    }
}

/// One sample: name, labels, value.
type Sample = (String, BTreeMap<String, String>, f64);

/// Reads OpenMetrics 1.0 text as its grammar has it, and nothing that is not: families with type and help before their
/// samples, names with the suffix that their type and unit want, no family twice, `# EOF` at the end.
fn open_metrics(text: &str) -> (BTreeMap<String, String>, Vec<Sample>) {
    let body = text.strip_suffix("# EOF\n").expect("it ends with `# EOF`");
    let (mut types, mut samples) = (BTreeMap::new(), Vec::new());
    let (mut helped, mut family) = (BTreeSet::new(), String::new());
    for line in body.lines() {
        if let Some(rest) = line.strip_prefix("# ") {
            let mut parts = rest.splitn(3, ' ');
            let (what, name, more) = (parts.next().unwrap(), parts.next().unwrap(), parts.next().unwrap());
            match what {
                "HELP" => assert!(helped.insert(name.to_owned()), "{line}: told twice"),
                "TYPE" => {
                    assert!(["counter", "gauge", "histogram"].contains(&more), "{line}");
                    assert!(types.insert(name.to_owned(), more.to_owned()).is_none(), "{line}: told twice");
                    name.clone_into(&mut family);
                }
                "UNIT" => assert!(name.ends_with(&format!("_{more}")), "{line}: the name lacks its unit"),
                _ => panic!("{line}"),
            }
            continue;
        }
        let (series, value) = line.rsplit_once(' ').unwrap();
        let (name, labels) = match series.split_once('{') {
            Some((name, labels)) => (name, labels.strip_suffix('}').expect(line)),
            None => (series, ""),
        };
        let of = name.strip_prefix(family.as_str()).unwrap_or_else(|| panic!("{line}: not of {family}"));
        let suffixes: &[&str] = match types[&family].as_str() {
            "counter" => &["_total"],
            "gauge" => &[""],
            _ => &["_bucket", "_sum", "_count"],
        };
        assert!(suffixes.contains(&of), "{line}: a {} has no `{of}`", types[&family]);
        assert!(name.chars().all(|c| c.is_ascii_lowercase() || c == '_'), "{line}");
        let label = |pair: &str| {
            let (name, value) = pair.split_once("=\"").expect(line);
            (name.to_owned(), value.strip_suffix('"').expect(line).to_owned())
        };
        let labels = labels.split(',').filter(|pair| !pair.is_empty()).map(label).collect();
        samples.push((name.to_owned(), labels, value.parse().expect(line)));
    }
    for name in types.keys() {
        assert!(helped.contains(name), "{name} has no help");
    }
    (types, samples)
}

#[test]
fn what_is_counted_is_well_formed_documented_and_right() {
    let folder = tempfile::tempdir().unwrap();
    let served =
        Served::start(folder.path(), "\n[metrics]\ntoken = \"a-secret-of-twenty-characters\"\n", &[]);
    let token = served.furnish(&upstream(), "Sasha Example", "sasha@vendor.example");
    let bearer = format!("Bearer {token}");
    let claims = [("Authorization", bearer.as_str()), ("Byleave-Reason", "looks around")];
    for _ in 0..3 {
        assert_eq!(served.status(served.gateway_port, "/t/probe/acme/a", &claims), 200);
    }
    assert_eq!(served.status(served.gateway_port, "/t/probe/acme/a", &claims[..1]), 403);
    assert_eq!(served.status(served.port, "/metrics", &[]), 401);
    assert_eq!(served.status(served.port, "/metrics", &[("Authorization", "Bearer a-secret")]), 401);
    let secret = [("Authorization", "Bearer a-secret-of-twenty-characters")];
    let answer = served.get(served.port, "/metrics", &secret);
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(
        head.to_lowercase().contains("content-type: application/openmetrics-text; version=1.0.0"),
        "{head}"
    );
    // Without its chunks' lengths.
    let body: String = match head.to_lowercase().contains("transfer-encoding: chunked") {
        true => panic!("{head}"),
        false => body.to_owned(),
    };
    let (types, samples) = open_metrics(&body);
    let value = |name: &str, labels: &[(&str, &str)]| {
        let labels: BTreeMap<_, _> = labels.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        let found = samples.iter().find(|(known, has, _)| known == name && *has == labels);
        found.unwrap_or_else(|| panic!("{name} {labels:?} is not in\n{body}")).2
    };
    let forwarded = [("phase", "forward"), ("outcome", "forwarded")];
    assert_eq!(value("byleave_requests_total", &forwarded), 3.0);
    assert_eq!(
        value("byleave_requests_total", &[("phase", "authorize"), ("outcome", "reason-required")]),
        1.0
    );
    assert_eq!(value("byleave_denials_total", &[("reason", "reason_required")]), 1.0);
    assert_eq!(value("byleave_access_ends_total", &[("reason", "done")]), 3.0);
    assert_eq!(value("byleave_visits_open", &[]), 1.0);
    assert_eq!(value("byleave_organizations", &[("support_access", "enabled")]), 1.0);
    assert_eq!(value("byleave_writer_halted", &[]), 0.0);
    // log.open, then the visit, three requests and a denial, at least.
    assert!(value("byleave_append_seconds_count", &[]) >= 6.0);
    assert!(value("byleave_append_entries_sum", &[]) >= 6.0);
    assert!(value("byleave_disk_free_bytes", &[]) > 0.0);
    let page = std::fs::read_to_string(source::root().join("docs/operations.md")).unwrap();
    let undocumented: Vec<_> = types.keys().filter(|name| !page.contains(&format!("`{name}`"))).collect();
    assert!(undocumented.is_empty(), "not in docs/operations.md: {undocumented:?}");
    let labels: BTreeSet<_> = samples.iter().flat_map(|(_, labels, _)| labels.keys()).collect();
    let known = ["le", "outcome", "phase", "reason", "support_access", "version"].map(str::to_owned);
    assert!(labels.iter().all(|label| known.contains(label)), "a label that nobody looked at: {labels:?}");
}

#[test]
fn readiness_says_what_is_missing_once_the_writer_has_halted() {
    let folder = tempfile::tempdir().unwrap();
    let served = Served::start(folder.path(), "", &[]);
    let ready = served.get(served.port, "/readyz", &[]);
    assert!(ready.contains("\"ready\":true") && ready.contains("\"missing\":[]"), "{ready}");
    assert!(ready.contains("\"risks\":[\"single-desk-person\""), "accepted risks are told: {ready}");
    assert!(served.get(served.port, "/healthz", &[]).ends_with("ok\n"));

    let created = served.byleave(&["organization", "create", "--name", "Acme Rockets", "--slug", "acme"]);
    let id: OrganizationId = created["id"].as_str().unwrap().parse().unwrap();
    let intruder = Intruder::open(&folder.path().join("data/byleave.db")).unwrap();
    assert_eq!(intruder.cut_log(id, 0).unwrap(), 1);
    // The next entry finds a log that is not the one it knows: from there on what is stored is unknown.
    let url = format!("http://127.0.0.1:{}", served.port);
    let failed = std::process::Command::new(env!("CARGO_BIN_EXE_byleave"))
        .args(["contact", "create", "--organization", "acme", "--name", "Sam", "--phone", "+1 555 0100"])
        .args(["--email", "sam@acme.example", "--url", &url, "--token", &served.admin])
        .output()
        .unwrap();
    assert!(!failed.status.success());
    let ready = served.get(served.port, "/readyz", &[]);
    assert!(ready.starts_with("HTTP/1.1 503 "), "{ready}");
    assert!(
        ready.contains("\"ready\":false") && ready.contains("{\"name\":\"writer\",\"why\":\""),
        "{ready}"
    );
    // Alive all the same: to be restarted is for a person to decide.
    assert_eq!(served.status(served.port, "/healthz", &[]), 200);
}

/// Without a token the metrics are this machine's, as long as nothing stands in front: behind a proxy everybody looks local.
#[test]
fn without_a_token_metrics_are_for_this_machine_while_nothing_is_in_front() {
    for (base_url, status) in [("http://localhost:1", 200), ("https://byleave.vendor.example", 401)] {
        let folder = tempfile::tempdir().unwrap();
        let variables = [
            ("BYLEAVE_BASE_URL", base_url),
            ("BYLEAVE_GATEWAY_URL", "https://gate.vendor.example"),
            ("BYLEAVE_GATEWAY__TRUSTED_FORWARDERS", "[\"127.0.0.0/8\"]"),
        ];
        let served = Served::start(folder.path(), "", &variables);
        assert_eq!(served.status(served.port, "/metrics", &[]), status, "{base_url}");
    }
}

/// What systemd is told: ready once everything listens and not before, and when it stops.
#[test]
fn a_supervisor_is_told_when_it_is_ready_and_when_it_stops() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notify");
    let socket = std::os::unix::net::UnixDatagram::bind(&path).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let told = || {
        let mut text = [0; 64];
        let length = socket.recv(&mut text).unwrap();
        String::from_utf8(text[..length].to_vec()).unwrap()
    };
    let mut served = Served::start(folder.path(), "", &[("NOTIFY_SOCKET", path.to_str().unwrap())]);
    assert_eq!(told(), "READY=1");
    served.signal("-TERM");
    assert_eq!(told(), "STOPPING=1");
    assert!(served.ended().success());
}

/// A connection on which bytes of a tool's answer come and come.
fn open_stream(served: &Served, token: &str) -> TcpStream {
    let mut stream = TcpStream::connect(("127.0.0.1", served.gateway_port)).unwrap();
    let head = format!(
        "GET /t/probe/acme/slow HTTP/1.1\r\nHost: localhost:{}\r\nAuthorization: Bearer {token}\r\n\
         Byleave-Reason: watches\r\n\r\n",
        served.gateway_port
    );
    stream.write_all(head.as_bytes()).unwrap();
    let mut begun = [0; 64];
    stream.read_exact(&mut begun).unwrap();
    assert!(begun.starts_with(b"HTTP/1.1 200 "), "{}", String::from_utf8_lossy(&begun));
    stream
}

#[test]
fn told_to_stop_it_resets_what_is_open_writes_every_end_and_leaves() {
    let folder = tempfile::tempdir().unwrap();
    for signal in ["-TERM", "-INT"] {
        let mut served = Served::start(folder.path(), "", &[]);
        if signal == "-TERM" {
            let token = served.furnish(&upstream(), "Sasha Example", "sasha@vendor.example");
            std::fs::write(folder.path().join("token"), token).unwrap();
        }
        let token = std::fs::read_to_string(folder.path().join("token")).unwrap();
        let mut stream = open_stream(&served, &token);
        let begun = Instant::now();
        served.signal(signal);
        let cut = std::io::copy(&mut stream, &mut std::io::sink());
        assert!(cut.is_err(), "reset, and not ended in an orderly way");
        assert!(served.ended().success(), "{}", served.said());
        assert!(begun.elapsed() < Duration::from_secs(10));

        // Before anybody else has touched it: the last entry closes the visit and ends its request.
        let store = SqliteStore::open(&folder.path().join("data/byleave.db"), &keys(folder.path())).unwrap();
        let stored = store.load().unwrap();
        assert!(stored.visits_open.is_empty(), "{:?}", stored.visits_open);
        let id = stored.organizations[0].row.id;
        let entries = store.entries(id, 0, 1000).unwrap();
        let last = entries.last().unwrap();
        assert_eq!(Leaf::decode(&last.leaf).unwrap().kind, Kind::VisitClose);
        let ends: VisitEnds = serde_json::from_slice(last.payload().unwrap()).unwrap();
        assert_eq!(ends.end.as_deref(), Some("stopped"));
        assert_eq!(ends.requests.len(), 1);
        assert_eq!(ends.requests[0].reason, "cut");
        drop(store);
    }
    let served = Served::start(folder.path(), "", &[]);
    let log = served.byleave(&["organization", "show", "acme"])["log"].clone();
    let (url, vkey) = (log["url"].as_str().unwrap(), log["vkey"].as_str().unwrap());
    let url = url.replace("localhost", "127.0.0.1");
    let verified = std::process::Command::new(env!("CARGO_BIN_EXE_byleave"))
        .args(["verify", &url, "--vkey", vkey])
        .output()
        .unwrap();
    assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stderr));
}

#[test]
fn told_twice_it_leaves_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let mut served = Served::start(folder.path(), "", &[]);
    // A request that is never finished is waited for, and keeps it from stopping meanwhile.
    let mut stuck = TcpStream::connect(("127.0.0.1", served.port)).unwrap();
    stuck.write_all(b"POST /messages HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n").unwrap();
    std::thread::sleep(Duration::from_millis(200));
    let begun = Instant::now();
    served.signal("-TERM");
    std::thread::sleep(Duration::from_millis(500));
    served.signal("-TERM");
    assert_eq!(served.ended().code(), Some(1));
    assert!(begun.elapsed() < Duration::from_secs(3), "{:?}", begun.elapsed());
}

/// What stands between a supervisor and a visit's last entry is its patience; and a user that nobody makes is none.
#[test]
fn what_is_deployed_has_time_to_stop_and_a_user_to_run_as() {
    let read = |path: &str| std::fs::read_to_string(source::root().join(path)).unwrap();
    let (unit, page) = (read("deploy/byleave.service"), read("docs/operations.md"));
    assert!(page.contains("It exits with 0 within 15 s"), "what is promised is where it was");
    for (text, before) in [
        (&unit, "\nTimeoutStopSec="),
        (&page, " --stop-timeout "),
        (&read("deploy/Containerfile"), " --stop-timeout "),
    ] {
        let (_, after) = text.split_once(before).unwrap_or_else(|| panic!("{before} is nowhere"));
        let digits = after.find(|c: char| !c.is_ascii_digit()).unwrap();
        assert!(after[..digits].parse::<u32>().unwrap() > 15, "{before}");
    }
    assert!(unit.contains("\nUser=byleave\nGroup=byleave\n"));
    let made = page.find("\nuseradd --system --user-group ").expect("somebody makes the user");
    assert!(made < page.find("-g byleave").unwrap(), "before a file is given to its group");
    assert!(read("deploy/low-ports.conf").contains("\nAmbientCapabilities=CAP_NET_BIND_SERVICE\n"));
    assert!(page.contains("deploy/low-ports.conf"));
    let ignored = read(".dockerignore");
    for needed in ["*", "!Cargo.lock", "!Cargo.toml", "!crates"] {
        assert!(ignored.lines().any(|line| line == needed), "{needed}");
    }
}
