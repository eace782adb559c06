//! The command line against the real program, as a platform engineer, a contact and a desk person type it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

mod support;

use std::collections::BTreeSet;
use std::process::Command;

use serde_json::Value;
use support::Demo;

#[test]
fn a_contact_disables_and_enables_from_a_prompt() {
    let demo = Demo::start();
    let (token, key) =
        (demo.text("/organizations/0/api_token"), demo.text("/organizations/0/contacts/0/key_file"));
    let show = |state: &str| {
        let shown = demo.json(&token, &["access", "show", "--organization", "acme"]);
        assert_eq!(shown["support_access"], state);
    };
    show("enabled");
    let receipt = demo.json(&token, &["access", "disable", "--organization", "acme", "--key", &key]);
    assert_eq!(
        (receipt["support_access"].as_str(), receipt["confirmation"].as_str()),
        (Some("disabled"), Some("provisional"))
    );
    assert!(receipt["checkpoint"].as_str().unwrap().starts_with("demo.byleave.example/o/"));
    show("disabled");
    // A key that is not a contact's, and another organization's contact.
    let globex = demo.text("/organizations/1/contacts/0/key_file");
    let complaint = demo.refused(&token, &["access", "enable", "--organization", "acme", "--key", &globex]);
    assert!(complaint.contains("not the key of a security contact"), "{complaint}");
    // `--wait` returns when a desk person has approved.
    let (desk, second) = (demo.text("/desk_people/0/token"), demo.text("/desk_people/1/token"));
    let (desk_key, second_key) = (demo.text("/desk_people/0/key_file"), demo.text("/desk_people/1/key_file"));
    let waiting = std::thread::scope(|scope| {
        let waiting = scope.spawn(|| {
            demo.json(&token, &["access", "enable", "--organization", "acme", "--key", &key, "--wait"])
        });
        let id = loop {
            let requests = demo.get("/v1/change-requests?state=received", &desk);
            let mut all = requests.as_array().unwrap().iter();
            if let Some(request) = all.find(|request| request["action"] == "enable") {
                break request["id"].as_str().unwrap().to_owned();
            }
            std::thread::sleep(std::time::Duration::from_millis(50));
        };
        show("disabled");
        for (token, key) in
            [(demo.text("/admin_token"), &desk_key), (second.clone(), &second_key), (token.clone(), &key)]
        {
            let approve = ["change-request", "approve", &id, "--key", key];
            assert!(!demo.refused(&token, &approve).is_empty(), "before it is reviewed nobody approves");
        }
        demo.ok(&desk, &["change-request", "review", &id, "--proceed"]);
        let complaint = demo.refused(&desk, &["change-request", "approve", &id, "--key", &desk_key]);
        assert!(complaint.contains("second desk person"), "{complaint}");
        show("disabled");
        demo.ok(&second, &["change-request", "approve", &id, "--key", &second_key]);
        waiting.join().unwrap()
    });
    assert_eq!(waiting["state"], "announced");
    show("enabled");
    assert!(demo.stop().success(), "it stops in an orderly way");
}

