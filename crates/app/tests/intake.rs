//! Mail that comes in: what becomes of it, what is kept, and that nothing of it changes a setting.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on fails")]

#[path = "intake/invitations.rs"]
mod invitations;
#[path = "intake/kept.rs"]
mod kept;
mod support;

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Waker};

use async_trait::async_trait;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use byleave_app::NotWritten;
use byleave_app::change_requests::ReviewAct;
use byleave_app::evidence::Reader;
use byleave_app::intake::{Mail, ReceivedMail, Say};
use byleave_app::messages::Opening;
use byleave_app::ports::{MailChecks, Store as _};
use byleave_domain::change_request::{By, Items, Source, State};
use byleave_domain::ids::ChangeRequestId;
use byleave_domain::statement::Wish;
use byleave_domain::support_access::SupportAccess;
use byleave_mail::checks::Checks;
use byleave_mail::envelope::Envelope;
use support::mail::{INTAKE, envelope};
use support::troubled::Troubled;
use support::{Site, keys, new_contact};

const TEXT: &str = "Please disable support access.\r\n\r\nCustomer name: Acme Rockets\r\n\
                    We confirm that we want support access to be disabled.\r\nContact: sam@acme.example\r\n";

/// A mail as it is put together.
#[derive(Clone)]
struct Letter {
    dns: &'static str,
    from: &'static str,
    to: &'static str,
    id: String,
    more: String,
    body: String,
}

fn letter(id: &str) -> Letter {
    Letter {
        dns: "pass",
        from: "Sam Example <sam@acme.example>",
        to: INTAKE,
        id: format!("<{id}@acme.example>"),
        more: "Content-Type: text/plain; charset=utf-8\r\n".into(),
        body: TEXT.into(),
    }
}

impl Letter {
    fn bytes(&self, site: &Site) -> Vec<u8> {
        let date = site.app.now().strftime("%a, %d %b %Y %H:%M:%S +0000");
        let Self { dns, from, to, id, more, body } = self;
        format!(
            "X-Dns: {dns}\r\nFrom: {from}\r\nTo: {to}\r\nSubject: Support access\r\nDate: {date}\r\n\
             Message-ID: {id}\r\nMIME-Version: 1.0\r\n{more}\r\n{body}"
        )
        .into_bytes()
    }
}

async fn receive(site: &Site, letter: &Letter) -> Result<ReceivedMail, NotWritten> {
    site.app.mail_receive(envelope(), letter.bytes(site)).await
}

fn enabled(site: &Site) -> bool {
    let world = site.app.world();
    matches!(world.organizations[&site.organization].organization.setting.access, SupportAccess::Enabled)
}

/// `disposition: reasons; warnings`, and whether a request came of it.
fn told(mail: &ReceivedMail) -> String {
    let codes = |notes: &[byleave_app::intake::Note]| {
        notes.iter().map(|note| format!(" {}", note.code)).collect::<String>()
    };
    let record = &mail.record;
    let request = if record.change_request.is_some() { " -> request" } else { "" };
    format!("{}:{};{}{request}", record.disposition, codes(&record.reasons), codes(&record.warnings))
}

