//! What goes out: written so that others read it as it was meant, signed so that they believe it, taken or known not to be.

use std::borrow::Borrow;
use std::fmt::Write as _;
use std::hash::Hash;
use std::net::{IpAddr, SocketAddr};
use std::time::Instant;

use byleave_mail::compose::Outgoing;
use byleave_mail::direct::{Direct, is_public};
use byleave_mail::relay::{Relay, Sent};
use byleave_mail::sign::{InvalidKey, Signer, new_key};
use byleave_mail::smtp::{Limits, Receipt};
use byleave_mail::texts::{Texts, as_copy, sample};
use mail_auth::common::parse::TxtRecordParser as _;
use mail_auth::common::verify::DomainKey;
use mail_auth::{AuthenticatedMessage, DkimResult, MessageAuthenticator, Parameters, ResolverCache, Txt};
use mail_parser::{MessageParser, MimeHeaders as _};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufStream};
use tokio::net::TcpListener;
use tokio_rustls::rustls::RootCertStore;

use crate::letter::{INTAKE, now};
use crate::smtp::{Kept, acceptor, start};
use crate::zone::resolver;

const TEXT: &str = "Guten Tag Zoë Grün,\n\nnichts ist geändert = noch nicht. Eine lange Zeile, länger als jeder Server sie will, \
                    damit sie umbrochen wird, und noch ein Stück.\n.\nFrom here:\nhttps://byleave.vendor.example/portal?a=1&b=2\n\n<b>kein HTML</b>   \n";

fn outgoing() -> Outgoing<'static> {
    Outgoing {
        message_id: "00112233445566778899aabbccddeeff@vendor.test",
        date: now(),
        from: ("Vendor, Inc. \"Support\"", INTAKE),
        to: ("Zoë Grün\r\nBcc: all@evil.test", "zoe@acme.test"),
        subject: "[R-7F3A-0001] Antrag für „Acme“: sperren, und noch viel mehr davon, bis die Zeile zu lang ist",
        text: TEXT,
        language: "de",
        is_answer: true,
        answers: Some("one@acme.test>\r\nX-Evil: 1"),
        invitation: Some("BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nEND:VCALENDAR\r\n"),
        form: Some(("../form.pdf", b"%PDF-1.7 \x00\xff form")),
    }
}

#[test]
fn a_letter_is_read_as_it_was_meant_and_no_line_says_more() {
    let bytes = outgoing().compose();
    let text = String::from_utf8(bytes.clone()).unwrap();
    assert!(text.is_ascii() && !text.replace("\r\n", "").contains(['\r', '\n']), "CRLF alone ends lines");
    assert!(text.lines().all(|line| line.len() <= 998));
    assert!(!text.contains("\r\nX-Evil") && !text.contains("\r\nBcc"), "{text}");
    let message = MessageParser::default().parse(&bytes).unwrap();
    assert_eq!(message.subject(), Some(outgoing().subject));
    let to = message.to().unwrap().first().unwrap();
    assert_eq!((to.name(), to.address()), (Some("Zoë Grün  Bcc: all@evil.test"), Some("zoe@acme.test")));
    let from = message.from().unwrap().first().unwrap();
    assert_eq!((from.name(), from.address()), (Some(outgoing().from.0), Some(INTAKE)));
    assert_eq!(message.message_id(), Some(outgoing().message_id));
    assert_eq!(message.in_reply_to().as_text(), Some("one@acme.testX-Evil:1"));
    assert_eq!(message.header_raw("Auto-Submitted").map(str::trim), Some("auto-replied"));
    let lines = |text: &str| text.lines().map(|line| line.trim_end().to_owned()).collect::<Vec<_>>();
    assert_eq!(lines(&message.body_text(0).unwrap()), lines(TEXT));
    let html = message.body_html(0).unwrap();
    assert!(html.contains("<a href=\"https://byleave.vendor.example/portal?a=1&amp;b=2\">"), "{html}");
    assert!(html.contains("&lt;b&gt;kein HTML&lt;/b&gt;") && html.contains("lang=\"de\""), "{html}");
    let kinds: Vec<_> = message
        .parts
        .iter()
        .map(|part| {
            let kind = part.content_type().unwrap();
            format!("{}/{}", kind.ctype(), kind.subtype().unwrap())
        })
        .collect();
    assert_eq!(
        kinds,
        [
            "multipart/mixed",
            "multipart/alternative",
            "text/plain",
            "text/html",
            "text/calendar",
            "application/pdf",
            "application/ics"
        ]
    );
    for method in ["REQUEST", "CANCEL", "DECLINECOUNTER"] {
        let object = format!("BEGIN:VCALENDAR\r\nMETHOD:{method}\r\nEND:VCALENDAR\r\n");
        let bytes = Outgoing { invitation: Some(&object), ..outgoing() }.compose();
        let message = MessageParser::default().parse(&bytes).unwrap();
        let mut said = message.parts.iter().filter_map(|part| part.content_type()?.attribute("method"));
        assert_eq!((said.next(), said.next()), (Some(method), None), "outside as inside");
    }
    let form = message.parts.iter().find(|part| part.attachment_name() == Some("..form.pdf")).unwrap();
    assert_eq!(form.contents(), outgoing().form.unwrap().1);
    assert_eq!(outgoing().compose(), bytes, "the same bytes each time");
    let alone = Outgoing { form: None, invitation: None, answers: None, is_answer: false, ..outgoing() };
    let alone = String::from_utf8(alone.compose()).unwrap();
    assert!(alone.contains("Auto-Submitted: auto-generated\r\n"));
    assert!(alone.contains("multipart/alternative") && !alone.contains("mixed"));
    assert!(!alone.contains("In-Reply-To") && !alone.contains("References"));
}