/// The article's both journeys at two prompts, from a piped mail to the confirmation.
#[test]
fn two_desk_people_work_both_journeys_from_a_prompt() {
    let demo = Demo::start();
    let desks = [0, 1].map(|number| {
        (
            demo.text(&format!("/desk_people/{number}/token")),
            demo.text(&format!("/desk_people/{number}/key_file")),
        )
    });
    let [(dana, dana_key), (lee, lee_key)] = &desks;
    let contact = demo.text("/organizations/1/contacts/0/id");
    let setting = || demo.get("/v1/organizations/globex/support-access", dana)["support_access"].clone();
    let change_request = |token: &str, rest: &[&str]| demo.json(token, &[&["change-request"], rest].concat());
    let open = |action: &str| {
        let mail =
            format!("From: noor@globex.example\r\nSubject: {action}\r\n\r\nGlobex Widgets, please.\r\n");
        let held = demo.piped(dana, &["mail", "ingest", "--json"], &mail);
        let held: serde_json::Value = serde_json::from_slice(&held.stdout).unwrap();
        let id = held["id"].as_str().unwrap().to_owned();
        assert!(demo.ok(dana, &["mail", "show", &id]).contains("Globex Widgets, please."));
        let all = ["--has-name", "--has-confirmation", "--has-contact"];
        let open =
            ["mail", "open", &id, "--organization", "globex", "--action", action, "--contact", &contact];
        let request = demo.json(dana, &[&open[..], &all].concat());
        assert_eq!(
            (request["state"].as_str(), request["source"].as_str()),
            (Some("received"), Some("unauthenticated"))
        );
        request["id"].as_str().unwrap().to_owned()
    };
    let empty = demo.piped(dana, &["mail", "ingest"], " ");
    assert_eq!(empty.status.code(), Some(65), "nothing will ever be in it");
    assert!(String::from_utf8_lossy(&empty.stderr).contains("empty"));

    let id = open("disable");
    let support = demo.text("/support_people/0/token");
    for token in [&support, &demo.text("/admin_token"), &demo.text("/organizations/1/api_token")] {
        assert!(!demo.refused(token, &["change-request", "review", &id, "--proceed"]).is_empty());
    }
    change_request(dana, &["review", &id, "--proceed"]);
    for question in ["identity", "understanding"] {
        change_request(dana, &["find", &id, question, "--yes", "--note", "passport, on video"]);
    }
    demo.ok(dana, &["change-request", "form", &id, "--output", "form.pdf"]);
    demo.ok(dana, &["change-request", "invitation", &id, "--output", "meeting.ics"]);
    assert!(std::fs::read_to_string(demo.file("meeting.ics")).unwrap().starts_with("BEGIN:VCALENDAR\r\n"));
    std::fs::write(demo.file("not.pdf"), "MZ").unwrap();
    assert!(demo.refused(dana, &["change-request", "return", &id, "not.pdf"]).contains("not a PDF"));
    change_request(dana, &["return", &id, "form.pdf"]);
    let matched = change_request(dana, &["match", &id, "--yes"]);
    assert_eq!(matched["state"], "returned");
    let alone = demo.refused(dana, &["change-request", "approve", &id, "--key", dana_key]);
    assert!(alone.contains("second desk person"), "{alone}");
    let borrowed = demo.refused(lee, &["change-request", "approve", &id, "--key", dana_key]);
    assert!(!borrowed.is_empty(), "another's key");
    assert_eq!(setting(), "enabled");
    assert_eq!(change_request(lee, &["approve", &id, "--key", lee_key])["state"], "announced");
    assert_eq!(setting(), "disabled");

    let id = open("enable");
    change_request(dana, &["review", &id, "--proceed"]);
    assert!(!demo.refused(dana, &["change-request", "approve", &id, "--key", dana_key]).is_empty());
    let call = change_request(dana, &["call", &id, "--contact", &contact]);
    assert_eq!(call["phone"], demo.text("/organizations/1/contacts/0/phone").as_str());
    assert!(call.get("contact_words").is_none(), "what they answer stands on their own page: {call}");
    let called = |more: [&'static str; 2]| {
        [&["called", &id, "confirmed", "--note", "she knew the request"][..], &more].concat()
    };
    let wrong = [&["change-request"][..], &called(["--words", "not these words"])].concat();
    assert!(demo.refused(dana, &wrong).contains("tries left: 2"));
    let done = change_request(dana, &called(["--without-words", "no_screen"]));
    assert_eq!((&done["call_words"], &done["call_wrong_tries"]), (&"no_screen".into(), &1.into()));
    change_request(dana, &["approve", &id, "--key", dana_key]);
    assert!(demo.refused(dana, &["change-request", "approve", &id, "--key", dana_key]).contains("second"));
    assert_eq!(setting(), "disabled");
    assert_eq!(change_request(lee, &["approve", &id, "--key", lee_key])["state"], "announced");
    assert_eq!(setting(), "enabled");
}