#[tokio::test]
async fn what_becomes_of_each_kind_of_mail() {
    let site = Site::new().await;
    let unconfirmed = " contact_not_confirmed";
    let mixed = "Content-Type: multipart/mixed; boundary=b\r\n";
    let with_pdf =
        format!("--b\r\n\r\n{TEXT}\r\n--b\r\nContent-Type: application/pdf\r\n\r\n%PDF-1.7\r\n--b--\r\n");
    let nested = (0..30).fold(String::new(), |text, n| {
        format!("{text}--b{n}\r\nContent-Type: multipart/mixed; boundary=b{}\r\n\r\n", n + 1)
    });
    let rows = [
        ("proven and complete", letter("1"), format!("accepted:;{unconfirmed} -> request")),
        ("the same again", letter("1"), format!("duplicate: repeated;{unconfirmed}")),
        (
            "another one joins",
            Letter { body: TEXT.replace("Please", "Do"), ..letter("2") },
            format!("accepted:;{unconfirmed} -> request"),
        ),
        ("the same words again", letter("3"), format!("accepted:;{unconfirmed} body_seen -> request")),
        (
            "forged",
            Letter { dns: "fail", body: "a\r\n".into(), ..letter("4") },
            format!("held: dmarc signature_broken;{unconfirmed}"),
        ),
        (
            "the local part differs",
            Letter { from: "Sam@acme.example", body: "b\r\n".into(), ..letter("5") },
            "held: not_the_contact;".into(),
        ),
        (
            "the domain in capitals",
            Letter { from: "sam@ACME.example", body: format!("{TEXT} "), ..letter("6") },
            format!("accepted:;{unconfirmed} body_seen -> request"),
        ),
        (
            "a look-alike",
            Letter { from: "sam@acrne.example", body: "c\r\n".into(), ..letter("7") },
            "held: not_the_contact; look_alike".into(),
        ),
        (
            "to somebody else",
            Letter { to: "other@vendor.test", body: "d\r\n".into(), ..letter("8") },
            format!("held: not_for_us;{unconfirmed}"),
        ),
        (
            "another organization's name",
            Letter { body: TEXT.replace("Acme Rockets", "Globex"), ..letter("9") },
            format!("held: other_organization;{unconfirmed}"),
        ),
        (
            "automatic",
            Letter { more: "Auto-Submitted: auto-replied\r\n".into(), body: "e\r\n".into(), ..letter("10") },
            format!("held: automatic;{unconfirmed}"),
        ),
        (
            "no words for anything",
            Letter { body: "Hello.\r\n".into(), ..letter("11") },
            format!("held: unclear unclear unclear unclear;{unconfirmed}"),
        ),
        (
            "a file that may be the form, before any was sent",
            Letter { more: mixed.into(), body: with_pdf, ..letter("12") },
            format!("accepted:;{unconfirmed} content -> request"),
        ),
        (
            "an identifier that fits into no line",
            Letter { id: format!("<{}@acme.example>", "a".repeat(1000)), ..letter("") },
            format!("held: no_message_id;{unconfirmed} body_seen"),
        ),
        (
            "too deep",
            Letter {
                more: "Content-Type: multipart/mixed; boundary=b0\r\n".into(),
                body: nested,
                ..letter("13")
            },
            "rejected: unreadable;".into(),
        ),
    ];
    for (what, letter, expected) in rows {
        let mail = receive(&site, &letter).await.unwrap();
        assert_eq!(told(&mail), expected, "{what}: {:#?}", mail.record);
        let found = site.app.mail_with(&letter.id).await.unwrap();
        assert_eq!(found.contains(&mail), mail.record.message_id.is_some(), "{what} is found again");
        assert!(enabled(&site), "{what} changes no setting");
    }
    let requests: Vec<_> = site.app.world().change_requests.keys().copied().collect();
    assert_eq!(requests.len(), 1, "they all joined it");
    let tracked = site.app.world().change_requests[&requests[0]].clone();
    assert_eq!((tracked.request.state(), tracked.request.received.source), (State::Received, Source::Mail));
    assert_eq!(site.app.mail_of_request(requests[0]).await.unwrap().len(), tracked.steps.len());
}

