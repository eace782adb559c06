//! The command line against the real program, as a platform engineer, a contact and a desk person type it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

mod support;

use std::process::Command;

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
    assert_eq!(empty.status.code(), Some(1), "the mail system keeps it");
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
    change_request(dana, &["called", &id, "confirmed", "--note", "both sets of words were right"]);
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
            let called = demo.json(&token, &["contact", "called", id, "confirmed", "--note", "words right"]);
            assert_eq!(called["state"], "unconfirmed", "one of two");
        }
    }
    assert!(demo.refused(&own, &["contact", "object", change]).contains("desk people and security contacts"));
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
fn misuse_exits_with_2_and_every_command_has_an_example() {
    let byleave = |arguments: &[&str]| {
        Command::new(env!("CARGO_BIN_EXE_byleave"))
            .args(arguments)
            .env_remove("BYLEAVE_URL")
            .output()
            .unwrap()
    };
    assert_eq!(byleave(&["no-such-command"]).status.code(), Some(2));
    assert_eq!(byleave(&["verify"]).status.code(), Some(2));
    let unset = byleave(&["organization", "list"]);
    assert_eq!(unset.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&unset.stderr).contains("BYLEAVE_URL"));
    for command in [
        &["demo"][..],
        &["serve"],
        &["verify"],
        &["keygen"],
        &["access", "show"],
        &["access", "disable"],
        &["access", "enable"],
        &["change-request", "list"],
        &["change-request", "show"],
        &["change-request", "open"],
        &["change-request", "review"],
        &["change-request", "meeting"],
        &["change-request", "find"],
        &["change-request", "form"],
        &["change-request", "invitation"],
        &["change-request", "return"],
        &["change-request", "match"],
        &["change-request", "call"],
        &["change-request", "called"],
        &["change-request", "provisional"],
        &["change-request", "approve"],
        &["log", "disclose"],
        &["organization", "create"],
        &["organization", "list"],
        &["organization", "show"],
        &["contact", "create"],
        &["contact", "list"],
        &["contact", "show"],
        &["support-person", "create"],
        &["support-person", "list"],
        &["support-person", "erase"],
        &["support-person", "show"],
        &["tool", "create"],
        &["tool", "list"],
        &["tool", "show"],
    ] {
        let help = byleave(&[command, &["--help"]].concat());
        assert!(help.status.success(), "{command:?}");
        assert!(String::from_utf8_lossy(&help.stdout).contains("Example:"), "{command:?} has no example");
    }
}
