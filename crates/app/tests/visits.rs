//! Visits, the requests under them, and what a crash leaves.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

mod support;

use std::time::Duration;

use byleave_api::entry::{Kind, Leaf};
use byleave_api::payload::AccessEnd;
use byleave_app::credentials::Holder;
use byleave_app::erasure::NotErased;
use byleave_app::visits::NotEntered;
use byleave_domain::decision::DenyReason;
use byleave_domain::statement::Wish;
use byleave_domain::visit::VisitEnd;
use byleave_store::intruder::Intruder;
use support::Site;

fn end(entry: u64) -> AccessEnd {
    AccessEnd { entry, status: 200, bytes_up: 1, bytes_down: 10, duration_ms: 3, reason: "done".into() }
}

fn ended(leaves: &[Leaf]) -> Vec<u64> {
    let mut ended: Vec<u64> =
        leaves.iter().flat_map(|leaf| &leaf.ends).flat_map(|run| run.indices()).collect();
    ended.sort_unstable();
    ended
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_reason_is_the_same_visit() {
    let site = Site::new().await;
    let first = site.app.visit_open(site.opening("printer")).await.unwrap();
    let second = site.app.visit_open(site.opening("printer")).await.unwrap();
    let other = site.app.visit_open(site.opening("scanner")).await.unwrap();
    assert_eq!(first.id, second.id);
    assert_ne!(first.id, other.id);
    assert_eq!(site.kinds(), ["log.open", "contact.added", "visit.open", "visit.open"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn once_it_stops_nobody_opens_a_visit_and_a_start_lets_them_in_again() {
    let site = Site::new().await;
    site.app.visit_open(site.opening("printer")).await.unwrap();
    // Decided before, and at the writer afterwards.
    let deciding = site.app.visit_open(site.opening("scanner"));
    site.app.close_all().await.unwrap();
    let before = deciding.await.map(|visit| visit.ended);
    assert!(before.is_err(), "{before:?}");
    let denied = site.app.visit_open(site.opening("fax")).await.unwrap_err();
    let NotEntered::Denied(reason) = &denied else { panic!("{denied}") };
    assert_eq!(reason.explanation(), DenyReason::Unavailable("the process is stopping").explanation());
    site.denied(reason.code(), None).await;
    assert_eq!(site.kinds()[2..4], ["visit.open", "visit.close"]);
    site.verify(None).unwrap();
    site.replay().unwrap();
    let site = site.restart(|_, _| {}).await;
    site.app.visit_open(site.opening("printer")).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn ends_are_rolled_up_into_one_entry() {
    let site = Site::new().await;
    let keeper = tokio::spawn(site.app.clone().keep_visits());
    // The keeper's first turn is at once; everything below falls into its second.
    tokio::time::sleep(Duration::from_millis(100)).await;
    let visit = site.app.visit_open(site.opening("printer")).await.unwrap();
    let mut begins = Vec::new();
    for _ in 0..20 {
        let index = site.app.access_begin(site.begin(visit.id, 0)).await.unwrap();
        site.app.access_end(visit.id, end(index));
        begins.push(index);
    }
    site.app.asset(visit.id, 1000);
    tokio::time::sleep(Duration::from_millis(1500)).await;
    keeper.abort();
    let progress: Vec<_> =
        site.leaves().into_iter().filter(|leaf| leaf.kind == Kind::VisitProgress).collect();
    assert_eq!(progress.len(), 1, "at most one a second");
    assert_eq!(ended(&progress), begins);
    site.app.visit_close(visit.id, VisitEnd::Left).await.unwrap();
    let row = site.app.visits_past(site.organization, 10).unwrap().remove(0);
    assert_eq!((row.requests, row.assets, row.bytes_down), (20, 1, 1200));
    assert_eq!(row.visit.ended.unwrap().1, VisitEnd::Left);
    let sentence = site.verify(None).unwrap().sentence();
    assert_eq!(sentence, "1 visit by 1 person; support access is enabled; nothing missing.");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_recorded_under_a_visit_that_is_over() {
    let site = Site::new().await;
    let visit = site.app.visit_open(site.opening("printer")).await.unwrap();
    site.app.visit_close(visit.id, VisitEnd::Left).await.unwrap();
    let late = site.app.access_begin(site.begin(visit.id, 0)).await;
    assert!(matches!(late, Err(NotEntered::Denied(DenyReason::VisitEnded(_)))), "{late:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_nobody_waits_for_any_more_is_ended_as_not_forwarded() {
    let site = Site::new().await;
    let visit = site.app.visit_open(site.opening("printer")).await.unwrap();
    for _ in 0..50 {
        // Given up at once or a moment later: recorded or not, it must not stay open.
        let begin = site.app.access_begin(site.begin(visit.id, 0));
        let _ = tokio::time::timeout(Duration::from_micros(300), begin).await;
    }
    tokio::time::sleep(Duration::from_millis(200)).await;
    site.app.visit_close(visit.id, VisitEnd::Left).await.unwrap();
    let leaves = site.leaves();
    let begins: Vec<_> =
        (0..).zip(&leaves).filter(|(_, l)| l.kind == Kind::AccessBegin).map(|(i, _)| i).collect();
    assert_eq!(ended(&leaves), begins);
    site.verify(None).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_crash_leaves_open_is_ended_at_the_next_start() {
    let site = Site::new().await;
    let visit = site.app.visit_open(site.opening("printer")).await.unwrap();
    let begin = site.app.access_begin(site.begin(visit.id, 0)).await.unwrap();
    let site = site.restart(|_, _| {}).await;
    let leaves = site.leaves();
    let last = leaves.last().unwrap();
    assert_eq!((last.kind, last.reference), (Kind::VisitClose, Some(4)));
    assert_eq!(ended(&leaves), [begin]);
    assert_eq!(site.app.visit(visit.id).unwrap().ended.unwrap().1, VisitEnd::NodeLost);
    assert_ne!(leaves[2].node, last.node, "another incarnation");
    site.verify(None).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unused_visit_ends_by_itself() {
    let site = Site::new().await;
    let visit = site.app.visit_open(site.opening("printer")).await.unwrap();
    let watched = site.app.visit_open(site.opening("tail")).await.unwrap();
    site.clock.forward(14 * 60);
    site.app.visit_touch(watched.id);
    site.clock.forward(60);
    let keeper = tokio::spawn(site.app.clone().keep_visits());
    tokio::time::sleep(Duration::from_millis(400)).await;
    keeper.abort();
    assert_eq!(site.app.visit(visit.id).unwrap().ended.unwrap().1, VisitEnd::Idle);
    assert!(site.app.visit(watched.id).unwrap().ended.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pass_works_once_for_its_owner_and_place() {
    let site = Site::new().await;
    let visit = site.app.visit_open(site.opening("printer")).await.unwrap();
    let stranger = byleave_domain::ids::SubjectId::from_bytes([1; 16]);
    let (_, session) = site.signed_in(Holder::Subject(site.subject), None).await;
    assert!(site.app.pass_issue(visit.id, stranger, session).is_none());
    let pass = site.app.pass_issue(visit.id, site.subject, session).unwrap();
    let elsewhere = byleave_domain::ids::OrganizationId::from_bytes([1; 16]);
    assert!(site.app.pass_redeem(pass.reveal(), elsewhere, site.tool).is_none());
    let cookie = site.app.pass_redeem(pass.reveal(), site.organization, site.tool).unwrap();
    assert!(site.app.pass_redeem(pass.reveal(), site.organization, site.tool).is_none(), "once");
    assert_eq!(site.app.visit_of_cookie(cookie.reveal()), Some((site.subject, visit.id)));
    assert!(site.app.visit_of_cookie(pass.reveal()).is_none(), "a pass is no cookie");
    let late = site.app.pass_issue(visit.id, site.subject, session).unwrap();
    site.clock.forward(61);
    assert!(site.app.pass_redeem(late.reveal(), site.organization, site.tool).is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn many_records_share_transactions_and_keep_their_places() {
    let site = Site::new().await;
    let visit = site.app.visit_open(site.opening("printer")).await.unwrap();
    let recorded = (0..600).map(|_| {
        let (app, begin) = (site.app.clone(), site.begin(visit.id, 0));
        tokio::spawn(async move { app.access_begin(begin).await.unwrap() })
    });
    let mut places = Vec::new();
    for place in recorded.collect::<Vec<_>>() {
        places.push(place.await.unwrap());
    }
    places.sort_unstable();
    assert_eq!(places, (5..605).collect::<Vec<u64>>());
    site.app.visit_close(visit.id, VisitEnd::Left).await.unwrap();
    site.verify(None).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disable_ends_a_thousand_visits_and_there_are_no_more() {
    let site = Site::new().await;
    for number in 0..1_000 {
        site.app.visit_open(site.opening(&format!("reason {number}"))).await.unwrap();
    }
    let refused = site.app.visit_open(site.opening("one more")).await.unwrap_err();
    assert!(refused.to_string().contains("end some"), "{refused}");
    let before = site.leaves().len();
    site.app.disable(site.organization, site.statement(Wish::Disabled, 1)).await.unwrap();
    assert_eq!(
        site.leaves().len(),
        before + 1_003,
        "the disable, its request with the signature, and the ends"
    );
    assert_eq!(site.verify(None).unwrap().open_visits, 0);
}

/// It is over since the start, nobody can be inside, and its log will never say so.
#[tokio::test(flavor = "multi_thread")]
async fn a_visit_of_a_log_that_takes_nothing_is_not_closed_over_and_over() {
    let site = Site::new().await;
    let visit = site.app.visit_open(site.opening("printer")).await.unwrap();
    let begin = site.app.access_begin(site.begin(visit.id, 0)).await.unwrap();
    let site = site
        .restart(|database, organization| {
            Intruder::open(database).unwrap().cut_log(organization, begin).unwrap();
        })
        .await;
    assert_eq!(site.app.visit(visit.id).unwrap().ended.unwrap().1, VisitEnd::NodeLost);
    site.turn().await;
    let told = site.told.0.lock().unwrap().clone();
    assert!(!told.contains(&format!("cut {}", visit.id)), "{told:?}");
    let reason = "asked for".parse().unwrap();
    let refused = site.app.subject_erase(site.subject, site.desk_person, reason).await;
    assert_eq!(refused, Err(NotErased::LogBroken("acme".parse().unwrap())));
}