#[tokio::test]
async fn a_contact_of_two_organizations_speaks_for_the_one_that_is_named_or_answered() {
    let site = Site::new().await;
    let globex =
        site.app.organization_create("Globex".parse().unwrap(), "globex".parse().unwrap()).await.unwrap();
    let sam = new_contact("Sam Example", "sam@acme.example", &[8; 32]);
    site.app.contact_create(globex, sam).await.unwrap();
    let of = |mail: &ReceivedMail| {
        let request = mail.record.change_request.as_ref()?.parse().unwrap();
        Some(site.app.world().change_requests[&request].request.organization)
    };
    let saying = |id: &str, body: &str| Letter { body: format!("{body}\r\n{id}\r\n"), ..letter(id) };
    let about = |id: &str, answered: &str, body: &str| Letter {
        more: format!("In-Reply-To: <{answered}@acme.example>\r\n"),
        ..saying(id, body)
    };
    let rockets = receive(&site, &letter("rockets")).await.unwrap();
    let to_globex = Letter { body: TEXT.replace("Acme Rockets", "Globex"), ..letter("globex") };
    let of_globex = receive(&site, &to_globex).await.unwrap();
    assert_eq!([of(&rockets), of(&of_globex)], [Some(site.organization), Some(globex)]);
    let number = |mail: &ReceivedMail| {
        mail.record.change_request.as_ref().unwrap().parse::<ChangeRequestId>().unwrap().number()
    };
    let [of_rockets, of_globex] = [number(&rockets), number(&of_globex)];
    let unnamed = TEXT.replace("Customer name: Acme Rockets", "");
    let both = Some("held: unclear");
    let here = site.organization;
    for (letter, organization, told) in [
        (about("1", "rockets", "Any news?"), Some(here), None),
        (about("2", "globex", "Any news?"), Some(globex), None),
        (saying("3", &format!("What about {of_rockets}?")), Some(here), None),
        (saying("4", &format!("What about ({})?", of_globex.to_lowercase())), Some(globex), None),
        (saying("5", "Please withdraw our request."), None, both),
        (about("6", "globex", "Please withdraw our request."), Some(globex), None),
        (about("7", "rockets", "Please withdraw our request."), Some(here), None),
        (saying("8", &unnamed), None, both),
        (saying("9", "Please withdraw the request of Globex."), Some(globex), None),
        (saying("13", "Please withdraw the requests of Globex and Acme Rockets."), None, both),
        (saying("10", &format!("What about {of_rockets} and {of_globex}?")), None, both),
        (about("11", "rockets", "Any news for Acme Rockets and Globex?"), None, both),
        (
            about("12", "rockets", &TEXT.replace("Acme Rockets", "Globex")),
            None,
            Some("held: other_organization;"),
        ),
    ] {
        let mail = receive(&site, &letter).await.unwrap();
        let told = told.unwrap_or("accepted:");
        assert!(self::told(&mail).starts_with(told), "{}: {}", letter.body, self::told(&mail));
        assert_eq!(of(&mail), organization, "{}", letter.body);
        assert!(mail.record.proven);
    }
    let unnamed = site.app.mail_with("<8@acme.example>").await.unwrap();
    assert!(unnamed[0].record.reply().is_some(), "the contact is told what is missing");
}

/// A mail that answers the first one, with files: their names and bytes.
fn with_files(id: &str, files: &[(&str, &[u8])]) -> Letter {
    let mut body = format!("--b\r\n\r\nHere is what you sent. {id}\r\n");
    for (name, bytes) in files {
        let encoded = BASE64_STANDARD.encode(bytes);
        let lines: Vec<_> = encoded.as_bytes().chunks(76).map(String::from_utf8_lossy).collect();
        body += &format!(
            "--b\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; filename=\"{name}\"\r\n\
             Content-Transfer-Encoding: base64\r\n\r\n{}\r\n",
            lines.join("\r\n")
        );
    }
    let more = "In-Reply-To: <1@acme.example>\r\nContent-Type: multipart/mixed; boundary=b\r\n".into();
    Letter { more, body: body + "--b--\r\n", ..letter(id) }
}

