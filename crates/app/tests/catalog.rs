//! What is said of an organization when it is created is known after a restart.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

mod support;

use byleave_app::catalog::NewOrganization;
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
}
