#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "review"
)]
#![allow(missing_docs, dead_code)]
mod support;
use async_trait::async_trait;
use byleave_api::payload::AccessEnd;
use byleave_app::clock::SystemEntropy;
use byleave_app::keys::Keys;
use byleave_app::ports::*;
use byleave_app::{App, Parts};
use byleave_domain::decision::Decision;
use byleave_domain::ids::*;
use byleave_domain::statement::{Statement, Wish, public_key};
use byleave_domain::visit::VisitEnd;
use byleave_store::SqliteStore;
use byleave_tlog::Hash;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use support::*;

/// store that fails on demand
struct Flaky(SqliteStore, Arc<AtomicBool>);
impl Store for Flaky {
    fn load(&self) -> Result<Stored, StoreError> {
        self.0.load()
    }
    fn commit(&self, b: &Batch) -> Result<(), StoreError> {
        if self.1.load(Ordering::SeqCst) {
            return Err(StoreError::Failed("disk".into()));
        }
        self.0.commit(b)
    }
    fn entries(&self, o: OrganizationId, f: u64, c: u64) -> Result<Vec<Entry>, StoreError> {
        self.0.entries(o, f, c)
    }
    fn entry_of_request(&self, o: OrganizationId, r: &[u8; 16]) -> Result<Option<u64>, StoreError> {
        self.0.entry_of_request(o, r)
    }
    fn entries_referring(&self, o: OrganizationId, r: u64, c: u64) -> Result<Vec<Entry>, StoreError> {
        self.0.entries_referring(o, r, c)
    }
    fn nodes(&self, o: OrganizationId, l: u8, f: u64, c: u64) -> Result<Vec<Hash>, StoreError> {
        self.0.nodes(o, l, f, c)
    }
    fn visit(&self, id: VisitId) -> Result<Option<VisitRow>, StoreError> {
        self.0.visit(id)
    }
    fn visits(&self, o: OrganizationId, c: u64) -> Result<Vec<VisitRow>, StoreError> {
        self.0.visits(o, c)
    }
}

/// enforcement whose cuts wait for a gate
struct Slow {
    hold: Arc<tokio::sync::Semaphore>,
    told: Arc<Told>,
}
#[async_trait]
impl Enforcement for Slow {
    fn name(&self) -> &'static str {
        "slow"
    }
    async fn cut(&self, o: OrganizationId, e: u64) -> usize {
        self.told.cut(o, e).await;
        let _ = self.hold.acquire().await.unwrap();
        0
    }
    async fn cut_visit(&self, v: VisitId) {
        self.told.cut_visit(v).await;
        let _ = self.hold.acquire().await.unwrap();
    }
    fn open(&self, o: OrganizationId, e: u64) {
        self.told.open(o, e)
    }
}

/// Rebuilds the site over a special store/enforcement.
async fn special(broken: Arc<AtomicBool>, hold: Arc<tokio::sync::Semaphore>) -> Site {
    let site = Site::new().await;
    let db = site.database();
    let Site { folder, clock, told, app, organization, contact, subject, tool, desk_person } = site;
    drop(app);
    let store = loop {
        match SqliteStore::open(&db) {
            Ok(s) => break s,
            Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
        }
    };
    let app = App::start(Parts {
        store: Arc::new(Flaky(store, broken)),
        clock: Arc::clone(&clock) as Arc<dyn Clock>,
        entropy: Arc::new(SystemEntropy),
        keys: Keys::new(DEPLOYMENT_SEED, "test.byleave.example"),
        enforcement: Arc::new(Slow { hold, told: Arc::clone(&told) }),
    })
    .unwrap();
    Site { folder, clock, told, app, organization, contact, subject, tool, desk_person }
}
fn free() -> Arc<tokio::sync::Semaphore> {
    Arc::new(tokio::sync::Semaphore::new(1000))
}

