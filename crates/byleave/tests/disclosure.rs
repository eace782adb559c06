//! An organization takes its own log home, with its payloads, and verifies it there: at the real program, over real sockets.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

mod served;
mod support;

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Output};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use served::Served;
use support::Demo;

/// Runs `verify` as somebody without any connection to the vendor does.
fn verify(demo: &Demo, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_byleave"));
    command.arg("verify").args(arguments).current_dir(demo.folder.path());
    command.env_remove("BYLEAVE_URL").env_remove("BYLEAVE_TOKEN").output().unwrap()
}

/// Somebody is let in, somebody is refused, and Acme disables.
fn something_happens(demo: &Demo) {
    let (person, gateway) = (demo.text("/support_people/0/token"), demo.text("/gateway_url"));
    let ask = |reason: Option<&str>| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let request =
                reqwest::Client::new().get(format!("{gateway}/t/system-log/acme/")).bearer_auth(&person);
            let request =
                reason.into_iter().fold(request, |request, reason| request.header("byleave-reason", reason));
            request.send().await.unwrap().status().as_u16()
        })
    };
    assert_eq!((ask(Some("printer")), ask(None)), (200, 403));
    demo.ok(
        &demo.text("/organizations/0/api_token"),
        &[
            "access",
            "disable",
            "--organization",
            "acme",
            "--key",
            &demo.text("/organizations/0/contacts/0/key_file"),
        ],
    );
    assert_eq!(ask(Some("printer")), 403);
}

/// More than one tile and one page of payloads take.
fn many_requests(demo: &Demo) {
    let (person, gateway) = (demo.text("/support_people/0/token"), demo.text("/gateway_url"));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let client = reqwest::Client::new();
        for _ in 0..600 {
            let request = client.get(format!("{gateway}/t/system-log/acme/none")).bearer_auth(&person);
            request.header("byleave-reason", "many").send().await.unwrap();
        }
    });
}

/// With fewer requests a minute than a disclosure takes it is a matter of patience.
#[test]
fn a_disclosure_waits_where_the_server_says_so() {
    let mut demo = Demo::start();
    let (own, url) = (demo.text("/organizations/0/api_token"), |port| format!("http://127.0.0.1:{port}"));
    assert!(demo.end().success());
    let limits = "\n[limits]\ncredential = 5\n";
    let served = Served::start(demo.folder.path(), limits, &[("BYLEAVE_DEPLOYMENT", "demo.byleave.example")]);
    let ask = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_byleave"));
        command.args(arguments).args(["--url", &url(served.port), "--token", &own]);
        let output = command.current_dir(demo.folder.path()).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    };
    ask(&["organization", "show", "acme"]);
    let begun = std::time::Instant::now();
    ask(&["log", "disclose", "--organization", "acme", "--output", "acme-log"]);
    assert!(
        begun.elapsed() > std::time::Duration::from_secs(5),
        "it was never told to wait: {:?}",
        begun.elapsed()
    );
}

