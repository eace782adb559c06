//! The monthly statement: one for each organization and month, from its visits and its log, and never in the way.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on fails")]

mod support;

use byleave_app::catalog::NewOrganization;
use byleave_app::letters::{Post, Written};
use byleave_domain::statement::Wish;
use byleave_domain::visit::VisitEnd;
use support::{Site, process};

/// From the clock's first instant, on 15 January 2027, to the first of February.
const FEBRUARY: i64 = 1_440_000;
const DAY: i64 = 24 * 3600;

/// Every statement, oldest first.
async fn statements(site: &Site) -> Vec<Written> {
    let mut all = site.app.letters_overview().await.unwrap().letters;
    all.reverse();
    all.into_iter().map(|(_, written)| written).filter(|written| written.text == "statement").collect()
}

/// Writes what is due; to whom, and of which month, all statements are by then.
async fn written(site: &Site) -> Vec<String> {
    for _ in 0..3 {
        site.app.statements_write().await.unwrap();
    }
    let line = |statement: Written| {
        let (to, _) = statement.to_email.split_once('@').unwrap();
        format!("{to} {}", statement.facts["month"])
    };
    statements(site).await.into_iter().map(line).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn it_tells_what_the_month_brought_and_nothing_of_another() {
    let site = Site::new().await;
    let soc = "soc@acme.example".parse().unwrap();
    site.app.notice_addresses_put(site.organization, Some(site.contact), [soc].into()).await.unwrap();
    for (reason, minutes) in [("printer", 10), ("scanner", 51)] {
        let visit = site.app.visit_open(site.opening(reason)).await.unwrap();
        site.clock.forward(minutes * 60 - 30);
        site.app.visit_close(visit.id, VisitEnd::Left).await.unwrap();
    }
    site.denied("visit_needed", None).await;
    site.app.disable(site.organization, site.statement(Wish::Disabled, 1)).await.unwrap();
    let disabled = site.app.now().strftime("%Y-%m-%d %H:%M").to_string();
    site.clock.forward(FEBRUARY - 60 * 60);
    // Another month's, and before it is written.
    site.denied("disabled", None).await;
    assert_eq!(written(&site).await, ["sam 2027-01", "soc 2027-01"]);
    let [sam, soc] = <[Written; 2]>::try_from(statements(&site).await).unwrap();
    let fact = |name: &str| sam.facts[name].as_str();
    for (name, expected) in [
        ("setting", "disabled"),
        ("since", &format!("Fri {disabled} UTC")),
        ("visits", "2"),
        ("people", "1"),
        ("lasted", "1:00"),
        ("tools", "- System log: 2 (1:00)"),
        ("refused", "1"),
    ] {
        assert_eq!(fact(name), expected, "{name}");
    }
    let changes: Vec<_> = fact("changes").lines().map(|line| line.rsplit_once(": ").unwrap().1).collect();
    let kinds = ["contact.added", "notice_addresses.changed", "support_access.disabled"];
    let leaves = site.leaves();
    let expected = (0..).zip(&leaves).filter(|(_, leaf)| kinds.contains(&leaf.kind.as_str()));
    let expected: Vec<_> =
        expected.map(|(place, leaf)| format!("{} ({place})", leaf.kind.as_str())).collect();
    assert_eq!((changes.len(), changes), (3, expected.iter().map(String::as_str).collect()));
    assert!(
        fact("changes").contains(&format!("- {disabled} UTC: support_access.disabled")),
        "{}",
        fact("changes")
    );
    let capability = site.app.world().capabilities.keys().next().unwrap().clone();
    assert!(
        sam.facts.values().all(|fact| !fact.contains(&capability)),
        "whoever reads the mail reads no log"
    );
    assert_eq!((&soc.facts["visits"], soc.facts["copy"].as_str()), (&sam.facts["visits"], "yes"));
}

#[tokio::test(flavor = "multi_thread")]
async fn there_is_one_for_an_organization_and_month_whatever_restarts_and_clocks_do() {
    let site = Site::new().await;
    assert!(written(&site).await.is_empty(), "the last month was before it was there");
    site.clock.forward(FEBRUARY - 1);
    assert!(written(&site).await.is_empty(), "the month is not over");
    site.clock.forward(1);
    assert_eq!(written(&site).await, ["sam 2027-01"]);
    let site = site.restart(|_, _| {}).await;
    assert_eq!(written(&site).await, ["sam 2027-01"], "once");
    let other = site.app.organization_create("Globex".parse().unwrap(), "globex".parse().unwrap());
    let other = other.await.unwrap();
    let kim = support::new_contact("Kim Example", "kim@globex.example", &[9; 32]);
    site.app.contact_create(other, kim).await.unwrap();
    site.clock.forward(-2 * DAY);
    assert_eq!(written(&site).await, ["sam 2027-01"], "nor where the clock was set back");
    site.clock.forward(2 * DAY);
    let site = site.restart(|_, _| {}).await;
    assert_eq!(written(&site).await, ["sam 2027-01"]);
    // Down over two firsts: the last month alone.
    let stopped = site.stop().await;
    stopped.1.forward(80 * DAY);
    let site = stopped.start();
    let mut april = written(&site).await;
    april[1..].sort_unstable();
    assert_eq!(april, ["sam 2027-01", "kim 2027-03", "sam 2027-03"]);
    site.clock.forward(10 * DAY);
    assert_eq!(written(&site).await.len(), 5, "and goes on by itself, without a restart");
}

#[tokio::test(flavor = "multi_thread")]
async fn there_is_none_where_none_is_wanted_or_nothing_has_happened_yet() {
    let site = Site::new().await;
    site.clock.forward(FEBRUARY);
    site.app.set_quiet(true);
    assert!(written(&site).await.is_empty());
    let none = process();
    let post = none.post.clone().map(|post| Post { statements: false, ..post });
    let site = site.stop().await.start_with(byleave_app::change_requests::Process { post, ..none });
    assert!(written(&site).await.is_empty());
    assert_eq!(written(&site.restart(|_, _| {}).await).await, ["sam 2027-01"], "wanted again");
}

#[tokio::test(flavor = "multi_thread")]
async fn they_come_a_few_at_a_time_and_not_while_letters_pile_up() {
    let site = Site::new().await;
    let new = |n: u32| NewOrganization {
        name: format!("Customer {n}").parse().unwrap(),
        slug: format!("c{n}").parse().unwrap(),
        domains: [].into(),
        notices: [format!("soc@c{n}.example").parse().unwrap()].into(),
    };
    site.app.organizations_import((0..24).map(new).collect()).await.unwrap();
    site.clock.forward(FEBRUARY);
    for names in (0..).map(|n| [format!("a{n}"), format!("b{n}"), format!("c{n}")]) {
        if site.app.letters_waiting().0 >= 500 {
            break;
        }
        let addresses = names.map(|name| format!("{name}@acme.example").parse().unwrap());
        site.app.notice_addresses_put(site.organization, Some(site.contact), addresses.into()).await.unwrap();
    }
    site.app.notice_addresses_put(site.organization, Some(site.contact), [].into()).await.unwrap();
    let (waiting, turn) = (site.app.letters_waiting().0, async || {
        site.app.statements_write().await.unwrap();
        site.app.letters_waiting().0
    });
    assert_eq!(turn().await, waiting, "what waits goes first");
    while site.app.letters_waiting().0 > 0 {
        for id in site.app.letters_due(100) {
            site.app.letter_tried(id, byleave_domain::letter::Answered::Taken, "").await.unwrap();
        }
    }
    assert_eq!([turn().await, turn().await, turn().await], [20, 25, 25]);
}