#[test]
fn contacts_change_from_a_prompt_by_two_desk_people() {
    let demo = Demo::start();
    let admin = demo.text("/admin_token");
    let create = ["contact", "create", "--organization", "globex", "--name", "Robin Example", "--email"];
    let new = demo.json(&admin, &[&create[..], &["robin@globex.example", "--phone", "+1 555 0142"]].concat());
    assert_eq!(new["state"], "announced");
    let change = new["contact_change"].as_str().unwrap();
    let own = demo.text("/organizations/1/api_token");
    let listed = demo.json(&own, &["contact", "changes", "--organization", "globex"]);
    assert_eq!((listed["id"].as_str(), listed["state"].as_str()), (Some(change), Some("open")));
    for (number, state) in [(0, "open"), (1, "made")] {
        let token = demo.text(&format!("/desk_people/{number}/token"));
        let key = demo.text(&format!("/desk_people/{number}/key_file"));
        let agreed = demo.json(&token, &["contact", "agree", change, "--key", &key]);
        assert_eq!(agreed["state"], state);
        let id = new["id"].as_str().unwrap();
        if state == "made" {
            let call = demo.json(&token, &["contact", "call", id]);
            assert_eq!(call["phone"], "+1 555 0142");
            let said = ["--without-words", "cannot_sign_in", "--note", "new, and has no passkey yet"];
            let called = [&["contact", "called", id, "confirmed"][..], &said].concat();
            let called = demo.json(&token, &called);
            assert_eq!(called["state"], "unconfirmed", "one of two");
        }
    }
    assert!(demo.refused(&own, &["contact", "object", change]).contains("desk people"));
}

#[test]
fn a_platform_engineer_sets_things_up_from_a_prompt() {
    let demo = Demo::start();
    let admin = demo.text("/admin_token");
    let created = demo.json(&admin, &["organization", "create", "--name", "Umbra Tents", "--slug", "umbra"]);
    assert_eq!(created["support_access"], "enabled");
    let taken = demo.refused(&admin, &["organization", "create", "--name", "Again", "--slug", "umbra"]);
    assert!(taken.contains("slug"), "{taken}");
    let bad = demo.refused(&admin, &["organization", "create", "--name", "Bad", "--slug", "Um_bra"]);
    assert!(bad.contains("Um_bra"), "{bad}");
    demo.ok("", &["keygen", "una.key"]);
    assert!(!demo.byleave("", &["keygen", "una.key"]).status.success(), "an existing key is not replaced");
    let contact = demo.json(
        &admin,
        &[
            "contact",
            "create",
            "--organization",
            "umbra",
            "--name",
            "Una Example",
            "--email",
            "una@umbra.example",
            "--phone",
            "+1 555 0109",
            "--key",
            "una.key.pub",
        ],
    );
    let shown = demo.json(&admin, &["contact", "show", contact["id"].as_str().unwrap()]);
    assert_eq!(shown, contact);
    demo.ok(&admin, &["access", "disable", "--organization", "umbra", "--key", "una.key"]);
    let person = demo.json(
        &admin,
        &[
            "support-person",
            "create",
            "--service",
            "--name",
            "Nightly export",
            "--email",
            "export@vendor.example",
            "--employer",
            "Vendor",
        ],
    );
    assert!(person["token"].as_str().unwrap().starts_with("bl_"));
    assert_eq!(person["kind"], "support_service");
    let shared = [
        "tool",
        "create",
        "--name",
        "Old",
        "--slug",
        "old",
        "--upstream",
        "http://127.0.0.1:9",
        "--isolation",
        "shared",
    ];
    let refused = demo.refused(&admin, &shared);
    assert!(refused.contains("old"), "{refused}");
    demo.ok(&admin, &[&shared[..], &["--accept-shared", "old"]].concat());
    let tools = demo.ok(&admin, &["tool", "list", "--json"]);
    assert_eq!(tools.lines().count(), 4, "one object a line: {tools}");
    let nobody = demo.refused("bl_wrong", &["organization", "list"]);
    assert!(!nobody.is_empty());
}

