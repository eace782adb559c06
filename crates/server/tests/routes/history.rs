//! The history of an organization's visits: what is asked for is shown, nobody else's, and as a file.

use byleave_app::credentials::Holder;
use byleave_domain::visit::VisitEnd;
use jiff::SignedDuration;

use crate::ask::get;
use crate::html;
use crate::stage::{Names, PLAIN, Stage, signed_in};

const FORMULA: Names = Names { reason: "=HYPERLINK(\"https://evil.example\")", ..PLAIN };

#[tokio::test(flavor = "multi_thread")]
async fn the_history_shows_what_is_asked_for() {
    let stage = Stage::new().await;
    let mut visits = Vec::new();
    for (names, organization) in
        [(&PLAIN, stage.acme.id), (&FORMULA, stage.acme.id), (&PLAIN, stage.globex.id)]
    {
        let visit = stage.visit(organization, names).await;
        stage.app.visit_close(visit, VisitEnd::Left).await.unwrap();
        visits.push(visit.to_string());
        stage.clock.forward(SignedDuration::from_hours(24 * 10));
    }
    // Ten days are longer than a session.
    let contact = signed_in(&stage.app, Holder::Contact(stage.acme.contact_id)).await;
    let [plain, formula, others] = [&visits[0], &visits[1], &visits[2]];
    let day = |days_ago: i64| {
        let at = stage.app.now() - SignedDuration::from_hours(24 * days_ago);
        at.strftime("%Y-%m-%d").to_string()
    };
    let all = format!("from={}&until={}", day(40), day(0));
    // What is asked for, and whether each of Acme's visits is there.
    let rows = [
        (String::new(), false, false),
        (all.clone(), true, true),
        (format!("{all}&q=SIGN-ins"), true, false),
        (format!("{all}&q=hyperlink"), false, true),
        (format!("{all}&q=nobody"), false, false),
        (format!("{all}&tool=system-log"), true, true),
        (format!("{all}&tool=status"), false, false),
        (format!("{all}&person={}", stage.subject), true, true),
        (format!("{all}&person=person_{}", "0".repeat(32)), false, false),
        (format!("span=day&from={}", day(30)), true, false),
        (format!("span=day&from={}", day(20)), false, true),
        (format!("span=week&from={}", day(22)), false, true),
        ("span=quarter".to_owned(), true, true),
    ];
    for (query, has_plain, has_formula) in &rows {
        let path = format!("/portal/history?{query}");
        let page = get(&stage, &contact, &path).await;
        assert_eq!(page.status, 200, "{path}: {}", page.text());
        let text = page.text();
        html::check(&text, &path);
        let bar = |visit: &str| text.contains(&format!("href=\"/portal/visits/{visit}\" aria-label="));
        let row = |visit: &str| {
            text.contains(&format!("<td data-label=\"Since\"><a href=\"/portal/visits/{visit}\">"))
        };
        assert_eq!((bar(plain), bar(formula)), (*has_plain, *has_formula), "drawn: {path}");
        assert_eq!((row(plain), row(formula)), (*has_plain, *has_formula), "listed: {path}");
        assert!(!text.contains(others), "another organization's: {path}");
        let json = get(&stage, &contact, &path.replace("history", "history.json")).await;
        let json = json.json();
        let found: Vec<_> =
            json.as_array().unwrap().iter().map(|visit| visit["visit"].as_str().unwrap()).collect();
        let expected = [(formula, has_formula), (plain, has_plain)];
        let expected: Vec<_> = expected.iter().filter(|(_, has)| **has).map(|(id, _)| id.as_str()).collect();
        assert_eq!(found, expected, "newest first: {path}");
    }

    let path = format!("/portal/history.csv?{all}");
    let csv = get(&stage, &contact, &path).await;
    assert_eq!(csv.header("content-type"), "text/csv; charset=utf-8");
    assert!(csv.header("content-disposition").starts_with("attachment; filename=\"acme-visits-"));
    assert!(csv.text().contains(",\"'=HYPERLINK(\"\"https://evil.example\"\")\","), "{}", csv.text());

    for (wrong, named) in [
        ("span=month", "month"),
        ("from=yesterday", "yesterday"),
        ("tool=nothing", "nothing"),
        ("person=me", "me"),
        ("after=somewhere", "somewhere"),
        ("from=2026-02-02&until=2026-02-01", "2026-02-01"),
    ] {
        let refused = get(&stage, &contact, &format!("/portal/history?{wrong}")).await;
        assert_eq!(refused.status, 400, "{wrong}");
        assert!(refused.text().contains(named), "{wrong}: {}", refused.text());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_history_goes_on_behind_the_last_visit_of_a_page() {
    let stage = Stage::new().await;
    // Some at the same instant, which the order then tells apart.
    for number in 0..60 {
        let visit = stage.visit(stage.acme.id, &PLAIN).await;
        stage.app.visit_close(visit, VisitEnd::Left).await.unwrap();
        stage.clock.forward(SignedDuration::from_secs(number % 3));
    }
    let listed = |page: &str| -> Vec<String> {
        let rows = page.split("<td data-label=\"Since\"><a href=\"/portal/visits/").skip(1);
        rows.map(|row| row.split('"').next().unwrap().to_owned()).collect()
    };
    let first = get(&stage, &stage.acme.contact, "/portal/history").await.text();
    let next = first
        .split("<a class=\"button\" href=\"")
        .find(|rest| rest.split('>').next().unwrap().ends_with("rel=\"next\""))
        .unwrap();
    let next = next.split('"').next().unwrap().replace("&#38;", "&").replace("&amp;", "&");
    let second = get(&stage, &stage.acme.contact, &next).await.text();
    let mut seen = [listed(&first), listed(&second)];
    assert_eq!((seen[0].len(), seen[1].len()), (50, 10), "{next}");
    assert!(!second.contains("after="), "there is nothing behind it: {second}");
    let [first, second] = &mut seen;
    first.append(second);
    first.sort();
    first.dedup();
    assert_eq!(first.len(), 60, "each is there once");
}

/// A visit from before midnight until after it is drawn on both days, and listed on the one on which it began.
#[tokio::test(flavor = "multi_thread")]
async fn a_visit_that_reaches_into_the_period_is_drawn_from_its_edge() {
    let stage = Stage::new().await;
    let day = SignedDuration::from_hours(24);
    let midnight = (stage.app.now() + day).strftime("%Y-%m-%dT00:00:00Z").to_string();
    let midnight: jiff::Timestamp = midnight.parse().unwrap();
    let to = |at: jiff::Timestamp| stage.clock.forward(at.duration_since(stage.app.now()));
    let minutes = SignedDuration::from_mins;
    // One that is over by then, and one that ends at that very instant.
    to(midnight - minutes(12));
    let over = stage.visit(stage.acme.id, &PLAIN).await;
    stage.app.visit_close(over, VisitEnd::Left).await.unwrap();
    let reaching = stage.visit(stage.acme.id, &PLAIN).await;
    let at_once = stage.visit(stage.acme.id, &FORMULA).await;
    to(midnight);
    stage.app.visit_close(at_once, VisitEnd::Left).await.unwrap();
    to(midnight + minutes(2));
    stage.app.visit_close(reaching, VisitEnd::Left).await.unwrap();
    let contact = signed_in(&stage.app, Holder::Contact(stage.acme.contact_id)).await;
    let today = midnight.strftime("%Y-%m-%d").to_string();
    let path = format!("/portal/history?span=day&from={today}");
    let text = get(&stage, &contact, &path).await.text();
    html::check(&text, &path);
    let drawn = |visit: &str| text.contains(&format!("href=\"/portal/visits/{visit}\" aria-label="));
    let found = [reaching, over, at_once].map(|visit| drawn(&visit.to_string()));
    assert_eq!(found, [true, false, false], "{text}");
    assert!(text.contains("1 visit began before this period") && text.contains(" x=\"0.00%\""), "{text}");
    assert!(!text.contains("<td data-label=\"Since\">"), "it is no visit of this day's table: {text}");
    let others = get(&stage, &stage.globex.contact, &path).await.text();
    assert!(!others.contains(&reaching.to_string()));
}