#[tokio::test]
async fn a_signature_holds_under_the_record_that_is_published_and_not_for_another_text() {
    let ed25519 = {
        let der = mail_auth::common::crypto::Ed25519Key::generate_pkcs8().unwrap();
        let body = base64::Engine::encode(&base64::prelude::BASE64_STANDARD, der);
        format!("-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----\n")
    };
    for (pem, kind) in [(new_key().unwrap(), "rsa"), (ed25519, "ed25519")] {
        let signer = Signer::new("vendor.test", "byleave", &pem).unwrap();
        let (name, record) = signer.record().unwrap();
        assert_eq!(name, "byleave._domainkey.vendor.test");
        assert!(record.starts_with(&format!("v=DKIM1; k={kind}; p=")), "{record}");
        let signed = signer.sign(&outgoing().compose()).unwrap();
        let mut tampered = signed.clone();
        let at = signed.windows(6).position(|w| w == b"nichts").unwrap();
        tampered[at] = b'N';
        let text = String::from_utf8(signed.clone()).unwrap();
        let other_subject = text.replacen("Subject: ", "Subject: x", 1).into_bytes();
        let other_thread = text.replacen("In-Reply-To: <", "In-Reply-To: <x", 1).into_bytes();
        for (message, holds) in
            [(signed, true), (tampered, false), (other_subject, false), (other_thread, false)]
        {
            assert_eq!(verifies(&message, &name, &record).await, holds, "{kind}");
        }
    }
    for (pem, why) in [
        ("", InvalidKey::Form),
        ("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", InvalidKey::Form),
    ] {
        assert_eq!(Signer::new("vendor.test", "byleave", pem).err(), Some(why));
    }
}

async fn verifies(message: &[u8], name: &str, record: &str) -> bool {
    let message = AuthenticatedMessage::parse(message).unwrap();
    let published = Published(format!("{name}."), record.to_owned());
    let resolver = MessageAuthenticator::new_system_conf().unwrap();
    let results = resolver.verify_dkim(Parameters::new(&message).with_txt_cache(&published)).await;
    results.len() == 1 && results[0].result() == &DkimResult::Pass
}

/// One record, in place of DNS.
struct Published(String, String);

impl ResolverCache<Box<str>, Txt> for Published {
    fn get<Q>(&self, name: &Q) -> Option<Txt>
    where
        Box<str>: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let own: Box<str> = self.0.as_str().into();
        (own.borrow() == name).then(|| DomainKey::parse(self.1.as_bytes()).unwrap().into())
    }
    fn remove<Q>(&self, _: &Q) -> Option<Txt>
    where
        Box<str>: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        None
    }
    fn insert(&self, _: Box<str>, _: Txt, _: Instant) {}
}

#[test]
fn in_html_a_line_that_ends_for_want_of_room_goes_on() {
    let full = "This line has no room for another word, as editors and mail programs wrap";
    let link = "https://byleave.vendor.example/a-portal";
    for (text, expected) in [
        (format!("{full}\nlines.\nThe end"), format!("<p>{full}\nlines.<br>\nThe end</p>")),
        (format!("{full}\n{link}"), format!("<p>{full}<br>\n<a href=\"{link}\">{link}</a></p>")),
        ("Acme\nRockets".to_owned(), "<p>Acme<br>\nRockets</p>".to_owned()),
    ] {
        let bytes = Outgoing { text: &text, ..outgoing() }.compose();
        let message = MessageParser::default().parse(&bytes).unwrap();
        let html = message.body_html(0).unwrap().replace("\r\n", "\n");
        assert!(html.contains(&expected), "{html}");
    }
}

