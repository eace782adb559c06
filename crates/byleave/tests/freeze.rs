//! A freeze, and an organization's stop, at the real program: who is inside is out when the act answers, through a crash, until two desk people agree.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

mod served;
mod support;

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use byleave_store::intruder::Intruder;
use served::Served;
use support::Demo;

/// A connection of a support person's on which bytes of a tool's answer come and come, or the answer's head.
fn enter(demo: &Demo, person: usize, path: &str) -> (TcpStream, String) {
    let token = demo.text(&format!("/support_people/{person}/token"));
    let gateway = demo.text("/gateway_url");
    let authority = gateway.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(authority).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    let head = format!(
        "GET /t/probe/acme{path} HTTP/1.1\r\nHost: {authority}\r\nAuthorization: Bearer {token}\r\n\
         Byleave-Reason: looks\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).unwrap();
    let mut answer = vec![0; 1024];
    let length = stream.read(&mut answer).unwrap();
    answer.truncate(length);
    (stream, String::from_utf8_lossy(&answer).into_owned())
}

/// Whether bytes still come within a moment.
fn flows(stream: &mut TcpStream) -> bool {
    stream.read(&mut [0; 64]).is_ok_and(|length| length > 0)
}

/// By the time of the answer, and not some time after: what had arrived before can be read, and no more.
fn is_reset(stream: &mut TcpStream) -> bool {
    stream.set_nonblocking(true).unwrap();
    let rest = std::io::copy(stream, &mut std::io::sink()).map_err(|why| why.kind());
    rest == Err(std::io::ErrorKind::ConnectionReset)
}

#[test]
fn whoever_an_organization_stops_is_out_at_once_and_may_come_back() {
    let demo = Demo::start();
    let admin = demo.text("/admin_token");
    let upstream = served::upstream();
    let tool = ["tool", "create", "--name", "Probe", "--slug", "probe", "--upstream", &upstream];
    demo.ok(&admin, &[&tool[..], &["--isolation", "upstream-verified"]].concat());
    let (mut one, head) = enter(&demo, 0, "/slow");
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    let (mut other, head) = enter(&demo, 1, "/slow");
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    let own = demo.text("/organizations/0/api_token");
    demo.ok(&own, &["log", "disclose", "--organization", "acme", "--output", "acme-log"]);
    let file = std::fs::read_to_string(demo.file("acme-log").join("organization.jsonl")).unwrap();
    let read = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap_or_default();
    let opened = file.lines().map(|line| read(read(line)["opening"]["payload"].as_str().unwrap_or_default()));
    let person = demo.text("/support_people/0/id");
    let mut visits = opened.filter(|payload| payload["person"]["id"] == person.as_str());
    let visit = visits.next_back().unwrap();
    let visit = visit["visit"].as_str().unwrap().to_owned();

    let stop = ["visit", "stop", "--organization", "acme"];
    assert!(demo.refused(&admin, &[&stop[..], &["--all"]].concat()).contains("the organization"));
    let stopped = demo.json(&own, &[&stop[..], &[&visit]].concat());
    assert_eq!((&stopped["visits"], &stopped["connections_reset"]), (&serde_json::json!([visit]), &1.into()));
    assert!(is_reset(&mut one));
    assert!(flows(&mut other), "nobody else is stopped");
    // Which the organization does not recognise; the desk answers.
    let desk = demo.text("/desk_people/0/token");
    let raise = ["doubt", "raise", &visit, "--organization", "acme", "--text", "nobody asked for it"];
    let doubt = demo.json(&own, &raise);
    let id = doubt["id"].as_str().unwrap();
    assert_eq!((&doubt["state"], demo.json(&desk, &["doubt", "show", id])), (&"open".into(), doubt.clone()));
    let answered = demo.json(&desk, &["doubt", "answer", id, "--text", "it was about your case"]);
    assert_eq!((&answered["state"], &answered["visit"]), (&"answered".into(), &visit.as_str().into()));
    assert!(demo.refused(&desk, &["doubt", "answer", id, "--text", "again"]).contains("answered already"));
    let (mut back, head) = enter(&demo, 0, "/slow");
    assert!(head.starts_with("HTTP/1.1 200"), "the setting is what it was: {head}");
    let stopped = demo.json(&own, &[&stop[..], &["--all"]].concat());
    assert_eq!((stopped["visits"].as_array().unwrap().len(), &stopped["connections_reset"]), (2, &2.into()));
    assert!(is_reset(&mut other) && is_reset(&mut back));
    let (url, vkey) = (demo.text("/organizations/0/log/url"), demo.text("/organizations/0/log/vkey"));
    demo.ok(&admin, &["verify", &url, "--vkey", &vkey]);
}

#[test]
fn one_employers_people_are_out_at_once_and_stay_out_until_two_agree() {
    let demo = Demo::start();
    let admin = demo.text("/admin_token");
    let upstream = served::upstream();
    let tool = ["tool", "create", "--name", "Probe", "--slug", "probe", "--upstream", &upstream];
    demo.ok(&admin, &[&tool[..], &["--isolation", "upstream-verified"]].concat());
    let (mut own, head) = enter(&demo, 0, "/slow");
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    let (mut theirs, head) = enter(&demo, 1, "/slow");
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");

    let desk = [0, 1].map(|number| demo.text(&format!("/desk_people/{number}/token")));
    let keys = [0, 1].map(|number| demo.text(&format!("/desk_people/{number}/key_file")));
    let begin =
        ["freeze", "begin", "--employer", "Helpline partners", "--reason", "their network was broken into"];
    let begun = Instant::now();
    let receipt = demo.json(&desk[0], &begin);
    let answered = begun.elapsed();
    assert_eq!(
        (&receipt["connections_reset"], &receipt["visits_ended"]),
        (&1.into(), &1.into()),
        "{receipt}"
    );
    assert_eq!(receipt["organizations_told"], 3);
    assert!(answered < Duration::from_secs(5), "{answered:?}");
    assert!(is_reset(&mut theirs));
    assert!(flows(&mut own), "the vendor's own person is still inside");
    let (_, head) = enter(&demo, 1, "/");
    assert!(head.starts_with("HTTP/1.1 403") && head.contains("\"reason\":\"frozen\""), "{head}");
    assert!(
        demo.refused(&admin, &["freeze", "begin", "--everybody", "--reason", "x"]).contains("desk people")
    );

    let id = receipt["freeze"]["id"].as_str().unwrap().to_owned();
    let demo = demo.kill_and_restart();
    let (_, head) = enter(&demo, 1, "/");
    assert!(head.starts_with("HTTP/1.1 403"), "after a crash: {head}");
    let desk = [0, 1].map(|number| demo.text(&format!("/desk_people/{number}/token")));
    demo.ok(&desk[0], &["freeze", "lift", &id, "--key", &keys[0]]);
    let twice = demo.refused(&desk[0], &["freeze", "lift", &id, "--key", &keys[0]]);
    assert!(twice.contains("another desk person"), "{twice}");
    // The other's key in one's own name, and one's own in the other's.
    demo.refused(&desk[0], &["freeze", "lift", &id, "--key", &keys[1]]);
    demo.refused(&desk[1], &["freeze", "lift", &id, "--key", &keys[0]]);
    let (_, head) = enter(&demo, 1, "/");
    assert!(head.starts_with("HTTP/1.1 403"), "one alone lifts nothing: {head}");
    let lifted = demo.json(&desk[1], &["freeze", "lift", &id, "--key", &keys[1]]);
    assert_eq!(lifted["state"], "lifted");
    let (_, head) = enter(&demo, 1, "/");
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");

    // The organization's own program sees both, and its log has them and holds.
    let seen = demo.get("/v1/freezes", &demo.text("/organizations/0/api_token"));
    assert_eq!((&seen[0]["state"], seen[0]["entries"].as_array().unwrap().len()), (&"lifted".into(), 2));
    assert!(demo.ok(&desk[0], &["freeze", "list"]).contains("everybody of Helpline"));
    let (url, vkey) = (demo.text("/organizations/0/log/url"), demo.text("/organizations/0/log/vkey"));
    demo.ok(&admin, &["verify", &url, "--vkey", &vkey]);

    // A row that says something else is a line of its own for programs, too.
    let mut demo = demo;
    demo.end();
    let data = demo.file("data");
    let intruder = Intruder::open(&data.join("byleave.db")).unwrap();
    assert_eq!(intruder.edit_freezes("Helpline", "Another").unwrap(), 1);
    drop(intruder);
    let check = |options: &[&str]| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_byleave"));
        let checked = command.args(["check", "--data"]).arg(&data).args(options).output().unwrap();
        assert!(!checked.status.success());
        checked
    };
    let told = String::from_utf8(check(&[]).stderr).unwrap();
    assert_eq!(told.lines().filter(|line| line.contains(&*id)).count(), 1, "{told}");
    let checked = check(&["--json"]);
    let said = String::from_utf8(checked.stdout).unwrap();
    let lines: Vec<serde_json::Value> =
        said.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let wrong: Vec<_> = lines.iter().filter(|line| line["holds"] == false).collect();
    assert_eq!((lines.len(), wrong.len(), &wrong[0]["freeze"]), (4, 1, &id.into()), "{said}");
}

