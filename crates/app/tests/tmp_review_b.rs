#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    dead_code,
    reason = "review"
)]
mod support;
use byleave_api::payload::AccessEnd;
use byleave_domain::statement::Wish;
use std::time::Duration;
use support::*;

fn end(entry: u64) -> AccessEnd {
    AccessEnd { entry, status: 200, bytes_up: 1, bytes_down: 10, duration_ms: 3, reason: "done".into() }
}
fn py(db: &std::path::Path, code: &str) {
    let ok = std::process::Command::new("python3")
        .args(["-c", &format!("import sqlite3,sys,os\nd=sqlite3.connect(sys.argv[1])\n{code}\nd.commit()")])
        .arg(db)
        .status()
        .unwrap();
    assert!(ok.success());
}

#[tokio::test(flavor = "multi_thread")]
async fn u1_dropped_before_the_cut() {
    let site = Site::new().await;
    let keeper = tokio::spawn(site.app.clone().keep_visits());
    let visit = site.app.visit_open(site.opening("x")).await.unwrap();
    let _ = tokio::time::timeout(
        Duration::ZERO,
        site.app.disable(site.organization, site.statement(Wish::Disabled, 1)),
    )
    .await;
    tokio::time::sleep(Duration::from_millis(2500)).await;
    println!(
        "epoch {} told {:?} ended {:?}",
        site.epoch(),
        site.told.0.lock().unwrap(),
        site.app.visit(visit.id).unwrap().ended
    );
    keeper.abort();
    assert!(site.epoch() == 0 || site.told.0.lock().unwrap().iter().any(|t| t.starts_with("cut org")));
}

#[tokio::test(flavor = "multi_thread")]
async fn u2_approve_dropped_before_the_open() {
    let site = Site::new().await;
    site.app.disable(site.organization, site.statement(Wish::Disabled, 1)).await.unwrap();
    let r = site.app.request_enable(site.organization, site.statement(Wish::Enabled, 2)).await.unwrap();
    let _ = tokio::time::timeout(Duration::ZERO, site.app.approve(r.id, site.desk_person)).await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    println!("epoch {} decide {:?} told {:?}", site.epoch(), site.decide(), site.told.0.lock().unwrap());
    assert!(site.told.0.lock().unwrap().iter().any(|t| t.starts_with("open") && t.ends_with(" 2")));
}