fn told(sent: &Sent) -> String {
    match sent {
        Sent::Taken(said) => format!("taken: {said}"),
        Sent::Never(said) => format!("never: {said}"),
        Sent::NotNow(said) => format!("not now: {said}"),
        Sent::Unreachable(said) => format!("unreachable: {said}"),
    }
}

#[tokio::test]
async fn what_a_server_answers_is_what_became_of_a_letter() {
    let message = outgoing().compose();
    for (receipt, to, expected) in [
        (Receipt::Taken, INTAKE, "taken: 250 2.0.0 ok"),
        (Receipt::NotNow("the store is away".into()), INTAKE, "not now: 451 4.3.0 the store is away"),
        (Receipt::Refused("no".into()), INTAKE, "never: 554 5.7.1 no"),
        (
            Receipt::Taken,
            "nobody@vendor.test",
            "never: 550 5.7.1 no such address here, and nothing is relayed",
        ),
        (Receipt::Taken, "a b@vendor.test", "never: the address cannot be written to"),
        (Receipt::Taken, "z\u{f6}e@vendor.test", "never: the address cannot be written to"),
    ] {
        let (address, kept) = start(Limits::default(), receipt, None).await;
        let relay = relay(address.port());
        let sent = relay.send("byleave.vendor.test", INTAKE, to, &message).await;
        assert_eq!(told(&sent), expected, "{to}");
        if matches!(sent, Sent::Taken(_)) {
            let kept: &Kept = &kept;
            let got = kept.all.lock().unwrap()[0].message.clone();
            assert_eq!(got, message, "byte by byte, dots at line starts too");
        }
    }
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let sent = relay(nobody).send("byleave.vendor.test", INTAKE, INTAKE, &message).await;
    assert!(matches!(sent, Sent::Unreachable(_)), "{sent:?}");
}

fn relay(port: u16) -> Relay {
    Relay::new("127.0.0.1", port, None, RootCertStore::empty()).unwrap()
}

const EVENTS: &[(&str, &[&str])] = &[
    ("request_received", &["received"]),
    ("request_incomplete", &["incomplete"]),
    ("request_accepted", &["proceeds"]),
    ("request_step", &["called", "approved", "in_force"]),
    ("meeting", &["meeting_set", "meeting_cancelled", "meeting_kept", "meeting_again"]),
    ("request_ended", &["refused", "expired"]),
    ("setting_changed", &["disabled", "confirmed", "enabled"]),
    ("contacts_change", &["announced", "made", "called"]),
    ("freeze", &["begun", "lifted"]),
    ("notice_addresses", &["changed", "asked"]),
    ("statement", &["month"]),
    ("doubt", &["raised", "answered"]),
    ("mail_unclear", &["incomplete", "form_wanted"]),
];

/// Those whose copies were looked at, too.
const COPIED: &[(&str, &str)] = &[
    ("request_received", "received"),
    ("setting_changed", "disabled"),
    ("notice_addresses", "changed"),
    ("notice_addresses", "asked"),
];

#[test]
fn the_texts_are_those_that_were_looked_at() {
    let texts = Texts::new(Vec::new()).unwrap();
    texts.check(EVENTS).unwrap();
    for language in ["en", "de"] {
        let mut all = String::new();
        for (name, events) in EVENTS {
            for event in *events {
                let facts = sample(name, event, true);
                let (subject, text) = texts.render(language, name, &facts).unwrap();
                writeln!(all, "=== {name} / {event}\nSubject: {subject}\n\n{text}").unwrap();
                let (_, copy) = texts.render(language, name, &as_copy(facts)).unwrap();
                if COPIED.contains(&(*name, *event)) {
                    writeln!(all, "=== {name} / {event}, a copy\n\n{copy}").unwrap();
                }
                for text in [&text, &copy] {
                    assert!(
                        !text.contains("sign-in/") && !text.contains("\n\n\n"),
                        "{language} {name} {event}"
                    );
                    assert!(text.contains("https://byleave.vendor.example/portal"), "{language} {name}");
                }
                let to_all = !["request_incomplete", "request_accepted", "mail_unclear"].contains(name);
                assert!(
                    !to_all || !copy.contains("Sam Example"),
                    "{name}: nobody is spoken to in a copy: {copy}"
                );
            }
        }
        let path = format!("{}/tests/texts-{language}.txt", env!("CARGO_MANIFEST_DIR"));
        if std::env::var_os("BLESS").is_some() {
            std::fs::write(&path, &all).unwrap();
        }
        let golden = std::fs::read_to_string(&path).unwrap();
        assert!(all == golden, "the texts in `{language}` changed; look at them, and run with BLESS=1");
    }
}