#[test]
fn commands_exit_with_0_when_done_1_when_refused_and_2_when_misused() {
    let demo = Demo::start();
    let (admin, desk) = (demo.text("/admin_token"), demo.text("/desk_people/0/token"));
    let (admin, desk) = (admin.as_str(), desk.as_str());
    std::fs::write(demo.file("bad.csv"), "name,slug\nGood,good\nBad,B_D\n").unwrap();
    std::fs::write(demo.file("there.key"), "a key").unwrap();
    let shared = "tool create --name T --slug t --upstream http://127.0.0.1:9 --isolation";
    #[rustfmt::skip]
    let rows = [
        (admin, "--version", 0, "byleave"),
        (admin, "organization --help", 0, "import"),
        (admin, "completions bash", 0, "complete"),
        (admin, "completions zsh", 0, "#compdef byleave"),
        (admin, "completions fish", 0, "organization"),
        (admin, "organization list", 0, "acme"),
        (admin, "organization show acme", 0, "Acme Rockets"),
        (admin, "access show --organization acme", 0, "enabled"),
        (desk, "change-request list --state received", 0, ""),
        (desk, "mail list", 0, ""),
        (desk, "mail letters --state failed", 0, ""),
        (desk, "mail letters --state lost", 1, "there is no state `lost`"),
        (admin, "organization show nobody", 1, "no such organization"),
        (admin, "organization create --name X --slug acme", 1, "slug"),
        (admin, "organization create --name X --slug Ac_me", 1, "Ac_me"),
        (admin, "organization import missing.csv", 1, "missing.csv"),
        (admin, "organization import bad.csv", 1, "line 3, column `slug`, value `B_D`"),
        (admin, "change-request list --state lost", 1, "lost"),
        (admin, "change-request review change_x --proceed", 1, "desk people"),
        (admin, "contact show contact_x", 1, "no such security contact"),
        (admin, &format!("{shared} shared"), 1, "naming it once more"),
        (admin, "access disable --organization acme --key missing.key", 1, "missing.key"),
        (admin, "keygen there.key", 1, "there.key"),
        (admin, "verify nowhere --vkey x", 1, ""),
        (admin, "evidence verify there.key", 1, "not a form signed with a passkey"),
        (admin, "evidence verify there.key --log nowhere", 2, "--vkey"),
        ("bl_wrong", "tool list", 1, "token"),
        (admin, "--url http://127.0.0.1:1 tool list", 1, "was not reached"),
        (admin, "", 2, "Usage"),
        (admin, "no-such-command", 2, "no-such-command"),
        (admin, "verify", 2, "--vkey"),
        (admin, "organization create --name X", 2, "--slug"),
        (admin, "organization list --colour", 2, "--colour"),
        (admin, "completions tcsh", 2, "tcsh"),
        (admin, &format!("{shared} odd"), 2, "odd"),
        (desk, "change-request review change_x --proceed --ask why", 2, "--ask"),
    ];
    for (token, line, code, says) in rows {
        let arguments: Vec<_> = line.split_whitespace().collect();
        let output = demo.byleave(token, &arguments);
        let said = if code == 0 { &output.stdout } else { &output.stderr };
        let said = String::from_utf8_lossy(said);
        assert_eq!(output.status.code(), Some(code), "`byleave {line}`: {said}");
        assert!(said.contains(says), "`byleave {line}` says `{says}`: {said}");
        assert!(code == 0 || output.stdout.is_empty(), "`byleave {line}` prints nothing but data");
    }
    let unset = Command::new(env!("CARGO_BIN_EXE_byleave"))
        .args(["organization", "list"])
        .env_remove("BYLEAVE_URL")
        .env_remove("BYLEAVE_TOKEN")
        .output()
        .unwrap();
    assert_eq!(unset.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&unset.stderr).contains("BYLEAVE_URL"));
}

/// Commands whose `--json` other tests read.
#[rustfmt::skip]
const JSON_ELSEWHERE: &[&str] = &[
    "access disable", "access enable", "backup", "change-request approve", "change-request call", "change-request called",
    "change-request find", "change-request match", "change-request meeting", "change-request open",
    "change-request provisional", "change-request return", "change-request review", "change-request show",
    "change-request decline-time", "check", "contact agree", "contact announce", "contact call", "contact called", "contact change",
    "contact create", "contact erase", "contact object", "desk-person erase", "contact return", "demo", "doubt answer", "doubt raise", "doubt show",
    "evidence verify", "freeze begin", "freeze lift", "log disclose",
    "mail attach", "mail ingest", "mail open", "organization create", "organization import", "protect", "restore",
    "serve", "support-person create", "support-person erase", "token create", "tool create", "visit stop",
];

/// Commands that write a file, or a script for a shell.
const PRINTS_NO_DATA: &[&str] = &[
    "change-request evidence",
    "change-request form",
    "change-request invitation",
    "completions",
    "contact form",
];

/// Every command that does something, as the help of the commands above it lists them.
fn leaves(demo: &Demo, path: &[&str]) -> Vec<String> {
    let help = demo.ok("", &[path, &["--help"]].concat());
    let listed =
        help.split_once("\nCommands:\n").map(|(_, rest)| rest.split("\n\n").next().unwrap_or_default());
    let Some(listed) = listed else { return vec![path.join(" ")] };
    let names = listed.lines().filter_map(|line| line.strip_prefix("  ")?.split(' ').next());
    let names = names.filter(|name| !name.is_empty() && *name != "help");
    names.flat_map(|name| leaves(demo, &[path, &[name]].concat())).collect()
}