#[tokio::test]
async fn a_form_comes_back_by_mail_as_it_does_by_upload_and_what_is_not_taken_is_told() {
    let site = Site::new().await;
    let opened = receive(&site, &letter("1")).await.unwrap();
    let id: ChangeRequestId = opened.record.change_request.unwrap().parse().unwrap();
    let request = || site.app.world().change_requests[&id].request.clone();
    let (program, other) = (&b"MZ\x90\0"[..], &b"%PDF-1.7\nnothing"[..]);
    let early = receive(&site, &with_files("early", &[("form.pdf", other)])).await.unwrap();
    let told = |mail: &ReceivedMail| {
        assert_eq!(mail.record.change_request, Some(id.to_string()), "{:#?}", mail.record);
        let content = mail.record.warnings.iter().filter(|note| note.code == "content");
        content.map(|note| note.text.clone()).collect::<Vec<_>>()
    };
    let not_taken = |name: &str, why: &str| format!("the attachment `{name}` is not taken: {why}");
    assert_eq!(told(&early), [not_taken("form.pdf", "no form was sent for the request yet")]);
    site.app.change_request_review(id, site.desk_person, ReviewAct::Proceed(None)).await.unwrap();
    let sent = request().form.unwrap();
    let form = site.app.evidence_read(sent.evidence, Reader::Desk(site.desk_person)).await.unwrap().unwrap();
    let form = form.bytes.as_slice();

    let lie = receive(&site, &with_files("lie", &[("form.pdf", program)])).await.unwrap();
    assert_eq!(told(&lie).len(), 1);
    assert!(told(&lie)[0].contains("says it is `application/pdf` and is"), "{:?}", told(&lie));
    let foreign = receive(&site, &with_files("foreign", &[("a.pdf", other)])).await.unwrap();
    assert!(told(&foreign)[0].starts_with(&not_taken("a.pdf", "")), "{:?}", told(&foreign));
    let files = [("a.pdf", other), ("b.pdf", other), ("c.pdf", other), ("form.pdf", form)];
    let many = receive(&site, &with_files("many", &files)).await.unwrap();
    assert_eq!(told(&many).len(), 4);
    assert_eq!(told(&many)[3], not_taken("form.pdf", "only the first 3 are looked into"));
    let forged = Letter { dns: "fail", ..with_files("forged", &[("form.pdf", form)]) };
    let forged = receive(&site, &forged).await.unwrap();
    let text = forged.record.warnings.last().map(|note| note.text.clone());
    assert_eq!(text, Some(not_taken("form.pdf", "it belongs to no open request")));
    let elsewhere = Letter { body: TEXT.replace("Acme Rockets", "Globex"), ..letter("elsewhere") };
    let parts = with_files("elsewhere", &[("form.pdf", form)]);
    let elsewhere = Letter { body: parts.body.replace("Here is what you sent.", &elsewhere.body), ..parts };
    let held = receive(&site, &elsewhere).await.unwrap();
    let text = held.record.warnings.last().map(|note| note.text.clone());
    assert_eq!(
        (held.record.disposition.as_str(), text),
        ("held", Some(not_taken("form.pdf", "it was not looked into")))
    );
    assert_eq!(request().returned, None, "none of them is the form");

    let files = [("a.pdf", other), ("form.pdf", form), ("again.pdf", form)];
    let back = receive(&site, &with_files("back", &files)).await.unwrap();
    assert_eq!(told(&back).len(), 2, "{:?}", told(&back));
    assert_eq!(told(&back)[1], not_taken("again.pdf", "another file came with it that is the form"));
    let returned = request().returned.unwrap();
    assert_eq!((returned.by, returned.sha256), (By::Contact(site.contact), sent.sha256));
    assert_eq!(returned.strength, "unchanged");
    let kept =
        site.app.evidence_read(returned.evidence, Reader::Desk(site.desk_person)).await.unwrap().unwrap();
    assert_eq!((kept.media_type.as_str(), kept.bytes.as_slice()), ("application/pdf", form));
    let mut files = back.record.attachments.iter().map(|file| (file.filename.as_str(), file.size));
    assert_eq!(files.nth(1), Some(("form.pdf", form.len() as u64)));
    assert!(enabled(&site));
    site.verify(None).unwrap();
}

#[tokio::test]
async fn a_contacts_address_is_the_one_on_file_to_the_letter() {
    let site = Site::new().await;
    let security = new_contact("Security", "Security@ACME.example", &[8; 32]);
    let globex =
        site.app.organization_create("Globex".parse().unwrap(), "globex".parse().unwrap()).await.unwrap();
    site.app.contact_create(globex, security).await.unwrap();
    let site = site.restart(|_, _| {}).await;
    for (from, expected) in [
        ("Security@acme.example", "accepted:"),
        ("Security@Acme.Example", "accepted:"),
        ("security@acme.example", "held: not_the_contact;"),
        ("SECURITY@acme.example", "held: not_the_contact;"),
    ] {
        let body = format!("{}{from}", TEXT.replace("Acme Rockets", "Globex"));
        let id = format!("<{}@acme.example>", from.replace('@', "."));
        let mail = receive(&site, &Letter { from, id, body, ..letter("") }).await.unwrap();
        assert!(told(&mail).starts_with(expected), "{from}: {}", told(&mail));
    }
}