#[test]
fn a_text_that_does_not_render_is_named_with_its_line() {
    let own = |name: &str, text: &str| vec![("en".to_owned(), name.to_owned(), text.to_owned())];
    let refused = |name: &str, text: &str| {
        let checked = Texts::new(own(name, text)).and_then(|texts| texts.check(EVENTS));
        checked.err().map(|why| why.to_string()).unwrap_or_default()
    };
    assert_eq!(refused("freeze", "Subject: x\nfine {{ vendor }}\n"), "");
    let endless = "Subject: x\n{% for a in range(9999) %}{% for b in range(9999) %}x{% endfor %}{% endfor %}";
    for (name, text, expected) in [
        ("freeze", "Subject: x\nok\n{{ frieze }}\n", "`en/freeze.txt`, line 3"),
        ("request_ended", "Subject: x\n\n{{ note }}\n", "`en/request_ended.txt`, line 3"),
        ("freeze", "Subject: x\n{% if %}\n", "`en/freeze.txt`, line 2"),
        ("freeze", "no subject\ntext\n", "`en/freeze.txt`, line 1: it does not begin with `Subject:`"),
        ("freeze", "Subject: x\n", "`en/freeze.txt`, line 1: there is no text"),
        ("freeze", endless, "`en/freeze.txt`, line 2"),
        ("sign_in", "Subject: x\ny\n", "there is no text `en/sign_in.txt`"),
        ("freeze", "Subject: x\n{% include '/etc/passwd' %}\n", "`en/freeze.txt`, line 2"),
    ] {
        assert!(refused(name, text).starts_with(expected), "{text:?}: {}", refused(name, text));
    }
}

#[tokio::test]
async fn a_domains_own_servers_are_found_and_tried_in_their_order() {
    let message = outgoing().compose();
    for tls in [None, Some(acceptor().0)] {
        let (address, kept) = start(Limits::default(), Receipt::Taken, tls.clone()).await;
        let here: fn(IpAddr) -> bool = |address| address.is_loopback() && address.to_string() != "127.0.0.10";
        let direct = Direct::new(resolver(), address.port(), here).unwrap();
        for (to, expected) in [
            ("kim@vendor.test", "never: 550 5.7.1 no such address here, and nothing is relayed"),
            ("kim@itself.test", "never: 550 5.7.1 no such address here, and nothing is relayed"),
            ("kim@none.test", "never: none.test takes no mail"),
            ("kim@absent.test", "never: absent.test does not exist"),
            ("kim@failing.acme.test", "never: failing.acme.test does not exist"),
            ("kim@broken.test", "not now: DNS does not tell the servers of broken.test"),
            ("kim@inside.test", "not now: mx.acme.test has the address 127.0.0.10, which is not public"),
            ("kim@nowhere.test", "not now: no server of nowhere.test has an address"),
            (INTAKE, "taken: 250 2.0.0 ok"),
            ("k m@vendor.test", "never: the address cannot be written to"),
        ] {
            assert_eq!(
                told(&direct.send("byleave.vendor.test", INTAKE, to, &message).await),
                expected,
                "{to}"
            );
        }
        let got = kept.all.lock().unwrap().clone();
        assert_eq!(got.len(), 1);
        assert_eq!((&got[0].message, got[0].envelope.tls.is_some()), (&message, tls.is_some()));
    }
}

#[test]
fn what_a_record_names_is_not_reached_inside() {
    for (address, expected) in [
        ("192.1.2.1", true),
        ("100.63.0.1", true),
        ("198.20.0.1", true),
        ("2001:500::1", true),
        ("2a00::1", true),
        ("192.0.2.1", false),
        ("192.0.0.1", false),
        ("198.18.0.1", false),
        ("2001:0:7f00:1::1", false),
        ("2001:db8::1", false),
        ("2002:a00:1::1", false),
        ("127.0.0.1", false),
        ("10.1.2.3", false),
        ("172.16.0.1", false),
        ("192.168.0.1", false),
        ("169.254.169.254", false),
        ("100.64.0.1", false),
        ("0.0.0.0", false),
        ("224.0.0.1", false),
        ("255.255.255.255", false),
        ("::1", false),
        ("::", false),
        ("::ffff:10.0.0.1", false),
        ("fe80::1", false),
        ("fd00::1", false),
        ("ff02::1", false),
    ] {
        assert_eq!(is_public(address.parse().unwrap()), expected, "{address}");
    }
}

