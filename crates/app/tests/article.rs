//! The article's journeys: what each takes, who cannot finish it, and that every one ends.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

mod support;

use byleave_app::change_requests::{CallRefused, Message, ReviewAct};
use byleave_app::evidence::{EVIDENCE_LIFE, Reader};
use byleave_app::messages::Opening;
use byleave_app::setting::NotChanged;
use byleave_domain::approval::Approval;
use byleave_domain::change_request::{
    By, CallOutcome, ChangeRequest, Items, Question, Source, State, Step, StepRefused, WithoutWords,
};
use byleave_domain::decision::Decision;
use byleave_domain::ids::{ChangeRequestId, DeskPersonId};
use byleave_domain::process::ProfileName;
use byleave_domain::statement::Wish;
use byleave_domain::support_access::{Confirmation, SupportAccess};
use support::{Site, waiting};

const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;

fn state(site: &Site, id: ChangeRequestId) -> State {
    site.app.world().change_requests[&id].request.state()
}

fn step(refused: Result<ChangeRequest, NotChanged>) -> StepRefused {
    match refused.unwrap_err() {
        NotChanged::Step(why) => why,
        other => panic!("{other}"),
    }
}

async fn proceed(site: &Site, id: ChangeRequestId, by: DeskPersonId) {
    site.app.change_request_review(id, by, ReviewAct::Proceed(None)).await.unwrap();
}

async fn approve(site: &Site, id: ChangeRequestId, by: DeskPersonId) -> Result<ChangeRequest, NotChanged> {
    site.app.approve(id, by, site.approval(id, by)).await
}

async fn form(site: &Site, id: ChangeRequestId) -> Vec<u8> {
    let evidence = site.app.world().change_requests[&id].request.form.clone().unwrap().evidence;
    let read = site.app.evidence_read(evidence, Reader::Desk(site.desk_person)).await;
    read.unwrap().unwrap().bytes
}

async fn find(site: &Site, id: ChangeRequestId, by: DeskPersonId, question: Question, holds: bool) {
    site.app.finding(id, by, question, holds, "passport, on video").await.unwrap();
}

/// Everything that a disable takes but the approval.
async fn prepared(site: &Site, by: DeskPersonId) -> ChangeRequestId {
    let id = site.message(Wish::Disabled, Source::Unauthenticated).await;
    proceed(site, id, by).await;
    find(site, id, by, Question::Identity, true).await;
    find(site, id, by, Question::Understanding, true).await;
    let bytes = form(site, id).await;
    site.app.form_return(id, By::Contact(site.contact), bytes).await.unwrap();
    site.app.form_match(id, by, true, None).await.unwrap();
    id
}

