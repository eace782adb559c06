//! Many organizations at once: all or none, and nobody waits for them for long.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

mod support;

use std::collections::BTreeSet;
use std::sync::atomic::Ordering;
use std::time::Duration;

use byleave_app::catalog::{NewOrganization, NotImported};
use byleave_app::ports::Store as _;
use byleave_domain::statement::Wish;
use byleave_domain::tool::{Injection, Isolation, Requirement, Tool};
use byleave_store::SqliteStore;
use support::Site;
use support::troubled::{Troubled, until};

/// The keys of everybody whom an import creates are made before its transaction and beside the writer: a disable that is
/// asked for meanwhile waits for none of them.
#[tokio::test(flavor = "multi_thread")]
async fn a_disable_does_not_wait_for_the_keys_of_an_import() {
    const NEW: usize = 300;
    let Troubled { site, watch: keys, .. } = Troubled::new(100).await;
    let go = keys.hold("keys");
    let new = |name: String, slug: String| NewOrganization {
        name: name.parse().unwrap(),
        slug: slug.parse().unwrap(),
        domains: BTreeSet::new(),
        notices: BTreeSet::new(),
    };
    let wanted = (0..NEW).map(|number| new(format!("Globex {number}"), format!("globex-{number}")));
    let (app, wanted) = (site.app.clone(), wanted.collect());
    let importing = tokio::spawn(async move { app.organizations_import(wanted).await });
    until("keys are being made", || !keys.made.lock().unwrap().is_empty()).await;
    let disabling = site.app.disable(site.organization, site.statement(Wish::Disabled, 1));
    let disabled = tokio::time::timeout(Duration::from_secs(20), disabling).await;
    assert!(disabled.expect("it waits for the keys").is_ok());
    assert!(!importing.is_finished());
    let before = (keys.bytes(), keys.grown.load(Ordering::SeqCst));
    go.send(()).unwrap();
    let imported = importing.await.unwrap().unwrap();
    assert_eq!((imported.created.len(), &*keys.made.lock().unwrap()), (NEW, &vec![NEW]));
    assert_eq!(keys.bytes() - before.0, 128 * NEW as u64);
    assert_eq!(keys.grown.load(Ordering::SeqCst), before.1, "none is made within the transaction");
    let again = site.app.organizations_import(vec![new("Other".into(), "acme".into())]).await;
    assert!(again.is_err() && keys.made.lock().unwrap().len() == 1, "nor for what cannot be");
    let tool = Tool {
        id: site.app.fresh_tool_id(),
        slug: "static".parse().unwrap(),
        name: "Static".parse().unwrap(),
        upstream: "http://127.0.0.1:1".into(),
        isolation: Isolation::Injected(Injection::Prefix),
        reason: Requirement::Optional,
        case: Requirement::Optional,
        assets: vec!["/files/style.css".into()],
    };
    site.app.tool_create(tool).await.unwrap();
    let assets = site.app.organizations_import(vec![new("Files".into(), "files".into())]).await;
    assert!(matches!(assets, Err(NotImported::Unfit(_))), "{assets:?}");
    assert_eq!(keys.made.lock().unwrap().len(), 1, "nor for one that would be where a tool's assets are");
}

fn wanted(count: usize) -> Vec<NewOrganization> {
    let new = |number: usize| NewOrganization {
        name: format!("Globex {number}").parse().unwrap(),
        slug: format!("globex-{number}").parse().unwrap(),
        domains: ["globex.example".parse().unwrap()].into(),
        notices: ["soc@globex.example".parse().unwrap()].into(),
    };
    (0..count).map(new).collect()
}

/// An import is written part by part, and a disable that is asked for meanwhile waits for one part at most.
#[tokio::test(flavor = "multi_thread")]
async fn an_import_lets_others_have_their_turn() {
    let Troubled { site, watch, .. } = Troubled::new(100).await;
    let go = watch.hold("staged");
    let app = site.app.clone();
    let importing = tokio::spawn(async move { app.organizations_import(wanted(300)).await });
    until("the first part is staged", || watch.commits.lock().unwrap().contains(&"staged")).await;
    assert_eq!(site.app.world().organizations.len(), 1, "nobody finds any of them");
    let (app, organization, wish) = (site.app.clone(), site.organization, site.statement(Wish::Disabled, 1));
    let disabling = tokio::spawn(async move { app.disable(organization, wish).await });
    // Until it waits for its turn.
    tokio::time::sleep(Duration::from_millis(200)).await;
    go.send(()).unwrap();
    assert!(disabling.await.unwrap().is_ok());
    assert_eq!(importing.await.unwrap().unwrap().created.len(), 300);
    assert_eq!(*watch.commits.lock().unwrap(), ["staged", "setting", "staged", "staged", "made"]);
    let organization = site.organization;
    let site = Site { organization, ..site.restart(|_, _| {}).await };
    assert_eq!(site.app.world().organizations.len(), 301);
    let last = site.app.world().organization("globex-299").unwrap().organization.id;
    Site { organization: last, ..site }.verify(None).unwrap();
}

/// Whatever ends an import before its last transaction, none of it is there, and it can be asked for again.
#[tokio::test(flavor = "multi_thread")]
async fn an_import_that_is_broken_off_leaves_nothing_behind() {
    for fails_at in 1..=3 {
        let Troubled { site, left, .. } = Troubled::new(100).await;
        left.store(fails_at, Ordering::SeqCst);
        assert!(site.app.organizations_import(wanted(200)).await.is_err(), "{fails_at}");
        let (database, clock, told) = (site.database(), site.clock.clone(), site.told.clone());
        let given = site.give_up();
        let store = loop {
            match SqliteStore::look(&database, &support::keys()) {
                Ok(store) => break store,
                Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
            }
        };
        assert_eq!(store.load().unwrap().organizations.len(), 1, "{fails_at}: nor does whoever looks");
        drop(store);
        let site = given.with(support::start(&database, &clock, &told).unwrap());
        assert_eq!(site.app.world().organizations.len(), 1, "{fails_at}");
        let again = site.app.organizations_import(wanted(200)).await.unwrap();
        assert_eq!(again.created.len(), 200, "{fails_at}");
        site.verify(None).unwrap();
    }
    // Refused for a while: asked for again, it is made without a start between.
    let Troubled { site, watch, .. } = Troubled::new(100).await;
    let go = watch.hold("staged");
    let app = site.app.clone();
    let importing = tokio::spawn(async move { app.organizations_import(wanted(200)).await });
    until("the first part is staged", || watch.commits.lock().unwrap().contains(&"staged")).await;
    watch.refuses.store(true, Ordering::SeqCst);
    go.send(()).unwrap();
    assert!(importing.await.unwrap().is_err());
    assert!(site.app.organizations_import(wanted(200)).await.is_err(), "what is left cannot be cleared");
    watch.refuses.store(false, Ordering::SeqCst);
    assert_eq!(site.app.organizations_import(wanted(200)).await.unwrap().created.len(), 200);
    let commits = watch.commits.lock().unwrap().clone();
    assert_eq!(commits, ["staged", "dropped", "dropped", "staged", "staged", "made"]);
}
