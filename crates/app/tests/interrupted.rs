//! Callers that go away, stores that fail, cuts that take their time: what was begun is seen to its end, and nothing is
//! said that does not hold.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

mod support;

use std::sync::atomic::Ordering;
use std::time::Duration;

use byleave_api::payload::{AccessEnd, VisitEnds};
use byleave_app::change_requests::ReviewAct;
use byleave_app::ports::{Kept, Person, Store as _};
use byleave_app::setting::NotChanged;
use byleave_domain::change_request::State;
use byleave_domain::decision::Decision;
use byleave_domain::freeze::FreezeScope;
use byleave_domain::ids::RequestId;
use byleave_domain::statement::{Statement, Wish, public_key};
use byleave_domain::text::Reason;
use byleave_domain::visit::VisitEnd;
use byleave_store::SqliteStore;
use byleave_store::intruder::Intruder;
use support::troubled::{Troubled, until};
use support::{CONTACT_SEED, DESK_SEED, SECOND_DESK_SEED, Site, new_contact};

async fn enable(site: &Site) {
    let statement = site.statement(Wish::Enabled, site.epoch() + 1);
    let request = site.app.request_enable(site.organization, statement).await.unwrap();
    site.approve(request.id).await.unwrap();
}

fn end(entry: u64) -> AccessEnd {
    AccessEnd { entry, status: 200, bytes_up: 1, bytes_down: 10, duration_ms: 3, reason: "done".into() }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disable_goes_on_when_its_caller_goes_away() {
    let Troubled { site, through, .. } = Troubled::new(0).await;
    let visit = site.app.visit_open(site.opening("printer")).await.unwrap();
    site.app.access_begin(site.begin(visit.id, 0)).await.unwrap();
    let disabling = site.app.disable(site.organization, site.statement(Wish::Disabled, 1));
    assert!(tokio::time::timeout(Duration::from_millis(100), disabling).await.is_err());
    through.add_permits(100);
    until("the disable is in the log", || site.kinds().contains(&"support_access.disabled")).await;
    until("the visit's last entry is written", || site.kinds().contains(&"visit.close")).await;
    assert!(site.app.visit(visit.id).unwrap().ended.is_some());
    let report = site.verify(None).unwrap();
    assert_eq!((report.open_visits, report.open_requests), (0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_approval_goes_on_when_its_caller_goes_away() {
    let Troubled { site, .. } = Troubled::new(100).await;
    site.app.disable(site.organization, site.statement(Wish::Disabled, 1)).await.unwrap();
    let request = site.app.request_enable(site.organization, site.statement(Wish::Enabled, 2)).await.unwrap();
    let (first, second) = (site.desk_person, site.second_desk_person);
    site.confirm_all().await;
    site.app.change_request_review(request.id, first, ReviewAct::Proceed(None)).await.unwrap();
    let approved = site.app.approve(request.id, second, site.approval(request.id, second));
    let approving = tokio::time::timeout(Duration::from_micros(50), approved);
    let _ = approving.await;
    let opened = format!("open {} 2", site.organization);
    until("enforcement is told", || site.told.0.lock().unwrap().contains(&opened)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visits_end_goes_on_when_its_caller_goes_away() {
    let Troubled { site, through, .. } = Troubled::new(0).await;
    let visit = site.app.visit_open(site.opening("printer")).await.unwrap();
    site.app.access_begin(site.begin(visit.id, 0)).await.unwrap();
    let closing = site.app.visit_close(visit.id, VisitEnd::Left);
    assert!(tokio::time::timeout(Duration::from_millis(100), closing).await.is_err());
    through.add_permits(100);
    until("the visit's last entry is written", || site.kinds().contains(&"visit.close")).await;
    assert_eq!(site.verify(None).unwrap().open_requests, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_fails_lets_nobody_in_and_cuts_everybody_off() {
    let Troubled { site, left, .. } = Troubled::new(100).await;
    site.app.disable(site.organization, site.statement(Wish::Disabled, 1)).await.unwrap();
    enable(&site).await;
    let visit = site.app.visit_open(site.opening("printer")).await.unwrap();
    site.told.0.lock().unwrap().clear();
    left.store(1, Ordering::SeqCst);
    assert!(site.app.access_begin(site.begin(visit.id, 2)).await.is_err());
    let cut = format!("cut {} 2", site.organization);
    until("the organization is cut under its epoch", || site.told.0.lock().unwrap().contains(&cut)).await;
    assert!(matches!(site.decide(), Decision::Deny(_)));
    // A disable cannot be promised now, but whoever is inside is out.
    let refused = site.app.disable(site.organization, site.statement(Wish::Disabled, 3)).await;
    assert!(matches!(refused, Err(NotChanged::NotWritten(_))), "{refused:?}");
    assert!(site.told.0.lock().unwrap().contains(&format!("cut {} 3", site.organization)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_close_that_fails_in_the_middle_is_made_good_at_the_next_start() {
    for fails_at in 1..=3 {
        let Troubled { site, left, .. } = Troubled::new(100).await;
        let one = site.app.visit_open(site.opening("one")).await.unwrap().id;
        let other = site.app.visit_open(site.opening("other")).await.unwrap().id;
        for number in 0..450 {
            for visit in [one, other] {
                let entry = site.app.access_begin(site.begin(visit, 0)).await.unwrap();
                if number % 3 > 0 {
                    site.app.access_end(visit, end(entry));
                }
            }
        }
        left.store(fails_at, Ordering::SeqCst);
        let _ = site.app.visit_close(one, VisitEnd::Left).await;
        let site = site.restart(|_, _| {}).await;
        let report = site.verify(None).unwrap();
        assert_eq!((report.open_visits, report.open_requests, report.requests), (0, 0, 900), "at {fails_at}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_contacts_own_request_id_is_nobody_elses_trouble() {
    let site = Site::new().await;
    let other =
        site.app.organization_create("Globex".parse().unwrap(), "globex".parse().unwrap()).await.unwrap();
    site.app.disable(site.organization, site.statement(Wish::Disabled, 1)).await.unwrap();
    // The contact names an id that its own log shows already.
    let request = RequestId::from_bytes(site.leaves()[0].request);
    let statement = Statement { request, ..site.statement(Wish::Enabled, 2).statement }.sign(&CONTACT_SEED);
    let request = site.app.request_enable(site.organization, statement).await.unwrap();
    site.approve(request.id).await.unwrap();
    let policy = site.app.policy();
    assert!(policy.closed.is_none() && policy.organizations.contains_key(&other));
    site.verify(None).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn no_contact_is_added_while_a_disable_waits_for_the_log() {
    let Troubled { site, through, .. } = Troubled::new(0).await;
    let disabling = {
        let (app, organization) = (site.app.clone(), site.organization);
        let statement = site.statement(Wish::Disabled, 1);
        tokio::spawn(async move { app.disable(organization, statement).await })
    };
    until("the disable is in force", || site.epoch() == 1).await;
    let new = new_contact("Planted Example", "planted@vendor.example", &[66; 32]);
    let (planted, change) = site.app.contact_create(site.organization, new).await.unwrap();
    site.agree(change.unwrap().id).await.unwrap();
    through.add_permits(100);
    disabling.await.unwrap().unwrap();
    let theirs = Statement { contact: planted, ..site.statement(Wish::Enabled, 2).statement }.sign(&[66; 32]);
    assert!(site.app.request_enable(site.organization, theirs.clone()).await.is_err());
    let site = site.restart(|_, _| {}).await;
    assert!(site.app.request_enable(site.organization, theirs).await.is_err());
    site.verify(None).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receipt_is_never_about_a_setting_that_is_over() {
    let Troubled { site, through, .. } = Troubled::new(100).await;
    site.app.disable(site.organization, site.statement(Wish::Disabled, 1)).await.unwrap();
    let held = through.acquire_many(100).await.unwrap();
    let again = {
        let (app, organization) = (site.app.clone(), site.organization);
        let statement = site.statement(Wish::Disabled, 2);
        tokio::spawn(async move { app.disable(organization, statement).await })
    };
    let cut = format!("cut {} 1", site.organization);
    let cuts = || site.told.0.lock().unwrap().iter().filter(|told| **told == cut).count();
    until("the second disable cuts", || cuts() == 2).await;
    enable(&site).await;
    let visit = site.app.visit_open(site.opening("printer")).await.unwrap();
    drop(held);
    let receipt = again.await.unwrap();
    assert!(matches!(receipt, Err(NotChanged::Overtaken)), "{receipt:?}");
    assert!(
        site.app.visit(visit.id).unwrap().ended.is_none(),
        "a visit under the new setting is nobody's to end"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_later_disable_withdraws_what_was_asked_for() {
    let site = Site::new().await;
    site.app.disable(site.organization, site.statement(Wish::Disabled, 1)).await.unwrap();
    let request = site.app.request_enable(site.organization, site.statement(Wish::Enabled, 2)).await.unwrap();
    site.app.disable(site.organization, site.statement(Wish::Disabled, 2)).await.unwrap();
    assert!(site.approve(request.id).await.is_err());
    assert_eq!(site.app.world().change_requests[&request.id].request.state(), State::Superseded);
    let late = site.app.request_enable(site.organization, site.statement(Wish::Enabled, 2)).await.unwrap();
    site.app.change_request_review(late.id, site.desk_person, ReviewAct::Proceed(None)).await.unwrap();
    site.clock.forward(15 * 86_400);
    let refused = site.approve(late.id).await.unwrap_err();
    assert!(refused.to_string().contains("is expired"), "{refused}");
    assert!(matches!(site.decide(), Decision::Deny(_)));
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_that_come_at_once_share_one_visit() {
    let site = Site::new().await;
    let opening: Vec<_> = (0..10)
        .map(|_| {
            let (app, opening) = (site.app.clone(), site.opening("same"));
            tokio::spawn(async move { app.visit_open(opening).await.unwrap().id })
        })
        .collect();
    let mut visits = std::collections::BTreeSet::new();
    for visit in opening {
        visits.insert(visit.await.unwrap());
    }
    assert_eq!(visits.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_end_that_is_told_twice_is_written_once() {
    let site = Site::new().await;
    let visit = site.app.visit_open(site.opening("printer")).await.unwrap();
    let keeper = tokio::spawn(site.app.clone().keep_visits());
    let entry = site.app.access_begin(site.begin(visit.id, 0)).await.unwrap();
    site.app.access_end(visit.id, end(entry));
    site.app.access_end(visit.id, end(entry));
    until("the first is written", || site.kinds().contains(&"visit.progress")).await;
    site.app.access_end(visit.id, end(entry));
    site.app.access_end(visit.id, end(999));
    tokio::time::sleep(Duration::from_millis(1200)).await;
    keeper.abort();
    site.app.visit_close(visit.id, VisitEnd::Left).await.unwrap();
    assert_eq!(site.verify(None).unwrap().open_requests, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_are_counted_across_a_crash() {
    let site = Site::new().await;
    let visit = site.app.visit_open(site.opening("printer")).await.unwrap();
    for _ in 0..5 {
        site.app.access_begin(site.begin(visit.id, 0)).await.unwrap();
    }
    let site = site.restart(|_, _| {}).await;
    assert_eq!(site.app.visits_past(site.organization, 1).unwrap()[0].requests, 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn expired_credentials_are_forgotten() {
    let site = Site::new().await;
    let holder = byleave_app::credentials::Holder::Subject(site.subject);
    for _ in 0..5 {
        site.app.issue_link(holder).await.unwrap();
        site.signed_in(holder, None).await;
    }
    let known = |site: &Site| (site.app.world().credentials.len(), site.app.world().sessions().count());
    assert_eq!(known(&site), (5, 5));
    site.clock.forward(2 * 86_400);
    site.turn().await;
    assert_eq!(known(&site), (0, 0));
    // A clock that is set back before the next start has nothing work again.
    site.clock.forward(-2 * 86_400);
    let site = site.restart(|_, _| {}).await;
    assert_eq!(known(&site), (0, 0));
    site.app.issue_link(holder).await.unwrap();
    site.signed_in(holder, None).await;
    site.clock.forward(2 * 86_400);
    let site = site.restart(|_, _| {}).await;
    assert_eq!(known(&site), (0, 0));
}

fn whole() -> (FreezeScope, Reason) {
    (FreezeScope::Everybody, "a subprocessor was broken into".parse().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_freeze_goes_on_when_its_caller_goes_away() {
    let Troubled { site, through, .. } = Troubled::new(0).await;
    let visit = site.app.visit_open(site.opening("printer")).await.unwrap();
    site.app.access_begin(site.begin(visit.id, 0)).await.unwrap();
    let (scope, reason) = whole();
    let freezing = site.app.freeze_begin(site.desk_person, scope, reason);
    assert!(tokio::time::timeout(Duration::from_millis(100), freezing).await.is_err());
    // Committed before the cut: from there on nothing is recorded, so nothing new is forwarded.
    assert!(site.app.access_begin(site.begin(visit.id, 0)).await.is_err());
    through.add_permits(100);
    until("the visit's last entry is written", || site.kinds().contains(&"visit.close")).await;
    assert!(site.kinds().contains(&"freeze.begin"));
    assert_eq!(site.verify(None).unwrap().open_requests, 0);
}

/// The store fails at each write of a freeze in turn, and of its lifting: nobody is inside from then on, and what the next
/// start finds is what was answered, or more closed.
#[tokio::test(flavor = "multi_thread")]
async fn a_freeze_that_fails_at_any_step_lets_nobody_in() {
    for fails_at in 1..=8 {
        let Troubled { site, left, .. } = Troubled::new(1000).await;
        site.configure_desk(true).await;
        let visit = site.app.visit_open(site.opening("printer")).await.unwrap();
        left.store(fails_at, Ordering::SeqCst);
        let (scope, reason) = whole();
        let begun = site.app.freeze_begin(site.desk_person, scope, reason).await;
        let (mut lifted, mut id) = (false, None);
        if let Ok(receipt) = &begun {
            id = Some(receipt.freeze.id);
            for (by, seed) in [(site.desk_person, &DESK_SEED), (site.second_desk_person, &SECOND_DESK_SEED)] {
                let word = receipt.freeze.lift(by, site.app.now()).sign(seed);
                let text = word.lift.to_text();
                let outcome = site.app.freeze_lift(receipt.freeze.id, by, &text, word.signature).await;
                lifted = outcome.is_ok_and(|freeze| !freeze.is_in_force());
            }
        }
        let permitted = matches!(site.decide(), Decision::Permit { .. });
        assert_eq!(permitted, lifted, "fails at {fails_at}");
        assert!(site.app.access_begin(site.begin(visit.id, 0)).await.is_err(), "fails at {fails_at}");
        let failed = site.app.policy().closed.is_some();
        assert_eq!(failed, !lifted, "fails at {fails_at}: the store failed, or all was done");

        let site = site.restart(|_, _| {}).await;
        site.configure_desk(true).await;
        let permitted = matches!(site.decide(), Decision::Permit { .. });
        // A row that was committed and never answered may be there; one that was answered must be.
        assert!(begun.is_err() || lifted || !permitted, "fails at {fails_at}: it was answered");
        assert!(!lifted || permitted, "fails at {fails_at}: the lift was answered");
        site.turn().await;
        assert!(site.verify(None).is_ok(), "fails at {fails_at}");
        if let Some(freeze) = id.and_then(|id| site.app.world().freezes.get(&id).cloned()) {
            // Both words were taken before the logs failed: then the next turn ends what was begun.
            let both = freeze.approvals.len() == 2;
            assert_eq!(!freeze.is_in_force(), both, "fails at {fails_at}");
        }
    }
}

/// A visit of theirs that is over, with so many requests.
async fn over(site: &Site, requests: usize) -> u64 {
    let visit = site.app.visit_open(site.opening("printer")).await.unwrap();
    let recorded = (0..requests).map(|_| {
        let (app, begin) = (site.app.clone(), site.begin(visit.id, 0));
        tokio::spawn(async move { app.access_begin(begin).await.unwrap() })
    });
    for recorded in recorded.collect::<Vec<_>>() {
        recorded.await.unwrap();
    }
    site.app.visit_close(visit.id, VisitEnd::Left).await.unwrap();
    site.app.visit_row(visit.id).unwrap().unwrap().entry
}

fn erasing(site: &Site) -> tokio::task::JoinHandle<bool> {
    let (app, subject, by) = (site.app.clone(), site.subject, site.desk_person);
    tokio::spawn(async move { app.subject_erase(subject, by, "they left".parse().unwrap()).await.is_ok() })
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erasure_lets_others_have_their_turn() {
    let Troubled { site, watch, .. } = Troubled::new(100).await;
    over(&site, 2_100).await;
    let go = watch.hold("cleared");
    let erasing = erasing(&site);
    until("the first part is cleared", || watch.commits.lock().unwrap().contains(&"cleared")).await;
    let (app, organization, wish) = (site.app.clone(), site.organization, site.statement(Wish::Disabled, 1));
    let disabling = tokio::spawn(async move { app.disable(organization, wish).await });
    // Until it waits for its turn.
    tokio::time::sleep(Duration::from_millis(200)).await;
    go.send(()).unwrap();
    assert!(disabling.await.unwrap().is_ok() && erasing.await.unwrap());
    assert_eq!(*watch.commits.lock().unwrap(), ["erased", "cleared", "setting", "cleared", "cleared"]);
    site.verify(None).unwrap();
}

/// Whatever ends an erasure in the middle, they are erased, and the rest is cleared at the next start.
#[tokio::test(flavor = "multi_thread")]
async fn an_erasure_that_is_broken_off_is_made_good_at_the_next_start() {
    let Troubled { site, left, watch, .. } = Troubled::new(100).await;
    let entry = over(&site, 2_100).await;
    let (subject, database) = (site.subject, site.database());
    left.store(3, Ordering::SeqCst);
    assert!(erasing(&site).await.unwrap(), "their key is gone, whatever comes after");
    assert_eq!(*watch.commits.lock().unwrap(), ["erased", "cleared"]);
    let entries = site.app.visit_entries(site.organization, entry, 3_000).unwrap();
    assert!(entries.iter().all(|entry| entry.kept == Kept::Erased), "cleared or not, nothing is left of it");
    let given = site.give_up();
    let store = loop {
        match SqliteStore::open(&database, &support::keys()) {
            Ok(store) => break store,
            Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
        }
    };
    assert!(!store.is_something_left(Person::Subject(subject)).unwrap());
    assert!(store.load().unwrap().subjects_gone.contains(&subject));
    drop((store, given));
}

/// While somebody is being erased, what is gone is gone by right for whoever reads.
#[tokio::test(flavor = "multi_thread")]
async fn whoever_reads_while_somebody_is_erased_finds_nothing_wrong() {
    let Troubled { site, watch, .. } = Troubled::new(100).await;
    let entry = over(&site, 3).await;
    let go = watch.hold("erased");
    let erasing = erasing(&site);
    until("it is committed", || watch.commits.lock().unwrap().contains(&"erased")).await;
    let read = site.app.visit_entries(site.organization, entry, 10);
    go.send(()).unwrap();
    assert!(read.unwrap().iter().all(|entry| entry.kept == Kept::Erased));
    assert!(erasing.await.unwrap());
}

/// The store fails, and everybody inside is cut: how their requests ended is in the logs after the next start.
#[tokio::test(flavor = "multi_thread")]
async fn ends_that_come_when_the_store_has_failed_are_kept_for_the_next_start() {
    let Troubled { site, left, .. } = Troubled::new(100).await;
    let visit = site.app.visit_open(site.opening("printer")).await.unwrap();
    let mut begins = Vec::new();
    for _ in 0..3 {
        begins.push(site.app.access_begin(site.begin(visit.id, 0)).await.unwrap());
    }
    site.app.access_end(visit.id, end(begins[0]));
    left.store(1, Ordering::SeqCst);
    site.turn().await;
    assert!(site.app.policy().closed.is_some(), "the store has failed");
    assert_eq!(site.app.ends_waiting().count, 1, "what was not written waits");
    site.app.access_end(visit.id, end(begins[1]));
    assert!(site.app.visit_close(visit.id, VisitEnd::Left).await.is_err());
    let site = site.restart(|_, _| {}).await;
    let entries = site.app.visit_entries(site.organization, 4, 10).unwrap();
    let said: VisitEnds = serde_json::from_slice(entries.last().unwrap().payload().unwrap()).unwrap();
    let ended: Vec<_> = said.requests.iter().map(|end| (end.entry, end.reason.as_str())).collect();
    assert_eq!(ended, [(begins[0], "done"), (begins[1], "done"), (begins[2], "node_lost")]);
    site.verify(None).unwrap();
}

/// Nothing can be written, and the writer has not halted: whoever's time is over is out all the same, and only once it can
/// be written again does a log say so.
#[tokio::test(flavor = "multi_thread")]
async fn visits_whose_time_is_over_are_cut_while_nothing_can_be_written() {
    let Troubled { site, watch, .. } = Troubled::new(100).await;
    let mut visits = Vec::new();
    for reason in ["printer", "scanner", "fax"] {
        visits.push(site.app.visit_open(site.opening(reason)).await.unwrap().id);
    }
    let entry = site.app.access_begin(site.begin(visits[0], 0)).await.unwrap();
    site.app.access_end(visits[0], end(entry));
    site.clock.forward(15 * 60);
    watch.refuses.store(true, Ordering::SeqCst);
    site.turn().await;
    for visit in &visits {
        assert!(site.told.0.lock().unwrap().contains(&format!("cut {visit}")), "{visit}");
        assert_eq!(site.app.visit(*visit).unwrap().ended.unwrap().1, VisitEnd::Idle);
    }
    assert!(!site.kinds().contains(&"visit.close"));
    watch.refuses.store(false, Ordering::SeqCst);
    site.turn().await;
    assert_eq!(site.kinds().iter().filter(|kind| **kind == "visit.close").count(), 3);
    site.verify(None).unwrap();
}

/// What follows the transaction that creates an organization under a freeze may fail; it is there all the same.
#[tokio::test(flavor = "multi_thread")]
async fn an_organization_is_created_under_a_freeze_or_not_and_the_answer_says_which() {
    let Troubled { site, left, .. } = Troubled::new(100).await;
    let reason = "a subprocessor was broken into".parse().unwrap();
    site.app.freeze_begin(site.desk_person, FreezeScope::Everybody, reason).await.unwrap();
    // One more transaction works.
    left.store(2, Ordering::SeqCst);
    let created = site.app.organization_create("Globex".parse().unwrap(), "globex".parse().unwrap()).await;
    let told = site.told.0.lock().unwrap().clone();
    assert!(told.contains(&format!("open {} 0", created.unwrap())), "{told:?}");
}

/// A lift is told to a log only if that knows who lifts: a desk that was not put into it for a disable that waited is put
/// into it behind that, whatever had the disable written.
#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_was_told_late_of_a_disable_is_told_of_the_desk_too() {
    for by in ["a turn", "a change of contacts", "the start"] {
        let Troubled { site, watch, .. } = Troubled::new(100).await;
        let go = watch.hold("setting");
        let (app, id, word) = (site.app.clone(), site.organization, site.statement(Wish::Disabled, 1));
        let disabling = tokio::spawn(async move { app.disable(id, word).await });
        until("it is committed", || watch.commits.lock().unwrap().contains(&"setting")).await;
        watch.refuses.store(true, Ordering::SeqCst);
        go.send(()).unwrap();
        disabling.await.unwrap().unwrap();
        watch.refuses.store(false, Ordering::SeqCst);
        site.put_kim().await;
        watch.refuses.store(true, Ordering::SeqCst);
        site.app.desk_keys_settle().await.unwrap();
        watch.refuses.store(false, Ordering::SeqCst);
        assert!(site.app.world().organizations[&id].waiting.is_some());
        let robin = new_contact("Robin Example", "robin@acme.example", &[8; 32]);
        match by {
            "a turn" => site.turn().await,
            "the start" => site.app.desk_keys_settle().await.unwrap(),
            _ => drop(site.app.contact_create(id, robin).await.unwrap()),
        }
        assert!(site.app.world().organizations[&id].waiting.is_none(), "{by}");
        assert!(site.names_the_desk_of_now(), "{by}");
        site.verify(None).unwrap();
    }
}

/// What could not be written is written with a later turn; and before the configuration is read nobody's key is taken out.
#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_could_not_be_told_of_the_desk_is_told_later() {
    let Troubled { site, watch, .. } = Troubled::new(100).await;
    site.turn().await;
    assert!(!site.names_the_desk_of_now(), "it names the desk of before, until the configuration is read");
    site.put_kim().await;
    watch.refuses.store(true, Ordering::SeqCst);
    site.app.desk_keys_settle().await.unwrap_err();
    site.turn().await;
    assert!(!site.names_the_desk_of_now());
    watch.refuses.store(false, Ordering::SeqCst);
    site.turn().await;
    assert!(site.names_the_desk_of_now());
    site.verify(None).unwrap();
}

/// One log must not keep the process from starting.
#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_takes_nothing_is_left_with_the_desk_that_it_names() {
    let site = Site::new().await;
    let cut = |database: &std::path::Path, of| {
        Intruder::open(database).unwrap().delete_entry(of, 1).unwrap();
    };
    let site = site.restart(cut).await;
    site.put_kim().await;
    site.app.desk_keys_settle().await.unwrap();
    assert!(!site.names_the_desk_of_now());
}

impl Site {
    async fn put_kim(&self) {
        let (name, email) = ("Kim Example".parse().unwrap(), "kim@vendor.example".parse().unwrap());
        self.app.desk_person_put(name, email, Some(public_key(&[13; 32]))).await.unwrap();
    }

    fn names_the_desk_of_now(&self) -> bool {
        let world = self.app.world();
        let wanted: Vec<_> = world.desk_people.values().filter_map(|person| person.key).collect();
        let named = world.organizations[&self.organization].organization.desk_keys.iter();
        named.map(|known| known.key).eq(wanted)
    }
}