async fn enable(site: &Site) {
    let r = site
        .app
        .request_enable(site.organization, site.statement(Wish::Enabled, site.epoch() + 1))
        .await
        .unwrap();
    site.app.approve(r.id, site.desk_person).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn t1_request_id_reuse_halts_everything() {
    let site = Site::new().await;
    let other =
        site.app.organization_create("Globex".parse().unwrap(), "globex".parse().unwrap()).await.unwrap();
    site.app.disable(site.organization, site.statement(Wish::Disabled, 1)).await.unwrap();
    // the contact names an rid that its own log already shows
    let rid = site.leaves()[0].request;
    let s = Statement {
        organization: site.organization,
        epoch: 2,
        wish: Wish::Enabled,
        contact: site.contact,
        request: RequestId::from_bytes(rid),
        issued: site.clock.now(),
    }
    .sign(&CONTACT_SEED);
    let r = site.app.request_enable(site.organization, s).await.unwrap();
    println!("approve: {:?}", site.app.approve(r.id, site.desk_person).await.map(|_| ()));
    let policy = site.app.policy();
    println!(
        "closed: {:?}; globex known to policy: {}",
        policy.closed,
        policy.organizations.contains_key(&other)
    );
    println!("told: {:?}", site.told.0.lock().unwrap());
    assert!(policy.closed.is_none(), "one contact halted every organization");
}

use byleave_app::ports::Clock as _;

#[tokio::test(flavor = "multi_thread")]
async fn t2_halt_cuts_with_epoch_zero() {
    let broken = Arc::new(AtomicBool::new(false));
    let site = special(Arc::clone(&broken), free()).await;
    site.app.disable(site.organization, site.statement(Wish::Disabled, 1)).await.unwrap();
    enable(&site).await;
    let visit = site.app.visit_open(site.opening("x")).await.unwrap();
    site.told.0.lock().unwrap().clear();
    broken.store(true, Ordering::SeqCst);
    let _ = site.app.access_begin(site.begin(visit.id, 2)).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    let told = site.told.0.lock().unwrap().clone();
    println!("{told:?}");
    assert_eq!(told, [format!("cut {} 2", site.organization)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn t3_a_caller_that_goes_away_leaves_disable_half_done() {
    let hold = Arc::new(tokio::sync::Semaphore::new(0));
    let site = special(Arc::default(), Arc::clone(&hold)).await;
    let keeper = tokio::spawn(site.app.clone().keep_visits());
    let visit = site.app.visit_open(site.opening("x")).await.unwrap();
    let begin = site.app.access_begin(site.begin(visit.id, 0)).await.unwrap();
    let gone = tokio::time::timeout(
        Duration::from_millis(200),
        site.app.disable(site.organization, site.statement(Wish::Disabled, 1)),
    )
    .await;
    assert!(gone.is_err());
    hold.add_permits(1000);
    tokio::time::sleep(Duration::from_millis(2500)).await;
    println!("epoch {} kinds {:?} told {:?}", site.epoch(), site.kinds(), site.told.0.lock().unwrap());
    println!("waiting {:?}", site.app.world().organizations[&site.organization].waiting.is_some());
    println!("visit ended {:?}, begin {begin}", site.app.visit(visit.id).unwrap().ended);
    keeper.abort();
    assert!(site.app.visit(visit.id).unwrap().ended.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn t4_a_close_given_up_is_never_written() {
    let hold = Arc::new(tokio::sync::Semaphore::new(0));
    let site = special(Arc::default(), Arc::clone(&hold)).await;
    let keeper = tokio::spawn(site.app.clone().keep_visits());
    let visit = site.app.visit_open(site.opening("x")).await.unwrap();
    let _begin = site.app.access_begin(site.begin(visit.id, 0)).await.unwrap();
    let gone =
        tokio::time::timeout(Duration::from_millis(200), site.app.visit_close(visit.id, VisitEnd::Left))
            .await;
    assert!(gone.is_err());
    hold.add_permits(1000);
    tokio::time::sleep(Duration::from_millis(2500)).await;
    // time passes, everything is tried
    site.clock.forward(9 * 3600);
    tokio::time::sleep(Duration::from_millis(1500)).await;
    site.app.visit_close(visit.id, VisitEnd::Left).await.ok();
    println!("after 2nd explicit close: {:?}", site.kinds());
    keeper.abort();
}
#[tokio::test(flavor = "multi_thread")]
async fn t4b_close_given_up_then_disable_and_close_all() {
    let hold = Arc::new(tokio::sync::Semaphore::new(0));
    let site = special(Arc::default(), Arc::clone(&hold)).await;
    let keeper = tokio::spawn(site.app.clone().keep_visits());
    let visit = site.app.visit_open(site.opening("x")).await.unwrap();
    let _begin = site.app.access_begin(site.begin(visit.id, 0)).await.unwrap();
    let gone =
        tokio::time::timeout(Duration::from_millis(200), site.app.visit_close(visit.id, VisitEnd::Left))
            .await;
    assert!(gone.is_err());
    hold.add_permits(1000);
    site.app.disable(site.organization, site.statement(Wish::Disabled, 1)).await.unwrap();
    site.clock.forward(9 * 3600);
    tokio::time::sleep(Duration::from_millis(1500)).await;
    site.app.close_all().await.unwrap();
    println!("{:?}", site.kinds());
    println!("{}", site.verify(None).unwrap().sentence());
    keeper.abort();
    assert_eq!(site.verify(None).unwrap().open_requests, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn t5_contact_added_while_the_disable_waits_may_enable() {
    let hold = Arc::new(tokio::sync::Semaphore::new(0));
    let site = special(Arc::default(), Arc::clone(&hold)).await;
    let disabling = {
        let (app, o, s) = (site.app.clone(), site.organization, site.statement(Wish::Disabled, 1));
        tokio::spawn(async move { app.disable(o, s).await })
    };
    while site.epoch() == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert!(matches!(site.decide(), Decision::Deny(_)));
    let mallory = site
        .app
        .contact_create(
            site.organization,
            "M".parse().unwrap(),
            "m@vendor.example".parse().unwrap(),
            "1".parse().unwrap(),
            Some(public_key(&[66; 32])),
        )
        .await
        .unwrap();
    hold.add_permits(1000);
    let receipt = disabling.await.unwrap().unwrap();
    println!("receipt entry {:?}", receipt.entry);
    let s = Statement {
        organization: site.organization,
        epoch: 2,
        wish: Wish::Enabled,
        contact: mallory,
        request: RequestId::from_bytes(site.app.random_bits()),
        issued: site.clock.now(),
    }
    .sign(&[66; 32]);
    let asked = site.app.request_enable(site.organization, s).await;
    println!("asked {:?}", asked.as_ref().map(|_| ()));
    let approved = site.app.approve(asked.unwrap().id, site.desk_person).await;
    println!("approved {:?}; decide {:?}", approved.map(|_| ()), site.decide());
    println!("verify {}", site.verify(None).unwrap().sentence());
    let site = site.restart(|_, _| {}).await;
    println!("after restart {:?}", site.decide());
    assert!(matches!(site.decide(), Decision::Deny(_)));
}

#[tokio::test(flavor = "multi_thread")]
async fn t6_disable_answers_success_while_enabled() {
    let hold = free();
    let site = special(Arc::default(), Arc::clone(&hold)).await;
    site.app.disable(site.organization, site.statement(Wish::Disabled, 1)).await.unwrap();
    let r = site.app.request_enable(site.organization, site.statement(Wish::Enabled, 2)).await.unwrap();
    let held = hold.acquire_many(1000).await.unwrap();
    let again = {
        let (app, o, s) = (site.app.clone(), site.organization, site.statement(Wish::Disabled, 2));
        tokio::spawn(async move { app.disable(o, s).await })
    };
    tokio::time::sleep(Duration::from_millis(200)).await;
    site.app.approve(r.id, site.desk_person).await.unwrap();
    let visit = site.app.visit_open(site.opening("x")).await.unwrap();
    drop(held);
    let receipt = again.await.unwrap().unwrap();
    println!("receipt: {:?} entry {:?} kinds {:?}", receipt.setting.access, receipt.entry, site.kinds());
    println!("decide {:?}; visit {:?}", site.decide(), site.app.visit(visit.id).unwrap().ended);
    assert!(matches!(site.decide(), Decision::Deny(_)));
}

#[tokio::test(flavor = "multi_thread")]
async fn t7_a_later_disable_does_not_withdraw_an_enable_request() {
    let site = Site::new().await;
    site.app.disable(site.organization, site.statement(Wish::Disabled, 1)).await.unwrap();
    let r = site.app.request_enable(site.organization, site.statement(Wish::Enabled, 2)).await.unwrap();
    site.clock.forward(60);
    site.app.disable(site.organization, site.statement(Wish::Disabled, 2)).await.unwrap();
    site.clock.forward(86400 * 30);
    println!("{:?}", site.app.approve(r.id, site.desk_person).await.map(|_| ()));
    println!("{:?} {:?}", site.decide(), site.kinds());
    assert!(matches!(site.decide(), Decision::Deny(_)));
}

#[tokio::test(flavor = "multi_thread")]
async fn t8_parallel_first_requests_are_many_visits() {
    let site = Site::new().await;
    let all: Vec<_> = (0..10)
        .map(|_| {
            let (app, o) = (site.app.clone(), site.opening("same"));
            tokio::spawn(async move { app.visit_open(o).await.unwrap().id })
        })
        .collect();
    let mut ids = std::collections::BTreeSet::new();
    for t in all {
        ids.insert(t.await.unwrap());
    }
    println!("{} visits", ids.len());
    assert_eq!(ids.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn t9_requests_counted_after_a_crash() {
    let site = Site::new().await;
    let visit = site.app.visit_open(site.opening("x")).await.unwrap();
    for _ in 0..5 {
        site.app.access_begin(site.begin(visit.id, 0)).await.unwrap();
    }
    let site = site.restart(|_, _| {}).await;
    let row = site.app.visits_past(site.organization, 1).unwrap().remove(0);
    println!("requests {} kinds {:?}", row.requests, site.kinds());
    assert_eq!(row.requests, 5);
}

fn end(entry: u64) -> AccessEnd {
    AccessEnd { entry, status: 200, bytes_up: 1, bytes_down: 10, duration_ms: 3, reason: "done".into() }
}

#[tokio::test(flavor = "multi_thread")]
async fn t10_two_busy_visits() {
    let n: usize = std::env::var("N").ok().and_then(|n| n.parse().ok()).unwrap_or(10_000);
    let site = Site::new().await;
    let keeper = tokio::spawn(site.app.clone().keep_visits());
    let a = site.app.visit_open(site.opening("a")).await.unwrap().id;
    let b = site.app.visit_open(site.opening("b")).await.unwrap().id;
    let began = std::time::Instant::now();
    let mut tasks = Vec::new();
    for i in 0..64_usize {
        let (app, clock) = (site.app.clone(), ());
        let _ = clock;
        let v = if i % 2 == 0 { a } else { b };
        let begins: Vec<_> = (0..n / 64).map(|_| site.begin(v, 0)).collect();
        tasks.push(tokio::spawn(async move {
            for begin in begins {
                let e = app.access_begin(begin).await.unwrap();
                app.access_end(v, end(e));
            }
        }));
    }
    for t in tasks {
        t.await.unwrap();
    }
    let t = began.elapsed();
    let open: usize = site.app.world().visits.values().map(|v| v.begins_open.len()).sum();
    println!("{n} requests in {t:?}: {:.0}/s; open begins left {open}", n as f64 / t.as_secs_f64());
    let t = std::time::Instant::now();
    site.app.disable(site.organization, site.statement(Wish::Disabled, 1)).await.unwrap();
    println!("disable took {:?}", t.elapsed());
    keeper.abort();
    println!("{}", site.verify(None).unwrap().sentence());
}
