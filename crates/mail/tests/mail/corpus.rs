//! Genuine, forged and hostile messages, each with what becomes of it and what was understood.

use std::fmt::Write;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use byleave_mail::envelope::{Envelope, Sender};
use byleave_mail::intake::Reading;
use byleave_mail::interpret::Kind;
use byleave_mail::judge::{Arrival, Contact, Domains, Known, Reason, Seen};

use crate::checks::checked;
use crate::letter::{INTAKE, Letter, SIGNED, TEXT, envelope, envelope_of, now};

/// A message, where it comes from, and what is expected.
struct Row {
    name: String,
    letter: Letter,
    envelope: Envelope,
    expected: String,
}

fn row(name: &str, letter: Letter, expected: &str) -> Row {
    Row { name: name.into(), letter, envelope: envelope(), expected: expected.into() }
}

/// From the contact, signed.
fn genuine(name: &str, body: &str, expected: &str) -> Row {
    let body = body.replace('\n', "\r\n");
    let letter = Letter::genuine().with("Subject", "Support access");
    row(name, letter.body(&body).sign("acme.test"), expected)
}

/// As [`genuine`], in another form.
fn formed(name: &str, kind: &str, encoding: &str, body: &str, expected: &str) -> Row {
    let letter = Letter::genuine().with("Content-Type", kind).with("Content-Transfer-Encoding", encoding);
    row(name, letter.body(&body.replace('\n', "\r\n")).sign("acme.test"), expected)
}

const TAKEN: &str = "accepted disable true Acme Rockets Ltd dana@acme.test";

/// `disposition action confirmation name contact`, and the codes of the reasons where it is not accepted.
async fn outcome(row: &Row) -> String {
    let bytes = row.letter.bytes();
    let reading = match Reading::of(&bytes) {
        Ok(reading) => reading,
        Err(why) => return format!("rejected: {why}"),
    };
    let contact = Contact {
        address: "dana@acme.test".into(),
        organization_names: vec!["Acme Rockets Ltd".into(), "acme".into()],
        confirmed: true,
        changed_lately: false,
    };
    let checks = checked(&row.letter, &row.envelope).await;
    let domains = Domains::new(["acme.test".to_owned()]);
    let arrival = Arrival { intake: &[INTAKE.to_owned()], domains: &domains, now: now() };
    let found =
        reading.find(&row.envelope, &checks, &arrival, std::slice::from_ref(&contact.organization_names));
    let known = Known {
        contact: Some(&contact),
        for_several: false,
        seen: Seen::No,
        other_text_seen: Seen::No,
        body_seen: false,
        deferrals: 2,
    };
    let (judgement, _) = found.conclude(&known, || None::<()>);
    let understood = found.understood;
    let mut codes: Vec<_> = judgement.reasons.iter().map(Reason::code).collect();
    codes.dedup();
    let disposition = judgement.disposition.as_str();
    if codes.is_empty() {
        let name = understood.organization_name().unwrap_or_default().to_owned();
        let contact = understood.contact.unwrap_or_default();
        return format!(
            "{disposition} {} {} {name} {contact}",
            understood.action.as_str(),
            understood.confirmation
        );
    }
    let kind = match understood.kind {
        Kind::Request => "",
        Kind::FormWish => " (form)",
        Kind::Withdrawal => " (withdrawal)",
        Kind::Calendar(_) => " (calendar)",
        Kind::Report(_) => " (report)",
    };
    format!("{disposition}{}: {}{kind}", if judgement.proven { " proven" } else { "" }, codes.join(" "))
}

