//! Mail handed over by swaks, which has its own idea of SMTP: what it is told, and what becomes of it.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

mod served;
mod support;

#[allow(dead_code, reason = "the tests of the crate itself use the rest")]
#[path = "../../mail/tests/mail/letter.rs"]
mod letter;
#[allow(dead_code, reason = "the tests of the crate itself use the rest")]
#[path = "../../mail/tests/mail/zone.rs"]
mod zone;

use std::path::Path;
use std::process::Command;

use letter::{INTAKE, Letter};
use serde_json::Value;
use served::{Served, free_port};
use support::Demo;

/// swaks' exit statuses.
const DONE: i32 = 0;
const NO_SENDER: i32 = 23;
const NO_RECIPIENT: i32 = 24;
const NO_DATA: i32 = 26;

/// What was said, line by line as swaks marks it, and swaks' exit status.
fn swaks(server: &str, arguments: &[&str]) -> (i32, Vec<String>) {
    let fixed =
        ["--server", server, "--ehlo", "mx.acme.test", "--from", "dana@acme.test", "--hide-informational"];
    let output = Command::new("swaks").args(fixed).args(arguments).output().unwrap();
    let said =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    (output.status.code().unwrap(), said.lines().map(ToOwned::to_owned).collect())
}

/// swaks ends with `status`, and all of `lines` were said, in this order.
#[track_caller]
fn check(server: &str, arguments: &[&str], status: i32, lines: &[&str]) {
    let (ended, said) = swaks(server, arguments);
    let mut rest = said.iter();
    for line in lines {
        assert!(rest.any(|said| said == line), "`{line}` was not said, or not then: {said:#?}");
    }
    assert_eq!(ended, status, "{said:#?}");
}

/// A message as a file whose bytes are sent as they are.
fn file(folder: &Path, letter: &Letter) -> String {
    let path = folder.join("letter.eml");
    std::fs::write(&path, [&letter.bytes()[..], b"\r\n."].concat()).unwrap();
    format!("@{}", path.display())
}

fn disposition(demo: &Demo, message_id: &str) -> Value {
    let path = format!("/v1/intake/messages?message_id={message_id}");
    demo.get(&path, &demo.text("/desk_people/0/token"))[0]["disposition"].clone()
}

#[test]
fn a_signed_message_goes_in_at_one_go_and_strangers_addresses_do_not() {
    let demo = Demo::with(&["--resolver", &zone::address().to_string(), "--intake-address", INTAKE]);
    let admin = demo.text("/admin_token");
    demo.ok(&admin, &["organization", "create", "--name", "Acme Rockets Ltd", "--slug", "acme-ltd"]);
    let contact = ["--name", "Dana Secure", "--email", "dana@acme.test", "--phone", "+1 555 0199"];
    demo.ok(&admin, &[&["contact", "create", "--organization", "acme-ltd"], &contact[..]].concat());
    let server = demo.text("/smtp_addr");

    let signed = file(demo.file(".").as_path(), &Letter::genuine().sign("acme.test"));
    let several = format!("{INTAKE},postmaster@vendor.test,victim@elsewhere.test");
    check(
        &server,
        &["--pipeline", "--to", &several, "--no-data-fixup", "--data", &signed],
        DONE,
        &[
            "<-  250-PIPELINING",
            "<-  250 SIZE 26214400",
            " -> DATA",
            "<-  250 2.1.0 ok",
            "<-  250 2.1.5 ok",
            "<-  250 2.1.5 ok",
            "<** 550 5.7.1 no such address here, and nothing is relayed",
            "<-  354 go on; CR LF . CR LF ends it",
            "<-  250 2.0.0 ok",
            "<-  221 2.0.0 goodbye",
        ],
    );
    assert_eq!(disposition(&demo, "one@acme.test"), "accepted");

    for recipient in [
        "victim@elsewhere.test",
        "victim%elsewhere.test@vendor.test",
        "\"victim@elsewhere.test\"@vendor.test",
    ] {
        let refused = "<** 550 5.7.1 no such address here, and nothing is relayed";
        check(&server, &["--to", recipient], NO_RECIPIENT, &[refused]);
    }
    let routed = ["--to", "@vendor.test:victim@elsewhere.test"];
    check(&server, &routed, NO_RECIPIENT, &["<** 553 5.1.3 this is no address"]);
    check(
        &server,
        &["--to", INTAKE, "--from", "no address"],
        NO_SENDER,
        &["<** 553 5.1.7 this is no address"],
    );

    // What swaks writes by itself is nobody's proof.
    let plain = ["--to", INTAKE, "--header", "Message-Id: <plain@acme.test>", "--body", "Please disable it."];
    check(&server, &plain, DONE, &["<-  250 2.0.0 ok"]);
    assert_eq!(disposition(&demo, "plain@acme.test"), "held");
    let bounce = ["--to", INTAKE, "--from", "<>", "--header", "Message-Id: <bounce@acme.test>"];
    check(&server, &bounce, DONE, &[" -> MAIL FROM:<>", "<-  250 2.0.0 ok"]);
    assert_eq!(disposition(&demo, "bounce@acme.test"), "held");
}

#[test]
fn tls_begins_where_it_is_offered_and_what_is_too_long_is_not_taken() {
    let folder = tempfile::tempdir().unwrap();
    let own = rcgen::generate_simple_self_signed(["mx.vendor.test".to_owned()]).unwrap();
    let [certificate, key] = ["certificate.pem", "key.pem"].map(|name| folder.path().join(name));
    std::fs::write(&certificate, own.cert.pem()).unwrap();
    std::fs::write(&key, own.signing_key.serialize_pem()).unwrap();
    std::fs::set_permissions(&key, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let server = format!("127.0.0.1:{}", free_port());
    let settings = format!(
        "[mail]\nlisten = \"{server}\"\nhostname = \"mx.vendor.test\"\naddresses = [\"{INTAKE}\"]\nresolver = \"{}\"\n\
         message_megabytes_max = 1\n[mail.tls]\ncertificate = \"{}\"\nkey = \"{}\"\n",
        zone::address(),
        certificate.display(),
        key.display()
    );
    let _served = Served::start(folder.path(), &settings, &[]);

    let offered = ["<-  220 mx.vendor.test ESMTP", "<-  250-STARTTLS", "<-  250 SIZE 1048576"];
    check(&server, &["--quit-after", "EHLO"], DONE, &offered);
    let signed = file(folder.path(), &Letter::genuine().sign("acme.test"));
    let begun = [
        " -> STARTTLS",
        "<-  220 2.0.0 begin",
        " ~> EHLO mx.acme.test",
        "<~  250-PIPELINING",
        "<~  250 2.1.0 ok",
        "<~  250 2.0.0 ok",
        "<~  221 2.0.0 goodbye",
    ];
    let encrypted = ["--tls", "--to", INTAKE, "--no-data-fixup", "--data", &signed];
    check(&server, &encrypted, DONE, &begun);
    let (_, again) = swaks(&server, &["--tls", "--quit-after", "EHLO"]);
    assert!(!again.iter().any(|line| line.starts_with("<~") && line.contains("STARTTLS")), "{again:#?}");

    let long = folder.path().join("long.txt");
    std::fs::write(&long, "long\n".repeat(300_000)).unwrap();
    let long = ["--to", INTAKE, "--hide-send", "--body", &format!("@{}", long.display())];
    check(&server, &long, NO_DATA, &["<** 552 5.3.4 the message is too long", "<-  221 2.0.0 goodbye"]);
}