#[tokio::test(flavor = "multi_thread")]
async fn u3_end_twice() {
    let site = Site::new().await;
    let keeper = tokio::spawn(site.app.clone().keep_visits());
    let visit = site.app.visit_open(site.opening("x")).await.unwrap();
    let b = site.app.access_begin(site.begin(visit.id, 0)).await.unwrap();
    site.app.access_end(visit.id, end(b));
    tokio::time::sleep(Duration::from_millis(1500)).await;
    site.app.access_end(visit.id, end(b));
    tokio::time::sleep(Duration::from_millis(1500)).await;
    keeper.abort();
    println!("{:?}", site.verify(None).map(|r| r.sentence()).map_err(|e| e.to_string()));
    site.verify(None).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn u4_a_request_row_under_another_id() {
    let site = Site::new().await;
    site.app.disable(site.organization, site.statement(Wish::Disabled, 1)).await.unwrap();
    site.app.request_enable(site.organization, site.statement(Wish::Enabled, 2)).await.unwrap();
    let site =
        site.restart(|db, _| py(db, "d.execute('update change_request set id=?',(os.urandom(16),))")).await;
    let id = *site.app.world().change_requests.keys().next().unwrap();
    println!("{:?}", site.app.approve(id, site.desk_person).await.map(|_| ()));
    println!("{:?}", site.verify(None).map(|r| r.sentence()).map_err(|e| e.to_string()));
    site.verify(None).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn u5_a_row_makes_the_contacts_disable_halt_everything() {
    for epoch in ["9223372036854775807", "-1"] {
        let site = Site::new().await;
        let site = site.restart(move |db, _| py(db, &format!("
d.execute('drop trigger log_entry_is_never_removed')
d.execute('delete from log_entry where place=1')
e={epoch}
import json
d.execute('update support_access set epoch=?, record=?',(e,json.dumps({{'epoch':e%2**64,'support_access':'enabled','at':None,'confirmation':None,'signed':None,'approval':None}})))
"))).await;
        println!("epoch {} contact {}", site.epoch(), site.contact);
        let next = site.epoch().wrapping_add(1);
        println!(
            "{:?}",
            site.app.disable(site.organization, site.statement(Wish::Disabled, next)).await.map(|_| ())
        );
        println!("closed {:?}", site.app.policy().closed);
        println!(
            "other work: {:?}",
            site.app.organization_create("Globex".parse().unwrap(), "globex".parse().unwrap()).await
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn u6_log_node_edited() {
    let site = Site::new().await;
    let visit = site.app.visit_open(site.opening("x")).await.unwrap();
    for _ in 0..300 {
        let b = site.app.access_begin(site.begin(visit.id, 0)).await.unwrap();
        site.app.access_end(visit.id, end(b));
    }
    let site =
        site.restart(|db, _| py(db, "d.execute('update log_node set hash=?',(os.urandom(32),))")).await;
    println!(
        "{:?} verify {:?}",
        site.decide(),
        site.verify(None).map(|r| r.sentence()).map_err(|e| e.to_string())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn u7_unopened_end_reason() {
    // visit closed by its owner while a request is on its way: which reason is said?
    let site = Site::new().await;
    let v = site.app.visit_open(site.opening("x")).await.unwrap();
    let begins: Vec<_> = (0..200)
        .map(|_| {
            let (a, b) = (site.app.clone(), site.begin(v.id, 0));
            tokio::spawn(async move { a.access_begin(b).await })
        })
        .collect();
    site.app.visit_close(v.id, byleave_domain::visit::VisitEnd::Left).await.unwrap();
    let mut said = std::collections::BTreeMap::new();
    for b in begins {
        *said.entry(format!("{:?}", b.await.unwrap().map(|_| ()))).or_insert(0) += 1;
    }
    println!("{said:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn u8_approve_polled_once() {
    let site = Site::new().await;
    site.app.disable(site.organization, site.statement(Wish::Disabled, 1)).await.unwrap();
    let r = site.app.request_enable(site.organization, site.statement(Wish::Enabled, 2)).await.unwrap();
    tokio::select! { biased; _ = site.app.approve(r.id, site.desk_person) => {}, () = async {} => {} }
    tokio::time::sleep(Duration::from_millis(500)).await;
    println!("epoch {} decide {:?} told {:?}", site.epoch(), site.decide(), site.told.0.lock().unwrap());
    assert!(site.told.0.lock().unwrap().iter().any(|t| t.starts_with("open") && t.ends_with(" 2")));
}

#[tokio::test(flavor = "multi_thread")]
async fn u9_a_taken_slug_hides_the_real_organization_for_a_moment() {
    let site = Site::new().await;
    let app = site.app.clone();
    let reader = tokio::task::spawn_blocking(move || {
        let mut seen = std::collections::BTreeSet::new();
        let t = std::time::Instant::now();
        while t.elapsed() < Duration::from_secs(2) {
            seen.insert(app.world().organization("acme").unwrap().organization.id);
        }
        seen.len()
    });
    for _ in 0..30 { assert!(site.app.organization_create("Acme 2".parse().unwrap(), "acme".parse().unwrap()).await.is_err()); tokio::time::sleep(Duration::from_millis(20)).await; }
    let seen = reader.await.unwrap();
    println!("ids that `acme` meant: {seen}");
    assert_eq!(seen, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn u10_expired_credentials_stay() {
    let site = Site::new().await;
    let h = byleave_app::credentials::Holder::Subject(site.subject);
    for _ in 0..50 { let l = site.app.issue_link(h).await.unwrap(); site.app.sign_in(l.reveal()).await.unwrap(); }
    site.clock.forward(86400 * 400);
    let site = site.restart(|_, _| {}).await;
    println!("credentials 400 days later {}", site.app.world().credentials.len());
    assert_eq!(site.app.world().credentials.len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn u11_one_visit_backlog() {
    // single visit, ends reported in order at 5000/s for 3 s with the keeper running
    let site = Site::new().await;
    let keeper = tokio::spawn(site.app.clone().keep_visits());
    let v = site.app.visit_open(site.opening("a")).await.unwrap().id;
    let w = site.app.visit_open(site.opening("b")).await.unwrap().id;
    // 2 visits alternate, 600 requests/s together, 10 s: what remains unended?
    for _ in 0..100 {
        for _ in 0..30 {
            for x in [v, w] { let e = site.app.access_begin(site.begin(x, 0)).await.unwrap(); site.app.access_end(x, end(e)); }
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let open: Vec<usize> = site.app.world().visits.values().map(|o| o.begins_open.len()).collect();
    println!("6000 requests, all ended; still open in the log per visit: {open:?}");
    keeper.abort();
}