#[tokio::test]
async fn only_the_same_words_under_the_same_identifier_are_a_duplicate() {
    let site = Site::new().await;
    let nested = |id: &str| {
        let parts = (0..30).fold(String::new(), |text, n| {
            format!("{text}--b{n}\r\nContent-Type: multipart/mixed; boundary=b{}\r\n\r\n", n + 1)
        });
        let more = "Content-Type: multipart/mixed; boundary=b0\r\n".into();
        Letter { more, body: parts, ..letter(id) }
    };
    let forged = |letter: Letter| Letter { dns: "fail", ..letter };
    let other = |letter: Letter| Letter { body: letter.body.replace("Please", "Do"), ..letter };
    let subject = Letter { more: "Comments: another way\r\n".into(), ..letter("1") };
    for (what, letter, expected) in [
        ("the first", letter("1"), "accepted:"),
        ("delivered again", letter("1"), "duplicate: repeated;"),
        ("by another way", subject, "duplicate: repeated;"),
        (
            "other words",
            other(letter("1")),
            "duplicate: identifier_reused; contact_not_confirmed identifier_taken",
        ),
        ("other words again", other(letter("1")), "duplicate: repeated;"),
        ("forged other words", forged(other(letter("1"))), "duplicate: repeated;"),
        ("a stranger's", forged(letter("2")), "held: dmarc signature_broken;"),
        ("a stranger's again", forged(letter("2")), "duplicate: repeated;"),
        ("a stranger's other words", forged(other(letter("2"))), "held: dmarc signature_broken;"),
        ("the contact's, which a stranger had first", letter("2"), "accepted:"),
        ("unreadable", nested("3"), "rejected: unreadable;"),
        (
            "what was rejected, in readable form",
            letter("3"),
            "accepted:; contact_not_confirmed body_seen -> request",
        ),
    ] {
        let mail = receive(&site, &letter).await.unwrap();
        assert!(told(&mail).starts_with(expected), "{what}: {}", told(&mail));
        assert!(enabled(&site));
    }
}

#[tokio::test]
async fn all_of_it_survives_a_crash_with_its_bytes() {
    let site = Site::new().await;
    let held = Letter { dns: "fail", ..letter("held") };
    let bytes = held.bytes(&site);
    let (accepted, held) =
        (receive(&site, &letter("1")).await.unwrap(), receive(&site, &held).await.unwrap());
    let site = site.restart(|_, _| {}).await;
    for mail in [&accepted, &held] {
        let id = mail.record.message_id.clone().unwrap();
        assert_eq!(site.app.mail_with(&id).await.unwrap(), std::slice::from_ref(mail));
    }
    assert_eq!(accepted.record.checks.signatures[0].key.as_deref(), Some("v=DKIM1; p=…"));
    assert!(site.app.world().messages.contains_key(&held.id), "it waits");
    assert_eq!(site.app.mail_text(held.id).await.unwrap().1, TEXT.replace("\r\n", "\n"));
    assert_eq!(held.record.size, bytes.len() as u64);
    let again = receive(&site, &letter("1")).await.unwrap();
    assert_eq!(again.record.disposition, "duplicate", "it is remembered, too");
}

#[tokio::test]
async fn a_desk_person_opens_a_request_from_a_held_mail_attaches_it_or_dismisses_it() {
    let site = Site::new().await;
    let forged = |id: &str| Letter { dns: "fail", body: format!("{id}\r\n"), ..letter(id) };
    let mut ids = Vec::new();
    for id in ["a", "b", "c"] {
        ids.push(receive(&site, &forged(id)).await.unwrap().id);
    }
    let opening =
        Opening { organization: site.organization, wish: Wish::Disabled, contact: None, items: Items::ALL };
    let request = site.app.message_open(ids[0], opening).await.unwrap();
    assert_eq!(request.received.source, Source::Unauthenticated, "whatever it says");
    site.app.message_attach(ids[1], request.id).await.unwrap();
    site.app.message_dismiss(ids[2], site.desk_person, "an advertisement").await.unwrap();
    let of_request: Vec<_> =
        site.app.mail_of_request(request.id).await.unwrap().into_iter().map(|mail| mail.id).collect();
    assert_eq!(of_request, ids[..2]);
    let site = site.restart(|_, _| {}).await;
    assert!(site.app.world().messages.is_empty(), "none waits any more");
    let found = site.app.mail_with("<c@acme.example>").await.unwrap();
    assert_eq!(
        (found[0].record.disposition.as_str(), found[0].record.change_request.clone()),
        ("held", None)
    );
    assert!(site.app.message_attach(ids[2], request.id).await.is_err(), "it is settled");
    assert!(enabled(&site));
}