#[test]
fn whoever_freezes_says_whom() {
    let misused = std::process::Command::new(env!("CARGO_BIN_EXE_byleave"))
        .args(["freeze", "begin", "--reason", "x"])
        .output()
        .unwrap();
    assert_eq!(misused.status.code(), Some(2));
    let said = String::from_utf8_lossy(&misused.stderr).into_owned();
    assert!(said.contains("--everybody") && said.contains("--employer"), "{said}");
}

/// What the command line really asks for one word: two looks and the word. Other traffic of the same token does not hold it up.
#[test]
fn a_disable_at_a_prompt_waits_for_nothing_else_that_its_token_asks() {
    let folder = tempfile::tempdir().unwrap();
    let served = Served::start(folder.path(), "\n[limits]\ncredential = 20\n", &[]);
    let key = folder.path().join("una.key").display().to_string();
    served.byleave(&["keygen", &key]);
    served.byleave(&["organization", "create", "--name", "Acme Rockets", "--slug", "acme"]);
    let contact = ["--name", "Una Example", "--email", "una@acme.example", "--phone", "+49 30 0001"];
    let create = ["contact", "create", "--organization", "acme", "--key", &format!("{key}.pub")];
    served.byleave(&[&create[..], &contact].concat());
    let bearer = format!("Bearer {}", served.admin);
    let flood = || {
        let spent =
            (0..100).any(|_| served.status(served.port, "/v1/tools", &[("Authorization", &bearer)]) == 429);
        assert!(spent, "there is no limit");
    };
    let said = |arguments: &[&str]| {
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_byleave"))
            .args(arguments)
            .args(["--url", &format!("http://127.0.0.1:{}", served.port), "--token", &served.admin])
            .output()
            .unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success(), "{said}");
        said
    };
    flood();
    let disabled = said(&["access", "disable", "--organization", "acme", "--key", &key]);
    assert!(!disabled.contains("told to wait"), "{disabled}");
    // One more is taken each 3 s: who starts more slowly than that is not told to wait.
    let mut waits = (0..20).map(|_| {
        flood();
        said(&["tool", "list"]).contains("told to wait")
    });
    assert!(waits.any(|waits| waits), "anything else waits, and says so");
}
