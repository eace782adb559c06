//! The running program, fed with unmistakable names, addresses and words wherever it takes any, says none of them in its
//! database, its key file, the log that it serves, or whatever it has to tell at the finest level of tracing; and of
//! whoever is erased it has nothing to say itself.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

mod support;

use serde_json::Value;
use support::Demo;

/// In every field that a person can fill in, in some spelling.
const CANARY: &[u8] = b"zaunkoenig";

fn get(url: &str, headers: &[(&str, &str)]) -> (u16, Vec<u8>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        let mut request = client.get(url);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = request.send().await.unwrap();
        (answer.status().as_u16(), answer.bytes().await.unwrap().to_vec())
    })
}

fn holds(bytes: &[u8], needle: &[u8]) -> bool {
    bytes.to_ascii_lowercase().windows(needle.len()).any(|part| part == needle)
}

/// Everything that the program keeps or says, by name.
fn everything(demo: &Demo, logs: &[Value]) -> Vec<(String, Vec<u8>)> {
    let data = demo.folder.path().join("data");
    let files = std::fs::read_dir(data).unwrap().map(|entry| entry.unwrap().path());
    let files = files.filter(|path| path.file_name().unwrap().to_str().unwrap().starts_with("byleave."));
    let mut all: Vec<_> =
        files.map(|path| (path.display().to_string(), std::fs::read(&path).unwrap())).collect();
    assert!(all.iter().any(|(name, _)| name.ends_with("byleave.keys")), "{all:?}");
    all.push(("the trace".into(), std::fs::read(demo.folder.path().join("trace.log")).unwrap()));
    for log in logs {
        let url = log["url"].as_str().unwrap();
        let (_, note) = get(&format!("{url}/checkpoint"), &[]);
        let size: u64 = String::from_utf8_lossy(&note).lines().nth(1).unwrap().parse().unwrap();
        all.push(("checkpoint".into(), note));
        for path in byleave_tlog::TilePath::all_for(size) {
            let (status, bytes) = get(&format!("{url}/{path}"), &[]);
            assert_eq!(status, 200, "{path}");
            all.push((path.to_string(), bytes));
        }
    }
    all
}

fn assert_silent(demo: &Demo) {
    let admin = demo.text("/admin_token");
    let log = |slug| demo.json(&admin, &["organization", "show", slug])["log"].clone();
    for (name, bytes) in everything(demo, &["umbrella", "acme"].map(log)) {
        assert!(!holds(&bytes, CANARY), "{name} holds a canary");
    }
}

