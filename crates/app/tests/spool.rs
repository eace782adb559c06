//! Ends survive a crash: what the spool holds becomes the end that was, each once; and while the logs are behind, nobody new
//! is let in (protocols 2.6).

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

mod support;

use std::path::Path;
use std::sync::atomic::Ordering;

use byleave_api::payload::{AccessEnd, VisitEnds};
use byleave_app::ports::{Spool as _, WaitingEnd};
use byleave_app::visits::NotEntered;
use byleave_domain::decision::DenyReason;
use byleave_domain::ids::{OrganizationId, VisitId};
use byleave_domain::statement::Wish;
use byleave_domain::visit::VisitEnd;
use byleave_store::intruder::Intruder;
use byleave_store::spool::{EndSpool, look};
use support::{Site, keys};

const BEHIND: NotEntered = NotEntered::Denied(DenyReason::EndsWaiting);

fn end(entry: u64, reason: &str) -> AccessEnd {
    AccessEnd { entry, status: 206, bytes_up: 7, bytes_down: 11, duration_ms: 3, reason: reason.into() }
}

fn waiting(visit: VisitId, end: &AccessEnd) -> WaitingEnd {
    let AccessEnd { entry, status, bytes_up, bytes_down, duration_ms, reason } = end.clone();
    WaitingEnd { visit, entry, status, bytes_up, bytes_down, duration_ms, reason }
}

/// A visit with so many requests, none of them ended.
async fn inside(site: &Site, requests: usize) -> (VisitId, Vec<u64>) {
    let visit = site.app.visit_open(site.opening("printer")).await.unwrap().id;
    let mut begins = Vec::new();
    for _ in 0..requests {
        begins.push(site.app.access_begin(site.begin(visit, 0)).await.unwrap());
    }
    (visit, begins)
}

/// Every end in the log, by the order of their requests.
fn ends(site: &Site, visit: VisitId) -> Vec<AccessEnd> {
    let opened = site.app.visit_row(visit).unwrap().unwrap().entry;
    let entries = site.app.visit_entries(site.organization, opened, 1000).unwrap();
    let said = entries.iter().filter_map(|entry| serde_json::from_slice::<VisitEnds>(entry.payload()?).ok());
    let mut ends: Vec<_> = said.flat_map(|said| said.requests).collect();
    ends.sort_by_key(|end| end.entry);
    ends
}

fn spool_of(database: &Path) -> std::path::PathBuf {
    database.with_extension("ends")
}

#[tokio::test(flavor = "multi_thread")]
async fn an_end_that_a_crash_kept_from_its_log_is_there_at_the_next_start() {
    let site = Site::new().await;
    let (visit, begins) = inside(&site, 3).await;
    site.app.access_end(visit, end(begins[0], "done"));
    site.app.access_end(visit, end(begins[2], "upstream_abort"));
    let site = site
        .restart(|database, _| assert_eq!(look(&spool_of(database), &keys()).unwrap().ends.len(), 2))
        .await;
    let lost =
        AccessEnd { status: 0, bytes_up: 0, bytes_down: 0, duration_ms: 0, ..end(begins[1], "node_lost") };
    assert_eq!(ends(&site, visit), [end(begins[0], "done"), lost, end(begins[2], "upstream_abort")]);
    assert_eq!(site.app.visit_row(visit).unwrap().unwrap().bytes_down, 22);
    let report = site.verify(None).unwrap();
    assert_eq!((report.open_visits, report.open_requests), (0, 0));
    // Once: another start finds nothing more to take.
    let size = site.leaves().len();
    let site =
        site.restart(|database, _| assert_eq!(look(&spool_of(database), &keys()).unwrap().ends, [])).await;
    assert_eq!(site.leaves().len(), size);
}