#[test]
fn whatever_prints_data_prints_it_as_json_one_object_a_line() {
    let demo = Demo::start();
    let (admin, desk) = (demo.text("/admin_token"), demo.text("/desk_people/0/token"));
    let (contact, log) = (demo.text("/organizations/0/contacts/0/id"), demo.text("/organizations/0/log/url"));
    let person = demo.text("/support_people/0/id");
    let vkey = demo.text("/organizations/0/log/vkey");
    let ingested = demo.piped(&desk, &["mail", "ingest", "--json"], "please disable");
    let message: Value = serde_json::from_slice(&ingested.stdout).unwrap();
    let message = message["id"].as_str().unwrap();
    let (acme, sam) = (demo.text("/organizations/0/id"), demo.text("/organizations/0/contacts/0/id"));
    let key = demo.text("/organizations/0/contacts/0/key_file");
    let sign = format!("sign disabled --organization {acme} --epoch 1 --contact {sam} --key {key}");
    let frozen =
        demo.json(&desk, &["freeze", "begin", "--employer", "Northwind Cloud", "--reason", "a look around"]);
    let freeze = frozen["freeze"]["id"].as_str().unwrap();
    let token = demo.json(&admin, &["token", "create", "--name", "report", "--scope", "read"]);
    let token = token["id"].as_str().unwrap();
    #[rustfmt::skip]
    let rows = [
        (&admin, "organization list".to_owned(), 3),
        (&admin, "organization show acme".to_owned(), 1),
        (&admin, "contact list --organization acme".to_owned(), 1),
        (&admin, format!("contact show {contact}"), 1),
        (&admin, "contact changes --organization acme".to_owned(), 0),
        (&admin, "support-person list".to_owned(), 2),
        (&admin, format!("support-person show {person}"), 1),
        (&admin, "tool list".to_owned(), 3),
        (&admin, "tool show system-log".to_owned(), 1),
        (&admin, "access show --organization acme".to_owned(), 1),
        (&admin, "keygen new.key".to_owned(), 1),
        (&admin, format!("verify {log} --vkey {vkey}"), 1),
        (&admin, "organization domains acme --domain acme.example".to_owned(), 1),
        (&admin, "token list".to_owned(), 2),
        (&admin, format!("token show {token}"), 1),
        (&admin, format!("token revoke {token}"), 1),
        (&admin, sign.clone(), 1),
        (&desk, "desk-person list".to_owned(), 2),
        (&desk, "mail letters".to_owned(), 3),
        (&desk, "mail key dkim.pem --domain vendor.example".to_owned(), 1),
        (&desk, "mail list".to_owned(), 1),
        (&desk, format!("mail show {message}"), 1),
        (&desk, "mail made <none@acme.example>".to_owned(), 0),
        (&desk, "change-request list".to_owned(), 1),
        (&desk, "doubt list".to_owned(), 0),
        (&desk, "freeze list".to_owned(), 1),
        (&desk, format!("freeze show {freeze}"), 1),
        (&desk, format!("mail dismiss {message} --reason advertisement"), 1),
        // Last, since letters follow from it.
        (&admin, "organization notice-addresses acme --notice-address soc@acme.example".to_owned(), 1),
    ];
    let shown: BTreeSet<_> =
        rows.iter().map(|(_, line, _)| line.split(' ').take(2).collect::<Vec<_>>().join(" ")).collect();
    let missing: Vec<_> = leaves(&demo, &[])
        .into_iter()
        .filter(|leaf| {
            let known = shown.iter().any(|shown| format!("{shown} ").starts_with(&format!("{leaf} ")));
            !known && !JSON_ELSEWHERE.contains(&leaf.as_str()) && !PRINTS_NO_DATA.contains(&leaf.as_str())
        })
        .collect();
    assert_eq!(missing, [""; 0], "each is looked at here, or listed with those looked at elsewhere");
    for (token, line, count) in rows {
        let arguments: Vec<_> = line.split_whitespace().chain(["--json"]).collect();
        let printed = demo.ok(token, &arguments);
        assert_eq!(printed.lines().count(), count, "`byleave {line}`: {printed}");
        for printed in printed.lines() {
            let value: Value = serde_json::from_str(printed).unwrap();
            assert!(value.is_object(), "`byleave {line}`: {printed}");
        }
    }
}

