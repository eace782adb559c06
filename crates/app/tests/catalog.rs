//! What is said of an organization, when it is created or later, is known after a restart.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

mod support;

use byleave_app::catalog::{NewOrganization, NotCreated};
use byleave_domain::tool::{Injection, Isolation, Tool};
use support::Site;

#[tokio::test(flavor = "multi_thread")]
async fn domains_outlive_the_process() {
    let site = Site::new().await;
    let acme = site.organization;
    let domains =
        || ["globex.example", "mail.globex.example"].into_iter().map(|domain| domain.parse().unwrap());
    let (name, slug) = ("Globex".parse().unwrap(), "globex".parse().unwrap());
    let new = NewOrganization { name, slug, domains: domains().collect() };
    let id = site.app.organization_create_from(new).await.unwrap();
    let known = |site: &Site| site.app.world().organizations[&id].domains.clone();
    assert_eq!(known(&site), domains().collect());
    let site = site.restart(|_, _| {}).await;
    assert_eq!(known(&site), domains().collect());
    let acme = site.app.world().organizations[&acme].domains.clone();
    assert!(acme.is_empty(), "others have none");
    let anew = || domains().skip(1).collect();
    site.app.mail_domains_put(id, anew()).await.unwrap();
    let site = site.restart(|_, _| {}).await;
    assert_eq!(known(&site), anew(), "those that were said last, and no others");
}

/// Whichever of the two comes first.
#[tokio::test(flavor = "multi_thread")]
async fn no_organization_is_where_a_tools_assets_are() {
    let site = Site::new().await;
    let known = site.app.world().tools[&site.tool].clone();
    let create = async |slug: &str, asset: &str| {
        let (id, slug) = (site.app.fresh_tool_id(), slug.parse().unwrap());
        let isolation = Isolation::Injected(Injection::Prefix);
        site.app.tool_create(Tool { id, slug, isolation, assets: vec![asset.into()], ..known.clone() }).await
    };
    create("static", "/files/style.css").await.unwrap();
    let organization = site.app.organization_create("Files".parse().unwrap(), "files".parse().unwrap()).await;
    assert!(matches!(organization, Err(NotCreated::AssetsOfOrganization { .. })), "{organization:?}");
    let tool = create("other", "/acme/style.css").await;
    assert!(matches!(tool, Err(NotCreated::AssetsOfOrganization { .. })), "{tool:?}");
}
