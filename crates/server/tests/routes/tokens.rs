//! Tokens: good for what they were made for and nothing else, until they expire or are revoked.

use std::collections::BTreeSet;

use byleave_app::caller::Caller as AppCaller;
use byleave_app::credentials::Holder;
use byleave_app::tokens::{OVER_MAX, holder_of, kind_of};
use byleave_domain::token::{Scope, Scopes, Wanted};
use byleave_server::openapi;
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::ask::{Answer, Carries, ask, get};
use crate::stage::{Caller, PLAIN, Stage};
use crate::table::{Known, carries, pages, rows};

/// A token of `caller` that is good for `scopes` alone.
async fn narrowed(stage: &Stage, caller: AppCaller, scopes: Scopes) -> Caller {
    let wanted = Wanted { scopes: Some(scopes), life: None };
    let made =
        stage.app.token_create(caller, None, holder_of(caller), "narrow".parse().unwrap(), wanted).await;
    Caller { session: None, token: Some(made.unwrap().1.reveal().to_owned()) }
}

async fn post(stage: &Stage, caller: &Caller, path: &str, body: Value) -> Answer {
    ask(stage, caller, "POST", path, Carries::Json(body)).await
}

fn problem(answer: &Answer) -> (u16, String) {
    let kind = answer.json()["type"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
    (answer.status.as_u16(), kind)
}

fn everybody(stage: &Stage) -> [AppCaller; 4] {
    [
        AppCaller::Admin,
        AppCaller::DeskPerson(stage.desk_person),
        AppCaller::Organization(stage.acme.id),
        AppCaller::Subject(stage.subject),
    ]
}

/// The scope that the document names for an operation; none where nobody has to be known.
fn declared(document: &Value, method: &str, route: &str) -> Option<Scope> {
    let security = &document["paths"][route][method.to_lowercase()]["security"];
    security[0]["token"][0].as_str().map(|word| word.parse().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn every_operation_takes_its_scope_and_no_other() {
    let document = openapi();
    let stage = Stage::new().await;
    stage.change_request(&stage.acme).await;
    stage.contact_change(&stage.acme).await;
    for caller in everybody(&stage) {
        let whole = Scopes::whole(kind_of(holder_of(caller)).unwrap());
        for has in whole.iter() {
            let one = narrowed(&stage, caller, Scopes::of(&[has])).await;
            for (method, route) in rows().filter(|(_, route)| route.starts_with("/v1/")) {
                let Some(takes) = declared(&document, method, route).filter(|takes| *takes != has) else {
                    continue;
                };
                let path = route.replace("{organization}", "acme").replace("{slug}", "system-log");
                let answer = ask(&stage, &one, method, &path, carries(&stage, method, route)).await;
                // What no token of theirs could be good for is for others.
                let kind = if whole.has(takes) { "insufficient-scope" } else { "forbidden" };
                assert_eq!(problem(&answer), (403, kind.into()), "{method} {route} with `{has}`");
                let named = answer.json()["detail"].as_str().unwrap().contains(&format!("`{takes}`"));
                assert_eq!(named, whole.has(takes), "it is named");
            }
        }
    }
    let scopes: BTreeSet<_> =
        rows().filter_map(|(method, route)| declared(&document, method, route)).collect();
    // Entering is the gateway's.
    assert_eq!(scopes.len(), Scope::ALL.len() - 1, "each is for something: {scopes:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_token_opens_a_page_or_sends_a_form_and_nothing_changes() {
    let mut count = 0;
    for (method, route) in pages() {
        count += 1;
        let stage = Stage::new().await;
        let known = Known::prepare(&stage, route).await;
        let path = known.path(&stage, route).await;
        for caller in everybody(&stage) {
            let all = narrowed(&stage, caller, Scopes::whole(kind_of(holder_of(caller)).unwrap())).await;
            let state = || {
                (stage.commits.load(std::sync::atomic::Ordering::SeqCst), format!("{:?}", *stage.app.world()))
            };
            let before = state();
            let answer = ask(&stage, &all, method, &path, carries(&stage, method, route)).await;
            assert_eq!(answer.status, 403, "{method} {route} as {caller:?}: {}", answer.text());
            assert!(answer.text().contains("take no token"), "{method} {route}: {}", answer.text());
            assert!(before == state(), "{method} {route} as {caller:?}: something changed");
        }
    }
    assert!(count > 50, "the pages are found: {count}");
    let stage = Stage::new().await;
    let token = Caller { session: None, ..stage.desk.clone() };
    let help = get(&stage, &token, "/").await;
    assert_eq!((help.status.as_u16(), help.text()), (200, get(&stage, &Caller::default(), "/").await.text()));
    let log = byleave_domain::ids::to_hex(
        stage.app.world().organizations[&stage.acme.id].organization.log.as_bytes(),
    );
    let acme = AppCaller::Organization(stage.acme.id);
    for (scope, status) in [(Scope::Read, 200), (Scope::Contents, 403)] {
        let narrow = narrowed(&stage, acme, Scopes::of(&[scope])).await;
        assert_eq!(get(&stage, &narrow, &format!("/o/{log}/checkpoint")).await.status, status, "{scope}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_asked_for_is_what_is_made_and_the_secret_is_shown_once() {
    let stage = Stage::new().await;
    let wanted = json!({"name": "report", "scopes": ["read"], "days": 7});
    let answer = post(&stage, &stage.acme.token, "/v1/organizations/acme/tokens", wanted).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    let made = answer.json();
    let secret = made["token"].as_str().unwrap().to_owned();
    assert_eq!(
        (&made["name"], &made["scopes"], &made["state"]),
        (&json!("report"), &json!(["read"]), &json!("works"))
    );
    let caller = Caller { session: None, token: Some(secret.clone()) };
    assert_eq!(get(&stage, &caller, "/v1/organizations/acme").await.status, 200);
    // A page's worth of a second later the day of its use is kept.
    let listed = get(&stage, &stage.acme.token, "/v1/tokens").await;
    assert!(!listed.text().contains(&secret) && !listed.text().contains("\"token\":"), "no secret is listed");
    let path = answer.header("location").to_owned();
    let shown = get(&stage, &stage.acme.token, &path).await.json();
    assert_eq!((&shown["id"], shown.get("token")), (&made["id"], None));
    for (body, field) in [
        (json!({"scopes": ["everything"]}), "#/scopes/0"),
        (json!({"name": ""}), "#/name"),
        (json!({"days": "ten"}), "#/days"),
        (json!({"until": "2030"}), "#/until"),
    ] {
        let answer = post(&stage, &stage.acme.token, "/v1/tokens", body.clone()).await;
        assert_eq!(
            (answer.status.as_u16(), &answer.json()["errors"][0]["pointer"]),
            (400, &json!(field)),
            "{body}"
        );
    }
    let answer = ask(&stage, &stage.acme.token, "POST", "/v1/tokens", Carries::Nothing).await;
    assert_eq!(
        answer.json()["scopes"],
        json!(["read", "contents", "access"]),
        "the usual ones, without `tokens`"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_gives_on_what_it_has_of_what_its_holder_could_have() {
    let stage = Stage::new().await;
    let admin = |scopes: &'static [Scope]| narrowed(&stage, AppCaller::Admin, Scopes::of(scopes));
    let with_tokens = admin(&[Scope::Read, Scope::Tokens]).await;
    let for_others = admin(&[Scope::Manage, Scope::Tokens]).await;
    let acme = "/v1/organizations/acme/tokens";
    let person = format!("/v1/support-people/{}/tokens", stage.subject);
    let person = person.as_str();
    for (caller, path, body, expected) in [
        (&with_tokens, "/v1/tokens", json!({"scopes": ["read"]}), "made"),
        (&with_tokens, "/v1/tokens", json!({"scopes": ["manage"]}), "refused"),
        (&with_tokens, "/v1/tokens", json!({"scopes": ["enter"]}), "refused"),
        (&with_tokens, "/v1/tokens", json!({"days": 91}), "refused"),
        (&with_tokens, acme, json!({"scopes": ["read"]}), "insufficient-scope"),
        // What is never the administrator's, `manage` is for giving to those whose it is.
        (&for_others, acme, json!({"scopes": ["contents"]}), "made"),
        (&for_others, person, json!({"scopes": ["enter"]}), "made"),
        (&with_tokens, person, json!({"scopes": ["enter"]}), "insufficient-scope"),
        (&for_others, acme, json!({"scopes": ["read"]}), "refused"),
        (&for_others, "/v1/tokens", json!({}), "made"),
        (&stage.admin, "/v1/tokens", json!({"days": 90}), "made"),
        (&stage.admin, "/v1/tokens", json!({"scopes": ["read", "manage"], "days": 1}), "made"),
        (&stage.support, "/v1/tokens", json!({"scopes": ["enter"]}), "made"),
        (&stage.support, "/v1/tokens", json!({"scopes": ["read"]}), "refused"),
        (&stage.acme.contact, acme, json!({"scopes": ["read", "tokens"]}), "unauthenticated"),
    ] {
        let answer = post(&stage, caller, path, body.clone()).await;
        let came = if answer.status == 201 { "made".to_owned() } else { problem(&answer).1 };
        assert_eq!(came, expected, "{path} {body}: {}", answer.text());
    }
    // Without `tokens` nobody is added either, since the answer would hold one.
    let body = json!({"kind": "support_person", "name": "N", "email": "n@vendor.example", "employer": "V"});
    let manage = admin(&[Scope::Manage]).await;
    assert_eq!(problem(&post(&stage, &manage, "/v1/support-people", body).await).1, "insufficient-scope");
    assert!(stage.app.world().subjects.values().all(|subject| subject.email.as_str() != "n@vendor.example"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_expired_says_so_and_a_revoked_one_is_as_one_that_never_was() {
    let stage = Stage::new().await;
    let day = json!({"name": "short", "days": 1, "scopes": ["read"]});
    let made = post(&stage, &stage.acme.token, "/v1/tokens", day).await.json();
    let short = Caller { session: None, token: Some(made["token"].as_str().unwrap().to_owned()) };
    let path = format!("/v1/tokens/{}", made["id"].as_str().unwrap());
    assert_eq!(get(&stage, &short, "/v1/organizations/acme").await.status, 200);
    stage.clock.forward(SignedDuration::from_hours(24));
    let answer = get(&stage, &short, "/v1/organizations/acme").await;
    assert_eq!(problem(&answer), (401, "token-expired".into()));
    assert_eq!(answer.header("www-authenticate"), "Bearer error=\"invalid_token\"");
    assert_eq!(get(&stage, &stage.acme.token, &path).await.json()["state"], "expired");

    let usual = ask(&stage, &stage.acme.token, "POST", "/v1/tokens", Carries::Nothing).await.json();
    let usual_one = Caller { session: None, token: Some(usual["token"].as_str().unwrap().to_owned()) };
    let path = format!("/v1/tokens/{}", usual["id"].as_str().unwrap());
    assert_eq!(get(&stage, &usual_one, "/v1/organizations/acme").await.status, 200);
    for _ in 0..2 {
        let revoked =
            ask(&stage, &stage.acme.token, "POST", &format!("{path}/revoke"), Carries::Nothing).await;
        assert_eq!((revoked.status.as_u16(), &revoked.json()["state"]), (200, &json!("revoked")));
    }
    let gone = get(&stage, &usual_one, "/v1/organizations/acme").await;
    let nobody = Caller { session: None, token: Some("bl_never_was".into()) };
    let never = get(&stage, &nobody, "/v1/organizations/acme").await;
    assert_eq!((gone.status, gone.text()), (never.status, never.text()));
    // Neither is remembered for ever.
    stage.clock.forward(SignedDuration::from_hours(24 * 89));
    let holder = Holder::Organization(stage.acme.id);
    let known = || stage.app.world().tokens_of(holder).count();
    assert_eq!(known(), 3);
    stage.clock.forward(SignedDuration::from_hours(24));
    stage.token(&stage.acme).await;
    assert_eq!(known(), 2, "the two are forgotten, one that works came, and the first one has just expired");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_holder_has_so_many_tokens_that_work() {
    let stage = Stage::new().await;
    for _ in 1..byleave_app::tokens::TOKENS_MAX {
        stage.token(&stage.acme).await;
    }
    let answer = ask(&stage, &stage.acme.token, "POST", "/v1/tokens", Carries::Nothing).await;
    assert_eq!(problem(&answer).1, "refused");
    assert!(answer.json()["detail"].as_str().unwrap().contains("revoke one"));
    let globex = ask(&stage, &stage.globex.token, "POST", "/v1/tokens", Carries::Nothing).await;
    assert_eq!(globex.status, 201, "others have their own");
}

/// Making and revoking in turn never has too many that work.
#[tokio::test(flavor = "multi_thread")]
async fn of_tokens_that_no_longer_work_so_many_are_known() {
    let stage = Stage::new().await;
    let first = stage.token(&stage.acme).await;
    let mut last = first.clone();
    for _ in 0..OVER_MAX + 20 {
        stage.app.token_revoke(last.parse().unwrap(), AppCaller::Admin).await.unwrap();
        stage.clock.forward(SignedDuration::from_secs(1));
        last = stage.token(&stage.acme).await;
    }
    let path = |id: &str| format!("/v1/tokens/{id}");
    let known = stage.app.world().tokens_of(Holder::Organization(stage.acme.id)).count();
    assert_eq!(known, OVER_MAX + 2, "beside the first one of the stage and the last one, which work");
    assert_eq!(get(&stage, &stage.acme.token, &path(&first)).await.status, 404, "over for the longest");
    assert_eq!(get(&stage, &stage.acme.token, &path(&last)).await.json()["state"], "works");
    let of_globex = stage.app.world().tokens_of(Holder::Organization(stage.globex.id)).count();
    assert_eq!(of_globex, 1, "each holder's are counted apart");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_desk_lists_its_own_tokens_and_revokes_them_without_scripts() {
    let stage = Stage::new().await;
    stage.visit(stage.acme.id, &PLAIN).await;
    // The newest is on top.
    stage.clock.forward(SignedDuration::from_secs(1));
    let form = || Carries::Form(Vec::new());
    let made = ask(&stage, &stage.desk, "POST", "/desk/token", form()).await.text();
    let secret = made.split("bl_").nth(1).unwrap().split('<').next().unwrap();
    let token = Caller { session: None, token: Some(format!("bl_{secret}")) };
    assert_eq!(get(&stage, &token, "/v1/me").await.status, 200);
    let page = get(&stage, &stage.desk, "/desk/vendor").await.text();
    let section = page.split("id=\"tokens\"").nth(1).unwrap();
    assert!(section.contains("command line") && !page.contains(secret));
    let action = section.split("action=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    // Somebody else's desk page cannot.
    assert_eq!(ask(&stage, &stage.second_desk, "POST", &action, form()).await.status, 404);
    assert_eq!(get(&stage, &token, "/v1/me").await.status, 200);
    assert_eq!(ask(&stage, &stage.desk, "POST", &action, form()).await.status, 303);
    assert_eq!(get(&stage, &token, "/v1/me").await.status, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_contact_lists_the_organizations_tokens_and_revokes_them_without_scripts() {
    let stage = Stage::new().await;
    let page = get(&stage, &stage.acme.contact, "/portal").await.text();
    let section = page.split("id=\"tokens\"").nth(1).unwrap().split("</section>").next().unwrap();
    let secret = stage.acme.token.token.as_deref().unwrap();
    assert!(
        section.contains("stage") && section.contains("read, contents, access") && !page.contains(secret)
    );
    assert_eq!(section.matches("<form").count(), 1, "its own alone");
    let action = section.split("action=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let form = || Carries::Form(Vec::new());
    assert_eq!(ask(&stage, &stage.globex.contact, "POST", &action, form()).await.status, 404);
    assert_eq!(get(&stage, &stage.acme.token, "/v1/organizations/acme").await.status, 200);
    assert_eq!(ask(&stage, &stage.acme.contact, "POST", &action, form()).await.status, 303);
    assert_eq!(get(&stage, &stage.acme.token, "/v1/organizations/acme").await.status, 401);
    assert!(!get(&stage, &stage.acme.contact, "/portal").await.text().contains("id=\"tokens\""));
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_are_shown_newest_first_with_a_time_that_people_can_read() {
    let stage = Stage::new().await;
    // Half a second apart: as text, that of the whole second is the later one.
    for (name, later) in [("first", 0), ("second", 500)] {
        stage.clock.forward(SignedDuration::from_millis(later));
        for caller in [&stage.acme.token, &stage.desk] {
            assert_eq!(post(&stage, caller, "/v1/tokens", json!({"name": name})).await.status, 201);
        }
    }
    for (caller, path, scopes) in [
        (&stage.acme.contact, "/portal", "read, contents, access"),
        (&stage.desk, "/desk/vendor", "read, contents, requests"),
    ] {
        let page = get(&stage, caller, path).await.text();
        let table = page.split("id=\"tokens\"").nth(1).unwrap().split("</table>").next().unwrap();
        let place = |text: &str| table.find(text).unwrap_or_else(|| panic!("{path}: no {text} in {table}"));
        assert!(place("second<br>") < place("first<br>"), "{path}: {table}");
        place(scopes);
        let until =
            regex_lite::Regex::new(r#""Works until"><local-time [^>]*>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC<"#)
                .unwrap();
        assert!(until.is_match(table), "{path}: {table}");
    }
}