#[test]
fn an_organization_verifies_its_own_copy_offline() {
    let demo = Demo::start();
    many_requests(&demo);
    something_happens(&demo);
    let own = demo.text("/organizations/0/api_token");
    let disclose = ["log", "disclose", "--organization", "acme", "--output", "acme-log"];
    for stranger in
        ["/organizations/1/api_token", "/admin_token", "/desk_people/0/token", "/support_people/0/token"]
    {
        let complaint = demo.refused(&demo.text(stranger), &disclose);
        let seen = stranger == "/admin_token";
        assert!(
            !seen || complaint.contains("the organization's own token is needed"),
            "{stranger}: {complaint}"
        );
        assert!(!demo.file("acme-log").exists());
    }
    let said = demo.json(&own, &disclose);
    let vkey = said["vkey"].as_str().unwrap();
    assert_eq!(vkey, demo.text("/organizations/0/log/vkey"));
    let again = demo.refused(&own, &disclose);
    assert!(again.contains("there already"), "{again}");

    let file = "acme-log/organization.jsonl";
    let all = ["acme-log", "--vkey", vkey, "--organization-file", file];
    let verified = verify(&demo, &all);
    let sentence = String::from_utf8(verified.stdout).unwrap();
    assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stderr));
    assert!(sentence.contains("nothing missing; ") && sentence.contains("decisions follow"), "{sentence}");
    assert!(
        !sentence.contains("cannot be replayed"),
        "the gateway's own decisions say what they looked at: {sentence}"
    );
    assert!(verify(&demo, &all[..3]).status.success(), "without the payloads it verifies as before");
    let json = verify(&demo, &[&all[..], &["--json"]].concat());
    let json: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    assert!(
        json["replayed"]["followed"].as_u64().unwrap() >= 604 && json["replayed"]["without_facts"] == 0,
        "{json}"
    );

    // Whatever is misspelt is named.
    let nowhere = demo.text("/organizations/0/log/url") + "0";
    for (arguments, says) in [
        (&["acme-lgo", "--vkey", vkey][..], "`acme-lgo` is neither a folder nor an address"),
        (&["127.0.0.1:1/c/x", "--vkey", vkey], "`127.0.0.1:1/c/x` is neither"),
        (&["data", "--vkey", vkey], "`data`: `checkpoint` is missing"),
        (&[&nowhere, "--vkey", vkey], &format!("`{nowhere}`: `checkpoint` is missing")),
        (&["acme-log", "--vkey", vkey, "--checkpoint", "absent"], "`absent`: No such file"),
    ] {
        let refused = verify(&demo, arguments);
        let complaint = String::from_utf8(refused.stderr).unwrap();
        assert!(refused.status.code() == Some(1) && complaint.contains(says), "{says}: {complaint}");
    }

    let path = demo.file(file);
    let whole = std::fs::read_to_string(&path).unwrap();
    for (what, from, to, says) in [
        ("a payload", "printer", "scanner", "has another payload"),
        ("a line", "{\"entry\":3,", "{\"entry\":4,", "entry 3 has no line"),
        ("a header", "\"size\":", "\"size\":1", "the log has"),
    ] {
        assert!(whole.contains(from), "{what}");
        std::fs::write(&path, whole.replacen(from, to, 1)).unwrap();
        let refused = verify(&demo, &all);
        let complaint = String::from_utf8(refused.stderr).unwrap();
        assert_eq!(refused.status.code(), Some(1), "{what}");
        assert!(complaint.contains(says), "{what}: {complaint}");
    }
}

/// Passes requests on to the demo, `left` of them, and breaks off in the middle of the next.
fn breaks_off(demo: &Demo, left: usize) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let (to, left) = (demo.text("/base_url").replace("http://", ""), Arc::new(AtomicUsize::new(left)));
    std::thread::spawn(move || {
        for client in listener.incoming().map_while(Result::ok) {
            let (to, left) = (to.clone(), Arc::clone(&left));
            std::thread::spawn(move || pass(client, &to, &left));
        }
    });
    address
}

fn pass(mut client: TcpStream, to: &str, left: &AtomicUsize) {
    let mut head = String::new();
    let mut lines = BufReader::new(client.try_clone().unwrap());
    while !head.ends_with("\r\n\r\n") {
        if lines.read_line(&mut head).unwrap_or(0) == 0 {
            return;
        }
    }
    let mut upstream = TcpStream::connect(to).unwrap();
    let head = head.replacen("\r\n", "\r\nConnection: close\r\n", 1);
    upstream.write_all(head.as_bytes()).unwrap();
    let mut answer = Vec::new();
    upstream.read_to_end(&mut answer).unwrap();
    let last = left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_err();
    let whole = if last { answer.len() / 2 } else { answer.len() };
    client.write_all(&answer[..whole]).unwrap();
}

#[test]
fn a_copy_that_was_cut_short_is_none() {
    let demo = Demo::start();
    something_happens(&demo);
    let own = demo.text("/organizations/0/api_token");
    let mut cut = 0;
    for requests in 0.. {
        let url = breaks_off(&demo, requests);
        let output = Command::new(env!("CARGO_BIN_EXE_byleave"))
            .args([
                "log",
                "disclose",
                "--organization",
                "acme",
                "--output",
                "copy",
                "--url",
                &url,
                "--token",
                &own,
            ])
            .current_dir(demo.folder.path())
            .output()
            .unwrap();
        if output.status.success() {
            break;
        }
        cut += 1;
        assert_eq!(output.status.code(), Some(1));
        let left: Vec<_> =
            std::fs::read_dir(demo.folder.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
        let parts = left.iter().filter(|name| {
            name.to_str().unwrap().contains("copy") || name.to_str().unwrap().contains("part")
        });
        assert_eq!(parts.count(), 0, "after {requests} requests: {left:?}");
    }
    assert!(cut >= 4, "it was cut short {cut} times");
    assert!(demo.file("copy/organization.jsonl").exists() && demo.file("copy/checkpoint").exists());
}