/// A crash after the commit and before the spool was cut, a record that is there twice, ends of what was never begun, and
/// ends of nobody's visit: each request ends once, as its log has it.
#[tokio::test(flavor = "multi_thread")]
async fn no_end_is_taken_twice_and_none_is_forged() {
    let site = Site::new().await;
    let (visit, begins) = inside(&site, 3).await;
    site.app.access_end(visit, end(begins[0], "done"));
    site.turn().await;
    let size = site.leaves().len();
    let site = site
        .restart(|database, _| {
            let spool = EndSpool::open(&spool_of(database), &keys()).unwrap();
            let also = [
                (visit, end(begins[0], "cut")),
                (visit, end(begins[1], "client_abort")),
                (visit, end(begins[1], "done")),
                (visit, end(999, "done")),
                (visit, end(0, "done")),
                (VisitId::from_bytes([1; 16]), end(begins[2], "done")),
            ];
            also.iter().for_each(|(visit, end)| spool.add(waiting(*visit, end)));
        })
        .await;
    assert_eq!(site.leaves().len(), size + 1, "the visit's last entry, and nothing else");
    let reasons: Vec<_> = ends(&site, visit).into_iter().map(|end| (end.entry, end.reason)).collect();
    let said = [(begins[0], "done"), (begins[1], "client_abort"), (begins[2], "node_lost")];
    assert_eq!(reasons, said.map(|(entry, reason)| (entry, reason.to_owned())));
    site.verify(None).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn without_its_spool_or_with_garbage_a_start_ends_requests_as_lost() {
    let broken: [fn(&Path); 3] = [
        |spool| std::fs::remove_file(spool).unwrap(),
        |spool| std::fs::write(spool, vec![7; 5000]).unwrap(),
        |spool| {
            let whole = std::fs::read(spool).unwrap();
            std::fs::write(spool, &whole[..whole.len() - 1]).unwrap();
        },
    ];
    for breaks in broken {
        let site = Site::new().await;
        let (visit, begins) = inside(&site, 1).await;
        site.app.access_end(visit, end(begins[0], "done"));
        let site = site.restart(|database, _| breaks(&spool_of(database))).await;
        assert_eq!(ends(&site, visit)[0].reason, "node_lost");
        site.verify(None).unwrap();
        // And the spool works again.
        let (visit, begins) = inside(&site, 1).await;
        site.app.access_end(visit, end(begins[0], "done"));
        let site = site.restart(|_, _| {}).await;
        assert_eq!(ends(&site, visit)[0].reason, "done");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_in_the_logs_leaves_the_spool() {
    let site = Site::new().await;
    let (visit, begins) = inside(&site, 2).await;
    let left = |site: &Site| look(&spool_of(&site.database()), &keys()).unwrap().ends.len();
    site.app.access_end(visit, end(begins[0], "done"));
    site.turn().await;
    assert_eq!(site.app.ends_waiting().count, 0);
    site.app.access_end(visit, end(begins[1], "done"));
    site.app.visit_close(visit, VisitEnd::Left).await.unwrap();
    assert_eq!(site.app.ends_waiting().oldest, None);
    let began = std::time::Instant::now();
    while left(&site) > 0 {
        assert!(began.elapsed().as_secs() < 10, "the spool is cut");
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn more_than_ten_thousand_waiting_ends_let_nobody_new_in() {
    let site = Site::new().await;
    let (visit, begins) = inside(&site, 1).await;
    // One request's end, told over and over: as many wait until they are written.
    for _ in 0..10_000 {
        site.app.access_end(visit, end(begins[0], "done"));
    }
    let begun = site.app.access_begin(site.begin(visit, 0)).await.unwrap();
    site.app.access_end(visit, end(begun, "done"));
    let before = site.kinds();
    assert_eq!(site.app.access_begin(site.begin(visit, 0)).await, Err(BEHIND));
    assert_eq!(site.app.visit_open(site.opening("scanner")).await, Err(BEHIND));
    assert!(site.app.ends_behind().unwrap().contains("10001 ends"), "{:?}", site.app.ends_behind());
    site.denied(DenyReason::EndsWaiting.code(), Some(visit)).await;
    assert_eq!(site.kinds(), before, "nothing is recorded of it");
    // What stops somebody goes on, and once they are written, people are let in again.
    site.turn().await;
    site.app.access_begin(site.begin(visit, 0)).await.unwrap();
    site.app.disable(site.organization, site.statement(Wish::Disabled, 1)).await.unwrap();
    site.verify(None).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_end_that_has_waited_for_more_than_a_minute_lets_nobody_new_in() {
    let site = Site::new().await;
    let (visit, begins) = inside(&site, 2).await;
    site.app.access_end(visit, end(begins[0], "done"));
    site.clock.forward(60);
    site.app.access_end(visit, end(begins[1], "done"));
    site.app.access_begin(site.begin(visit, 0)).await.unwrap();
    site.clock.forward(1);
    assert_eq!(site.app.access_begin(site.begin(visit, 0)).await, Err(BEHIND));
    assert!(site.app.ends_behind().unwrap().contains("for 61 s"), "{:?}", site.app.ends_behind());
    site.turn().await;
    site.app.access_begin(site.begin(visit, 0)).await.unwrap();
}

/// The spool fails: nobody new is let in, and whoever is inside is recorded to the end.
#[tokio::test(flavor = "multi_thread")]
async fn a_spool_that_keeps_nothing_lets_nobody_new_in() {
    let site = Site::new().await;
    let (visit, begins) = inside(&site, 1).await;
    site.told.1.spool_fails.store(true, Ordering::SeqCst);
    assert_eq!(site.app.access_begin(site.begin(visit, 0)).await, Err(BEHIND));
    assert_eq!(site.app.visit_open(site.opening("scanner")).await, Err(BEHIND));
    assert!(site.app.ends_behind().unwrap().contains("cannot be kept"), "{:?}", site.app.ends_behind());
    site.app.access_end(visit, end(begins[0], "done"));
    site.app.visit_close(visit, VisitEnd::Left).await.unwrap();
    assert_eq!(ends(&site, visit), [end(begins[0], "done")]);
}

/// A log that takes nothing keeps neither the others from being written nor anybody from being let in elsewhere.
#[tokio::test(flavor = "multi_thread")]
async fn ends_of_a_log_that_takes_nothing_hold_up_nobody() {
    let site = Site::new().await;
    let globex = site.app.organization_create("Globex".parse().unwrap(), "globex".parse().unwrap()).await;
    let globex: OrganizationId = globex.unwrap();
    let (visit, begins) = inside(&site, 1).await;
    site.app.access_end(visit, end(begins[0], "done"));
    let site = site
        .restart(|database, organization| {
            Intruder::open(database).unwrap().cut_log(organization, begins[0]).unwrap();
        })
        .await;
    site.clock.forward(120);
    let opening = byleave_app::visits::Opening { organization: globex, ..site.opening("printer") };
    site.app.visit_open(opening).await.unwrap();
}