#[tokio::test]
async fn dns_that_does_not_answer_puts_off_twice_and_then_a_person_looks() {
    let site = Site::new().await;
    let silent = Letter { dns: "silent", ..letter("1") };
    for time in 0..2 {
        let put_off = receive(&site, &silent).await;
        assert!(matches!(put_off, Err(NotWritten::Unavailable(_))), "{time}: {put_off:?}");
    }
    assert_eq!(receive(&site, &silent).await.unwrap().record.disposition, "held");
    let other = Letter { dns: "silent", ..letter("2") };
    receive(&site, &other).await.unwrap_err();
    let answers = Letter { dns: "pass", ..other };
    assert_eq!(receive(&site, &answers).await.unwrap().record.disposition, "accepted");
}

#[tokio::test]
async fn only_a_proven_contact_is_answered_and_only_about_what_is_unclear() {
    let site = Site::new().await;
    let unclear = Letter { body: "Customer name: Acme Rockets\r\nHello.\r\n".into(), ..letter("1") };
    let forged = Letter { dns: "fail", id: "<2@acme.example>".into(), ..unclear.clone() };
    let reply = receive(&site, &unclear).await.unwrap().record.reply().unwrap();
    assert_eq!((reply.contact, reply.in_reply_to.as_str()), (site.contact, "<1@acme.example>"));
    assert!(matches!(reply.say, Say::Missing(what) if !what.is_empty()));
    for silent in [forged, letter("3")] {
        let mail = receive(&site, &silent).await.unwrap();
        assert_eq!(mail.record.reply(), None, "{}", told(&mail));
    }
}

#[tokio::test]
async fn a_pipe_may_end_lines_as_the_machine_does() {
    let site = Site::new().await;
    let bytes = letter("1").bytes(&site).into_iter().filter(|byte| *byte != b'\r').collect::<Vec<_>>();
    let mail = site.app.mail_receive(envelope(), bytes.clone()).await.unwrap();
    assert_eq!((mail.record.disposition.as_str(), mail.record.size), ("accepted", bytes.len() as u64));
    assert!(matches!(site.app.mail_receive(envelope(), b" \n".to_vec()).await, Err(NotWritten::Refused(_))));
    for (id, path, told) in [("2", "<>", "held: automatic;"), ("3", "<sam@acme.example>", "accepted:;")] {
        let bytes = [format!("Return-Path: {path}\n").as_bytes(), &letter(id).bytes(&site)].concat();
        let bytes = bytes.into_iter().filter(|byte| *byte != b'\r').collect();
        let mail = site.app.mail_receive_piped(bytes).await.unwrap();
        assert!(self::told(&mail).starts_with(told), "{path}: {}", self::told(&mail));
    }
}

/// Asks nobody, and says whether it was asked.
struct Noting(Arc<AtomicBool>, Mail);

#[async_trait]
impl MailChecks for Noting {
    async fn check(&self, envelope: &Envelope, mail: &[u8], from: Option<&str>) -> Checks {
        self.0.store(true, Ordering::SeqCst);
        self.1.checks.check(envelope, mail, from).await
    }
}

