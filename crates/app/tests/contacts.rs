//! Who is a security contact: the first from the contract, every other slowly, and nobody by one person.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

mod support;

use byleave_app::change_requests::CallRefused;
use byleave_app::contacts::{NewContact, Wanted};
use byleave_app::setting::NotChanged;
use byleave_domain::change_request::{By, CallOutcome, StepRefused, WithoutWords};
use byleave_domain::contact::ContactStanding;
use byleave_domain::contact_change::{ContactChangeEnd, ContactChangeRefused};
use byleave_domain::process::ProfileName;
use byleave_domain::statement::{Statement, Wish, sign_text};
use support::{DESK_SEED, SECOND_DESK_SEED, Site, new_contact, waiting};

const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;

async fn site() -> Site {
    Site::new().await.stop().await.start_with(waiting(ProfileName::ArticlePlus))
}

fn robin() -> NewContact {
    new_contact("Robin Example", "robin@acme.example", &[77; 32])
}

/// Those who decide now. Whoever does is known by whom they decide for, and nobody else is.
fn names(site: &Site) -> Vec<String> {
    let world = site.app.world();
    let organization = &world.organizations[&site.organization].organization;
    let contacts = &organization.contacts;
    for known in contacts.iter().chain(&organization.former.contacts) {
        let decides_for = world.organization_of(known.id).map(|tenant| tenant.organization.id);
        let decides = contacts.iter().any(|contact| contact.id == known.id);
        assert_eq!(decides_for, decides.then_some(site.organization), "{}", known.name);
    }
    contacts.iter().map(|contact| contact.name.to_string()).collect()
}