/// A server that says what `answers` has for each connection, from 0, and line; to nothing it hangs up. What ends a message is
/// the line `.`.
async fn says(address: SocketAddr, answers: fn(usize, &str) -> &'static str) -> SocketAddr {
    let listener = TcpListener::bind(address).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        for connection in 0.. {
            let mut stream = BufStream::new(listener.accept().await.unwrap().0);
            let mut said = "220 here";
            while !said.is_empty() && stream.write_all(format!("{said}\r\n").as_bytes()).await.is_ok() {
                if stream.flush().await.is_err() {
                    break;
                }
                let mut line = String::new();
                while stream.read_line(&mut line).await.is_ok_and(|length| length > 0) {
                    if !said.starts_with("354") || line == ".\r\n" {
                        break;
                    }
                    line.clear();
                }
                said = if line.is_empty() { "" } else { answers(connection, line.trim_end()) };
            }
        }
    });
    address
}

#[tokio::test]
async fn only_what_is_said_of_the_letter_is_for_good() {
    let message = outgoing().compose();
    type Answers = fn(usize, &str) -> &'static str;
    let refuses: [(Answers, &str); 5] = [
        (
            |_, line| if line.starts_with("MAIL") { "530 5.7.0 log in" } else { "250 ok" },
            "not now: 530 5.7.0 log in",
        ),
        (
            |_, line| if line.starts_with("MAIL") { "550 5.7.1 who are you" } else { "250 ok" },
            "not now: 550 5.7.1 who are you",
        ),
        (
            |_, line| if line.starts_with("RCPT") { "530 5.7.0 log in" } else { "250 ok" },
            "not now: 530 5.7.0 log in",
        ),
        (
            |_, line| if line.starts_with("RCPT") { "550 5.1.1 nobody" } else { "250 ok" },
            "never: 550 5.1.1 nobody",
        ),
        (
            |_, line| match line {
                "DATA" => "354 go on",
                "." => "554 5.6.0 not this",
                _ => "250 ok",
            },
            "never: 554 5.6.0 not this",
        ),
    ];
    for (answers, expected) in refuses {
        let address = says("127.0.0.1:0".parse().unwrap(), answers).await;
        let sent = relay(address.port()).send("byleave.vendor.test", INTAKE, INTAKE, &message).await;
        assert_eq!(told(&sent), expected);
    }
}

/// Else the next server would get what this one perhaps has.
#[tokio::test]
async fn an_answer_that_is_lost_has_no_other_server_asked() {
    let message = outgoing().compose();
    let (here, kept) = start(Limits::default(), Receipt::Taken, None).await;
    let preferred = SocketAddr::new("127.0.0.66".parse().unwrap(), here.port());
    says(preferred, |_, line| match line {
        "DATA" => "354 go on",
        "." => "",
        _ => "250 ok",
    })
    .await;
    let direct = Direct::new(resolver(), here.port(), |address| address.is_loopback()).unwrap();
    let sent = direct.send("byleave.vendor.test", INTAKE, INTAKE, &message).await;
    assert!(matches!(sent, Sent::NotNow(_)), "{sent:?}");
    assert_eq!(kept.all.lock().unwrap().len(), 0);
}

#[tokio::test]
async fn where_tls_is_offered_and_fails_it_goes_in_the_clear() {
    let message = outgoing().compose();
    let offers: [fn(usize, &str) -> &'static str; 2] = [
        |connection, line| match line {
            "STARTTLS" => "454 4.7.0 not now",
            "DATA" => "354 go on",
            _ if line.starts_with("EHLO") && connection == 0 => "250-here\r\n250 STARTTLS",
            _ => "250 ok",
        },
        |connection, line| match line {
            "STARTTLS" => "220 begin",
            "DATA" => "354 go on",
            _ if line.starts_with("EHLO") && connection == 0 => "250-here\r\n250 STARTTLS",
            // What comes then is no line, and it hangs up.
            _ if connection == 0 => "",
            _ => "250 ok",
        },
    ];
    for offer in offers {
        let address = says("127.0.0.1:0".parse().unwrap(), offer).await;
        let direct = Direct::new(resolver(), address.port(), |address| address.is_loopback()).unwrap();
        let sent = direct.send("byleave.vendor.test", INTAKE, INTAKE, &message).await;
        assert_eq!(told(&sent), "taken: 250 ok");
    }
}