#[tokio::test]
async fn whoever_serves_everybody_reads_no_mail() {
    let asked = Arc::new(AtomicBool::new(false));
    let checks = Arc::new(Noting(Arc::clone(&asked), support::mail::intake()));
    let troubled = Troubled::with(1, Mail { checks, ..support::mail::intake() }).await;
    let site = &troubled.site;
    let bytes = Letter { body: "x\r\n".repeat(1_000_000), ..letter("1") }.bytes(site);
    let mut receiving = pin!(site.app.mail_receive(envelope(), bytes));
    // What is read before DNS is asked was not read by whoever polls this.
    assert!(receiving.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    assert!(!asked.load(Ordering::SeqCst));
    assert_eq!(receiving.await.unwrap().record.disposition, "held");
}

#[tokio::test]
async fn what_mail_answers_is_looked_up_beside_the_writer_and_for_nobody_who_proves_nothing() {
    let troubled = Troubled::with(1, support::mail::intake()).await;
    let site = &troubled.site;
    let sought = || std::mem::take(&mut *troubled.watch.mail_sought.lock().unwrap());
    let opened = receive(site, &letter("1")).await.unwrap();
    assert!(sought().is_empty(), "it answers nothing");
    let answer = |id: &str| Letter {
        more: "In-Reply-To: <1@acme.example>\r\nReferences: <a@b.test> <c@d.test>\r\n".into(),
        body: format!("{id}\r\n"),
        ..letter(id)
    };
    for stranger in [
        Letter { dns: "fail", ..answer("2") },
        Letter { from: "sam@evil.example", ..answer("3") },
        Letter { to: "somebody@vendor.test", ..answer("4") },
    ] {
        assert_eq!(receive(site, &stranger).await.unwrap().record.disposition, "held");
        assert!(sought().is_empty(), "{}", stranger.id);
    }
    let joined = receive(site, &answer("5")).await.unwrap();
    assert_eq!(joined.record.change_request, opened.record.change_request);
    let by = sought();
    assert!(!by.is_empty() && by.iter().all(|thread| thread != "writer"), "{by:?}");
}

#[tokio::test]
async fn look_alikes_are_held_against_domains_that_are_made_ready_now_and_then() {
    let site = Site::new().await;
    let like = |id: &str| Letter { from: "lou@gl0bex.example", body: format!("{id}\r\n"), ..letter(id) };
    assert_eq!(told(&receive(&site, &like("1")).await.unwrap()), "held: not_the_contact;");
    let globex =
        site.app.organization_create("Globex".parse().unwrap(), "globex".parse().unwrap()).await.unwrap();
    let lou = new_contact("Lou Example", "lou@globex.example", &[8; 32]);
    site.app.contact_create(globex, lou).await.unwrap();
    assert_eq!(told(&receive(&site, &like("2")).await.unwrap()), "held: not_the_contact;", "not at once");
    // A contact's own mail finds its domain at once, so that it is no look-alike of an older one.
    let own = Letter { from: "lou@globex.example", ..like("3") };
    assert!(!told(&receive(&site, &own).await.unwrap()).contains("look_alike"));
    assert_eq!(told(&receive(&site, &like("4")).await.unwrap()), "held: not_the_contact; look_alike");
}

#[tokio::test]
async fn a_withdrawal_and_a_word_about_a_request_reach_the_one_they_are_about() {
    let site = Site::new().await;
    let opened = receive(&site, &letter("1")).await.unwrap();
    let id = opened.record.change_request.clone().unwrap();
    let withdrawal = Letter { body: "Please withdraw our request.\r\n".into(), ..letter("2") };
    let mail = receive(&site, &withdrawal).await.unwrap();
    assert_eq!(
        (mail.record.kind.as_deref(), &mail.record.change_request),
        (Some("withdrawal"), &Some(id.clone()))
    );
    let request: ChangeRequestId = id.parse().unwrap();
    assert!(site.app.world().change_requests[&request].request.is_open(), "a person ends it");
    let answer = Letter {
        more: "In-Reply-To: <1@acme.example>\r\nContent-Type: text/plain\r\n".into(),
        body: "Any news?\r\n".into(),
        ..letter("3")
    };
    assert_eq!(receive(&site, &answer).await.unwrap().record.change_request, Some(id.clone()));
    let number = Letter { body: format!("About {}\r\n", request.number()), ..letter("4") };
    assert_eq!(receive(&site, &number).await.unwrap().record.change_request, Some(id));
    let neither = Letter { body: "Any news?\r\n".into(), ..letter("5") };
    assert_eq!(receive(&site, &neither).await.unwrap().record.disposition, "held");
}
