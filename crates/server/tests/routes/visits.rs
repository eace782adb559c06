//! The support person's way in: list, form, visit page, tool, and what is said when there is no way in.

use axum::body::Body;
use axum::http::Request;
use byleave_app::credentials::Holder;
use byleave_domain::visit::VisitEnd;
use jiff::SignedDuration;
use serde_json::json;

use crate::ask::{Answer, Carries, ask, csrf, get, send};
use crate::html;
use crate::stage::{PLAIN, Stage, signed_in};

async fn open(stage: &Stage, fields: Vec<(&'static str, String)>) -> Answer {
    let place = [("organization", "acme".to_owned()), ("tool", "system-log".to_owned())];
    let fields = place.into_iter().chain(fields).collect();
    ask(stage, &stage.support, "POST", "/support/visit", Carries::Form(fields)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visit_from_the_list_to_its_end() {
    let stage = Stage::new().await;
    let list = get(&stage, &stage.support, "/support?q=ACME").await.text();
    html::check(&list, "/support");
    assert!(list.contains("Acme Rockets") && !list.contains("Globex"), "{list}");
    assert!(list.contains("/support/visit?organization=acme&#38;tool=system-log"), "{list}");
    let form = get(&stage, &stage.support, "/support/visit?organization=acme&tool=system-log").await.text();
    html::check(&form, "/support/visit");
    assert!(form.contains("required"));

    let opened = open(&stage, vec![("reason", " failing sign-ins ".into()), ("case", "C-1".into())]).await;
    assert_eq!(opened.status, 303, "{}", opened.text());
    let page = opened.header("location").to_owned();
    let shown = get(&stage, &stage.support, &page).await.text();
    html::check(&shown, "the visit page");
    for fact in [
        "failing sign-ins",
        "C-1",
        "Acme Rockets",
        "Open the tool",
        "target=\"_blank\"",
        "rel=\"noopener\"",
        "End this visit",
    ] {
        assert!(shown.contains(fact), "the visit page shows `{fact}`");
    }
    assert!(shown.contains("<count-down seconds=\"900\""), "{shown}");
    stage.clock.forward(SignedDuration::from_secs(125));
    let facts = get(&stage, &stage.support, &format!("{page}/facts")).await.text();
    assert!(facts.contains("2 min 5 s") && facts.contains("<count-down seconds=\"775\""), "{facts}");
    let own = get(&stage, &stage.support, "/support/visits").await.text();
    html::check(&own, "/support/visits");
    assert!(own.contains(&page) && own.contains("No visit of yours has ended."), "{own}");
    let others = get(&stage, &stage.other_support, "/support/visits").await.text();
    assert!(!others.contains(&page) && others.contains("You are inside nowhere"), "{others}");

    let entered =
        ask(&stage, &stage.support, "POST", &format!("{page}/enter"), Carries::Form(Vec::new())).await;
    let to = entered.header("location");
    assert!(to.starts_with("http://127.0.0.1:8081/t/system-log/acme/.byleave/enter?code=bl_"), "{to}");
    assert!(to.ends_with("&to=%2F"), "{to}");
    let code = to.split("code=").nth(1).unwrap().split('&').next().unwrap();
    assert!(stage.app.pass_redeem(code, stage.acme.id, stage.tool("system-log")).is_some());

    let ended = ask(&stage, &stage.support, "POST", &format!("{page}/end"), Carries::Form(Vec::new())).await;
    assert_eq!(ended.header("location"), page);
    let over = get(&stage, &stage.support, &page).await.text();
    assert!(
        over.contains("Your visit is over: it was ended.") && over.contains("Open a new visit"),
        "{over}"
    );
    assert!(!over.contains("Open the tool"));
    let own = get(&stage, &stage.support, "/support/visits").await.text();
    assert!(own.contains(&page) && own.contains("You are inside nowhere"), "{own}");
    let others = get(&stage, &stage.other_support, "/support/visits").await.text();
    assert!(!others.contains(&page), "another person's visits are theirs");
    let late = ask(&stage, &stage.support, "POST", &format!("{page}/enter"), Carries::Form(Vec::new())).await;
    assert_eq!(late.header("location"), page, "a visit that is over leads to its page");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_comes_from_the_tool_goes_back_into_it() {
    let stage = Stage::new().await;
    let form =
        get(&stage, &stage.support, "/support/visit?organization=acme&tool=system-log&to=%2Fevents%3Fa%3D1")
            .await;
    assert!(form.text().contains("name=\"to\" value=\"/events?a=1\""), "{}", form.text());
    let opened = open(&stage, vec![("reason", "r".into()), ("to", "/events?a=1&b=2 +".into())]).await;
    let to = opened.header("location");
    assert!(
        to.contains("/.byleave/enter?code=") && to.ends_with("&to=%2Fevents%3Fa%3D1%26b%3D2%20%2B"),
        "{to}"
    );
    let elsewhere = open(&stage, vec![("reason", "r".into()), ("to", "//evil.example/".into())]).await;
    assert!(elsewhere.header("location").starts_with("/support/visits/"), "{}", elsewhere.header("location"));
}

#[tokio::test(flavor = "multi_thread")]
async fn reached_by_localhost_tools_have_host_names() {
    let stage = Stage::new().await;
    let visit = stage.visit(stage.acme.id, &PLAIN).await;
    let session = stage.support.session.clone().unwrap();
    let request = Request::builder()
        .method("POST")
        .uri(format!("/support/visits/{visit}/enter"))
        .header("host", "localhost:8080")
        .header("origin", "http://localhost:8080")
        .header("cookie", format!("byleave_session={session}"))
        .body(Body::from(format!("csrf={}", csrf(&stage, &session))))
        .unwrap();
    let to = send(&stage, request).await.header("location").to_owned();
    assert!(to.starts_with("http://acme--system-log.localhost:8081/.byleave/enter?code="), "{to}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_missing_is_said_beside_its_field() {
    let stage = Stage::new().await;
    let empty = open(&stage, vec![("reason", "  ".into())]).await;
    assert_eq!(empty.status, 422);
    assert!(empty.text().contains("This tool wants to know why you enter."), "{}", empty.text());
    html::check(&empty.text(), "the form");
    let long = open(&stage, vec![("reason", "x".repeat(501)), ("case", "C 1".into())]).await;
    assert_eq!(long.status, 422);
    assert!(
        long.text().contains("501 characters") && long.text().contains("visible ASCII"),
        "{}",
        long.text()
    );
    assert!(long.text().contains("value=\"C 1\""), "what was typed is kept");
    let optional = vec![("organization", "acme".into()), ("tool", "status".into())];
    let opened = ask(&stage, &stage.support, "POST", "/support/visit", Carries::Form(optional)).await;
    assert_eq!(opened.status, 303);
    let page = get(&stage, &stage.support, opened.header("location")).await.text();
    assert!(page.contains("no reason given"), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_refusal_is_a_dead_end() {
    let stage = Stage::new().await;
    let visit = stage.visit(stage.acme.id, &PLAIN).await;
    stage.disable(&stage.acme).await;
    let form = get(&stage, &stage.support, "/support/visit?organization=acme&tool=system-log").await;
    let tried = open(&stage, vec![("reason", "r".into())]).await;
    for refused in [form, tried] {
        assert_eq!(refused.status, 403);
        let text = refused.text();
        html::check(&text, "the refusal");
        assert!(text.contains("This organization disabled support access on "), "{text}");
        assert!(text.contains("have its security contact enable support access"), "{text}");
        assert!(text.contains("send us an export or a picture of System log"), "{text}");
        assert!(
            text.contains("href=\"/support\"") && !text.contains("<button class=\"primary\">Enter"),
            "{text}"
        );
    }
    let over = get(&stage, &stage.support, &format!("/support/visits/{visit}")).await.text();
    html::check(&over, "the visit, over");
    assert!(over.contains("the organization disabled support access"), "{over}");
    assert!(over.contains("have its security contact enable support access"), "{over}");
    assert!(!over.contains("Open a new visit"), "{over}");
    let unknown = get(&stage, &stage.support, "/support/visit?organization=nobody&tool=system-log").await;
    assert_eq!(unknown.status, 404);
    assert!(unknown.text().contains("href=\"/support\""));
    let list = get(&stage, &stage.support, "/support").await.text();
    assert!(list.contains("state disabled") && list.contains("state enabled"), "{list}");
    assert!(list.contains("You may enter") && list.contains("What can I do instead?"), "{list}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_contact_sees_each_request_of_a_visit() {
    let stage = Stage::new().await;
    let visit = stage.visit(stage.acme.id, &PLAIN).await;
    let path = format!("/portal/visits/{visit}");
    let open = get(&stage, &stage.acme.contact, &path).await.text();
    html::check(&open, &path);
    assert!(
        open.contains("/events?after=5") && open.contains("under way") && open.contains("inside now"),
        "{open}"
    );
    stage.app.visit_close(visit, VisitEnd::Left).await.unwrap();
    let over = get(&stage, &stage.acme.contact, &path).await.text();
    for fact in ["<td data-label=\"Outcome\">200</td>", "5.1 kB", "they left", PLAIN.reason] {
        assert!(over.contains(fact), "the visit shows `{fact}`: {over}");
    }
    let portal = get(&stage, &stage.acme.contact, "/portal").await.text();
    assert!(portal.contains(&path), "the history leads there");
}

/// By plain forms, and nobody is inside when the page answers. The setting is what it was, which the page says.
#[tokio::test(flavor = "multi_thread")]
async fn a_contact_stops_one_visit_and_then_all_by_plain_forms() {
    let stage = Stage::new().await;
    let [visit, other] =
        [stage.visit(stage.acme.id, &PLAIN).await, stage.visit(stage.globex.id, &PLAIN).await];
    let stop = format!("/portal/visits/{visit}/stop");
    for page in ["/portal".to_owned(), "/portal/inside".to_owned(), format!("/portal/visits/{visit}")] {
        let shown = get(&stage, &stage.acme.contact, &page).await.text();
        html::check(&shown, &page);
        assert!(shown.contains(&format!("action=\"{stop}\"")), "{page}: {shown}");
    }
    let form = || Carries::Form(Vec::new());
    let stopped = ask(&stage, &stage.acme.contact, "POST", &stop, form()).await;
    let text = stopped.text();
    html::check(&text, &stop);
    for fact in ["1 visit ended", "Sam Okafor", "may open a new visit", "/portal#setting"] {
        assert!(text.contains(fact), "the page says `{fact}`: {text}");
    }
    let ended = |id| stage.app.visit(id).unwrap().ended.map(|(_, end)| end);
    assert_eq!(ended(visit), Some(VisitEnd::StoppedByOrganization));
    for page in ["/portal".to_owned(), format!("/portal/visits/{visit}")] {
        let shown = get(&stage, &stage.acme.contact, &page).await.text();
        let name = format!("your organization stopped it ({})", PLAIN.person);
        assert!(shown.contains(&name) && !shown.contains(&stop), "{page}: {shown}");
    }
    let over = get(&stage, &stage.support, &format!("/support/visits/{visit}")).await.text();
    assert!(over.contains("Your visit is over: the organization stopped it."), "{over}");
    let again = ask(&stage, &stage.acme.contact, "POST", &stop, form()).await.text();
    assert!(again.contains("no open visit"), "{again}");

    let back = [stage.visit(stage.acme.id, &PLAIN).await, stage.visit(stage.acme.id, &PLAIN).await];
    let all = ask(&stage, &stage.acme.contact, "POST", "/portal/stop", form()).await.text();
    assert!(back.iter().all(|id| all.contains(&id.to_string())), "{all}");
    assert!(back.iter().all(|id| ended(*id) == Some(VisitEnd::StoppedByOrganization)));
    assert_eq!(ended(other), None, "nobody else's");
    stage.disable(&stage.acme).await;
    let disabled = ask(&stage, &stage.acme.contact, "POST", "/portal/stop", form()).await.text();
    assert!(disabled.contains("nobody can open a new visit"), "{disabled}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_organizations_program_stops_its_own_visits_alone() {
    let stage = Stage::new().await;
    let [visit, other] =
        [stage.visit(stage.acme.id, &PLAIN).await, stage.visit(stage.globex.id, &PLAIN).await];
    let stop = async |body| {
        let answer =
            ask(&stage, &stage.acme.token, "POST", "/v1/organizations/acme/visits/stop", Carries::Json(body))
                .await;
        (answer.status.as_u16(), answer.json())
    };
    let missing = format!("visit_{}", "0".repeat(32));
    for (named, wanted) in [("printer", 400), (&*missing, 409), (&*other.to_string(), 409)] {
        let (status, problem) = stop(json!({"visit": named})).await;
        assert_eq!((status, &problem["errors"][0]["pointer"]), (wanted, &json!("#/visit")), "{problem}");
    }
    assert!(stage.app.visit(other).unwrap().ended.is_none());
    let (status, stopped) = stop(json!({"visit": visit.to_string()})).await;
    assert_eq!((status, &stopped["visits"]), (200, &json!([visit.to_string()])));
    assert_eq!(stop(json!({})).await.1["visits"], json!([]));
    let page = get(&stage, &stage.acme.contact, &format!("/portal/visits/{visit}")).await.text();
    assert!(page.contains("stopped it (one of its programs)"), "{page}");
}

/// Stop and disable stand beside it; what is written changes nothing by itself.
#[tokio::test(flavor = "multi_thread")]
async fn a_contact_does_not_recognise_a_visit_and_the_desk_answers_on_its_page() {
    let stage = Stage::new().await;
    let visit = stage.visit(stage.acme.id, &PLAIN).await;
    let page = format!("/portal/visits/{visit}");
    let form = |text: &str| Carries::Form(vec![("text", text.to_owned())]);
    let raised = ask(&stage, &stage.acme.contact, "POST", &format!("{page}/doubts"), form(" ")).await;
    assert_eq!((raised.status.as_u16(), raised.header("location")), (303, page.as_str()));
    let shown = get(&stage, &stage.acme.contact, &page).await.text();
    html::check(&shown, &page);
    for fact in ["does not recognise this visit", "answers by", &format!("{page}/stop"), "/portal#setting"] {
        assert!(shown.contains(fact), "the visit shows `{fact}`: {shown}");
    }
    assert!(!shown.contains(&format!("action=\"{page}/doubts\"")), "one is enough at a time");
    let twice = ask(&stage, &stage.acme.contact, "POST", &format!("{page}/doubts"), form("again")).await;
    assert_eq!(twice.status, 409, "{}", twice.text());
    let portal = get(&stage, &stage.acme.contact, "/portal").await.text();
    assert!(portal.contains("not recognised: the desk answers by"), "{portal}");

    let desk = get(&stage, &stage.desk, "/desk").await.text();
    html::check(&desk, "/desk");
    let id = desk.split("/desk/doubts/").nth(1).unwrap().split('"').next().unwrap().to_owned();
    assert!(desk.contains("The answer is due") && !desk.contains("the answer was due"), "{desk}");
    stage.clock.forward(SignedDuration::from_hours(25));
    let desk_page = format!("/desk/doubts/{id}");
    let desk = signed_in(&stage.app, Holder::DeskPerson(stage.desk_person)).await;
    assert!(get(&stage, &desk, "/desk").await.text().contains("the answer was due"), "it is overdue");
    let shown = get(&stage, &desk, &desk_page).await.text();
    html::check(&shown, &desk_page);
    assert!(shown.contains(PLAIN.reason) && shown.contains("CASE-7"), "{shown}");
    let answered = ask(&stage, &desk, "POST", &format!("{desk_page}/answer"), form("about your case")).await;
    assert_eq!((answered.status.as_u16(), answered.header("location")), (303, desk_page.as_str()));
    assert!(!get(&stage, &desk, "/desk").await.text().contains(&desk_page), "nothing waits any more");
    let contact = signed_in(&stage.app, Holder::Contact(stage.acme.contact_id)).await;
    let shown = get(&stage, &contact, &page).await.text();
    let answer = shown.split("/portal/evidence/").nth(1).unwrap().split('"').next().unwrap();
    let read = get(&stage, &contact, &format!("/portal/evidence/{answer}")).await;
    assert_eq!((read.status.as_u16(), read.text()), (200, "about your case".to_owned()));
    assert!(shown.contains(&format!("action=\"{page}/doubts\"")), "whoever is not satisfied says so");
    assert_eq!(stage.app.world().organizations[&stage.acme.id].organization.setting.epoch, 0);
}

/// Pages go on, and say that something was there.
#[tokio::test(flavor = "multi_thread")]
async fn where_an_erased_persons_part_was_pages_say_erased() {
    let stage = Stage::new().await;
    let visit = stage.visit(stage.acme.id, &PLAIN).await;
    stage.app.visit_close(visit, VisitEnd::Left).await.unwrap();
    let page = format!("/portal/visits/{visit}");
    let before = get(&stage, &stage.acme.contact, &page).await.text();
    assert!(before.contains(PLAIN.reason) && before.contains("Sam Okafor"), "{before}");
    let erase = format!("/v1/support-people/{}/erase", stage.subject);
    let reason = || Carries::Json(json!({"reason": "they asked for it"}));
    let refused = ask(&stage, &stage.desk, "POST", &erase, Carries::Json(json!({"reason": " "}))).await;
    assert_eq!(refused.status, 400, "{}", refused.text());
    let erased = ask(&stage, &stage.desk, "POST", &erase, reason()).await;
    assert_eq!(erased.status, 200, "{}", erased.text());
    assert_eq!(ask(&stage, &stage.desk, "POST", &erase, reason()).await.status, 404);

    for path in ["/portal", "/portal/inside", &page] {
        let shown = get(&stage, &stage.acme.contact, path).await;
        let text = shown.text();
        assert_eq!(shown.status, 200, "{path}: {text}");
        html::check(&text, path);
        for gone in [PLAIN.reason, PLAIN.target, "CASE-7", "192.0.2.7"] {
            assert!(!text.contains(gone), "{path} still shows `{gone}`");
        }
    }
    let shown = get(&stage, &stage.acme.contact, &page).await.text();
    assert!(shown.contains("a person who is erased") && shown.contains("<code>erased</code>"), "{shown}");
    let listed = get(&stage, &stage.acme.contact, "/portal").await.text();
    assert!(listed.contains("a person who is erased"), "{listed}");
    assert_eq!(get(&stage, &stage.support, "/support").await.status, 401, "their session is over");
    let own = get(&stage, &stage.acme.token, "/v1/organizations/acme/payloads").await.text();
    assert!(!own.contains(PLAIN.reason) && own.contains("they asked for it"), "{own}");
    assert_eq!(get(&stage, &stage.desk, "/desk").await.status, 200);
}

/// From the store and not from memory, newest first, in pages; nobody else's.
#[tokio::test(flavor = "multi_thread")]
async fn ones_own_visits_that_are_over_are_listed_to_the_first() {
    let stage = Stage::new().await;
    let mut opened = Vec::new();
    for number in 0..120 {
        let organization = if number % 2 == 0 { stage.acme.id } else { stage.globex.id };
        let visit = stage.visit(organization, &PLAIN).await;
        stage.app.visit_close(visit, VisitEnd::Left).await.unwrap();
        opened.push((stage.app.now(), visit));
        // Some at the same instant, which the order then tells apart.
        stage.clock.forward(SignedDuration::from_secs(number % 3));
    }
    let support = signed_in(&stage.app, Holder::Subject(stage.subject)).await;
    let (mut path, mut seen) = ("/support/visits".to_owned(), Vec::new());
    for expected in [50, 50, 20] {
        let text = get(&stage, &support, &path).await.text();
        html::check(&text, &path);
        let rows = text.split("<a href=\"/support/visits/").skip(1);
        let rows: Vec<_> = rows.map(|row| row.split('"').next().unwrap().to_owned()).collect();
        assert_eq!(rows.len(), expected, "{path}: {text}");
        seen.extend(rows);
        let next = text
            .split("href=\"")
            .find(|rest| rest.contains("rel=\"next\"") && rest.starts_with("/support/visits?"));
        path = next.map(|rest| rest.split('"').next().unwrap().to_owned()).unwrap_or_default();
    }
    assert_eq!(path, "", "there is nothing behind the last");
    opened.sort_by_key(|(at, id)| (std::cmp::Reverse(*at), *id));
    let opened: Vec<_> = opened.iter().map(|(_, id)| id.to_string()).collect();
    assert_eq!(seen, opened);
    let others = get(&stage, &stage.other_support, "/support/visits").await.text();
    assert!(others.contains("No visit of yours has ended."), "{others}");
    assert_eq!(get(&stage, &support, "/support/visits?after=somewhere").await.status, 400);
}