#[test]
fn a_file_of_organizations_is_imported_whole_or_not_at_all_and_can_be_imported_again() {
    let demo = Demo::start();
    let admin = demo.text("/admin_token");
    let import = |text: &str| {
        std::fs::write(demo.file("customers.csv"), text).unwrap();
        demo.byleave(&admin, &["organization", "import", "customers.csv", "--json"])
    };
    let count = || demo.ok(&admin, &["organization", "list"]).lines().count();
    let outcomes = |output: &std::process::Output| {
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let outcome = |line: &str| {
            let value: Value = serde_json::from_str(line).unwrap();
            format!(
                "{} {} {}",
                value["line"],
                value["slug"].as_str().unwrap(),
                value["outcome"].as_str().unwrap()
            )
        };
        text.lines().map(outcome).collect::<Vec<_>>()
    };
    let before = count();
    // What only the server can know is named at its line, too.
    let taken = import("name,slug\n\"Umbra, Inc.\",umbra\nNot Acme,acme\nNot Globex,globex\n");
    assert_eq!(taken.status.code(), Some(1));
    let said = String::from_utf8_lossy(&taken.stderr).into_owned();
    assert!(said.contains("line 3, column `slug`, value `acme`") && said.contains("line 4"), "{said}");
    assert_eq!(count(), before, "all or none");

    let file = "\u{feff}name,slug\r\n\"Umbra, Inc.\",umbra\r\nAcme Rockets,acme\r\nVandelay,vandelay\r\n";
    let first = import(file);
    assert_eq!(outcomes(&first), ["2 umbra created", "3 acme present", "4 vandelay created"]);
    let again = import(file);
    assert_eq!(outcomes(&again), ["2 umbra present", "3 acme present", "4 vandelay present"]);
    assert_eq!(count(), before + 2);
    let domains = ["organization", "domains", "umbra", "--domain"];
    let changed = demo.json(&admin, &[&domains[..], &["umbra.example"]].concat());
    assert_eq!(changed["domains"], serde_json::json!(["umbra.example"]));
    let others = import("name,slug,domains\nHooli,hooli,\n\"Umbra, Inc.\",umbra,umbra.test\n");
    let said = String::from_utf8_lossy(&others.stderr).into_owned();
    assert_eq!(others.status.code(), Some(1));
    assert!(said.contains("line 3, column `domains`, value `umbra.test`"), "{said}");
    assert!(said.contains("byleave organization domains umbra"), "{said}");
    let none = demo.json(&admin, &["organization", "domains", "umbra", "--none"]);
    assert_eq!((&none["domains"], count()), (&serde_json::json!([]), before + 2));
    let copies = ["organization", "notice-addresses", "umbra", "--notice-address"];
    let changed = demo.json(&admin, &[&copies[..], &["soc@umbra.example"]].concat());
    assert_eq!(changed["notice_addresses"], serde_json::json!(["soc@umbra.example"]));
    let others = import("name,slug,notice_addresses\n\"Umbra, Inc.\",umbra,else@umbra.example\n");
    let said = String::from_utf8_lossy(&others.stderr).into_owned();
    assert!(said.contains("line 2, column `notice_addresses`, value `else@umbra.example`"), "{said}");
    assert!(said.contains("byleave organization notice-addresses umbra"), "{said}");
    let umbra = demo.json(&admin, &["organization", "show", "umbra"]);
    assert_eq!(
        (umbra["name"].as_str(), umbra["support_access"].as_str()),
        (Some("Umbra, Inc."), Some("enabled"))
    );
    let (url, vkey) = (umbra["log"]["url"].as_str().unwrap(), umbra["log"]["vkey"].as_str().unwrap());
    demo.ok(&admin, &["verify", url, "--vkey", vkey]);

    let many: String = (0..10_000).map(|n| format!("Customer {n},customer-{n}\n")).collect();
    let many = import(&format!("name,slug\n{many}"));
    assert!(many.status.success(), "{}", String::from_utf8_lossy(&many.stderr));
    assert_eq!(outcomes(&many).len(), 10_000);
    let demo = demo.kill_and_restart();
    let admin = demo.text("/admin_token");
    assert_eq!(demo.ok(&admin, &["organization", "list"]).lines().count(), before + 10_002);
}

