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
        &["organization", "create"],
        &["organization", "list"],
        &["organization", "show"],
        &["contact", "create"],
        &["contact", "list"],
        &["contact", "show"],
        &["support-person", "create"],
        &["support-person", "list"],
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
