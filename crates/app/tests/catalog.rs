//! What is said of an organization, when it is created or later, is known after a restart.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

mod support;

use byleave_app::catalog::{NewOrganization, NotCreated, NotImported, Unfit};
use byleave_domain::text::Email;
use byleave_domain::tool::{Injection, Isolation, Tool};
use support::Site;

#[tokio::test(flavor = "multi_thread")]
async fn domains_and_notice_addresses_outlive_the_process() {
    let site = Site::new().await;
    let acme = site.organization;
    let domains =
        || ["globex.example", "mail.globex.example"].into_iter().map(|domain| domain.parse().unwrap());
    let (name, slug) = ("Globex".parse().unwrap(), "globex".parse().unwrap());
    let new = NewOrganization { name, slug, domains: domains().collect(), notices: [soc("soc")].into() };
    let id = site.app.organization_create_from(new).await.unwrap();
    let known = |site: &Site| site.app.world().organizations[&id].domains.clone();
    let notices = |site: &Site| site.app.world().organizations[&id].notices.addresses.clone();
    assert_eq!(known(&site), domains().collect());
    let site = site.restart(|_, _| {}).await;
    assert_eq!((known(&site), notices(&site)), (domains().collect(), [soc("soc")].into()));
    let acme = site.app.world().organizations[&acme].domains.clone();
    assert!(acme.is_empty(), "others have none");
    let anew = || domains().skip(1).collect();
    site.app.mail_domains_put(id, anew()).await.unwrap();
    site.app.notice_addresses_put(id, None, ["a", "b", "c"].map(soc).into()).await.unwrap();
    let site = site.restart(|_, _| {}).await;
    assert_eq!(known(&site), anew(), "those that were said last, and no others");
    assert_eq!(notices(&site), ["a", "b", "c"].map(soc).into());
    site.app.notice_addresses_put(id, None, [].into()).await.unwrap();
    assert_eq!(notices(&site.restart(|_, _| {}).await), [].into());
}

fn soc(name: &str) -> Email {
    format!("{name}@globex.example").parse().unwrap()
}

/// Whichever way they are said; nothing is created or changed.
#[tokio::test(flavor = "multi_thread")]
async fn no_organization_has_more_than_twenty_domains() {
    let site = Site::new().await;
    let new = |slug: &str, count: usize| NewOrganization {
        name: slug.parse().unwrap(),
        slug: slug.parse().unwrap(),
        domains: (0..count).map(|number| format!("d{number}.example").parse().unwrap()).collect(),
        notices: [].into(),
    };
    let full = site.app.organization_create_from(new("full", 20)).await.unwrap();
    let created = site.app.organization_create_from(new("more", 21)).await.unwrap_err();
    assert_eq!(created.to_string(), "21 domains; at most 20 are taken");
    let put = site.app.mail_domains_put(full, new("full", 21).domains).await;
    assert!(matches!(put, Err(NotCreated::TooManyDomains(_))), "{put:?}");
    let imported = site.app.organizations_import(vec![new("fits", 20), new("more", 21)]).await.unwrap_err();
    let NotImported::Unfit(lines) = &imported else { panic!("{imported:?}") };
    assert!(matches!(**lines, [(1, Unfit::TooManyDomains(_))]), "{lines:?}");
    let world = site.app.world();
    assert_eq!((world.organizations.len(), world.organizations[&full].domains.len()), (2, 20));
}

/// A fourth would not be stored.
#[tokio::test(flavor = "multi_thread")]
async fn no_organization_has_more_than_three_notice_addresses() {
    let site = Site::new().await;
    let new = |slug: &str, names: &[&str]| NewOrganization {
        name: slug.parse().unwrap(),
        slug: slug.parse().unwrap(),
        domains: [].into(),
        notices: names.iter().map(|name| soc(name)).collect(),
    };
    let full = site.app.organization_create_from(new("full", &["a", "b", "c"])).await.unwrap();
    let more = new("more", &["a", "b", "c", "d"]);
    let created = site.app.organization_create_from(more.clone()).await.unwrap_err();
    assert_eq!(created.to_string(), "4 notice addresses; at most 3 are taken");
    let put = site.app.notice_addresses_put(full, None, more.notices.clone()).await;
    assert!(matches!(put, Err(NotCreated::TooManyNotices(_))), "{put:?}");
    let imported = site.app.organizations_import(vec![new("fits", &["a"]), more]).await.unwrap_err();
    let NotImported::Unfit(lines) = &imported else { panic!("{imported:?}") };
    assert!(matches!(**lines, [(1, Unfit::TooManyNotices(_))]), "{lines:?}");
    assert_eq!(site.app.world().organizations.len(), 2);
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
