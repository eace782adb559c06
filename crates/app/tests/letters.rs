//! Letters: written with what causes them or not at all, sent once and in order, tried again, and given up.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on fails")]

mod support;

use std::collections::BTreeSet;
use std::sync::atomic::Ordering;

use byleave_api::entry::Kind;
use byleave_app::catalog::NotCreated;
use byleave_app::change_requests::{Message, ReviewAct};
use byleave_app::contacts::Wanted;
use byleave_app::intake::ReceivedMail;
use byleave_app::letters::Written;
use byleave_app::messages::Opening;
use byleave_app::notice_addresses::Notices;
use byleave_app::ports::{LetterRow, LetterState};
use byleave_app::setting::NotChanged;
use byleave_domain::change_request::{By, Items, Source};
use byleave_domain::ids::{ChangeRequestId, ContactId, LetterId};
use byleave_domain::letter::{Answered, Next};
use byleave_domain::statement::Wish;
use byleave_domain::text::Email;
use support::mail::{INTAKE, envelope};
use support::troubled::Troubled;
use support::{Site, new_contact};

/// All letters, oldest first.
async fn letters(site: &Site) -> Vec<(LetterRow, Written)> {
    let mut all = site.app.letters_overview().await.unwrap().letters;
    all.reverse();
    all
}

/// To whom, which text, about what, and what goes with it.
async fn told(site: &Site) -> Vec<String> {
    let line = |(_, letter): &(LetterRow, Written)| {
        let with = [
            letter.is_answer.then(|| format!(" answers {:?}", letter.answers.as_deref().unwrap_or_default())),
            letter.form.as_ref().map(|_| " +form".to_owned()),
            letter.invitation.as_ref().map(|_| " +invitation".to_owned()),
        ];
        let (to, _) = letter.to_email.split_once('@').unwrap();
        let with: String = with.into_iter().flatten().collect();
        format!("{to} {}/{}{with}", letter.text, letter.facts["event"])
    };
    letters(site).await.iter().map(line).collect()
}

async fn tried(site: &Site, id: LetterId, answered: Answered) -> Next {
    site.app.letter_tried(id, answered, "250 2.0.0 ok").await.unwrap()
}

/// A mail of Sam's, proven.
struct Mail {
    dns: &'static str,
    id: &'static str,
    more: String,
    body: String,
}

fn mail(id: &'static str) -> Mail {
    let body = "Please disable support access.\r\n\r\nCustomer name: Acme Rockets\r\n\
                We confirm that we want support access to be disabled.\r\nContact: sam@acme.example\r\n";
    Mail { dns: "pass", id, more: String::new(), body: body.into() }
}

async fn receive(site: &Site, mail: &Mail) -> ReceivedMail {
    site.app.mail_receive(envelope(), bytes(site, mail).into_bytes()).await.unwrap()
}

fn bytes(site: &Site, mail: &Mail) -> String {
    let date = site.app.now().strftime("%a, %d %b %Y %H:%M:%S +0000");
    let Mail { dns, id, more, body } = mail;
    let kind = if more.contains("Content-Type") { "" } else { "Content-Type: text/plain; charset=utf-8\r\n" };
    format!(
        "X-Dns: {dns}\r\nFrom: Sam Example <sam@acme.example>\r\nTo: {INTAKE}\r\nSubject: RE: Support access\r\n\
         Date: {date}\r\nMessage-ID: <{id}@acme.example>\r\nMIME-Version: 1.0\r\n{kind}{more}\r\n{body}"
    )
}

fn opened(mail: &ReceivedMail) -> ChangeRequestId {
    mail.record.change_request.as_deref().unwrap().parse().unwrap()
}

/// The Message-ID of the letter that was written after so many others.
async fn message_id(site: &Site, place: usize) -> String {
    format!("<{}>", letters(site).await[place].1.message_id)
}

