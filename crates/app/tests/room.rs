//! A disk that fills up: nobody new is let in, and everything in the safe direction still works (protocols 2.12).

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

mod support;

use std::sync::atomic::Ordering;

use byleave_api::payload::AccessEnd;
use byleave_app::once::Once;
use byleave_app::visits::NotEntered;
use byleave_domain::decision::DenyReason;
use byleave_domain::freeze::FreezeScope;
use byleave_domain::ids::TokenId;
use byleave_domain::room::DENIALS_WITHOUT_ROOM_MAX;
use byleave_domain::statement::Wish;
use byleave_domain::support_access::SupportAccess;
use byleave_domain::visit::VisitEnd;
use support::Site;

const NO_ROOM: NotEntered = NotEntered::Denied(DenyReason::NoRoom);

/// A moment later than the last measure, with `used` of 100 bytes in use.
fn filled(site: &Site, used: u64) {
    site.told.1.used.store(used, Ordering::SeqCst);
    site.clock.forward(1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_nearly_full_disk_lets_nobody_new_in() {
    let site = Site::new().await;
    let visit = site.app.visit_open(site.opening("printer")).await.unwrap();
    site.app.access_begin(site.begin(visit.id, 0)).await.unwrap();
    filled(&site, 91);
    let before = site.kinds();
    assert_eq!(site.app.visit_open(site.opening("scanner")).await, Err(NO_ROOM));
    assert_eq!(site.app.access_begin(site.begin(visit.id, 0)).await, Err(NO_ROOM));
    assert_eq!(site.kinds(), before, "nothing is recorded of it, which would take room");
    filled(&site, 90);
    site.app.access_begin(site.begin(visit.id, 0)).await.unwrap();
    site.app.visit_open(site.opening("scanner")).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_cannot_be_asked_lets_nobody_new_in() {
    let site = Site::new().await;
    site.told.1.gone.store(true, Ordering::SeqCst);
    site.clock.forward(1);
    assert_eq!(site.app.visit_open(site.opening("printer")).await, Err(NO_ROOM));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_nearly_full_disk_takes_no_more_keys_and_knows_those_it_has() {
    let site = Site::new().await;
    let token = TokenId::from_bytes([1; 16]);
    let Once::First(asked) = site.app.once_begin(token, "one", [0; 32]).await.unwrap() else {
        panic!("it is new")
    };
    site.app.once_end(asked, Some(b"answer".to_vec())).await.unwrap();
    filled(&site, 91);
    assert_eq!(site.app.once_begin(token, "other", [0; 32]).await, Ok(Once::NoRoom));
    assert_eq!(site.app.once_begin(token, "one", [0; 32]).await, Ok(Once::Answered(b"answer".to_vec())));
    filled(&site, 90);
    assert!(matches!(site.app.once_begin(token, "other", [0; 32]).await, Ok(Once::First(_))));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_disk_is_asked_once_a_second_at_most() {
    let site = Site::new().await;
    let visit = site.app.visit_open(site.opening("printer")).await.unwrap();
    let asked = || site.told.1.asked.load(Ordering::SeqCst);
    let before = asked();
    for _ in 0..50 {
        site.app.access_begin(site.begin(visit.id, 0)).await.unwrap();
    }
    assert_eq!(asked(), before);
    site.clock.forward(1);
    site.app.access_begin(site.begin(visit.id, 0)).await.unwrap();
    assert_eq!(asked(), before + 1);
    // A clock that is set back must not have it believe an old measure until it has caught up.
    site.clock.forward(-3600);
    filled(&site, 95);
    assert!(!site.app.space().await.unwrap().is_enough());
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_in_the_safe_direction_works_on_a_full_disk() {
    let site = Site::new().await;
    let visit = site.app.visit_open(site.opening("printer")).await.unwrap();
    let other = site.app.visit_open(site.opening("scanner")).await.unwrap();
    let entry = site.app.access_begin(site.begin(visit.id, 0)).await.unwrap();
    filled(&site, 100);
    let end =
        AccessEnd { entry, status: 200, bytes_up: 1, bytes_down: 10, duration_ms: 3, reason: "done".into() };
    site.app.access_end(visit.id, end);
    site.app.visit_close(visit.id, VisitEnd::Left).await.unwrap();
    assert!(site.kinds().ends_with(&["visit.close"]), "{:?}", site.kinds());
    let before = site.kinds();
    site.denied(DenyReason::NoRoom.code(), None).await;
    assert_eq!(site.kinds(), before);
    site.app
        .freeze_begin(site.desk_person, FreezeScope::Everybody, "a look around".parse().unwrap())
        .await
        .unwrap();
    let statement = site.statement(Wish::Disabled, site.epoch() + 1);
    let receipt = site.app.disable(site.organization, statement).await.unwrap();
    assert!(receipt.entry.is_some(), "it is in the log");
    assert!(matches!(receipt.setting.access, SupportAccess::Disabled { .. }));
    let ended = site.app.visit(other.id).unwrap().end_at(site.app.now());
    assert!(ended.is_some(), "whoever was inside is out");
    site.verify(None).unwrap();
}

/// A disk that hangs, asked by many on a runtime with one thread: nobody new is let in, one thread asks, and everything else
/// goes on.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_disk_that_does_not_answer_holds_up_nobody_else() {
    let site = std::sync::Arc::new(Site::new().await);
    let visit = site.app.visit_open(site.opening("printer")).await.unwrap();
    let (go, wait) = std::sync::mpsc::channel();
    *site.told.1.hangs.lock().unwrap() = Some(wait);
    site.clock.forward(1);
    let before = site.told.1.asked.load(Ordering::SeqCst);
    let entering: Vec<_> = (0..5)
        .map(|_| {
            let (app, begin) = (site.app.clone(), site.begin(visit.id, 0));
            tokio::spawn(async move { app.access_begin(begin).await })
        })
        .collect();
    for entering in entering {
        assert_eq!(entering.await.unwrap(), Err(NO_ROOM));
    }
    let (by, wish) = (std::sync::Arc::clone(&site), site.statement(Wish::Disabled, 1));
    tokio::spawn(async move { by.app.disable(by.organization, wish).await }).await.unwrap().unwrap();
    assert_eq!(site.told.1.asked.load(Ordering::SeqCst), before + 1);
    go.send(()).unwrap();
    site.clock.forward(1);
    assert!(site.app.space().await.unwrap().is_enough());
}

/// Whoever has a support person's token cannot use up what is kept by being refused.
#[tokio::test(flavor = "multi_thread")]
async fn on_a_nearly_full_disk_few_refusals_are_recorded() {
    let site = Site::new().await;
    site.app.disable(site.organization, site.statement(Wish::Disabled, 1)).await.unwrap();
    let most = usize::try_from(DENIALS_WITHOUT_ROOM_MAX).unwrap();
    let refused = async |times: usize| {
        let before = site.kinds().len();
        for _ in 0..times {
            site.denied("support_access_disabled", None).await;
        }
        site.kinds().len() - before
    };
    assert_eq!(refused(most + 5).await, most + 5, "with room, each");
    filled(&site, 91);
    assert_eq!(refused(most + 5).await, most);
    filled(&site, 91);
    assert_eq!(refused(5).await, 0, "a moment later, none");
    site.clock.forward(60);
    assert_eq!(refused(most + 5).await, most, "a minute later, as many again");
    filled(&site, 90);
    assert_eq!(refused(most + 5).await, most + 5, "and all of them once there is room");
    site.verify(None).unwrap();
}