fn standing(site: &Site) -> ContactStanding {
    let world = site.app.world();
    world.organizations[&site.organization].organization.contacts[0].standing(site.app.now())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_contact_is_confirmed_by_two_and_again_every_180_days() {
    let site = site().await;
    assert_eq!(standing(&site), ContactStanding::Unconfirmed);
    let call = async |by, outcome| {
        site.app.contact_call_begin(site.contact, by).unwrap();
        let without = (outcome == CallOutcome::Confirmed).then_some(WithoutWords::NoScreen);
        site.app.contact_call_made(site.contact, by, outcome, without, "what was said").await.unwrap();
    };
    // One person's calls, however many, do not do it.
    call(site.desk_person, CallOutcome::Confirmed).await;
    call(site.desk_person, CallOutcome::Confirmed).await;
    assert_eq!(standing(&site), ContactStanding::Unconfirmed);
    call(site.second_desk_person, CallOutcome::NotReached).await;
    assert_eq!(standing(&site), ContactStanding::Unconfirmed);
    call(site.second_desk_person, CallOutcome::Confirmed).await;
    assert!(matches!(standing(&site), ContactStanding::Confirmed(_)));
    site.clock.forward(180 * DAY);
    assert!(matches!(standing(&site), ContactStanding::Due(_)));
    call(site.desk_person, CallOutcome::Confirmed).await;
    assert!(matches!(standing(&site), ContactStanding::Confirmed(_)));
    // Who answers wrongly once is known to nobody any more; and the log says all of it.
    call(site.desk_person, CallOutcome::Denied).await;
    assert_eq!(standing(&site), ContactStanding::Unconfirmed);
    let site = site.restart(|_, _| {}).await;
    assert_eq!(standing(&site), ContactStanding::Unconfirmed);
    // No words, no outcome.
    let by = site.desk_person;
    let unspoken =
        site.app.contact_call_made(site.contact, by, CallOutcome::Confirmed, None, "unspoken").await;
    assert_eq!(unspoken.unwrap_err(), NotChanged::Call(CallRefused::NotBegun));
    site.verify(None).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_unconfirmed_stands_behind_enabling() {
    let site = Site::new().await;
    site.app.disable(site.organization, site.statement(Wish::Disabled, 1)).await.unwrap();
    let request = site.app.request_enable(site.organization, site.statement(Wish::Enabled, 2)).await.unwrap();
    let act = byleave_app::change_requests::ReviewAct::Proceed(None);
    site.app.change_request_review(request.id, site.desk_person, act).await.unwrap();
    let signed = site.approval(request.id, site.second_desk_person);
    let refused = site.app.approve(request.id, site.second_desk_person, signed).await.unwrap_err();
    assert_eq!(refused, NotChanged::Step(StepRefused::ContactUnconfirmed(site.contact)));
    site.confirm(site.contact).await;
    let signed = site.approval(request.id, site.second_desk_person);
    site.app.approve(request.id, site.second_desk_person, signed).await.unwrap();
    assert_eq!(site.epoch(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_contact_waits_for_72_hours_and_two_desk_people() {
    let site = site().await;
    let (_, change) = site.app.contact_create(site.organization, robin()).await.unwrap();
    let change = change.unwrap().id;
    site.clock.forward(72 * HOUR);
    site.turn().await;
    assert_eq!(names(&site), ["Sam Example"], "nobody agreed");
    // One desk person, twice, and once in the other's name.
    let text = |by| site.app.world().contact_changes[&change].0.text(by, site.app.now());
    let (first, second) = (site.desk_person, site.second_desk_person);
    let signed = text(first);
    let agree = async |by, text: &str, seed| {
        let signature = sign_text(text, seed).into();
        site.app.contact_change_agree(change, by, text.to_owned(), signature).await
    };
    agree(first, &signed, &DESK_SEED).await.unwrap();
    let again = agree(first, &signed, &DESK_SEED).await.unwrap_err();
    assert_eq!(again, NotChanged::Contacts(ContactChangeRefused::AgreedAlready));
    let theirs = text(second);
    assert!(agree(second, &theirs, &DESK_SEED).await.is_err(), "signed by the first desk person");
    assert!(agree(second, &signed, &SECOND_DESK_SEED).await.is_err(), "the first one's text");
    let other = theirs.replace("robin@acme.example", "robin@vendor.example");
    let differs = agree(second, &other, &SECOND_DESK_SEED).await.unwrap_err();
    assert_eq!(differs, NotChanged::Contacts(ContactChangeRefused::OtherText));
    assert_eq!(names(&site), ["Sam Example"]);
    agree(second, &theirs, &SECOND_DESK_SEED).await.unwrap();
    assert_eq!(names(&site), ["Sam Example", "Robin Example"]);
    let site = site.restart(|_, _| {}).await;
    assert_eq!(names(&site), ["Sam Example", "Robin Example"]);
    site.verify(None).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn agreed_at_once_it_still_waits_and_any_contact_can_object() {
    let site = site().await;
    let begin = |wanted| site.app.contact_change_begin(site.organization, By::Nobody, wanted);
    let replace = begin(Wanted::Replace(site.contact, robin())).await.unwrap().id;
    site.agree(replace).await.unwrap();
    site.clock.forward(72 * HOUR - 1);
    site.turn().await;
    assert_eq!(names(&site), ["Sam Example"]);
    // The one who is to be replaced is told, and can object to the last second.
    let vetoed = site.app.contact_change_end(replace, By::Contact(site.contact)).await.unwrap();
    assert!(matches!(vetoed.ended, Some((ContactChangeEnd::Vetoed(_), _))));
    site.clock.forward(DAY);
    site.turn().await;
    assert_eq!(names(&site), ["Sam Example"]);
    // Not objected to, it is made; and what the former contact signed still stands.
    site.app.disable(site.organization, site.statement(Wish::Disabled, 1)).await.unwrap();
    let replace = begin(Wanted::Replace(site.contact, robin())).await.unwrap().id;
    site.agree(replace).await.unwrap();
    site.clock.forward(72 * HOUR);
    site.turn().await;
    assert_eq!(names(&site), ["Robin Example"]);
    let site = site.restart(|_, _| {}).await;
    assert!(site.app.world().organizations[&site.organization].organization.closed.is_none());
    let ex = site.statement(Wish::Enabled, 2);
    assert!(site.app.request_enable(site.organization, ex).await.is_err(), "no contact any more");
    // Named while support access is disabled, Robin cannot ask to enable it either.
    let theirs = Statement { contact: site.contact, ..site.statement(Wish::Enabled, 2).statement };
    assert!(site.app.request_enable(site.organization, theirs.sign(&[77; 32])).await.is_err());
    site.verify(None).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agreement_does_not_outlive_its_key() {
    let site = site().await;
    let (_, change) = site.app.contact_create(site.organization, robin()).await.unwrap();
    site.agree(change.unwrap().id).await.unwrap();
    site.configure_desk(false).await;
    site.clock.forward(73 * HOUR);
    site.turn().await;
    assert_eq!(names(&site), ["Sam Example"]);
    site.configure_desk(true).await;
    site.turn().await;
    assert_eq!(names(&site), ["Sam Example", "Robin Example"]);
    // Made is made: the log is read with the keys of then.
    site.configure_desk(false).await;
    let site = site.restart(|_, _| {}).await;
    assert_eq!(names(&site), ["Sam Example", "Robin Example"]);
    assert!(site.app.world().organizations[&site.organization].organization.closed.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_changed_yesterday_takes_no_call() {
    let site = site().await;
    site.confirm(site.contact).await;
    let number = Wanted::Number(site.contact, "+1 555 0123".parse().unwrap());
    let change = site.app.contact_change_begin(site.organization, By::Contact(site.contact), number).await;
    site.agree(change.unwrap().id).await.unwrap();
    site.clock.forward(72 * HOUR);
    site.turn().await;
    assert_eq!(standing(&site), ContactStanding::Unconfirmed, "confirmed was the old number");
    site.app.disable(site.organization, site.statement(Wish::Disabled, 1)).await.unwrap();
    site.clock.forward(DAY);
    let request = site.message(Wish::Enabled, byleave_domain::change_request::Source::SignedIn).await;
    let act = byleave_app::change_requests::ReviewAct::Proceed(None);
    site.app.change_request_review(request, site.desk_person, act).await.unwrap();
    let refused = site.app.call_begin(request, site.desk_person, site.contact).unwrap_err();
    assert!(matches!(refused, NotChanged::Step(StepRefused::NumberTooNew { .. })), "{refused}");
    let site = site.stop().await.start_with(waiting(ProfileName::ArticlePlus));
    let again = site.app.call_begin(request, site.desk_person, site.contact).unwrap_err();
    assert!(
        matches!(again, NotChanged::Step(StepRefused::NumberTooNew { .. })),
        "after a restart too: {again}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_contact_has_left() {
    let site = site().await;
    let by = By::Desk(site.desk_person);
    let begun =
        site.app.contact_change_begin(site.organization, by, Wanted::Successor(robin())).await.unwrap();
    let early = site.agree(begun.id).await.unwrap_err();
    assert_eq!(early, NotChanged::Contacts(ContactChangeRefused::NoForm));
    let nonsense = site.app.contact_change_return(begun.id, by, b"signed, honest".to_vec()).await;
    assert!(nonsense.is_err(), "not a form");
    let reader = byleave_app::evidence::Reader::Desk(site.desk_person);
    let form = begun.form.unwrap();
    let bytes = site.app.evidence_read(form.evidence, reader).await.unwrap().unwrap().bytes;
    site.app.contact_change_return(begun.id, by, bytes.clone()).await.unwrap();
    site.agree(begun.id).await.unwrap();
    // Another form is another thing to agree to.
    site.app.contact_change_return(begun.id, by, bytes).await.unwrap();
    site.clock.forward(7 * DAY - 1);
    site.turn().await;
    assert_eq!(names(&site), ["Sam Example"]);
    site.agree(begun.id).await.unwrap();
    assert_eq!(names(&site), ["Sam Example"], "seven days are not over");
    site.clock.forward(1);
    site.turn().await;
    assert_eq!(names(&site), ["Robin Example"]);
    assert_eq!(standing(&site), ContactStanding::Unconfirmed);
    site.verify(None).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn every_change_of_contacts_reaches_an_end() {
    let site = site().await;
    let add = |number: u8| {
        Wanted::Add(new_contact("Robin Example", &format!("robin{number}@acme.example"), &[77; 32]))
    };
    let begin = |wanted| site.app.contact_change_begin(site.organization, By::Nobody, wanted);
    for number in 0..5 {
        begin(add(number)).await.unwrap();
    }
    let sixth = begin(add(9)).await.unwrap_err();
    assert_eq!(sixth, NotChanged::Contacts(ContactChangeRefused::TooMany));
    let same = Wanted::Add(new_contact("Sam Again", "sam@acme.example", &[77; 32]));
    assert!(begin(same).await.is_err());
    site.clock.forward(72 * HOUR + 14 * DAY);
    site.turn().await;
    let open = site.app.world().contact_changes.values().filter(|(change, _)| change.is_open()).count();
    assert_eq!((open, names(&site)), (0, vec!["Sam Example".to_owned()]));
    site.verify(None).unwrap();
}