/// Sends all that is due, in turns; the places of what was sent in the order of sending.
async fn send_all(site: &Site) -> Vec<u64> {
    let mut sent = Vec::new();
    loop {
        let due = site.app.letters_due(100);
        if due.is_empty() {
            return sent;
        }
        for id in due {
            let (row, ..) = site.app.letter(id).await.unwrap().unwrap();
            assert_eq!(tried(site, id, Answered::Taken).await, Next::Sent);
            sent.push(row.place);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_by_mail_is_answered_once_a_message_and_every_contact_is_told() {
    let site = Site::new().await;
    let kim = new_contact("Kim Example", "kim@acme.example", &[9; 32]);
    let (_, change) = site.app.contact_create(site.organization, kim).await.unwrap();
    site.agree(change.unwrap().id).await.unwrap();
    site.clock.forward(4 * 24 * 3600);
    site.turn().await;
    assert_eq!(
        told(&site).await,
        [
            "sam contacts_change/announced",
            "sam contacts_change/agreed",
            "sam contacts_change/agreed",
            "sam contacts_change/made",
            "kim contacts_change/made"
        ]
    );
    send_all(&site).await;
    let before = letters(&site).await.len();
    let id = opened(&receive(&site, &mail("1")).await);
    let ask = || ReviewAct::Ask("whom may we contact?".into());
    site.app.change_request_review(id, site.desk_person, ask()).await.unwrap();
    site.app.change_request_review(id, site.desk_person, ask()).await.unwrap();
    let ours = message_id(&site, before).await;
    let again =
        Mail { more: format!("In-Reply-To: {ours}\r\n"), body: "Kim, at any time.\r\n".into(), ..mail("2") };
    assert_eq!(opened(&receive(&site, &again).await), id);
    let site = site.restart(|_, _| {}).await;
    site.app.change_request_review(id, site.desk_person, ReviewAct::Proceed(None)).await.unwrap();
    site.app.meeting_cancel(id, By::Desk(site.desk_person)).await.unwrap();
    assert_eq!(
        told(&site).await[before..],
        [
            "sam request_received/received",
            "kim request_received/received",
            "sam request_incomplete/incomplete answers \"1@acme.example\"",
            "kim request_step/incomplete",
            "sam request_incomplete/incomplete answers \"\"",
            "kim request_step/incomplete",
            "sam request_step/joined",
            "kim request_step/joined",
            "sam request_accepted/proceeds answers \"2@acme.example\" +form +invitation",
            "kim request_step/proceeds",
            "sam meeting/meeting_cancelled +invitation",
            "kim meeting/meeting_cancelled"
        ]
    );
    let asked = &letters(&site).await[before + 2].1;
    assert_eq!(asked.facts["note"], "whom may we contact?");
    assert_eq!(asked.facts["number"], id.number());
    let accepted = letters(&site).await[before + 8].clone();
    let (_, _, form) = site.app.letter(accepted.0.id).await.unwrap().unwrap();
    assert!(form.unwrap().unwrap().starts_with(b"%PDF-"), "the form is there");
    let invitation = accepted.1.invitation.unwrap().replace("\r\n ", "");
    assert!(invitation.contains("METHOD:REQUEST") && invitation.contains("mailto:sam@acme.example"));
    assert!(invitation.contains("mailto:support-access@vendor.example"), "as it comes from");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_was_replaced_is_told_for_the_last_time() {
    let site = Site::new().await;
    let kim = new_contact("Kim Example", "kim@acme.example", &[9; 32]);
    let wanted = Wanted::Replace(site.contact, kim);
    let change = site.app.contact_change_begin(site.organization, By::Nobody, wanted).await.unwrap();
    site.agree(change.id).await.unwrap();
    site.clock.forward(4 * 24 * 3600);
    site.turn().await;
    assert_eq!(told(&site).await[3..], ["sam contacts_change/made", "kim contacts_change/made"]);
    let message = |contact| Message {
        wish: Wish::Disabled,
        source: Source::Unauthenticated,
        contact,
        items: Items::ALL,
        text: "please".into(),
    };
    let borne = site.app.change_request_receive(site.organization, message(Some(site.contact))).await;
    let nobodys = |why: &NotChanged| why.to_string().contains(&site.contact.to_string());
    assert!(borne.as_ref().is_err_and(nobodys), "no message bears a former contact's address: {borne:?}");
    site.app.change_request_receive(site.organization, message(None)).await.unwrap();
    assert_eq!(told(&site).await[5..], ["kim request_received/received"], "and not again");
}

#[tokio::test(flavor = "multi_thread")]
async fn notice_addresses_get_copies_and_a_change_of_them_is_told_to_everybody_the_former_ones_too() {
    let site = Site::new().await;
    let put = async |site: &Site, names: &[&str]| {
        let addresses = names.iter().map(|name| format!("{name}@acme.example").parse().unwrap());
        site.app.notice_addresses_put(site.organization, Some(site.contact), addresses.collect()).await
    };
    let of_contact = put(&site, &["soc", "sam"]).await.unwrap_err();
    assert!(matches!(of_contact, NotCreated::NoticeOfContact(_)), "{of_contact}");
    assert_eq!((told(&site).await.len(), site.kinds().contains(&"notice_addresses.changed")), (0, false));
    put(&site, &["soc", "night"]).await.unwrap();
    put(&site, &["night", "soc"]).await.unwrap();
    let changed = "notice_addresses/changed";
    let all = |names: &[&str]| names.iter().map(|name| format!("{name} {changed}")).collect::<Vec<_>>();
    assert_eq!(told(&site).await, all(&["sam", "night", "soc"]), "what is so already is not told again");
    let site = site.restart(|_, _| {}).await;
    let id = opened(&receive(&site, &mail("1")).await);
    site.app.change_request_review(id, site.desk_person, ReviewAct::Proceed(None)).await.unwrap();
    assert_eq!(
        told(&site).await[3..],
        [
            "sam request_received/received",
            "night request_received/received",
            "soc request_received/received",
            "sam request_accepted/proceeds answers \"1@acme.example\" +form +invitation",
            "night request_step/proceeds",
            "soc request_step/proceeds",
        ]
    );
    let (row, copy) = letters(&site).await.pop().unwrap();
    assert_eq!((row.contact, copy.to_name.as_str(), copy.is_answer), (None, "", false));
    assert_eq!((copy.facts["copy"].as_str(), copy.facts["contact"].as_str()), ("yes", "Acme Rockets"));
    // What waits for one of them holds up nobody else.
    assert_eq!(site.app.letters_due(10).len(), 3);
    let before = told(&site).await.len();
    put(&site, &["new"]).await.unwrap();
    assert_eq!(told(&site).await[before..], all(&["sam", "new", "night", "soc"]), "the former ones, too");
    assert_eq!(letters(&site).await.pop().unwrap().1.facts["addresses"], "- new@acme.example");
    site.message(Wish::Enabled, Source::Unauthenticated).await;
    assert_eq!(
        told(&site).await[before + 4..],
        ["sam request_received/received", "new request_received/received"]
    );
    assert_eq!(site.kinds().iter().filter(|kind| **kind == "notice_addresses.changed").count(), 2);
    site.verify(None).unwrap();
    send_all(&site).await;
    assert_eq!(site.app.letters_waiting(), (0, None));
    // A copy that came back is an alarm at the desk, for as long as copies go there.
    let undelivered = async |site: &Site| {
        let overview = site.app.letters_overview().await.unwrap();
        let all = overview.undelivered(&site.app.world()).into_iter().map(|(_, copy)| copy.to_email.clone());
        all.collect::<Vec<_>>()
    };
    let (_, copy) = letters(&site).await.pop().unwrap();
    let back = report("9", "failed", "new@acme.example", &format!("<{}>", copy.message_id));
    receive(&site, &back).await;
    assert_eq!(undelivered(&site).await, ["new@acme.example"]);
    put(&site, &[]).await.unwrap();
    assert_eq!(undelivered(&site).await, [""; 0]);
}

/// Whoever has the administrator's token points no copies at themselves, and has nobody's stopped.
#[tokio::test(flavor = "multi_thread")]
async fn once_there_is_a_contact_the_vendor_asks_for_notice_addresses_and_a_contact_says() {
    let site = Site::new().await;
    let put = async |site: &Site, by: Option<ContactId>, names: &[&str]| {
        let addresses = names.iter().map(|name| format!("{name}@acme.example").parse().unwrap());
        site.app.notice_addresses_put(site.organization, by, addresses.collect()).await
    };
    let notices = |site: &Site| {
        let world = site.app.world();
        let Notices { addresses, asked } = &world.organizations[&site.organization].notices;
        let names = |all: &BTreeSet<Email>| all.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
        (names(addresses), asked.as_ref().map(names))
    };
    let (sam, nobody) = (Some(site.contact), ContactId::from_bytes([9; 16]));
    let stranger = put(&site, Some(nobody), &["soc"]).await.unwrap_err();
    assert_eq!(stranger, NotCreated::NotAContact(nobody));
    let soc = || "soc@acme.example".to_owned();
    let mut heard = 0;
    for (by, names, kept, asked, letters) in [
        (None, &["soc"][..], String::new(), Some(soc()), &["sam notice_addresses/asked"][..]),
        (None, &["soc"], String::new(), Some(soc()), &[]),
        // What a contact says is the end of it, were it no.
        (sam, &[], String::new(), None, &[]),
        (None, &["soc"], String::new(), Some(soc()), &["sam notice_addresses/asked"]),
        (sam, &["soc"], soc(), None, &["sam notice_addresses/changed", "soc notice_addresses/changed"]),
        (
            None,
            &[],
            soc(),
            Some(String::new()),
            &["sam notice_addresses/asked", "soc notice_addresses/asked"],
        ),
        // Whoever asks for what is so asks for nothing any more.
        (None, &["soc"], soc(), None, &[]),
    ] {
        put(&site, by, names).await.unwrap();
        assert_eq!(notices(&site), (kept, asked), "{by:?} says {names:?}");
        assert_eq!(told(&site).await[heard..], *letters, "{by:?} says {names:?}");
        heard += letters.len();
    }
    let changed: Vec<_> =
        site.leaves().into_iter().filter(|leaf| leaf.kind == Kind::NoticeAddressesChanged).collect();
    let own = site.leaves().into_iter().find(|leaf| leaf.kind == Kind::ContactAdded).unwrap();
    assert_eq!(changed.len(), 1, "what is asked for alone is no change");
    assert_ne!(changed[0].actor, own.actor, "the contact's, not the vendor's");
    let letter = &letters(&site).await[2].1;
    assert_eq!((letter.text.as_str(), letter.facts["by"].as_str()), ("notice_addresses", "Sam Example"));
    put(&site, None, &["night"]).await.unwrap();
    let site = site.restart(|_, _| {}).await;
    assert_eq!(notices(&site), (soc(), Some("night@acme.example".to_owned())), "asked for still");
    site.verify(None).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_that_was_not_written_tells_nobody_and_one_that_was_tells_them_after_a_crash() {
    let mut lost = 0;
    for after in 1..5 {
        let Troubled { site, left, .. } = Troubled::new(100).await;
        left.store(after, Ordering::SeqCst);
        let _ = site.app.disable(site.organization, site.statement(Wish::Disabled, 1)).await;
        let site = site.restart(|_, _| {}).await;
        let disabled = !site.app.world().change_requests.is_empty();
        assert_eq!(
            !letters(&site).await.is_empty(),
            disabled,
            "the change and its letters, or neither: {after}"
        );
        lost += usize::from(!disabled);
    }
    assert!((1..4).contains(&lost), "both happened");
    let site = Site::new().await;
    site.app.disable(site.organization, site.statement(Wish::Disabled, 1)).await.unwrap();
    let written = letters(&site).await;
    // The disable, and the request to confirm it, which the contact has thereby made.
    let expected = ["sam setting_changed/disabled", "sam request_received/received"];
    assert_eq!(told(&site).await, expected);
    let due = site.app.letters_due(10);
    let site = site.restart(|_, _| {}).await;
    assert_eq!(letters(&site).await, written, "none lost, none doubled, the same Message-ID");
    assert_eq!(site.app.letters_due(10), due);
    tried(&site, due[0], Answered::Taken).await;
    let site = site.restart(|_, _| {}).await;
    assert_eq!(site.app.letters_due(10), [written[1].0.id], "what was sent is not sent again");
    assert_eq!(told(&site).await, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_that_is_away_for_an_hour_loses_nothing_doubles_nothing_and_keeps_the_order() {
    let site = Site::new().await;
    let kim = new_contact("Kim Example", "kim@acme.example", &[9; 32]);
    let (_, change) = site.app.contact_create(site.organization, kim).await.unwrap();
    site.agree(change.unwrap().id).await.unwrap();
    site.clock.forward(4 * 24 * 3600);
    site.turn().await;
    let id = site.message(Wish::Disabled, Source::Unauthenticated).await;
    for minute in 0..60 {
        for id in site.app.letters_due(100) {
            assert!(matches!(tried(&site, id, Answered::NotNow).await, Next::Again(_)));
        }
        if minute % 10 == 0 {
            site.message(Wish::Disabled, Source::Unauthenticated).await;
        }
        site.clock.forward(60);
    }
    let all = letters(&site).await;
    assert_eq!(all.len(), site.app.letters_waiting().0, "all of them wait");
    let tries: u32 = all.iter().map(|(row, _)| row.attempts).sum();
    assert!((6..=10).contains(&tries), "each contact's first alone is tried, ever more slowly: {tries}");
    let site = site.restart(|_, _| {}).await;
    site.clock.forward(5 * 3600);
    let sent = send_all(&site).await;
    for contact in ["sam", "kim"] {
        let of =
            |place: &u64| all.iter().any(|(row, w)| row.place == *place && w.to_email.starts_with(contact));
        let sent: Vec<_> = sent.iter().copied().filter(of).collect();
        let mut sorted = sent.clone();
        sorted.sort_unstable();
        sorted.dedup();
        assert_eq!(sent, sorted, "{contact} is told in order, and of nothing twice");
    }
    assert_eq!(sent.len(), all.len());
    assert_eq!(site.app.letters_waiting(), (0, None));
    assert!(site.app.world().change_request(id).is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_that_nobody_takes_is_given_up_and_the_desk_sees_why() {
    let site = Site::new().await;
    site.message(Wish::Disabled, Source::Unauthenticated).await;
    let id = site.app.letters_due(1)[0];
    assert!(matches!(tried(&site, id, Answered::NotNow).await, Next::Again(_)));
    site.clock.forward(5 * 24 * 3600);
    assert_eq!(site.app.letter_tried(id, Answered::NotNow, "421 busy").await.unwrap(), Next::Failed);
    let (row, written) = letters(&site).await.remove(0);
    assert_eq!((row.state, row.attempts, written.said.as_str()), (LetterState::Failed, 2, "421 busy"));
    assert!(site.app.letters_due(10).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_that_the_store_does_not_give_holds_up_nobody_for_ever() {
    let Troubled { site, watch, .. } = Troubled::new(100).await;
    site.message(Wish::Disabled, Source::Unauthenticated).await;
    let due = site.app.letters_due(10);
    watch.unread.store(true, Ordering::SeqCst);
    assert!(site.app.letter(due[0]).await.is_err());
    assert!(site.app.letters_due(10).is_empty(), "it is put off");
    watch.unread.store(false, Ordering::SeqCst);
    site.clock.forward(60);
    assert_eq!(site.app.letters_due(10), due);
    assert!(site.app.letter(due[0]).await.unwrap().is_some());
}

/// A server's report as a mail, which proves nothing about who sent it.
fn report(id: &'static str, action: &str, to: &str, message_id: &str) -> Mail {
    let body = format!(
        "--b\r\n\r\nIt could not be delivered.\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n\
         Reporting-MTA: dns; mx.acme.example\r\n\r\nFinal-Recipient: rfc822; {to}\r\nAction: {action}\r\n\
         Status: 5.1.1\r\nDiagnostic-Code: smtp; 550 no such user\r\n--b\r\nContent-Type: text/rfc822-headers\r\n\r\n\
         Message-ID: {message_id}\r\n--b--\r\n"
    );
    let more = "Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n".into();
    Mail { dns: "fail", id, more, body }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_counts_for_a_letter_that_was_sent_to_that_very_address_alone() {
    let site = Site::new().await;
    let request = site.message(Wish::Disabled, Source::Unauthenticated).await;
    let (id, ours) = (site.app.letters_due(1)[0], message_id(&site, 0).await);
    assert!(ours.contains(&request.to_string()), "an answer finds its request: {ours}");
    let (sam, failed) = ("sam@acme.example", "failed");
    receive(&site, &report("1", failed, sam, &ours)).await;
    let state = async || letters(&site).await[0].0.state;
    assert_eq!(state().await, LetterState::Waiting, "it has not been sent");
    tried(&site, id, Answered::Taken).await;
    let other = format!("<{}.{request}@vendor.example>", "0".repeat(32));
    for (number, action, to, message_id) in [
        ("2", failed, "kim@acme.example", ours.as_str()),
        ("3", failed, sam, "<1@acme.example>"),
        ("4", failed, sam, &ours.replace("vendor.example", "evil.example")),
        ("5", failed, sam, &other),
        ("6", "delayed", sam, &ours),
        ("7", "delivered", sam, &ours),
    ] {
        let held = receive(&site, &report(number, action, to, message_id)).await;
        assert_eq!(
            (held.record.disposition.as_str(), state().await),
            ("held", LetterState::Sent),
            "{number}"
        );
    }
    let (told_before, contacts) =
        (told(&site).await, site.app.world().organizations[&site.organization].organization.contacts.clone());
    // As a mail system's pipe has it.
    let piped = bytes(&site, &report("8", failed, "Sam@ACME.example", &ours)).replace("\r\n", "\n");
    site.app.mail_receive(envelope(), piped.into_bytes()).await.unwrap();
    let (row, written) = letters(&site).await.remove(0);
    assert_eq!((row.state, written.said.as_str()), (LetterState::Bounced, "5.1.1 550 no such user"));
    assert_eq!(told(&site).await, told_before, "nobody is told, and nothing else follows");
    assert_eq!(site.app.world().organizations[&site.organization].organization.contacts, contacts);
    let site = site.restart(|_, _| {}).await;
    assert_eq!(letters(&site).await[0].0.state, LetterState::Bounced);
}

#[tokio::test(flavor = "multi_thread")]
async fn mail_that_is_no_request_yet_is_answered_once_and_to_its_proven_author_alone() {
    let site = Site::new().await;
    let unclear = |id| Mail { body: "Customer name: Acme Rockets\r\nHello.\r\n".into(), ..mail(id) };
    let wish = Mail { body: "Please send us the form for disabling support access.\r\n".into(), ..mail("2") };
    let first = receive(&site, &unclear("1")).await.id;
    receive(&site, &wish).await;
    let automatic = Mail { more: "Auto-Submitted: auto-replied\r\n".into(), ..unclear("3") };
    let list = Mail { more: "List-Id: <all.acme.example>\r\n".into(), ..unclear("4") };
    let forged = receive(&site, &Mail { dns: "fail", ..unclear("5") }).await.id;
    for silent in [automatic, list, unclear("1")] {
        receive(&site, &silent).await;
    }
    let expected = [
        "sam mail_unclear/incomplete answers \"1@acme.example\"",
        "sam mail_unclear/form_wanted answers \"2@acme.example\"",
    ];
    assert_eq!(told(&site).await, expected);
    let facts = &letters(&site).await[0].1.facts;
    assert_eq!(facts["subject"], "Re: Support access");
    assert!(facts["note"].contains("- whom to speak to is missing"), "{}", facts["note"]);
    // What a person then makes of it is told in a letter of its own: the mail was answered.
    let (items, contact) = (Items::ALL, Some(site.contact));
    let opening = Opening { organization: site.organization, wish: Wish::Disabled, contact, items };
    let request = site.app.message_open(forged, opening).await.unwrap();
    let ask = || ReviewAct::Ask("who?".into());
    site.app.change_request_review(request.id, site.desk_person, ask()).await.unwrap();
    site.app.message_attach(first, request.id).await.unwrap();
    site.app.change_request_review(request.id, site.desk_person, ask()).await.unwrap();
    let further = [
        "sam request_received/received",
        "sam request_incomplete/incomplete answers \"\"",
        "sam request_step/joined",
        "sam request_incomplete/incomplete answers \"\"",
    ];
    assert_eq!(told(&site).await[2..], further);
    assert_eq!(letters(&site).await[2].1.facts["unproven"], "yes");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_organization_wrote_is_answered_to_no_other() {
    let site = Site::new().await;
    let (name, slug) = ("Bolt Works".parse().unwrap(), "bolt".parse().unwrap());
    let other = site.app.organization_create(name, slug).await.unwrap();
    let kim = new_contact("Kim Example", "kim@bolt.example", &[9; 32]);
    site.app.contact_create(other, kim).await.unwrap();
    // Proven, and held since it names somebody else.
    let wrong = mail("1").body.replace("Acme Rockets", "Bolt Works");
    let held = receive(&site, &Mail { body: wrong, ..mail("1") }).await;
    assert!(held.record.proven && held.record.disposition == "held", "{:?}", held.record);
    let opening = Opening { organization: other, wish: Wish::Disabled, contact: None, items: Items::ALL };
    let request = site.app.message_open(held.id, opening).await.unwrap();
    site.app
        .change_request_review(request.id, site.desk_person, ReviewAct::Ask("who?".into()))
        .await
        .unwrap();
    let told = told(&site).await;
    assert_eq!(
        told[told.len() - 2..],
        ["kim request_received/received", "kim request_incomplete/incomplete answers \"\""]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn machines_that_answer_each_other_come_to_an_end() {
    let site = Site::new().await;
    for (number, id) in (0..30).map(|number| (number, Box::leak(format!("n{number}").into_boxed_str()))) {
        receive(&site, &Mail { body: format!("Hello {number}.\r\n"), ..mail(id) }).await;
    }
    assert_eq!(letters(&site).await.len(), 20, "a day");
    site.clock.forward(24 * 3600);
    receive(&site, &Mail { body: "Hello.\r\n".into(), ..mail("next") }).await;
    assert_eq!(letters(&site).await.len(), 21);
}

/// What another contact's machine answers joins the request, of which everybody is told.
#[tokio::test(flavor = "multi_thread")]
async fn nobodys_machine_has_a_request_told_of_for_ever() {
    let site = Site::new().await;
    let kim = new_contact("Kim Example", "kim@acme.example", &[9; 32]);
    let (_, change) = site.app.contact_create(site.organization, kim).await.unwrap();
    site.agree(change.unwrap().id).await.unwrap();
    site.clock.forward(4 * 24 * 3600);
    site.turn().await;
    site.message(Wish::Disabled, Source::Unauthenticated).await;
    for _ in 0..30 {
        site.message(Wish::Disabled, Source::Unauthenticated).await;
    }
    let joined = |name: &str| format!("{name} request_step/joined");
    let told = told(&site).await;
    for name in ["sam", "kim"] {
        assert_eq!(told.iter().filter(|line| **line == joined(name)).count(), 20, "{name}, a day");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn why_a_request_is_refused_is_in_the_letter() {
    let site = Site::new().await;
    let id = site.message(Wish::Disabled, Source::Unauthenticated).await;
    site.app
        .change_request_review(id, site.desk_person, ReviewAct::Refuse("nobody asked".into()))
        .await
        .unwrap();
    assert_eq!(letters(&site).await.last().unwrap().1.facts["note"], "nobody asked");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_written_to_while_it_is_quiet() {
    let site = Site::new().await;
    site.app.set_quiet(true);
    site.message(Wish::Disabled, Source::Unauthenticated).await;
    site.app.disable(site.organization, site.statement(Wish::Disabled, 1)).await.unwrap();
    assert!(letters(&site).await.is_empty());
    site.app.set_quiet(false);
    site.message(Wish::Enabled, Source::Unauthenticated).await;
    assert_eq!(told(&site).await, ["sam request_received/received"]);
}
