//! Mail into the real program over real SMTP, signed as a contact's mail server signs, with a DNS server that knows the keys.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

mod support;

#[allow(dead_code, reason = "the tests of the crate itself use the rest")]
#[path = "../../mail/tests/mail/letter.rs"]
mod letter;
#[allow(dead_code, reason = "the tests of the crate itself use the rest")]
#[path = "../../mail/tests/mail/zone.rs"]
mod zone;

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpStream;

use letter::{INTAKE, Letter};
use serde_json::{Value, json};
use support::Demo;

/// The demo, with an organization whose contact's domain the tests' DNS server knows.
fn demo() -> Demo {
    let demo = Demo::with(&["--resolver", &zone::address().to_string(), "--intake-address", INTAKE]);
    let admin = demo.text("/admin_token");
    demo.ok(&admin, &["organization", "create", "--name", "Acme Rockets Ltd", "--slug", "acme-ltd"]);
    let contact = ["--name", "Dana Secure", "--email", "dana@acme.test", "--phone", "+1 555 0199"];
    demo.ok(&admin, &[&["contact", "create", "--organization", "acme-ltd"], &contact[..]].concat());
    demo
}

/// Hands a message over; the answer to its end.
fn send(demo: &Demo, bytes: &[u8]) -> String {
    let stream = TcpStream::connect(demo.text("/smtp_addr")).unwrap();
    let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
    let mut heard = || loop {
        let line = lines.next().unwrap().unwrap();
        if line.as_bytes()[3] == b' ' {
            return line;
        }
    };
    let say = |text: &[u8]| (&stream).write_all(text).unwrap();
    assert!(heard().starts_with("220 "));
    for command in ["EHLO mx.acme.test", "MAIL FROM:<dana@acme.test>", &format!("RCPT TO:<{INTAKE}>")] {
        say(format!("{command}\r\n").as_bytes());
        let answer = heard();
        assert!(answer.starts_with("250 "), "{command}: {answer}");
    }
    say(b"DATA\r\n");
    assert!(heard().starts_with("354 "));
    say(bytes);
    say(b"\r\n.\r\n");
    heard()
}

fn taken(demo: &Demo, message_id: &str) -> Vec<Value> {
    let path =
        format!("/v1/intake/messages?message_id={}", message_id.replace('<', "%3C").replace('>', "%3E"));
    demo.get(&path, &demo.text("/desk_people/0/token")).as_array().unwrap().clone()
}

fn setting(demo: &Demo) -> Value {
    demo.get("/v1/organizations/acme-ltd/support-access", &demo.text("/admin_token"))["support_access"]
        .clone()
}

#[test]
fn a_signed_mail_opens_a_request_that_survives_a_kill_and_a_forged_one_changes_nothing() {
    let demo = demo();
    assert_eq!(demo.text("/intake_address"), INTAKE);
    assert_eq!(send(&demo, &Letter::genuine().sign("acme.test").bytes()), "250 2.0.0 ok");
    let demo = demo.kill_and_restart();
    let found = taken(&demo, "<one@acme.test>");
    let [mail] = &found[..] else { panic!("{found:?}") };
    assert_eq!(mail["disposition"], "accepted", "{mail:#}");
    let auth = json!({"spf": "softfail", "dkim": "pass", "dmarc": "pass", "arc": "none", "from_domain": "acme.test"});
    assert_eq!(mail["auth"], auth);
    assert_eq!(
        (&mail["customer"], &mail["action"], &mail["confirmation"], &mail["contact"], &mail["effective"]),
        (
            &json!("Acme Rockets Ltd"),
            &json!("disable"),
            &json!(true),
            &json!("dana@acme.test"),
            &json!(false)
        )
    );
    let desk = demo.text("/desk_people/0/token");
    let request =
        demo.get(&format!("/v1/change-requests/{}", mail["change_request"].as_str().unwrap()), &desk);
    assert_eq!((&request["state"], &request["source"]), (&json!("received"), &json!("mail")));

    // Forged, and the genuine one once more.
    let forged = Letter::genuine().with("Message-ID", "<two@acme.test>");
    assert_eq!(send(&demo, &forged.bytes()), "250 2.0.0 ok");
    assert_eq!(taken(&demo, "<two@acme.test>")[0]["disposition"], "held");
    assert_eq!(send(&demo, &Letter::genuine().sign("acme.test").bytes()), "250 2.0.0 ok");
    let all: Vec<_> =
        taken(&demo, "<one@acme.test>").iter().map(|mail| mail["disposition"].clone()).collect();
    assert_eq!(all, ["accepted", "duplicate"]);
    assert_eq!(setting(&demo), "enabled", "no mail changes a setting");
    assert_eq!(taken(&demo, "<three@acme.test>"), Vec::<Value>::new());

    // The desk sees why it waits, as text.
    let held = taken(&demo, "<two@acme.test>")[0]["id"].as_str().unwrap().to_owned();
    let page = desk_page(&demo, 0, &format!("/desk/messages/{held}"));
    for shown in [
        "it bears no signature of the domain in “From”",
        "it bears the address of Dana Secure (Acme Rockets Ltd), and nothing proves that it is theirs",
        "<strong>Acme Rockets Ltd</strong> <small>acme-ltd</small>",
        "<option value=\"disable\" selected>",
        "name=\"has_confirmation\" checked>",
    ] {
        assert!(page.contains(shown), "{shown}: {page}");
    }
    let strangers = Letter::genuine().with("From", "x@evil.test").with("Message-ID", "<four@evil.test>");
    send(&demo, &strangers.with("Subject", "Hello").body("Hello.\r\n").bytes());
    let held_too = taken(&demo, "<four@evil.test>")[0]["id"].as_str().unwrap().to_owned();
    let page = desk_page(&demo, 1, &format!("/desk/messages/{held_too}"));
    let chosen = ["id=\"chosen\"", " selected>", " checked>"];
    assert!(!chosen.iter().any(|mark| page.contains(mark)), "nothing is plain: {page}");
    demo.ok(&desk, &["mail", "dismiss", &held_too, "--reason", "says nothing"]);
    demo.ok(&desk, &["mail", "attach", &held, "--change-request", mail["change_request"].as_str().unwrap()]);
    let messages: Vec<Value> = demo.get("/v1/messages", &desk).as_array().unwrap().clone();
    assert!(messages.is_empty(), "{messages:?}");
}

