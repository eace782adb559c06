//! Letters: written with what causes them or not at all, sent once and in order, tried again, and given up.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on fails")]

mod support;

use std::sync::atomic::Ordering;

use byleave_app::change_requests::ReviewAct;
use byleave_app::contacts::Wanted;
use byleave_app::letters::Written;
use byleave_app::ports::{LetterRow, LetterState};
use byleave_domain::change_request::{By, Source};
use byleave_domain::ids::LetterId;
use byleave_domain::letter::{Answered, Next};
use byleave_domain::statement::Wish;
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
    let id = site.message(Wish::Disabled, Source::Unauthenticated).await;
    site.app.request_answerable(id, "<1@acme.example>").await.unwrap();
    let ask = ReviewAct::Ask("whom may we contact?".into());
    site.app.change_request_review(id, site.desk_person, ask).await.unwrap();
    site.message(Wish::Disabled, Source::Unauthenticated).await;
    site.app.request_answerable(id, "<2@acme.example>").await.unwrap();
    site.app.change_request_review(id, site.desk_person, ReviewAct::Proceed(None)).await.unwrap();
    site.app.meeting_cancel(id, By::Desk(site.desk_person)).await.unwrap();
    assert_eq!(
        told(&site).await[before..],
        [
            "sam request_received/received",
            "kim request_received/received",
            "sam request_incomplete/incomplete answers \"1@acme.example\"",
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
    let accepted = letters(&site).await[before + 6].clone();
    let (_, _, form) = site.app.letter(accepted.0.id).await.unwrap().unwrap();
    assert!(form.unwrap().starts_with(b"%PDF-"), "the form is there");
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
    site.message(Wish::Disabled, Source::Unauthenticated).await;
    assert_eq!(told(&site).await[5..], ["kim request_received/received"], "and not again");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_that_was_not_written_tells_nobody_and_one_that_was_tells_them_after_a_crash() {
    let Troubled { site, left, .. } = Troubled::new(100).await;
    left.store(1, Ordering::SeqCst);
    let lost = site.app.disable(site.organization, site.statement(Wish::Disabled, 1)).await;
    assert!(lost.is_err());
    assert!(letters(&site).await.is_empty());
    let site = site.restart(|_, _| {}).await;
    assert!(letters(&site).await.is_empty());
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
async fn a_report_counts_for_a_letter_that_was_sent_to_that_very_address_alone() {
    let site = Site::new().await;
    site.message(Wish::Disabled, Source::Unauthenticated).await;
    let id = site.app.letters_due(1)[0];
    let (_, written, _) = site.app.letter(id).await.unwrap().unwrap();
    let ours = format!("<{}>", written.message_id);
    let report = async |message_id: &str, to: &str, failed| {
        site.app.letter_reported(message_id, to, failed, "550 5.1.1 no such user").await.unwrap()
    };
    assert!(!report(&ours, "sam@acme.example", true).await, "it has not been sent");
    tried(&site, id, Answered::Taken).await;
    for (message_id, to) in [
        (ours.as_str(), "kim@acme.example"),
        ("<1@acme.example>", "sam@acme.example"),
        (&ours.replace("vendor.example", "evil.example"), "sam@acme.example"),
        (&format!("<{}@vendor.example>", "0".repeat(32)), "sam@acme.example"),
    ] {
        assert!(!report(message_id, to, true).await, "{message_id} {to}");
    }
    assert!(report(&ours, "sam@acme.example", false).await, "delayed, or delivered");
    assert_eq!(letters(&site).await[0].0.state, LetterState::Sent);
    assert!(report(&ours, "Sam@acme.example", true).await);
    let (row, written) = letters(&site).await.remove(0);
    assert_eq!((row.state, written.said.as_str()), (LetterState::Bounced, "550 5.1.1 no such user"));
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
