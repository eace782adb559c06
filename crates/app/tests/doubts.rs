//! Doubts: recorded with what was written, told to every contact, answered once by the desk, and known again after a start.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on fails")]

mod support;

use byleave_api::entry::Kind;
use byleave_app::doubts::NotDoubted;
use byleave_app::evidence::Reader;
use byleave_domain::decision::Decision;
use byleave_domain::doubt::{DOUBTS_MAX, DoubtRefused};
use byleave_domain::ids::{DoubtId, OrganizationId, VisitId};
use byleave_domain::visit::VisitEnd;
use support::Site;

async fn visited(site: &Site) -> VisitId {
    let visit = site.app.visit_open(site.opening("printer")).await.unwrap();
    visit.id
}

/// What letters there are: to whom, about what, and which text goes with it.
async fn told(site: &Site) -> Vec<(String, String, Option<String>)> {
    let letters = site.app.letters_overview().await.unwrap().letters;
    let mut told: Vec<_> = letters.into_iter().filter(|(_, letter)| letter.text == "doubt").collect();
    told.reverse();
    let line = |(_, letter): (_, byleave_app::letters::Written)| {
        (letter.to_email, letter.facts["event"].clone(), letter.facts.get("note").cloned())
    };
    told.into_iter().map(line).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visit_is_doubted_and_answered_and_every_contact_is_told() {
    let site = Site::new().await;
    let visit = visited(&site).await;
    site.app.visit_close(visit, VisitEnd::Left).await.unwrap();
    let (by, app) = (Some(site.contact), &site.app);
    let doubt =
        app.doubt_raise(site.organization, visit, by, Some("nobody of ours has this case")).await.unwrap();
    assert!(matches!(site.decide(), Decision::Permit { .. }), "it changes no setting");
    let sam = || "sam@acme.example".to_owned();
    assert_eq!(told(&site).await, [(sam(), "raised".to_owned(), None)], "what they suspect is in no mail");
    let again = app.doubt_raise(site.organization, visit, None, None).await;
    assert_eq!(again, Err(NotDoubted::Refused(DoubtRefused::Open(doubt.id, doubt.due()))));
    let read = app.evidence_read(doubt.text.unwrap(), Reader::Desk(site.desk_person)).await.unwrap().unwrap();
    assert_eq!(read.bytes, b"nobody of ours has this case");

    let answer = "it was about your case 4711";
    let answered = app.doubt_answer(doubt.id, site.second_desk_person, answer).await.unwrap();
    assert_eq!(answered.answer.unwrap().by, site.second_desk_person);
    assert_eq!(told(&site).await[1..], [(sam(), "answered".to_owned(), Some(answer.to_owned()))]);
    let twice = app.doubt_answer(doubt.id, site.desk_person, answer).await;
    assert_eq!(twice, Err(NotDoubted::Refused(DoubtRefused::Answered(doubt.id))));
    // Who is not satisfied says so once more.
    let once_more = app.doubt_raise(site.organization, visit, None, None).await.unwrap();

    let leaves = site.leaves();
    let place = |kind: Kind| leaves.iter().position(|leaf| leaf.kind == kind).unwrap();
    let (opened, raised) = (place(Kind::VisitOpen) as u64, place(Kind::DoubtRaised));
    assert_eq!(leaves[raised].reference, Some(opened));
    assert_eq!(leaves[place(Kind::DoubtAnswered)].reference, Some(raised as u64));
    site.verify(None).unwrap();
    site.replay().unwrap();
    let site = site.restart(|_, _| {}).await;
    let known: Vec<_> = site.app.world().doubts.values().map(|(doubt, _)| *doubt).collect();
    assert_eq!(known.len(), 2);
    assert!([answered, once_more].iter().all(|doubt| known.contains(doubt)), "{known:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_theirs_or_says_nothing_is_refused() {
    let site = Site::new().await;
    let visit = visited(&site).await;
    let (missing, stranger) = (VisitId::from_bytes([9; 16]), OrganizationId::from_bytes([9; 16]));
    for (whose, which) in [(site.organization, missing), (stranger, visit)] {
        let refused = site.app.doubt_raise(whose, which, Some(site.contact), None).await;
        assert_eq!(refused, Err(NotDoubted::UnknownVisit(which)));
    }
    let long = "x".repeat(byleave_app::change_requests::TEXT_MAX + 1);
    for text in [" ", &long] {
        let refused = site.app.doubt_raise(site.organization, visit, None, Some(text)).await;
        assert!(matches!(refused, Err(NotDoubted::Text(_))), "{refused:?}");
    }
    let unknown = DoubtId::from_bytes([9; 16]);
    let refused = site.app.doubt_answer(unknown, site.desk_person, "yes").await;
    assert_eq!(refused, Err(NotDoubted::Unknown(unknown)));
    for _ in 0..DOUBTS_MAX {
        let doubt = site.app.doubt_raise(site.organization, visit, None, None).await.unwrap();
        site.app.doubt_answer(doubt.id, site.desk_person, "as before").await.unwrap();
    }
    let refused = site.app.doubt_raise(site.organization, visit, None, None).await;
    assert_eq!(refused, Err(NotDoubted::Refused(DoubtRefused::TooMany)));
}

/// Nobody answers for their own visit, whichever name they use at the desk (K10).
#[tokio::test(flavor = "multi_thread")]
async fn whoever_was_inside_does_not_answer() {
    let site = Site::new().await;
    let visit = visited(&site).await;
    let email = site.app.world().subjects[&site.subject].email.clone();
    let own = site.app.desk_person_put("Sasha Example".parse().unwrap(), email, None).await.unwrap();
    let doubt = site.app.doubt_raise(site.organization, visit, Some(site.contact), None).await.unwrap();
    let refused = site.app.doubt_answer(doubt.id, own, "that was me").await;
    assert_eq!(refused, Err(NotDoubted::Refused(DoubtRefused::OwnVisit)));
    site.app.doubt_answer(doubt.id, site.desk_person, "we look into it").await.unwrap();
}

/// What was written is kept while its doubt is open, and for its time from the answer on.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_written_stays_as_long_as_the_doubt_is_open() {
    let site = Site::new().await;
    let visit = visited(&site).await;
    let raised = site.app.doubt_raise(site.organization, visit, None, Some("who was that?")).await.unwrap();
    let text = raised.text.unwrap();
    let years = byleave_app::evidence::EVIDENCE_LIFE.as_secs() + 3600;
    let is_kept = async || {
        site.clock.forward(years);
        site.turn().await;
        site.app.evidence_read(text, Reader::Desk(site.desk_person)).await.unwrap().is_some()
    };
    assert!(is_kept().await, "nobody has answered");
    site.app.doubt_answer(raised.id, site.desk_person, "it was us").await.unwrap();
    assert!(!is_kept().await);
}
