//! Call-backs and their words: compared, counted, spent, over, gone with a restart; and what the log says of them.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may panic")]

mod support;

use byleave_api::entry::Kind;
use byleave_api::payload::{StepRecord, kind};
use byleave_app::change_requests::{CallRefused, Calling, Heard, ReviewAct, Words};
use byleave_app::setting::NotChanged;
use byleave_domain::change_request::Step;
use byleave_domain::change_request::{Call, CallOutcome, CallWords, Source, WithoutWords};
use byleave_domain::ids::{ChangeRequestId, DeskPersonId};
use byleave_domain::statement::Wish;
use serde_json::json;
use support::Site;
use support::copy::Copy;

/// A call about a request to enable, which the first desk person has begun.
async fn begun() -> (Site, ChangeRequestId) {
    let site = Site::new().await;
    site.confirm(site.contact).await;
    site.app.disable(site.organization, site.statement(Wish::Disabled, 1)).await.unwrap();
    let id = site.message(Wish::Enabled, Source::SignedIn).await;
    site.app.change_request_review(id, site.desk_person, ReviewAct::Proceed(None)).await.unwrap();
    site.app.call_begin(id, site.desk_person, site.contact).unwrap();
    (site, id)
}

fn words(site: &Site, id: ChangeRequestId) -> Words {
    site.app.call_words(id, site.contact).unwrap()
}

fn hear(site: &Site, id: ChangeRequestId, heard: &str) -> Result<(), CallRefused> {
    site.app.call_heard(id, site.desk_person, heard)
}

fn calling(site: &Site, id: ChangeRequestId) -> Option<Calling> {
    site.app.calling(id, site.desk_person)
}

/// Says that the call was confirmed; the call as it is told.
async fn confirm(
    site: &Site,
    id: ChangeRequestId,
    without: Option<WithoutWords>,
) -> Result<Call, NotChanged> {
    end(site, id, site.desk_person, CallOutcome::Confirmed, without).await
}

async fn end(
    site: &Site,
    id: ChangeRequestId,
    by: DeskPersonId,
    outcome: CallOutcome,
    without: Option<WithoutWords>,
) -> Result<Call, NotChanged> {
    Ok(site.app.call_made(id, by, outcome, without, "what was said").await?.call.unwrap())
}