#[test]
fn another_time_that_a_calendar_proposes_is_declined_or_taken_by_a_person() {
    let demo = demo();
    let desk = demo.text("/desk_people/0/token");
    assert_eq!(send(&demo, &Letter::genuine().sign("acme.test").bytes()), "250 2.0.0 ok");
    let id = taken(&demo, "<one@acme.test>")[0]["change_request"].as_str().unwrap().to_owned();
    demo.ok(&desk, &["change-request", "review", &id, "--proceed"]);
    let proposes = |number: &str, domain: &str| {
        let object = include_str!("../../mail/tests/calendar/outlook.ics")
            .replace("change_00000000000000000000000000000001", &id)
            .replace("METHOD:REPLY", "METHOD:COUNTER")
            .replace("sam@acme.example", "dana@acme.test")
            .replace("20261201T11", "20991201T11")
            .replace("20261128T120000Z", &format!("2020010{number}T120000Z"));
        let letter = Letter::genuine().with("Message-ID", &format!("<{number}@acme.test>"));
        let letter = letter.with("Content-Type", "text/calendar; method=COUNTER; charset=utf-8");
        assert_eq!(
            send(&demo, &letter.body(&object.replace('\n', "\r\n")).sign(domain).bytes()),
            "250 2.0.0 ok"
        );
        taken(&demo, &format!("<{number}@acme.test>"))[0].clone()
    };
    assert_eq!(proposes("1", "evil.test")["disposition"], "held");
    assert_eq!(proposes("2", "acme.test")["change_request"], json!(id));
    let show = || demo.ok(&desk, &["change-request", "show", &id]);
    let shown = show();
    let (_, proposal) = shown.split_once("proposed: 2099-12-01T10:00:00Z in ").unwrap();
    let proposal = proposal.lines().next().unwrap().to_owned();
    assert!(shown.contains(", accepted\n"), "{shown}");
    let declined = demo.json(&desk, &["change-request", "decline-time", &id, &proposal]);
    assert_eq!(declined["invitation"]["proposal"], Value::Null);
    assert!(!show().contains("proposed: "));
    assert_eq!(proposes("3", "acme.test")["disposition"], "accepted");
    let page = desk_page(&demo, 0, &format!("/desk/change-requests/{id}"));
    assert!(page.contains("Move the meeting to the time proposed"), "{page}");
    demo.ok(&desk, &["change-request", "meeting", &id, "--start", "2099-12-01T10:00:00Z"]);
    let shown = show();
    assert!(
        shown.contains("meeting: 2099-12-01T10:00:00Z, not answered") && !shown.contains("proposed: "),
        "{shown}"
    );
    assert_eq!(setting(&demo), "enabled");
}

#[test]
fn dns_that_is_down_puts_off_and_then_a_person_looks() {
    let demo = demo();
    let silent = Letter::genuine().sign_as("acme.test", "failing", letter::SIGNED);
    for expected in ["451 ", "451 ", "250 "] {
        let answer = send(&demo, &silent.bytes());
        assert!(answer.starts_with(expected), "{expected}: {answer}");
    }
    assert_eq!(taken(&demo, "<one@acme.test>")[0]["disposition"], "held");
    let piped =
        demo.piped(&demo.text("/admin_token"), &["mail", "ingest", "--json"], "From: a@b.test\n\nhello\n");
    let piped: Value = serde_json::from_slice(&piped.stdout).unwrap();
    assert_eq!(piped["disposition"], "held");
    let unknown = demo.piped("bl_nobody", &["mail", "ingest"], "From: a@b.test\n\nhello\n");
    assert_eq!(unknown.status.code(), Some(69), "this token never will");
}

/// A page as a desk person sees it, signed in by their link, which works once.
fn desk_page(demo: &Demo, person: usize, path: &str) -> String {
    let link = demo.text(&format!("/desk_people/{person}/sign_in_url"));
    let base = link.split_once("/sign-in/").unwrap().0.to_owned();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        let signed_in = client.get(link).send().await.unwrap();
        let cookie = signed_in.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap();
        let page = client.get(format!("{base}{path}")).header("cookie", cookie);
        page.send().await.unwrap().text().await.unwrap()
    })
}