#[test]
fn what_runs_until_it_is_stopped_prints_what_is_ready_as_one_object() {
    use std::io::{BufRead as _, BufReader};
    let folder = tempfile::tempdir().unwrap();
    for (arguments, wanted) in [
        (
            vec!["demo", "--smtp-listen", "127.0.0.1:0"],
            vec!["/base_url", "/organizations/0/contacts/0/sign_in_url"],
        ),
        (
            vec!["protect", "http://127.0.0.1:9", "--tool", "metrics"],
            vec!["/url", "/support_person_url", "/contact_url", "/past_the_gateway/meaning", "/data"],
        ),
    ] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_byleave"))
            .args(&arguments)
            .args(["--json", "--listen", "127.0.0.1:0", "--gateway-listen", "127.0.0.1:0"])
            .current_dir(folder.path())
            .stdout(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
        let ready: Value =
            serde_json::from_str(&line).unwrap_or_else(|why| panic!("{arguments:?}: {why}: {line}"));
        for pointer in wanted {
            assert!(
                ready.pointer(pointer).is_some_and(Value::is_string),
                "{arguments:?}: {pointer} in {ready}"
            );
        }
        let isolation = ready.get("isolation").and_then(Value::as_str);
        assert_eq!(isolation, (arguments[0] == "protect").then_some("shared"));
    }
}

/// Signed without a server; handed in by whatever sends it.
#[test]
fn a_statement_is_signed_offline_and_taken() {
    let demo = Demo::start();
    let at = |pointer: &str| demo.text(&format!("/organizations/0/{pointer}"));
    let (token, key) = (at("api_token"), at("contacts/0/key_file"));
    let sign = |wish: &str, organization: &str| {
        let rest =
            ["--epoch", "1", "--contact", &at("contacts/0/id"), "--key", &key, "--url", "http://127.0.0.1:1"];
        demo.byleave("", &[&["sign", wish, "--organization", organization][..], &rest].concat())
    };
    for (wish, organization, why) in
        [("off", &*at("id"), "`off` is no setting"), ("disabled", "acme", "`acme` of `--organization`")]
    {
        let refused = sign(wish, organization);
        assert_eq!(refused.status.code(), Some(1));
        assert!(String::from_utf8_lossy(&refused.stderr).contains(why), "{refused:?}");
    }
    let signed = String::from_utf8(sign("disabled", &at("id")).stdout).unwrap();
    let receipt = demo.post("/v1/organizations/acme/support-access/disable", &token, &signed);
    assert_eq!(receipt["support_access"], "disabled", "{receipt}");
}

#[test]
fn a_former_contact_is_erased_from_a_prompt() {
    let demo = Demo::start();
    let (admin, sam) = (demo.text("/admin_token"), demo.text("/organizations/1/contacts/0/id"));
    let [desk, second] = [0, 1].map(|number| demo.text(&format!("/desk_people/{number}/token")));
    let slug = demo.text("/organizations/1/slug");
    let new = ["--name", "Robin Vale", "--email", "robin@vale.example", "--phone", "+1 555 0142"];
    let announce = ["contact", "announce", "--organization", &slug, "replace", "--contact", &sam];
    let change = demo.json(&admin, &[&announce[..], &new].concat());
    let erase = ["contact", "erase", &sam, "--reason", "asked for by the person"];
    let refused = demo.refused(&desk, &erase);
    assert!(refused.contains("they have to be replaced first"), "{refused}");
    for (number, token) in [&desk, &second].into_iter().enumerate() {
        let key = demo.text(&format!("/desk_people/{number}/key_file"));
        demo.json(token, &["contact", "agree", change["id"].as_str().unwrap(), "--key", &key]);
    }
    let erased = demo.json(&desk, &erase);
    assert_eq!(erased["organizations"], serde_json::json!([demo.text("/organizations/1/id")]));
    assert!(demo.refused(&desk, &erase).contains("security contact"));
    let [url, vkey] = ["url", "vkey"].map(|part| demo.text(&format!("/organizations/1/log/{part}")));
    demo.ok(&admin, &["verify", &url, "--vkey", &vkey]);
    // Those of the configuration stay.
    let people = demo.ok(&desk, &["desk-person", "list", "--json"]);
    let other: Value = serde_json::from_str(people.lines().nth(1).unwrap()).unwrap();
    assert_eq!(other["configured"], true);
    let id = demo.text("/desk_people/1/id");
    let refused = demo.refused(&desk, &["desk-person", "erase", &id, "--reason", "they left"]);
    assert!(refused.contains("take them out of `desk_people`"), "{refused}");
}