/// Calls the contact about a request, and says that it was confirmed.
async fn called(site: &Site, id: ChangeRequestId, by: DeskPersonId, outcome: CallOutcome) {
    site.app.call_begin(id, by, site.contact).unwrap();
    if outcome == CallOutcome::Confirmed {
        let words = site.app.call_words(id, site.contact).unwrap();
        site.app.call_heard(id, by, &words.answer).unwrap();
    }
    site.app.call_made(id, by, outcome, None, "what was said").await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn disabling_takes_every_step_of_the_article() {
    let site = Site::new().await;
    let (first, second) = (site.desk_person, site.second_desk_person);
    let items = Items { contact: false, ..Items::ALL };
    let message = Message {
        wish: Wish::Disabled,
        source: Source::Unauthenticated,
        contact: None,
        items,
        text: "we want support access disabled".into(),
    };
    let id = site.app.change_request_receive(site.organization, message).await.unwrap().id;
    let early = site.app.change_request_review(id, first, ReviewAct::Proceed(None)).await;
    assert_eq!(step(early), StepRefused::ItemMissing("whom to contact"));
    site.app.change_request_review(id, first, ReviewAct::Ask("whom to contact?".into())).await.unwrap();
    assert_eq!(state(&site, id), State::Incomplete);
    // A further message joins it, with what was missing.
    assert_eq!(site.message(Wish::Disabled, Source::SignedIn).await, id);
    assert_eq!(step(approve(&site, id, second).await), StepRefused::NotReviewed);
    proceed(&site, id, first).await;
    assert_eq!(state(&site, id), State::FormSent);
    // The form's hash stood in the log before anybody could have it.
    let sent = site.app.world().change_requests[&id].request.form.clone().unwrap();
    let bytes = form(&site, id).await;
    assert_eq!(<[u8; 32]>::from(<sha2::Sha256 as sha2::Digest>::digest(&bytes)), sent.sha256);
    find(&site, id, first, Question::Identity, true).await;
    let missing = StepRefused::NotFound("the form's implications are understood");
    assert_eq!(step(approve(&site, id, second).await), missing);
    find(&site, id, first, Question::Understanding, true).await;
    assert_eq!(step(approve(&site, id, second).await), StepRefused::NotMatched);
    assert_eq!(step(site.app.form_match(id, first, true, None).await), StepRefused::NotReturned);
    site.app.form_return(id, By::Contact(site.contact), bytes).await.unwrap();
    site.app.form_match(id, first, false, Some("no signature")).await.unwrap();
    assert_eq!(step(approve(&site, id, second).await), StepRefused::NotMatched);
    site.app.form_match(id, first, true, None).await.unwrap();
    // A finding that is taken back counts.
    find(&site, id, second, Question::Identity, false).await;
    let missing = StepRefused::NotFound("the person who asked is the security contact");
    assert_eq!(step(approve(&site, id, second).await), missing);
    find(&site, id, first, Question::Identity, true).await;
    assert_eq!(step(approve(&site, id, first).await), StepRefused::SecondPerson);
    assert_eq!(site.decide(), Decision::Permit { epoch: 0 });
    // What the second found does not stand any more, so nothing of theirs is what they approve.
    approve(&site, id, second).await.unwrap();
    assert_eq!(state(&site, id), State::Announced);
    site.verify(None).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_announced_is_in_force_and_verifies() {
    let site = Site::new().await;
    let id = prepared(&site, site.desk_person).await;
    assert_eq!(site.decide(), Decision::Permit { epoch: 0 });
    let done = approve(&site, id, site.second_desk_person).await.unwrap();
    assert_eq!(done.state(), State::Announced);
    assert!(matches!(site.decide(), Decision::Deny(_)));
    let site = site.restart(|_, _| {}).await;
    assert!(matches!(site.decide(), Decision::Deny(_)));
    assert_eq!(state(&site, id), State::Announced);
    let report = site.verify(None).unwrap();
    assert_eq!(report.changes.len(), 1);
    // Nothing goes on with it.
    let over = site.app.withdraw(id, site.contact).await;
    assert!(matches!(step(over), StepRefused::Over(State::Announced)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_desk_person_disables_provisionally_and_the_steps_confirm_it() {
    let site = Site::new().await;
    let id = site.message(Wish::Disabled, Source::Unauthenticated).await;
    let by = site.desk_person;
    let early = site.app.provisional(id, by, site.approval(id, by)).await;
    assert_eq!(early.unwrap_err(), NotChanged::Step(StepRefused::NotReviewed));
    proceed(&site, id, by).await;
    let receipt = site.app.provisional(id, by, site.approval(id, by)).await.unwrap();
    assert_eq!(receipt.connections, 1);
    let confirmation =
        |site: &Site| match site.app.world().organizations[&site.organization].organization.setting.access {
            SupportAccess::Disabled { confirmation, .. } => confirmation,
            _ => panic!("not disabled"),
        };
    assert_eq!(confirmation(&site), Confirmation::Provisional);
    find(&site, id, by, Question::Identity, true).await;
    find(&site, id, by, Question::Understanding, true).await;
    let bytes = form(&site, id).await;
    site.app.form_return(id, By::Desk(by), bytes).await.unwrap();
    site.app.form_match(id, by, true, None).await.unwrap();
    approve(&site, id, site.second_desk_person).await.unwrap();
    assert_eq!((confirmation(&site), site.epoch()), (Confirmation::Confirmed, 1));
    let site = site.restart(|_, _| {}).await;
    assert_eq!(confirmation(&site), Confirmation::Confirmed);
    site.verify(None).unwrap();
}

/// Disabled, and the contact confirmed.
async fn disabled(name: ProfileName) -> Site {
    let site = Site::new().await.stop().await.start_with(waiting(name));
    site.app.disable(site.organization, site.statement(Wish::Disabled, 1)).await.unwrap();
    site.confirm(site.contact).await;
    site
}

#[tokio::test(flavor = "multi_thread")]
async fn enabling_without_a_signature_takes_a_call_and_two_people_under_every_profile() {
    for name in [ProfileName::Article, ProfileName::ArticlePlus] {
        let site = disabled(name).await;
        let (first, second) = (site.desk_person, site.second_desk_person);
        let id = site.message(Wish::Enabled, Source::SignedIn).await;
        proceed(&site, id, first).await;
        assert_eq!(step(approve(&site, id, first).await), StepRefused::NotCalled);
        called(&site, id, first, CallOutcome::NotReached).await;
        assert_eq!(step(approve(&site, id, second).await), StepRefused::NotCalled);
        called(&site, id, first, CallOutcome::Denied).await;
        assert_eq!(step(approve(&site, id, second).await), StepRefused::NotCalled);
        called(&site, id, first, CallOutcome::Confirmed).await;
        // The words are for one call, by whoever began it.
        let again = site.app.call_made(id, second, CallOutcome::Confirmed, None, "again").await;
        assert_eq!(again.unwrap_err(), NotChanged::Call(CallRefused::NotBegun));
        approve(&site, id, first).await.unwrap();
        assert_eq!(step(approve(&site, id, first).await), StepRefused::ApprovedAlready);
        assert_eq!(site.epoch(), 1);
        let approved = approve(&site, id, second).await.unwrap();
        if name == ProfileName::ArticlePlus {
            // It waits, and any contact can object.
            assert_eq!((approved.state(), site.epoch()), (State::Approved, 1));
            site.clock.forward(approved.received.profile.enable_wait.as_secs() - 1);
            site.turn().await;
            assert_eq!(site.epoch(), 1);
            site.clock.forward(1);
            site.turn().await;
        }
        assert_eq!((state(&site, id), site.epoch()), (State::Announced, 2), "{name:?}");
        let site = site.restart(|_, _| {}).await;
        assert_eq!(site.decide(), Decision::Permit { epoch: 2 });
        site.verify(None).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn while_it_waits_a_contact_objects_or_disables_anew() {
    let site = disabled(ProfileName::ArticlePlus).await;
    let (first, second) = (site.desk_person, site.second_desk_person);
    let waits = async || {
        let id = site.message(Wish::Enabled, Source::SignedIn).await;
        proceed(&site, id, first).await;
        called(&site, id, first, CallOutcome::Confirmed).await;
        approve(&site, id, first).await.unwrap();
        approve(&site, id, second).await.unwrap();
        id
    };
    let id = waits().await;
    site.app.withdraw(id, site.contact).await.unwrap();
    site.clock.forward(2 * DAY);
    site.turn().await;
    assert_eq!((state(&site, id), site.epoch()), (State::Withdrawn, 1));
    // Two contacts who disagree: who asks later to keep support people out is heard first.
    let id = waits().await;
    site.clock.forward(60);
    let later = site.message(Wish::Disabled, Source::Unauthenticated).await;
    site.clock.forward(2 * DAY);
    site.turn().await;
    assert_eq!((state(&site, id), site.epoch()), (State::Approved, 1));
    site.app
        .change_request_review(later, first, ReviewAct::Refuse("nobody knows of it".into()))
        .await
        .unwrap();
    site.turn().await;
    assert_eq!((state(&site, id), site.epoch()), (State::Announced, 2));
    site.verify(None).unwrap();
}

/// Whoever may not finish alone tries: each desk person, with the other's name, and one with two names.
#[tokio::test(flavor = "multi_thread")]
async fn no_single_desk_person_completes_a_journey() {
    for (alone, other) in [(true, false), (false, true)] {
        let site = Site::new().await;
        let by = if alone { site.desk_person } else { site.second_desk_person };
        let they = if other { site.desk_person } else { site.second_desk_person };
        let id = prepared(&site, by).await;
        assert_eq!(step(approve(&site, id, by).await), StepRefused::SecondPerson);
        // In the other's name, with one's own key; and under one's own name, with the other's approval.
        let mut forged = site.approval(id, by);
        forged.approval.by = they;
        let forged =
            forged.approval.sign(if alone { &support::DESK_SEED } else { &support::SECOND_DESK_SEED });
        assert!(site.app.approve(id, they, forged).await.is_err());
        assert!(site.app.approve(id, by, site.approval(id, they)).await.is_err());
        assert_eq!(site.epoch(), 0);
    }
}

/// Nobody approves for the vendor what they ask for as the organization's security contact (threat model K10).
#[tokio::test(flavor = "multi_thread")]
async fn a_desk_person_who_is_the_contact_does_not_approve() {
    let site = Site::new().await;
    let id = prepared(&site, site.desk_person).await;
    let (name, email) = ("Sam Example".parse().unwrap(), "sam@acme.example".parse().unwrap());
    let key = Some(byleave_domain::statement::public_key(&[88; 32]));
    let sam = site.app.desk_person_put(name, email, key).await.unwrap();
    site.app.desk_keys_settle().await.unwrap();
    let signed = Approval { by: sam, ..site.approval(id, sam).approval }.sign(&[88; 32]);
    assert_eq!(step(site.app.approve(id, sam, signed).await), StepRefused::OwnRequest);
    assert_eq!(site.epoch(), 0);
}

/// A key that is taken away while a change waits takes its approval along; both people with keys make it whole again.
#[tokio::test(flavor = "multi_thread")]
async fn an_approval_does_not_outlive_its_key() {
    let site = disabled(ProfileName::ArticlePlus).await;
    let (first, second) = (site.desk_person, site.second_desk_person);
    let id = site.message(Wish::Enabled, Source::SignedIn).await;
    proceed(&site, id, first).await;
    called(&site, id, first, CallOutcome::Confirmed).await;
    approve(&site, id, first).await.unwrap();
    approve(&site, id, second).await.unwrap();
    site.configure_desk(false).await;
    site.clock.forward(2 * DAY);
    site.turn().await;
    assert_eq!((state(&site, id), site.epoch()), (State::Approved, 1));
    site.configure_desk(true).await;
    site.turn().await;
    assert_eq!((state(&site, id), site.epoch()), (State::Announced, 2));
    // In force it stays, whoever leaves the desk then.
    site.configure_desk(false).await;
    let site = site.restart(|_, _| {}).await;
    assert_eq!(site.decide(), Decision::Permit { epoch: 2 });
}

/// A small generator: the walks are the same each time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}

/// One random thing that a desk person can do about a request, or the passing of time.
async fn act(site: &Site, dice: &mut Dice, by: DeskPersonId) {
    // In the log's order: ids are random, and the walks are not to be.
    let mut ids: Vec<_> =
        site.app.world().change_requests.iter().map(|(id, tracked)| (tracked.entry, *id)).collect();
    ids.sort_unstable();
    if ids.is_empty() {
        return;
    }
    let (_, id) = ids[usize::try_from(dice.roll(ids.len() as u64)).unwrap()];
    let app = &site.app;
    let question = if dice.roll(2) == 0 { Question::Identity } else { Question::Understanding };
    match dice.roll(12) {
        0 => drop(app.change_request_review(id, by, ReviewAct::Begin).await),
        1 => drop(app.change_request_review(id, by, ReviewAct::Ask("what?".into())).await),
        2 | 3 => drop(app.change_request_review(id, by, ReviewAct::Proceed(None)).await),
        4 => drop(app.finding(id, by, question, dice.roll(5) > 0, "seen").await),
        5 if app.world().change_requests[&id].request.form.is_some() => {
            let bytes = form(site, id).await;
            drop(app.form_return(id, By::Desk(by), bytes).await);
        }
        6 => drop(app.form_match(id, by, true, None).await),
        7 => drop(app.call_begin(id, by, site.contact)),
        8 => drop(app.call_made(id, by, CallOutcome::Confirmed, Some(WithoutWords::Other), "said").await),
        9 => drop(app.meeting_cancel(id, By::Desk(by)).await),
        10 => {
            site.clock.forward(HOUR);
            site.turn().await;
        }
        _ => drop(approve(site, id, by).await),
    }
}

async fn any_message(site: &Site, dice: &mut Dice) {
    let wish = if dice.roll(2) == 0 { Wish::Disabled } else { Wish::Enabled };
    let source = if dice.roll(2) == 0 { Source::Unauthenticated } else { Source::SignedIn };
    match dice.roll(3) {
        0 => {
            let text = b"Please enable support access at once.".to_vec();
            let id = site.app.message_receive("help_page", "Acme", text).await.unwrap();
            if dice.roll(2) == 0 {
                let (organization, contact) = (site.organization, Some(site.contact));
                let opening = Opening { organization, wish, contact, items: Items::ALL };
                site.app.message_open(id, opening).await.unwrap();
            }
        }
        _ => drop(site.message(wish, source).await),
    }
}

/// Promise 3, at its core: messages in any number and order, from anybody, with all the time in the world.
#[tokio::test(flavor = "multi_thread")]
async fn no_sequence_of_messages_changes_the_setting() {
    for seed in 0..4 {
        let site = if seed % 2 == 0 { disabled(ProfileName::Article).await } else { Site::new().await };
        let before = site.app.world().organizations[&site.organization].organization.setting.clone();
        let mut dice = Dice(seed);
        for _ in 0..25 {
            any_message(&site, &mut dice).await;
            site.clock.forward(i64::try_from(dice.roll(4 * 86_400)).unwrap());
            if dice.roll(5) == 0 {
                site.turn().await;
            }
        }
        let after = site.app.world().organizations[&site.organization].organization.setting.clone();
        assert_eq!(before, after, "walk {seed}");
        site.verify(None).unwrap();
    }
}

/// One desk person does whatever they like, with any messages, and the waiting times pass: under `article-plus` nothing
/// comes of it. With the other's help something does, so the walks are able to get there.
#[tokio::test(flavor = "multi_thread")]
async fn under_article_plus_one_person_gets_nowhere_and_two_do() {
    let mut reached = 0;
    for seed in 0..5 {
        let site = disabled(ProfileName::ArticlePlus).await;
        let (first, second) = (site.desk_person, site.second_desk_person);
        let before = site.app.world().organizations[&site.organization].organization.setting.clone();
        let mut dice = Dice(1_000 + seed);
        any_message(&site, &mut dice).await;
        site.message(Wish::Enabled, Source::SignedIn).await;
        for _ in 0..70 {
            act(&site, &mut dice, first).await;
        }
        let after = site.app.world().organizations[&site.organization].organization.setting.clone();
        assert_eq!(before, after, "walk {seed}");
        for _ in 0..70 {
            let by = if dice.roll(2) == 0 { first } else { second };
            act(&site, &mut dice, by).await;
        }
        site.clock.forward(2 * DAY);
        site.turn().await;
        let after = site.app.world().organizations[&site.organization].organization.setting.clone();
        reached += u32::from(before != after);
        site.verify(None).unwrap();
    }
    assert!(reached > 0, "two people never got anywhere: the walks prove nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_state_reaches_an_end() {
    let mut met = std::collections::BTreeSet::new();
    for seed in 0..6 {
        let site = disabled(ProfileName::ArticlePlus).await;
        let mut dice = Dice(2_000 + seed);
        site.message(Wish::Enabled, Source::SignedIn).await;
        site.message(Wish::Disabled, Source::Unauthenticated).await;
        for _ in 0..dice.roll(70) {
            let by = if dice.roll(2) == 0 { site.desk_person } else { site.second_desk_person };
            act(&site, &mut dice, by).await;
        }
        met.extend(site.app.world().change_requests.values().map(|t| t.request.state().as_str()));
        // Nobody does anything any more. A request that waits takes effect; what is left expires, reminded before.
        for _ in 0..5 {
            site.clock.forward(6 * DAY);
            site.turn().await;
        }
        for tracked in site.app.world().change_requests.values() {
            let end = tracked.request.state();
            assert!(!tracked.request.is_open(), "walk {seed}: {end:?}");
        }
        site.verify(None).unwrap();
    }
    assert!(met.len() >= 4, "the walks stop in too few states: {met:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_are_held_opened_or_dismissed_and_survive_a_restart() {
    let site = Site::new().await;
    for nothing in [&b""[..], b" \r\n "] {
        assert!(site.app.message_receive("piped", "", nothing.to_vec()).await.is_err());
    }
    let long = vec![b'a'; byleave_app::messages::MESSAGE_BYTES_MAX + 1];
    assert!(site.app.message_receive("piped", "", long).await.unwrap_err().to_string().contains("at most"));
    let text = "Subject: block\n\nBitte sperren \u{fc}berall".to_owned();
    let first = site.app.message_receive("piped", "", text.clone().into_bytes()).await.unwrap();
    let second = site.app.message_receive("help_page", "Acme\u{7}", b"hello".to_vec()).await.unwrap();
    let site = site.restart(|_, _| {}).await;
    assert_eq!(site.app.message_text(first).await.unwrap(), text);
    assert_eq!(site.app.world().messages[&second].claimed, "Acme");
    let stored = std::fs::read(site.database()).unwrap();
    assert!(!stored.windows(13).any(|part| part == b"Bitte sperren"), "it is stored encrypted");
    assert!(site.app.message_dismiss(second, site.desk_person, " ").await.is_err());
    site.app.message_dismiss(second, site.desk_person, "an advertisement").await.unwrap();
    let opening =
        Opening { organization: site.organization, wish: Wish::Disabled, contact: None, items: Items::ALL };
    let request = site.app.message_open(first, opening.clone()).await.unwrap();
    assert_eq!(request.received.source, Source::Unauthenticated);
    assert!(site.app.message_open(first, opening.clone()).await.is_err(), "it is settled");
    assert_eq!(site.epoch(), 0);
    // Nothing of a long one is lost on the way, whatever its bytes are.
    let long: Vec<u8> = (0..900_000_u32).map(|n| u8::try_from(n % 256).unwrap()).collect();
    let third = site.app.message_receive("piped", "", long.clone()).await.unwrap();
    site.app.message_open(third, opening).await.unwrap();
    let site = site.restart(|_, _| {}).await;
    assert!(site.app.world().messages.is_empty());
    let joined = site.app.world().change_requests[&request.id].steps.last().map(|(.., step)| step.clone());
    let Some(Step::Joined { evidence, .. }) = joined else { panic!("it joined the open request") };
    let read = site.app.evidence_read(evidence, Reader::Desk(site.desk_person)).await.unwrap().unwrap();
    assert_eq!(read.bytes, long);
}

/// An organization's own request has room for its steps, and no end of them fills the log.
#[tokio::test(flavor = "multi_thread")]
async fn a_request_has_room_and_an_end() {
    let site = Site::new().await;
    let id = site.message(Wish::Disabled, Source::SignedIn).await;
    for _ in 1..200 {
        assert_eq!(site.message(Wish::Disabled, Source::SignedIn).await, id);
    }
    let contact = Some(site.contact);
    let (wish, source, items) = (Wish::Disabled, Source::SignedIn, Items::ALL);
    let more = Message { wish, source, contact, items, text: "and".into() };
    let full = site.app.change_request_receive(site.organization, more).await;
    assert_eq!(step(full), StepRefused::Full(200));
    proceed(&site, id, site.desk_person).await;
    let bytes = form(&site, id).await;
    assert_eq!(
        step(site.app.form_return(id, By::Contact(site.contact), bytes).await),
        StepRefused::Full(200)
    );
    site.app.withdraw(id, site.contact).await.unwrap();
    assert_ne!(site.message(Wish::Disabled, Source::SignedIn).await, id);
}

/// Whoever floods the desk from the help page keeps out nobody's mail.
#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_messages_is_held_back() {
    let site = Site::new().await;
    let sent = (0..1_000).map(|_| site.app.message_receive("help_page", "x", b"x".to_vec()));
    for sent in sent {
        sent.await.unwrap();
    }
    let more = site.app.message_receive("help_page", "x", b"x".to_vec()).await.unwrap_err();
    assert!(more.to_string().contains("try again later"), "{more}");
    site.app.message_receive("piped", "", b"x".to_vec()).await.unwrap();
    assert_eq!(site.app.world().messages.len(), 1_001);
}

#[tokio::test(flavor = "multi_thread")]
async fn evidence_is_read_by_its_own_and_erased_after_its_time() {
    let site = Site::new().await;
    let id = site.message(Wish::Disabled, Source::Unauthenticated).await;
    let evidence = site.app.world().change_requests[&id].request.received.evidence.unwrap();
    let contact = Reader::Contact(site.contact, site.organization);
    let stranger = Reader::Contact(site.contact, byleave_domain::ids::OrganizationId::from_bytes([9; 16]));
    assert_eq!(site.app.evidence_read(evidence, stranger).await.unwrap(), None);
    assert_eq!(site.app.evidence_read(evidence, contact).await.unwrap().unwrap().bytes, b"please");
    assert_eq!(site.kinds().last(), Some(&"evidence.read"));
    let stored = std::fs::read(site.database()).unwrap();
    assert!(!stored.windows(6).any(|part| part == b"please"), "it is stored encrypted");
    // Open, it is kept whatever its age; over, for its time; then it is gone, and the log still holds.
    let by = site.desk_person;
    site.app.change_request_review(id, by, ReviewAct::Refuse("nobody knows of it".into())).await.unwrap();
    site.clock.forward(EVIDENCE_LIFE.as_secs() - 1);
    site.turn().await;
    assert!(site.app.evidence_read(evidence, contact).await.unwrap().is_some());
    site.clock.forward(HOUR);
    site.turn().await;
    assert_eq!(site.app.evidence_read(evidence, contact).await.unwrap(), None);
    assert!(site.kinds().contains(&"evidence.erased"));
    let site = site.restart(|_, _| {}).await;
    assert_eq!(state(&site, id), State::Refused);
    site.verify(None).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_stands_behind_the_setting_is_never_erased() {
    let site = Site::new().await;
    let id = prepared(&site, site.desk_person).await;
    approve(&site, id, site.second_desk_person).await.unwrap();
    site.clock.forward(EVIDENCE_LIFE.as_secs() * 2);
    site.turn().await;
    assert!(!form(&site, id).await.is_empty());
    assert!(!site.kinds().contains(&"evidence.erased"));
}

/// What the desk person's own approval finishes, the application's turn may find ready at the same moment.
#[tokio::test(flavor = "multi_thread")]
async fn a_request_is_processed_and_announced_once() {
    let site = Site::new().await;
    for round in 1..=6 {
        let wish = if round % 2 == 1 { Wish::Disabled } else { Wish::Enabled };
        if wish == Wish::Disabled {
            let id = prepared(&site, site.desk_person).await;
            at_once(&site, id, site.second_desk_person).await;
        } else {
            site.confirm_all().await;
            let id = site.message(wish, Source::SignedIn).await;
            proceed(&site, id, site.desk_person).await;
            called(&site, id, site.desk_person, CallOutcome::Confirmed).await;
            approve(&site, id, site.desk_person).await.unwrap();
            at_once(&site, id, site.second_desk_person).await;
        }
        assert_eq!(site.epoch(), round);
    }
    let twice = |kind: &str| site.kinds().iter().filter(|found| **found == kind).count();
    assert_eq!([twice("change_request.processed"), twice("change_request.announced")], [6, 6]);
    site.verify(None).unwrap();
}

/// Approves while the application takes its turns.
async fn at_once(site: &Site, id: ChangeRequestId, by: DeskPersonId) {
    let turns: Vec<_> = (0..8).map(|_| tokio::spawn(site.app.clone().keep_visits())).collect();
    approve(site, id, by).await.unwrap();
    for turn in turns {
        turn.abort();
    }
}
