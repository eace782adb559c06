//! `byleave check` at the real program: what it says of applications that answer, refuse, are gone, or make no sense; and
//! that it fails where nothing was found out.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on fails")]

mod served;

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::Command;

use serde_json::Value;
use served::{Served, free_port};

/// Says `answer` to whoever has sent a head.
fn says(answer: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for mut tcp in listener.incoming().flatten() {
            let lines = BufReader::new(TcpStream::try_clone(&tcp).unwrap()).lines();
            let _ = lines.map_while(Result::ok).find(String::is_empty);
            let _ = tcp.write_all(answer.as_bytes());
        }
    });
    address
}

const REFUSED: &str = "HTTP/1.1 401 X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
const ANSWERED: &str = "HTTP/1.1 200 X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

/// What a check said: rows, complaint, and how it ended.
fn check(served: &Served, proxy: &str, arguments: &[&str]) -> (Vec<Value>, String, Option<i32>) {
    let url = format!("http://localhost:{}", served.port);
    let mut command = Command::new(env!("CARGO_BIN_EXE_byleave"));
    command.env("HTTP_PROXY", proxy).env("NO_PROXY", "localhost");
    command.arg("check").args(arguments).args(["--json", "--url", &url, "--token", &served.admin]);
    let output = command.output().unwrap();
    let rows = String::from_utf8(output.stdout).unwrap();
    let rows = rows.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    (rows, String::from_utf8(output.stderr).unwrap(), output.status.code())
}

#[test]
fn what_was_not_found_out_fails_a_check_and_no_proxy_answers_for_an_application() {
    let folder = tempfile::tempdir().unwrap();
    // A proxy that refuses everything would make each application look as if it did.
    let proxy = says(REFUSED);
    let served = Served::start(folder.path(), "", &[("HTTP_PROXY", &proxy)]);
    let gone = format!("http://127.0.0.1:{}", free_port());
    for (slug, upstream) in
        [("careful", says(REFUSED)), ("gone", gone), ("odd", says("220 mail\r\n")), ("open", says(ANSWERED))]
    {
        let tool = ["tool", "create", "--name", slug, "--slug", slug, "--upstream", &upstream];
        served.byleave(&[&tool[..], &["--isolation", "upstream-verified"]].concat());
    }
    let outcomes = |rows: &[Value]| -> Vec<_> {
        rows.iter()
            .map(|row| {
                let [from, outcome] = [&row["from"], &row["requests"][0]["outcome"]];
                format!("{} {}", from.as_str().unwrap(), outcome.as_str().unwrap())
            })
            .collect()
    };
    for (slug, outcome, code, complaint) in [
        ("careful", "refused", 0, ""),
        ("gone", "unreachable", 1, "byleave: `gone` could not be checked"),
        ("odd", "unclear", 1, "byleave: `odd` could not be checked"),
        ("open", "answered", 1, "byleave: `open` answers without a valid assertion"),
    ] {
        let (rows, said, ended) = check(&served, &proxy, &["--tool", slug]);
        assert_eq!(outcomes(&rows), [format!("gateway {outcome}"), format!("here {outcome}")], "{slug}");
        assert_eq!(ended, Some(code), "{slug}: {said}");
        assert!(said.starts_with(complaint) && said.lines().count() == code as usize, "{slug}: {said}");
    }
    let (rows, said, _) = check(&served, &proxy, &[]);
    assert_eq!(rows.len(), 8);
    let [first, second] = [0, 1].map(|number| said.lines().nth(number).unwrap());
    assert!(first.contains("`open` answers") && second.contains("`gone`, `odd` could not"), "{said}");
}

/// A control plane that lists two tools, one of them kept apart in a way that only it knows, and fails to ask the other.
fn half() -> String {
    let tool = |slug: &str, isolation: &str| {
        format!(
            r#"{{"slug":"{slug}","name":"T","upstream":"http://127.0.0.1:9","isolation":"{isolation}","reason":"optional","case":"optional","assets":[]}}"#
        )
    };
    let tools = format!("[{},{}]", tool("broken", "shared"), tool("walled", "by-walls"));
    let checked = r#"{"tool":"walled","upstream":"http://127.0.0.1:9","isolation":"by-walls","requests":[],"checked":true,"contradicted":false,"meaning":"It was asked."}"#;
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for mut tcp in listener.incoming().flatten() {
            let lines: Vec<_> = BufReader::new(TcpStream::try_clone(&tcp).unwrap())
                .lines()
                .map_while(Result::ok)
                .take_while(|line| !line.is_empty())
                .collect();
            let (status, body) = match lines[0].split(' ').nth(1).unwrap() {
                "/v1/tools/broken/check" => (500, ""),
                "/v1/tools/walled/check" => (200, checked),
                _ => (200, tools.as_str()),
            };
            let head = format!("HTTP/1.1 {status} X\r\nContent-Length: {}\r\nConnection: close", body.len());
            let _ = tcp.write_all(format!("{head}\r\n\r\n{body}").as_bytes());
        }
    });
    address
}

#[test]
fn a_tool_that_could_not_be_asked_takes_nothing_from_the_others() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_byleave"));
    let output = command.args(["check", "--url", &half(), "--token", "t"]).output().unwrap();
    let [rows, said] = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
    for line in [
        "broken (shared), from where the gateway runs:\n  NOT CHECKED: ",
        "broken (shared), from here:\n",
        "walled (`by-walls`, unknown to this byleave), from where the gateway runs:\n  It was asked.\n",
        "walled (`by-walls`, unknown to this byleave), from here:\n",
    ] {
        assert!(rows.contains(line), "`{line}` is not in:\n{rows}{said}");
    }
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(said, "byleave: `broken` could not be checked; see above why, and check again\n");
}