#[tokio::test]
async fn every_message_becomes_what_is_expected() {
    let rows: Vec<Row> =
        [spelt(), encoded(), unclear(), forged(), hostile(), automatic()].into_iter().flatten().collect();
    assert!(rows.len() >= 120, "{} messages", rows.len());
    let mut wrong = String::new();
    for row in &rows {
        let found = outcome(row).await;
        if found != row.expected {
            writeln!(wrong, "{}: {found}\n  expected {}", row.name, row.expected).unwrap();
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

/// What contacts write.
fn spelt() -> Vec<Row> {
    let items = "Customer name: Acme Rockets Ltd\nConfirmation: we confirm this\nContact: dana@acme.test\n";
    let mut rows = Vec::new();
    for wish in [
        "Please disable support access.",
        "Please block support access to our data.",
        "We would like you to deactivate support access.",
        "Turn off all support access, effective immediately.",
        "Please switch support access off.",
        "Kindly suspend the access of your support engineers.",
        "Revoke support access now!",
        "DISABLE SUPPORT ACCESS",
        "Hi,\n\nplease lock out your support, nobody may access our data.\n\nThanks",
        "Bitte sperren Sie den Support-Zugriff.",
        "Bitte deaktivieren Sie den Zugang für Ihren Support.",
        "Wir bitten um Sperrung des Support-Zugangs.",
        "Den Zugriff des Supports bitte sofort abschalten.",
        "Bitte den Support-Zugriff blockieren",
    ] {
        rows.push(genuine(wish, &format!("{wish}\n\n{items}"), TAKEN));
    }
    for wish in [
        "Please enable support access.",
        "Please re-enable support access.",
        "Please unblock support access.",
        "Please turn support access on again.",
        "Reactivate support access, please.",
        "Please restore the access of your support.",
        "Bitte entsperren Sie den Support-Zugriff.",
        "Bitte den Support-Zugang wieder freischalten.",
        "Wir bitten um Freigabe des Support-Zugriffs.",
        "Bitte aktivieren Sie den Support-Zugriff wieder.",
    ] {
        rows.push(genuine(wish, &format!("{wish}\n\n{items}"), &TAKEN.replace("disable", "enable")));
    }
    for (name, items) in [
        (
            "numbered",
            "1) Customer: Acme Rockets Ltd\n2) Confirmation: yes\n3) Contact: Dana <dana@acme.test>",
        ),
        ("bullets", "- Company: Acme Rockets Ltd\n- Confirmed: yes\n- Security contact: dana@acme.test"),
        (
            "stars",
            "* **Organization:** Acme Rockets Ltd\n* **Confirmation:** confirmed\n* **Contact:** dana@acme.test",
        ),
        ("equals", "customer name = Acme Rockets Ltd\nconfirmation = yes\ncontact = dana@acme.test"),
        ("capitals", "CUSTOMER NAME: ACME ROCKETS LTD\nCONFIRMATION: YES\nCONTACT: DANA@ACME.TEST"),
        ("next line", "Customer name:\nAcme Rockets Ltd\nConfirmation:\nyes\nContact:\ndana@acme.test"),
        ("German", "Kunde: Acme Rockets Ltd\nBestätigung: ja\nAnsprechpartner: dana@acme.test"),
        (
            "German, in words",
            "Firma: Acme Rockets Ltd\nWir bestätigen die Sperrung.\nKontakt: dana@acme.test",
        ),
        (
            "sentences",
            "I write on behalf of Acme Rockets Ltd. We confirm. Please contact me at dana@acme.test.",
        ),
        ("me", "On behalf of Acme Rockets Ltd. I hereby confirm this. I am the contact."),
        ("name within", "This is for Acme Rockets Ltd, and I confirm it. Call me if there are questions."),
        (
            "signature",
            "Customer: Acme Rockets Ltd\nConfirmation: yes\nContact: dana@acme.test\n-- \nGlobex Inc\nContact: x@globex.test",
        ),
        ("slug", "Customer: acme\nConfirmation: yes\nContact: dana@acme.test"),
    ] {
        let expected = match name {
            "slug" => TAKEN.replace("Acme Rockets Ltd", "acme"),
            "capitals" => "accepted disable true ACME ROCKETS LTD DANA@acme.test".to_owned(),
            _ => TAKEN.to_owned(),
        };
        rows.push(genuine(name, &format!("Please disable support access.\n{items}\n"), &expected));
    }
    let other = "Please disable support access.\nCustomer: Acme Rockets Ltd\nConfirmation: yes\nContact: mallory@evil.test";
    rows.push(genuine("another contact", other, "accepted disable true Acme Rockets Ltd mallory@evil.test"));
    rows
}

/// The same in every form that mail has.
fn encoded() -> Vec<Row> {
    let plain = "text/plain; charset=utf-8";
    let text = TEXT.replace("\r\n", "\n");
    let german = "Bitte den Support-Zugriff für uns sperren.\nKunde: Acme Rockets Ltd\nBestätigung: ja\nAnsprechpartner: dana@acme.test\n";
    let latin1: Vec<u8> = german.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
    let utf16: Vec<u8> = german.encode_utf16().flat_map(u16::to_be_bytes).collect();
    let base64 = |bytes: &[u8]| BASE64_STANDARD.encode(bytes);
    let html = "<html><head><style>b{}</style></head><body><p>Please disable <b>support access</b>.</p><table><tr><td>Customer name</td><td>Acme Rockets Ltd</td></tr><tr><td>Confirmation</td><td>yes</td></tr><tr><td>Contact</td><td>dana@acme.test</td></tr></table></body></html>";
    let divs = "<div>Please disable support access.</div><div>Customer:&nbsp;Acme Rockets Ltd</div><div>Confirmation: yes</div><div>Contact: <a href=\"mailto:dana@acme.test\">dana@acme.test</a></div>";
    let mixed = |parts: &[&str]| format!("--b\n{}\n--b--\n", parts.join("\n--b\n"));
    let alternative = mixed(&[&format!("\n{text}"), &format!("Content-Type: text/html\n\n{html}")]);
    let attached = mixed(&[
        &format!("\n{text}"),
        "Content-Type: application/pdf; name=form.pdf\nContent-Transfer-Encoding: base64\n\nJVBERi0xLjQK",
    ]);
    let forwarded = format!(
        "FYI\n\n---------- Forwarded message ---------\nFrom: Boss <boss@acme.test>\nDate: Mon\nSubject: access\nTo: Dana\n\n{text}"
    );
    let answered = format!(
        "{text}\nOn Mon, 23 Nov 2026 at 10:00 Vendor <x@vendor.test> wrote:\n> Please enable support access.\n> Customer: Globex\n"
    );
    let quoted = "Please disable support=20access.\nCustomer name: Acme Rockets =\nLtd\nConfirmation: yes\nContact: dana=40acme.test\n";
    vec![
        formed("8bit", plain, "8bit", german, TAKEN),
        formed("quoted-printable", plain, "quoted-printable", quoted, TAKEN),
        formed("base64", plain, "base64", &base64(german.as_bytes()), TAKEN),
        formed("Latin-1", "text/plain; charset=ISO-8859-1", "base64", &base64(&latin1), TAKEN),
        formed("windows-1252", "text/plain; charset=windows-1252", "base64", &base64(&latin1), TAKEN),
        formed("UTF-16", "text/plain; charset=utf-16be", "base64", &base64(&utf16), TAKEN),
        formed("unknown charset", "text/plain; charset=x-unknown", "base64", &base64(&latin1), TAKEN),
        formed("no charset", "text/plain", "base64", &base64(german.as_bytes()), TAKEN),
        formed("HTML", "text/html; charset=utf-8", "7bit", html, TAKEN),
        formed("HTML in base64", "text/html; charset=utf-8", "base64", &base64(html.as_bytes()), TAKEN),
        formed("HTML of blocks", "text/html", "7bit", divs, TAKEN),
        formed("alternative", "multipart/alternative; boundary=b", "7bit", &alternative, TAKEN),
        formed("with a form", "multipart/mixed; boundary=\"b\"", "7bit", &attached, TAKEN),
        formed(
            "flowed",
            "text/plain; format=flowed",
            "7bit",
            &text.replace("support access for", "support access \nfor"),
            TAKEN,
        ),
        formed("forwarded", plain, "7bit", &forwarded, TAKEN),
        formed("above history", plain, "7bit", &answered, TAKEN),
        row(
            "no MIME",
            Letter::genuine().without("MIME-Version").without("Content-Type").sign("acme.test"),
            TAKEN,
        ),
        row(
            "encoded subject",
            Letter::genuine().with("Subject", "=?utf-8?B?U3VwcG9ydCBhY2Nlc3M=?=").sign("acme.test"),
            TAKEN,
        ),
        row(
            "folded fields",
            Letter::genuine().with("Subject", "Disable\r\n support\r\n\taccess").sign("acme.test"),
            TAKEN,
        ),
        row(
            "many addressees",
            Letter::genuine()
                .with("To", &format!("boss@acme.test, \"A, B\" <ab@acme.test>, {INTAKE}"))
                .sign("acme.test"),
            TAKEN,
        ),
        row("RSA alone", Letter::genuine().sign_as("acme.test", "rsa", SIGNED), TAKEN),
        row("both keys", Letter::genuine().sign_as("acme.test", "rsa", SIGNED).sign("acme.test"), TAKEN),
        row(
            "a broken signature besides",
            Letter::genuine().sign_as("acme.test", "nowhere", SIGNED).sign("acme.test"),
            TAKEN,
        ),
    ]
}

/// From the contact, and not plain.
fn unclear() -> Vec<Row> {
    let items = "Customer name: Acme Rockets Ltd\nConfirmation: yes\nContact: dana@acme.test\n";
    let mut rows = Vec::new();
    for text in [
        "Please disable support access.",
        "Please help us.",
        "Please block or unblock support access.\nCustomer: Acme Rockets Ltd\nConfirmation: yes\nContact: dana@acme.test",
        "Please do not disable support access.\nCustomer: Acme Rockets Ltd\nConfirmation: yes\nContact: dana@acme.test",
        "Please disable support access.\nCustomer: Acme Rockets Ltd\nContact: dana@acme.test",
        "Please disable support access.\nCustomer: Acme Rockets Ltd\nConfirmation: yes",
        "Please disable support access.\nConfirmation: yes\nContact: dana@acme.test",
        "Please disable support access.\nCustomer: Acme Rockets Ltd\nConfirmation: no\nContact: dana@acme.test",
        "Please disable support access.\nCustomer: Acme Rockets Ltd\nCustomer: Globex\nConfirmation: yes\nContact: dana@acme.test",
        "Please disable our newsletter.\nCustomer: Acme Rockets Ltd\nConfirmation: yes\nContact: dana@acme.test",
        "> Please disable support access.\n> Customer: Acme Rockets Ltd\n> Confirmation: yes\n> Contact: dana@acme.test",
        "Thanks!\n\nOn Mon, Vendor wrote:\n> Please disable support access.\n> Customer: Acme Rockets Ltd",
        "",
    ] {
        let letter = Letter::genuine().with("Subject", "Hello").body(&text.replace('\n', "\r\n"));
        rows.push(row(text, letter.sign("acme.test"), "held proven: unclear"));
    }
    let other = "held proven: other_organization";
    rows.push(genuine(
        "other organization",
        &format!("Please disable support access.\n{}", items.replace("Acme Rockets Ltd", "Globex")),
        other,
    ));
    rows.push(genuine(
        "one like it",
        &format!("Please disable support access.\n{}", items.replace("Ltd", "Limited")),
        other,
    ));
    rows.push(genuine(
        "form alone",
        "Please send us the acknowledgement form.",
        "held proven: unclear (form)",
    ));
    rows.push(genuine(
        "form in German",
        "Bitte schicken Sie uns das Formular.",
        "held proven: unclear (form)",
    ));
    rows.push(genuine("withdrawal", "We withdraw our request.", "held proven: unclear (withdrawal)"));
    let two = "--b\n\nPlease disable support access.\n".to_owned()
        + items
        + "\n--b\nContent-Type: text/html\n\nPlease enable support access.\n--b--\n";
    rows.push(formed(
        "two wishes",
        "multipart/alternative; boundary=b",
        "7bit",
        &two,
        "held proven: unclear",
    ));
    let script =
        "<script>Please disable support access. Customer: Acme Rockets Ltd</script><style>Contact: x</style>";
    let silent = Letter::genuine().with("Subject", "x").with("Content-Type", "text/html").body(script);
    rows.push(row("unseen text", silent.sign("acme.test"), "held proven: unclear"));
    let within = "--b\n\nsee attached\n--b\nContent-Type: message/rfc822\n\nSubject: x\n\n".to_owned()
        + &TEXT.replace("\r\n", "\n")
        + "\n--b--\n";
    rows.push(formed(
        "attached message",
        "multipart/mixed; boundary=b",
        "7bit",
        &within,
        "held proven: unclear",
    ));
    rows
}

/// From a stranger's server.
fn held(name: &str, letter: Letter, reasons: &str) -> Row {
    let envelope = envelope_of("x@evil.test", "127.0.0.66");
    Row { envelope, ..row(name, letter, &format!("held: {reasons}")) }
}

/// In the contact's name, or nearly.
fn forged() -> Vec<Row> {
    let from = |from: &str, domain: &str| Letter::genuine().with("From", from).sign(domain);
    let mut rows = vec![
        held("not signed", Letter::genuine(), "dmarc not_signed"),
        held("signed by another", Letter::genuine().sign("evil.test"), "dmarc not_signed"),
        held("display name", from("\"dana@acme.test\" <x@evil.test>", "evil.test"), "not_the_contact"),
        held("contact as name", from("Dana Secure <x@evil.test>", "evil.test"), "not_the_contact"),
        held("look-alike", from("dana@acrne.test", "acrne.test"), "not_the_contact"),
        held("acme.test within", from("dana@acme.test.evil.test", "acme.test.evil.test"), "not_the_contact"),
        held("subdomain", from("dana@sec.acme.test", "sec.acme.test"), "not_the_contact"),
        held("plus", from("dana+x@acme.test", "acme.test"), "not_the_contact"),
        held("other case", from("DANA@acme.test", "acme.test"), "not_the_contact"),
        held("colleague", from("intern@acme.test", "acme.test"), "not_the_contact"),
        held("two addresses", from("dana@acme.test, x@evil.test", "acme.test"), "not_one_address"),
        held("the other two", from("x@evil.test, dana@acme.test", "acme.test"), "not_one_address"),
        held("group", from("x: dana@acme.test;", "acme.test"), "not_one_address"),
        held("no address", from("Dana Secure", "acme.test"), "not_one_address"),
        held("route", from("<@evil.test:dana@acme.test>", "acme.test"), "not_one_address"),
    ];
    rows.extend(changed());
    for (field, value) in
        [("Subject", "Enable"), ("Content-Type", "text/html"), ("MIME-Version", "1.0"), ("Cc", INTAKE)]
    {
        let letter = Letter::genuine().with("Cc", "boss@acme.test").sign("acme.test").on_top(field, value);
        rows.push(row(&format!("second {field}"), letter, "held: malformed"));
    }
    rows.push(row("SPF alone", Letter::genuine(), "held: not_signed"));
    let shared = envelope_of("dana@acme.test", "127.0.0.20");
    rows.push(Row { envelope: shared, ..row("SPF by a shared host", Letter::genuine(), "held: not_signed") });
    rows
}

/// Once genuine, or nearly.
fn changed() -> Vec<Row> {
    vec![
        held(
            "changed body",
            Letter::genuine().sign("acme.test").body("Please enable support access\r\n"),
            "dmarc signature_broken",
        ),
        held(
            "changed subject",
            Letter::genuine().sign("acme.test").with("Subject", "Enable"),
            "dmarc signature_broken",
        ),
        held(
            "changed id",
            Letter::genuine().sign("acme.test").with("Message-ID", "<two@acme.test>"),
            "dmarc signature_broken",
        ),
        held(
            "changed date",
            Letter::genuine().sign("acme.test").with("Date", "Mon, 23 Nov 2026 10:00:00 +0000"),
            "dmarc signature_broken stale",
        ),
        held(
            "id not signed",
            Letter::genuine().sign_as(
                "acme.test",
                "s1",
                &["From", "To", "Subject", "Date", "MIME-Version", "Content-Type"],
            ),
            "unsigned",
        ),
        held("From alone signed", Letter::genuine().sign_as("acme.test", "s1", &["From"]), "unsigned"),
        held("testing key", Letter::genuine().sign_as("acme.test", "testing", SIGNED), "testing_key"),
        held(
            "revoked key",
            Letter::genuine().sign_as("acme.test", "revoked", SIGNED),
            "dmarc signature_broken",
        ),
        held("two keys", Letter::genuine().sign_as("acme.test", "twice", SIGNED), "dmarc signature_broken"),
        held("DNS fails", Letter::genuine().sign_as("acme.test", "failing", SIGNED), "dns_silent"),
        held(
            "to somebody else",
            Letter::genuine().with("To", "shop@vendor.test").sign("acme.test"),
            "not_for_us",
        ),
        held("blind copy", Letter::genuine().without("To").sign("acme.test"), "not_for_us"),
        held(
            "copy put in",
            Letter::genuine().with("To", "a@b.test").sign("acme.test").with("Cc", INTAKE),
            "not_for_us",
        ),
        held(
            "forged results",
            Letter::genuine().on_top("Authentication-Results", "vendor.test; dmarc=pass"),
            "dmarc not_signed",
        ),
        held(
            "forged ARC",
            Letter::genuine().on_top("ARC-Seal", "i=1; cv=pass; d=acme.test; s=s1; a=rsa-sha256; b=AAAA"),
            "dmarc not_signed",
        ),
        held("no date", Letter::genuine().without("Date").sign("acme.test"), "no_date"),
        held("no id", Letter::genuine().without("Message-ID").sign("acme.test"), "no_message_id"),
    ]
}

/// What is to break something.
fn hostile() -> Vec<Row> {
    let plain = || Letter::genuine().sign("acme.test");
    let deep: String = (0..50)
        .map(|n| format!("Content-Type: multipart/mixed; boundary=b{n}\r\n\r\n--b{n}\r\n"))
        .collect::<Vec<_>>()
        .concat();
    let deep =
        Letter::genuine().with("Content-Type", "multipart/mixed; boundary=b").body(&format!("--b\r\n{deep}"));
    let many = Letter::genuine()
        .with("Content-Type", "multipart/mixed; boundary=b")
        .body(&"--b\r\n\r\nx\r\n".repeat(500));
    let long = plain().with("X-Long", &"x".repeat(300_000));
    let large = Letter::genuine().body(&"x".repeat(26 * 1024 * 1024));
    let bare = "rejected: a line ends in something else than CR LF";
    let signatures = (0..200).fold(plain(), |letter, _| {
        letter.on_top("DKIM-Signature", "v=1; a=rsa-sha256; d=evil.test; s=s1; h=from; bh=AAAA; b=AAAA")
    });
    let pdf = |body: &str| {
        let parts = format!(
            "--b\n\n{}\n--b\nContent-Type: application/pdf; name=\"../form.pdf\"\n\n{body}\n--b--\n",
            TEXT.replace("\r\n", "\n")
        );
        formed(body, "multipart/mixed; boundary=b", "7bit", &parts, TAKEN)
    };
    vec![
        // Sent by whoever has a copy, with a field put in that makes another text of it. It is not proven: the genuine one,
        // coming after it, would be a duplicate.
        row(
            "a genuine message as an attachment",
            Letter::genuine().sign("acme.test").on_top("Content-Disposition", "attachment"),
            "held: unclear unsigned",
        ),
        row(
            "a genuine message with an encoding put in that it is not in",
            Letter::genuine().sign("acme.test").on_top("Content-Transfer-Encoding", "base64"),
            TAKEN,
        ),
        row("nested", deep.sign("acme.test"), "rejected: its parts stand too deep within each other"),
        row("parts", many.sign("acme.test"), "rejected: it has too many parts"),
        row("long header", long, "rejected: the header is longer than 256 kB"),
        row("large", large, "rejected: the message is longer than 25 MB; leave attachments out"),
        row("bare LF", plain().body("a\nb\r\n"), bare),
        row("bare CR", plain().body("a\rb\r\n"), bare),
        row("smuggled", plain().body("a\r\n\n.\nMAIL FROM:<x@evil.test>\r\n"), bare),
        row("LF in a field", plain().with("Subject", "a\nFrom: x@evil.test"), bare),
        row(
            "NUL in a field",
            Letter::genuine().with("Subject", "a\0b"),
            "held: malformed not_signed no_date no_message_id",
        ),
        row("200 signatures", signatures, TAKEN),
        row(
            "many addresses",
            Letter::genuine().with("To", &"a@b.test, ".repeat(1000)).sign("acme.test"),
            "held: not_for_us",
        ),
        row(
            "comments",
            Letter::genuine().with("From", &format!("{}dana@acme.test", "(".repeat(5000))),
            "held: not_one_address",
        ),
        row("empty fields", Letter::genuine().with("Content-Type", "").sign("acme.test"), TAKEN),
        row(
            "boundary without end",
            Letter::genuine().with("Content-Type", "multipart/mixed; boundary=\"").sign("acme.test"),
            "held proven: unclear",
        ),
        pdf("%PDF-1.4"),
        pdf("MZ"),
        pdf("<html><script>x</script></html>"),
    ]
}

const MIXED: &str = "multipart/mixed; boundary=b";

/// What no person wrote.
fn automatic() -> Vec<Row> {
    let with = |name: &str, field: &str, value: &str, expected: &str| {
        row(name, Letter::genuine().with(field, value).sign("acme.test"), expected)
    };
    let object = |method: &str, more: &str| {
        format!(
            "BEGIN:VCALENDAR\nMETHOD:{method}\nBEGIN:VEVENT\nUID:x@vendor.test\nDTSTAMP:20261123T150000Z\nDTSTART:20261201T100000Z\n{more}ATTENDEE;PARTSTAT=ACCEPTED:mailto:dana@acme.test\nEND:VEVENT\nEND:VCALENDAR\n"
        )
    };
    let waits = "held proven: unclear (calendar)";
    let calendar = |method: &str| {
        let kind = format!("text/calendar; method={method}");
        formed(method, &kind, "7bit", &object(method, ""), waits)
    };
    let held = |name: &str, kind: &str, object: &str| formed(name, kind, "7bit", object, waits);
    let beside = |kind: &str, object: &str| format!("--b\nContent-Type: {kind}\n\n{object}\n");
    let mixed = |parts: &[String]| parts.concat() + "--b--\n";
    let (plain, reply) = (beside("text/plain", &TEXT.replace('\r', "")), object("REPLY", ""));
    let report = "--b\n\nsorry\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; x\n\nFinal-Recipient: rfc822; dana@acme.test\nAction: failed\nStatus: 5.1.1\n\n--b--\n";
    let null = Envelope { sender: Sender::Null, helo: "mx.acme.test".into(), ..envelope() };
    vec![
        with("vacation", "Auto-Submitted", "auto-replied", "held: automatic"),
        with("generated", "Auto-Submitted", "auto-generated", "held: automatic"),
        with("by hand", "Auto-Submitted", "no", TAKEN),
        with("list", "List-Id", "<x.acme.test>", "held: list"),
        with("bulk", "Precedence", "bulk", "held: list"),
        Row { envelope: null, ..row("null sender", Letter::genuine().sign("acme.test"), "held: automatic") },
        formed(
            "bounce",
            "multipart/report; report-type=delivery-status; boundary=b",
            "7bit",
            report,
            "held: automatic (report)",
        ),
        calendar("REPLY"),
        calendar("COUNTER"),
        calendar("REFRESH"),
        calendar("CANCEL"),
        calendar("REQUEST"),
        calendar("ADD"),
        calendar("PUBLISH"),
        held("no method on the part", "text/calendar", &reply),
        held("as a file's type", "application/ics; name=invite.ics", &reply),
        held("repeats", "text/calendar", &object("REPLY", "RRULE:FREQ=DAILY\n")),
        held(
            "two events",
            "text/calendar",
            &reply.replace("END:VEVENT", "END:VEVENT\nBEGIN:VEVENT\nEND:VEVENT"),
        ),
        held("long", "text/calendar", &object("REPLY", &"X-LONG:abcdefghijklmnopqrstuvwxyz\n".repeat(2_000))),
        held("nothing but a word", "text/calendar", "REPLY\n"),
        held("an answer beside a request", MIXED, &mixed(&[plain.clone(), beside("text/calendar", &reply)])),
        held(
            "two answers",
            MIXED,
            &mixed(&[
                plain,
                beside("text/calendar", &reply),
                beside("application/ics", &object("COUNTER", "")),
            ]),
        ),
    ]
}