#[test]
fn no_canary_is_found_and_an_erased_one_not_even_by_the_program() {
    let demo = Demo::traced();
    let admin = demo.text("/admin_token");
    let [first, second] = [0, 1].map(|n| demo.text(&format!("/desk_people/{n}/token")));
    demo.ok(&admin, &["organization", "create", "--name", "Umbrella Works", "--slug", "umbrella"]);
    let contact = demo.json(
        &admin,
        &[
            "contact",
            "create",
            "--organization",
            "umbrella",
            "--name",
            "Zaunkoenig Contact",
            "--email",
            "zaunkoenig@umbrella.example",
            "--phone",
            "+49 30 7318 7318",
        ],
    );
    let contact = contact["id"].as_str().or(contact["contact"]["id"].as_str()).unwrap().to_owned();
    for desk in [&first, &second] {
        demo.ok(desk, &["contact", "call", &contact]);
        let without = ["--without-words", "cannot_sign_in", "--note", "zaunkoenig was at the telephone"];
        demo.ok(desk, &[&["contact", "called", &contact, "confirmed"], &without[..]].concat());
    }
    let person = demo.json(
        &admin,
        &[
            "support-person",
            "create",
            "--name",
            "Zaunkoenig Visitor",
            "--email",
            "visitor@zaunkoenig.example",
            "--employer",
            "Zaunkoenig Works",
        ],
    );
    let (id, token) = (person["id"].as_str().unwrap(), person["token"].as_str().unwrap());

    // Inside, at an address with a query; and refused, for want of a reason, and elsewhere.
    let tool = format!("{}/t/system-log", demo.text("/gateway_url"));
    let bearer = format!("Bearer {token}");
    let stated = [
        ("authorization", bearer.as_str()),
        ("byleave-reason", "Zaunkoenig does not sing"),
        ("byleave-case", "ZAUNKOENIG-7"),
        ("referer", "http://zaunkoenig.example/"),
        ("user-agent", "zaunkoenig/1"),
    ];
    let asked = |place: &str, headers: &[(&str, &str)]| get(&format!("{tool}/{place}"), headers).0;
    let inside = asked("acme/zaunkoenig/path?zaunkoenig=zaunkoenig", &stated);
    assert!(![401, 403, 503].contains(&inside), "{inside}");
    assert_eq!(asked("umbrella/zaunkoenig-denied?q=zaunkoenig", &stated[..1]), 403);
    assert_eq!(asked("initech/zaunkoenig-denied", &stated), 403);
    assert!(asked("acme/%7aaunkoenig//zaunkoenig;zaunkoenig", &stated) >= 400);

    // By mail and by the help page; one becomes a request, one is dismissed, one waits.
    let mail = |text: &str| {
        let output = demo.piped(&admin, &["mail", "ingest", "--json"], text);
        let taken: Value = serde_json::from_slice(&output.stdout).unwrap();
        taken["id"].as_str().unwrap().to_owned()
    };
    let opened = mail("From: zaunkoenig@umbrella.example\n\nZaunkoenig wants it closed.\n");
    let options = ["--organization", "umbrella", "--action", "disable", "--has-name"];
    let request = demo.json(&first, &[&["mail", "open", &opened], options.as_slice()].concat());
    let dismissed = mail("From: x@zaunkoenig.example\n\nBuy a zaunkoenig.\n");
    demo.ok(&first, &["mail", "dismiss", &dismissed, "--reason", "zaunkoenig is an advertisement"]);
    mail("From: y@zaunkoenig.example\n\nzaunkoenig waits\n");
    let request = request["id"].as_str().unwrap();
    demo.ok(&first, &["change-request", "review", request, "--ask", "which zaunkoenig?"]);
    demo.refused(&first, &["change-request", "show", "zaunkoenig"]);
    demo.refused(&token.replace("bl_", "zaunkoenig_"), &["organization", "list"]);

    assert_silent(&demo);
    let trace = std::fs::read(demo.folder.path().join("trace.log")).unwrap();
    assert!(holds(&trace, b"trace") || holds(&trace, b"debug"), "it is traced");

    // The same after a crash, when all of it has been read again; and it is still known.
    let demo = demo.kill_and_restart();
    let admin = demo.text("/admin_token");
    assert_silent(&demo);
    let known = demo.ok(&admin, &["support-person", "show", id]);
    assert!(known.contains("Zaunkoenig Visitor"), "{known}");

    // To the organization alone, and only until the person is erased.
    let disclosed = |demo: &Demo, name: &str| {
        let own = demo.text("/organizations/0/api_token");
        demo.ok(&own, &["log", "disclose", "--organization", "acme", "--output", name]);
        std::fs::read(demo.file(name).join("organization.jsonl")).unwrap()
    };
    assert!(holds(&disclosed(&demo, "before"), b"zaunkoenig does not sing"));

    // Erased, nothing of the person is left for anybody to tell.
    let desk = demo.text("/desk_people/0/token");
    let refused = demo.refused(&admin, &["support-person", "erase", id, "--reason", "asked for"]);
    assert!(refused.contains("desk people"), "{refused}");
    let erased = demo.json(&desk, &["support-person", "erase", id, "--reason", "asked for by the person"]);
    assert_eq!(erased["organizations"].as_array().unwrap().len(), 3, "{erased}");
    let demo = demo.kill_and_restart();
    assert_silent(&demo);
    let admin = demo.text("/admin_token");
    demo.refused(&admin, &["support-person", "show", id]);
    let people = demo.ok(&admin, &["support-person", "list"]);
    assert!(!holds(people.as_bytes(), CANARY), "{people}");
    assert!(!holds(&disclosed(&demo, "after"), CANARY), "nor the organization");
    let log = demo.json(&admin, &["organization", "show", "acme"])["log"].clone();
    let url = log["url"].as_str().unwrap();
    demo.ok(&admin, &["verify", url, "--vkey", log["vkey"].as_str().unwrap()]);
}