fn refused(call: Result<Call, NotChanged>) -> CallRefused {
    match call.unwrap_err() {
        NotChanged::Call(why) => why,
        other => panic!("{other}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_words_are_compared_and_the_entry_says_that_they_were_heard() {
    let (site, id) = begun().await;
    let both = words(&site, id);
    assert_ne!(both.desk, both.answer);
    // The desk sees what it says, the one who calls alone; and nowhere what is answered.
    assert_eq!(calling(&site, id).unwrap().words, Some(both.desk.clone()));
    assert_eq!(site.app.calling(id, site.second_desk_person).unwrap().words, None);
    assert_eq!(refused(confirm(&site, id, None).await), CallRefused::NotHeard);
    // What the desk itself says is no answer.
    assert_eq!(hear(&site, id, &both.desk), Err(CallRefused::Wrong(2)));
    assert_eq!(hear(&site, id, &"x".repeat(101)), Err(CallRefused::TooLong), "and it counts for nothing");
    assert_eq!(site.app.call_heard(id, site.second_desk_person, &both.answer), Err(CallRefused::NotBegun));
    let heard = format!(" {} ", both.answer.to_uppercase().replace(' ', "  "));
    assert_eq!(hear(&site, id, &heard), Ok(()));
    assert_eq!(hear(&site, id, "not these"), Ok(()), "once heard, they stay so");
    assert_eq!(calling(&site, id).unwrap().heard, Heard::Matched);
    assert_eq!(refused(confirm(&site, id, Some(WithoutWords::Other)).await), CallRefused::NoReasonNeeded);
    let call = confirm(&site, id, None).await.unwrap();
    assert_eq!((call.words, call.wrong_tries), (Some(CallWords::Matched), 1));
    assert_eq!((calling(&site, id), site.app.call_words(id, site.contact)), (None, None), "for one call");

    let report = site.verify(None).unwrap();
    // Those that confirmed the contact, and this one.
    assert_eq!((report.calls_with_words, report.calls_without_words), (3, 0));
    let site = site.restart(|_, _| {}).await;
    assert_eq!(site.app.world().change_requests[&id].request.call, Some(call));
}

#[tokio::test(flavor = "multi_thread")]
async fn three_wrong_tries_spend_the_words_and_are_told_in_the_end() {
    let (site, id) = begun().await;
    for left in [2, 1] {
        assert_eq!(hear(&site, id, "these are wrong"), Err(CallRefused::Wrong(left)));
        assert_eq!(calling(&site, id).unwrap().heard, Heard::NotYet(left));
    }
    let answer = words(&site, id).answer;
    assert_eq!(hear(&site, id, "these are wrong"), Err(CallRefused::Spent));
    assert_eq!(hear(&site, id, &answer), Err(CallRefused::Spent), "the right ones come too late");
    assert_eq!(site.app.call_words(id, site.contact), None, "and stand on no page any more");
    for without in [None, Some(WithoutWords::CannotSignIn)] {
        assert_eq!(refused(confirm(&site, id, without).await), CallRefused::Spent);
    }
    // A call that is begun anew has other words, and does not forget.
    site.app.call_begin(id, site.second_desk_person, site.contact).unwrap();
    assert_eq!(refused(confirm(&site, id, None).await), CallRefused::NotBegun, "it is the other's now");
    assert_ne!(words(&site, id).answer, answer);
    assert_eq!(site.app.call_heard(id, site.second_desk_person, &answer), Err(CallRefused::Wrong(2)));
    let by = site.second_desk_person;
    let without = Some(WithoutWords::CannotSignIn);
    let call = end(&site, id, by, CallOutcome::Confirmed, without).await.unwrap();
    let said = Some(CallWords::Without(WithoutWords::CannotSignIn));
    assert_eq!((call.words, call.wrong_tries), (said, 4));
    // Once it is told, the next call begins from nothing.
    let next = site.app.call_begin(id, by, site.contact).unwrap();
    assert_eq!((next.wrong_tries, next.heard), (0, Heard::NotYet(3)));
}

#[tokio::test(flavor = "multi_thread")]
async fn words_are_good_for_15_minutes_and_a_call_is_known_for_an_hour() {
    let (site, id) = begun().await;
    let answer = words(&site, id).answer;
    site.clock.forward(15 * 60 - 1);
    assert_eq!(words(&site, id).answer, answer);
    site.clock.forward(1);
    assert_eq!(site.app.call_words(id, site.contact), None);
    assert_eq!(calling(&site, id).unwrap().heard, Heard::Expired);
    assert_eq!(hear(&site, id, &answer), Err(CallRefused::Expired));
    assert_eq!(refused(confirm(&site, id, None).await), CallRefused::NotHeard);
    // Words that were heard in time stay heard while the call goes on.
    site.app.call_begin(id, site.desk_person, site.contact).unwrap();
    hear(&site, id, &words(&site, id).answer).unwrap();
    site.clock.forward(60 * 60 - 1);
    assert_eq!(confirm(&site, id, None).await.unwrap().words, Some(CallWords::Matched));
    site.app.call_begin(id, site.desk_person, site.contact).unwrap();
    site.clock.forward(60 * 60);
    assert_eq!(calling(&site, id), None);
    for without in [None, Some(WithoutWords::Other)] {
        assert_eq!(refused(confirm(&site, id, without).await), CallRefused::NotBegun);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_ends_every_call() {
    let (site, id) = begun().await;
    let answer = words(&site, id).answer;
    hear(&site, id, &answer).unwrap();
    let site = site.restart(|_, _| {}).await;
    assert_eq!((calling(&site, id), site.app.call_words(id, site.contact)), (None, None));
    assert_eq!(hear(&site, id, &answer), Err(CallRefused::NotBegun));
    let why = refused(confirm(&site, id, None).await);
    assert!(why.to_string().ends_with("a restart ends it; begin the call anew"), "{why}");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_reason_is_told_and_none_belongs_to_a_call_that_confirmed_nothing() {
    let (site, id) = begun().await;
    for why in WithoutWords::ALL {
        site.app.call_begin(id, site.desk_person, site.contact).unwrap();
        let call = confirm(&site, id, Some(why)).await.unwrap();
        assert_eq!(call.words, Some(CallWords::Without(why)));
    }
    for outcome in [CallOutcome::NotReached, CallOutcome::Denied] {
        site.app.call_begin(id, site.desk_person, site.contact).unwrap();
        let by = site.desk_person;
        let with_reason = end(&site, id, by, outcome, Some(WithoutWords::NoScreen)).await;
        assert_eq!(refused(with_reason), CallRefused::NoReasonNeeded);
        assert_eq!(end(&site, id, by, outcome, None).await.unwrap().words, None);
    }
    let report = site.verify(None).unwrap();
    assert_eq!((report.calls_with_words, report.calls_without_words), (2, 4));
    let site = site.restart(|_, _| {}).await;
    let told: Vec<_> = {
        let world = site.app.world();
        let steps = world.change_requests[&id].steps.iter();
        steps
            .filter_map(|(.., step)| match step {
                Step::Called { call, .. } => call.words,
                _ => None,
            })
            .collect()
    };
    assert_eq!(told, WithoutWords::ALL.map(CallWords::Without));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_opens_the_log_reads_why_and_finds_an_entry_that_says_otherwise_than_its_leaf() {
    let (site, id) = begun().await;
    confirm(&site, id, Some(WithoutWords::PortalAway)).await.unwrap();
    let copy = Copy::of(&site);
    let sentence = copy.verify().unwrap().sentence();
    assert!(sentence.contains("; 2 call-backs with words, 1 without; "), "{sentence}");
    assert!(
        sentence.ends_with("; 1 call-back without words since the portal did not show them."),
        "{sentence}"
    );
    let (request, contact) =
        (copy.last(Kind::ChangeRequestCalledWithoutWords), copy.last(Kind::ContactCalledWithWords));
    for (entry, says) in [(request, "matched"), (contact, "other")] {
        let fault = copy.fault(|c| c.payloads[entry]["words"] = json!(says));
        let named =
            fault.contains(&format!("entry {entry} ")) && fault.contains("another call than its leaf");
        assert!(named, "{fault}");
    }
    let fault = copy.fault(|c| c.payloads[request]["outcome"] = json!("denied"));
    assert!(fault.contains(&format!("entry {request} ")) && fault.contains("`words`"), "{fault}");

    // As it was before calls said whether with words.
    let mut older = copy.as_it_is();
    for (leaf, payload) in older.leaves.iter_mut().zip(&mut older.payloads) {
        leaf.kind = match leaf.kind {
            Kind::ChangeRequestCalledWithoutWords => Kind::ChangeRequestCalled,
            Kind::ContactCalledWithWords => Kind::ContactCalled,
            other => other,
        };
        payload.as_object_mut().unwrap().remove("words");
    }
    let report = older.verify().unwrap();
    assert_eq!((report.calls_with_words, report.calls_without_words), (0, 0));
    let record: StepRecord = serde_json::from_value(older.payloads[request].clone()).unwrap();
    let (_, step, _) = record.read(request as u64).unwrap();
    assert_eq!(kind(&step), Kind::ChangeRequestCalled);
    let Step::Called { call, .. } = step else { panic!("{step:?}") };
    assert_eq!((call.outcome, call.words, call.wrong_tries), (CallOutcome::Confirmed, None, 0));
}
