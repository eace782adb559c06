//! What protects a person's browser: forms that were meant, links that work once, cookies, headers, escaping.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use byleave_api::problem::ProblemType;
use byleave_app::credentials::Holder;
use byleave_domain::statement::Wish;
use byleave_domain::subject::SubjectKind;

use crate::ask::{Answer, Carries, ask, csrf, get, send};
use crate::html;
use crate::stage::{BASE, Caller, Names, PLAIN, Stage, config, link};

async fn end_visit(stage: &Stage, path: &str, headers: &[(&str, &str)], token: Option<String>) -> StatusCode {
    let session = stage.support.session.clone().unwrap();
    let mut request =
        Request::builder().method("POST").uri(path).header("cookie", format!("byleave_session={session}"));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let body = token.map(|token| format!("csrf={token}")).unwrap_or_default();
    send(stage, request.body(Body::from(body)).unwrap()).await.status
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_is_taken_from_our_own_pages_only() {
    let stage = Stage::new().await;
    let visit = stage.visit(stage.acme.id, &PLAIN).await;
    let path = format!("/support/visits/{visit}/end");
    let right = || Some(csrf(&stage, stage.support.session.as_ref().unwrap()));
    let others = || Some(csrf(&stage, stage.other_support.session.as_ref().unwrap()));
    let here = [("origin", BASE)];
    for (why, headers, token) in [
        ("no token", &here[..], None),
        ("empty token", &here, Some(String::new())),
        ("another session's token", &here, others()),
        ("no origin at all", &[], right()),
        ("a foreign origin", &[("origin", "https://evil.example")], right()),
        ("a neighbour's origin", &[("origin", "http://127.0.0.1:8081")], right()),
        (
            "a foreign origin that claims to be near",
            &[("origin", "https://evil.example"), ("sec-fetch-site", "same-origin")],
            right(),
        ),
        ("a withheld origin from afar", &[("origin", "null"), ("sec-fetch-site", "cross-site")], right()),
    ] {
        assert_eq!(end_visit(&stage, &path, headers, token).await, 403, "{why}");
        assert!(stage.app.visit(visit).unwrap().ended.is_none(), "{why}");
    }
    let withheld = [("origin", "null"), ("sec-fetch-site", "same-origin")];
    assert_eq!(end_visit(&stage, &path, &withheld, right()).await, 303);
    assert!(stage.app.visit(visit).unwrap().ended.is_some());
    assert_eq!(end_visit(&stage, &path, &[("origin", "http://localhost:8080")], right()).await, 303);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_signs_in_once() {
    let stage = Stage::new().await;
    let stranger = Caller::default();
    let link = link(&stage.app, Holder::Contact(stage.acme.contact_id)).await;
    let path = format!("/sign-in/{link}");
    let previewed = ask(&stage, &stranger, "HEAD", &path, Carries::Nothing).await;
    assert!(!previewed.headers.contains_key("set-cookie"), "a preview does not use the link up");
    let first = get(&stage, &stranger, &path).await;
    assert_eq!((first.status.as_u16(), first.header("location")), (303, "/portal"));
    let cookie = first.header("set-cookie").to_owned();
    for attribute in ["; Path=/", "; HttpOnly", "; SameSite=Lax", "; Max-Age=28800"] {
        assert!(cookie.contains(attribute), "{cookie}");
    }
    assert!(
        cookie.starts_with("byleave_session=bl_") && !cookie.contains("Secure") && !cookie.contains("Domain")
    );
    let session = cookie.split(['=', ';']).nth(1).map(ToOwned::to_owned);
    let caller = Caller { session, token: None };
    assert_eq!(get(&stage, &caller, "/portal").await.status, 200);

    let used = get(&stage, &stranger, &path).await;
    let unknown = get(&stage, &stranger, "/sign-in/bl_nothing").await;
    assert_eq!((used.status, used.text()), (unknown.status, unknown.text()));
    assert_eq!(used.status, StatusCode::GONE);
    assert!(!used.headers.contains_key("set-cookie"));

    let out = ask(&stage, &caller, "POST", "/sign-out", Carries::Form(Vec::new())).await;
    assert!(out.header("set-cookie").contains("Max-Age=0"));
    assert_eq!(get(&stage, &caller, "/portal").await.status, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn over_https_the_cookie_is_for_this_host_and_secure_connections_alone() {
    let https = byleave_server::Config { base_url: "https://byleave.example".into(), ..config() };
    let stage = Stage::with(&PLAIN, https).await;
    let link = link(&stage.app, Holder::Subject(stage.subject)).await;
    let answer = get(&stage, &Caller::default(), &format!("/sign-in/{link}")).await;
    let cookie = answer.header("set-cookie");
    assert!(cookie.starts_with("__Host-byleave_session=bl_") && cookie.ends_with("; Secure"), "{cookie}");
    let plain = cookie.replacen("__Host-", "", 1);
    let session = plain.split(['=', ';']).nth(1).map(ToOwned::to_owned);
    let tossed = get(&stage, &Caller { session, token: None }, "/support").await;
    assert_eq!(tossed.status, 401, "the name without the prefix counts for nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_keeps_browsers_strict() {
    let stage = Stage::new().await;
    let stranger = Caller::default();
    for path in ["/", "/portal", "/nowhere", "/v1/organizations", "/oauth2/jwks"] {
        let answer = get(&stage, &stranger, path).await;
        let policy = answer.header("content-security-policy");
        for part in [
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "form-action 'self' http://127.0.0.1:8081 http://*.localhost:8081",
            "frame-ancestors 'none'",
            "base-uri 'none'",
        ] {
            assert!(policy.contains(part), "{path}: {policy}");
        }
        assert!(!policy.contains("unsafe"));
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("referrer-policy"), "same-origin");
        assert_eq!(answer.header("cross-origin-opener-policy"), "same-origin");
        assert_eq!(answer.header("cross-origin-resource-policy"), "same-origin");
        assert!(answer.header("permissions-policy").contains("camera=(), "), "{path}");
    }
    assert_eq!(get(&stage, &stranger, "/portal").await.header("cache-control"), "no-store");
    let help = get(&stage, &stranger, "/").await.text();
    let style = help.split("rel=\"stylesheet\" href=\"/static/").nth(1).unwrap().split('"').next().unwrap();
    let style = get(&stage, &stranger, &format!("/static/{style}")).await;
    assert_eq!(style.header("content-type"), "text/css; charset=utf-8");
    assert!(style.header("cache-control").contains("immutable"));
    assert_eq!(get(&stage, &stranger, "/static/byleave.css").await.status, 404);
}

/// What checks a log in the browser comes in several files, and each names the others as they are served.
#[tokio::test(flavor = "multi_thread")]
async fn modules_import_what_is_served() {
    let stage = Stage::new().await;
    let page = get(&stage, &stage.acme.contact, "/portal/verify").await.text();
    let (mut wanted, mut seen) = (vec![page], Vec::new());
    while let Some(text) = wanted.pop() {
        assert!(!text.contains("from \"./"), "{text}");
        for path in text.split("\"/static/").skip(1).filter_map(|rest| rest.split('"').next()) {
            let file = get(&stage, &Caller::default(), &format!("/static/{path}")).await;
            assert_eq!(file.status, 200, "{path}");
            if !path.contains(".mjs") {
                continue;
            }
            seen.push(format!("{} {}", path.split('.').next().unwrap(), file.header("content-type")));
            wanted.extend(path.ends_with(".mjs").then(|| file.text()));
        }
    }
    seen.sort();
    let javascript =
        ["picture", "story", "verifier", "verify"].map(|n| format!("{n} text/javascript; charset=utf-8"));
    assert_eq!(seen, javascript);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_chooses_the_language_and_is_led_nowhere_else() {
    let stage = Stage::new().await;
    let choose = async |language: &str, from: &str| {
        let request = Request::post("/language")
            .header("content-type", "application/x-www-form-urlencoded")
            .header("referer", from)
            .body(Body::from(format!("language={language}")))
            .unwrap();
        send(&stage, request).await
    };
    let own = format!("{BASE}/portal/contacts?a=b");
    for (from, to) in [
        (own.as_str(), "/portal/contacts?a=b"),
        ("http://127.0.0.1:8080/desk/tools/system-log?a=b", "/desk/tools/system-log?a=b"),
        // A page that answered a form, where nothing can be asked for.
        ("http://127.0.0.1:8080/desk/tools/system-log/check?a=b", "/desk/tools/system-log"),
        ("http://127.0.0.1:8080/desk/organization-imports/check", "/desk/organization-imports"),
        ("http://127.0.0.1:8080/desk/contacts/contact_1/call", "/desk"),
        ("http://127.0.0.1:8080/messages", "/"),
        ("http://127.0.0.1:8080/desk/", "/desk"),
        ("http://127.0.0.1:8080//evil.example/x", "/"),
        ("http://evil.example/portal", "/"),
        ("//evil.example/portal", "/"),
        ("nonsense", "/"),
    ] {
        let answer = choose("de", from).await;
        assert_eq!((answer.status.as_u16(), answer.header("location")), (303, to), "{from}");
        assert!(answer.header("set-cookie").starts_with("byleave_language=de; "));
    }
    assert_eq!(choose("tlh", &own).await.status, 400);
    let german = Request::get("/").header("accept-language", "de-AT").body(Body::empty()).unwrap();
    let page = send(&stage, german).await.text();
    assert!(page.contains("<html lang=\"de\">") && page.contains("Support-Zugriff sperren lassen"), "{page}");
    // Programs read English, whatever they send.
    let program =
        Request::get("/v1/organizations").header("accept-language", "de").body(Body::empty()).unwrap();
    assert!(send(&stage, program).await.text().contains("no session or token"));
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_fit_whoever_asked() {
    let stage = Stage::new().await;
    let page = get(&stage, &Caller::default(), "/portal").await;
    assert_eq!((page.status.as_u16(), page.header("content-type")), (401, "text/html; charset=utf-8"));
    assert!(page.text().contains("To sign in"));
    let elsewhere = get(&stage, &stage.support, "/portal").await;
    assert_eq!(elsewhere.status, 403);
    assert!(elsewhere.text().contains("This is for security contacts; you are a support person."));
    assert!(elsewhere.text().contains("href=\"/support\""));
    let session = stage.support.session.as_deref().unwrap();
    let german = Request::get("/portal")
        .header("cookie", format!("byleave_session={session}"))
        .header("accept-language", "de");
    let german = send(&stage, german.body(Body::empty()).unwrap()).await.text();
    assert!(german.contains("Das ist für Sicherheitskontakte; Sie sind eine Support-Person."), "{german}");
    let problem = get(&stage, &Caller::default(), "/v1/organizations").await;
    assert_eq!(problem.header("content-type"), "application/problem+json");
    assert_eq!(problem.header("www-authenticate"), "Bearer");
    assert_eq!(problem.json()["type"], "http://127.0.0.1:8080/problems/unauthenticated");
    let method = ask(&stage, &Caller::default(), "DELETE", "/v1/organizations", Carries::Nothing).await;
    assert_eq!(
        (method.status.as_u16(), method.json()["type"].as_str().unwrap().to_owned()),
        (405, "about:blank".into())
    );
    let unreadable = get(&stage, &stage.admin, "/v1/organizations/%ff").await;
    assert_eq!(
        (unreadable.status.as_u16(), unreadable.header("content-type")),
        (400, "application/problem+json")
    );
    let wrong = Caller { session: None, token: Some("bl_wrong".into()) };
    assert_eq!(get(&stage, &wrong, "/v1/organizations").await.status, 401);
    let session_as_token = Caller { session: None, token: stage.desk.session.clone() };
    assert_eq!(get(&stage, &session_as_token, "/desk").await.status, 401, "a session is no token");
}

const HOSTILE: Names = Names {
    organization: "<script>alert(1)</script>",
    person: "\"><img src=x onerror=alert(1)>'",
    tool: "'><script>alert(0)</script>",
    reason: "</td><script>alert(2)</script>",
    target: "/?q=<script>alert(3)</script>",
};

#[tokio::test(flavor = "multi_thread")]
async fn hostile_names_stay_text_on_every_page() {
    let stage = Stage::with(&HOSTILE, config()).await;
    let visit = stage.visit(stage.acme.id, &HOSTILE).await;
    let support = [
        "/support",
        "/support?q=%22%3E%3Cscript%3Ealert(4)%3C/script%3E",
        "/support/visit?organization=acme&tool=system-log",
    ];
    for path in support {
        tame(get(&stage, &stage.support, path).await, path);
    }
    for path in [format!("/support/visits/{visit}"), format!("/support/visits/{visit}/facts")] {
        tame(get(&stage, &stage.support, &path).await, &path);
    }
    let contact = ["/portal".to_owned(), "/portal/inside".to_owned(), format!("/portal/visits/{visit}")];
    for path in &contact {
        tame(get(&stage, &stage.acme.contact, path).await, path);
    }
    stage.change_request(&stage.acme).await;
    for path in &contact {
        tame(get(&stage, &stage.acme.contact, path).await, path);
    }
    for path in support.into_iter().chain(["/portal"]) {
        tame(get(&stage, &stage.support, path).await, path);
    }
    tame(get(&stage, &stage.support, &format!("/support/visits/{visit}")).await, "the visit, over");
    tame(get(&stage, &stage.desk, "/desk").await, "/desk");
    let holder = vec![("holder", format!("support:{}", stage.subject))];
    tame(ask(&stage, &stage.desk, "POST", "/desk/links", Carries::Form(holder)).await, "/desk/links");
    let fields = vec![
        ("organization", "globex".into()),
        ("tool", "system-log".into()),
        ("reason", format!("{}{}", HOSTILE.reason, "x".repeat(500))),
        ("case", "\"><script>alert(5)</script> ".to_owned()),
    ];
    let form = ask(&stage, &stage.support, "POST", "/support/visit", Carries::Form(fields)).await;
    assert_eq!(form.status, 422);
    tame(form, "the form with errors");
}

fn tame(answer: Answer, path: &str) {
    let text = answer.text();
    for raw in ["<script>alert", "<img src=x", "\"><img", "</td><script"] {
        assert!(!text.contains(raw), "{path} holds `{raw}`");
    }
    html::check(&text, path);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_portal_disables_and_asks_to_enable() {
    let stage = Stage::new().await;
    stage.visit(stage.acme.id, &PLAIN).await;
    let contact = &stage.acme.contact;
    let before = get(&stage, contact, "/portal").await.text();
    for shown in [
        "Enabled",
        "1 open visit",
        PLAIN.reason,
        "CASE-7",
        "Disable…",
        "byleave verify http://127.0.0.1:8080/c/",
        "not covered by this boundary",
    ] {
        assert!(before.contains(shown), "the portal shows `{shown}`");
    }
    html::check(&before, "/portal");
    let signed = stage.signed(&stage.acme, Wish::Disabled);
    let fields = |signed: byleave_api::payload::SignedRecord| {
        Carries::Form(vec![("statement", signed.statement), ("signature", signed.signature)])
    };
    let receipt = ask(&stage, contact, "POST", "/portal/disable", fields(signed)).await;
    assert_eq!(receipt.status, 200);
    for shown in [
        "Receipt",
        "3 connections reset",
        "Disabled",
        "provisional",
        "Nobody is inside",
        "Ask to enable…",
        "cut off: support access disabled",
    ] {
        assert!(receipt.text().contains(shown), "the receipt shows `{shown}`: {}", receipt.text());
    }
    html::check(&receipt.text(), "/portal/disable");
    let asked =
        ask(&stage, contact, "POST", "/portal/enable", fields(stage.signed(&stage.acme, Wish::Enabled)))
            .await;
    assert!(asked.text().contains("A desk person reviews it."), "{}", asked.text());
    let kept = get(&stage, contact, "/portal/checkpoint").await;
    assert!(kept.header("content-disposition").starts_with("attachment; filename=\"acme-checkpoint-"));
    assert_eq!(kept.text(), stage.app.checkpoint(stage.acme.id).unwrap());

    let id = {
        let world = stage.app.world();
        let open = world.requests_of(stage.acme.id).find(|request| request.received.wish == Wish::Enabled);
        open.unwrap().id.to_string()
    };
    let page = format!("/desk/change-requests/{id}");
    let desk = get(&stage, &stage.desk, "/desk").await.text();
    assert!(desk.contains(&page), "{desk}");
    let go_on = Carries::Form(vec![("step", "proceed".into())]);
    let reviewed = ask(&stage, &stage.desk, "POST", &format!("{page}/step"), go_on).await;
    html::check(&get(&stage, &stage.desk, reviewed.header("location")).await.text(), &page);
    let shown = get(&stage, &stage.second_desk, &page).await.text();
    assert!(shown.contains("support access: enabled") && shown.contains("Sign and approve"), "{shown}");
    let signed = stage.approval(&id, stage.second_desk_person);
    let approved = ask(&stage, &stage.second_desk, "POST", &format!("{page}/approve"), fields(signed)).await;
    let after = get(&stage, &stage.second_desk, approved.header("location")).await.text();
    assert!(after.contains("In force, and said"), "{after}");
    let seen = get(&stage, contact, &format!("/portal/change-requests/{id}")).await.text();
    assert!(seen.contains("In force everywhere"), "{seen}");
    html::check(&seen, "/portal/change-requests");
    assert!(get(&stage, contact, "/portal").await.text().contains("Disable…"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_script_gets_a_problem_where_a_person_gets_a_page() {
    let stage = Stage::new().await;
    let session = stage.acme.contact.session.clone().unwrap();
    let request = Request::builder()
        .method("POST")
        .uri("/portal/disable")
        .header("cookie", format!("byleave_session={session}"))
        .header("origin", BASE)
        .header("accept", "application/problem+json, text/html")
        .body(Body::from(format!(
            "csrf={}&statement=x&signature={}",
            csrf(&stage, &session),
            "00".repeat(64)
        )))
        .unwrap();
    let answer = send(&stage, request).await;
    assert_eq!((answer.status.as_u16(), answer.header("content-type")), (409, "application/problem+json"));
}

#[tokio::test(flavor = "multi_thread")]
async fn links_and_tokens_from_the_desk_work() {
    let stage = Stage::new().await;
    for (holder, home) in [
        (format!("support:{}", stage.subject), "/support"),
        (format!("contact:{}", stage.acme.contact_id), "/portal"),
        (format!("desk:{}", stage.desk_person), "/desk"),
    ] {
        let fields = Carries::Form(vec![("holder", holder)]);
        let page = ask(&stage, &stage.desk, "POST", "/desk/links", fields).await.text();
        let link = page.split("<pre id=\"secret\">").nth(1).unwrap().split('<').next().unwrap();
        let path = link.strip_prefix(BASE).unwrap();
        assert_eq!(get(&stage, &Caller::default(), path).await.header("location"), home);
    }
    let unknown = Carries::Form(vec![("holder", format!("desk:{}", stage.subject))]);
    assert_eq!(ask(&stage, &stage.desk, "POST", "/desk/links", unknown).await.status, 404);
    let registered = async |name: &str, email: &str, employer: &str| {
        let fields = vec![("name", name.into()), ("email", email.into()), ("employer", employer.into())];
        ask(&stage, &stage.desk, "POST", "/desk/support-people", Carries::Form(fields)).await
    };
    let made = registered("Ines Ito", "ines@desk.example", "Night Shift").await;
    assert_eq!((made.status.as_u16(), made.header("location")), (303, "/desk/vendor#support-people"));
    for (name, email, status, why) in [
        ("Ines Other", "ines@desk.example", 409, "in use"),
        ("Ines Other", "ines", 400, "`ines`"),
        ("", "other@desk.example", 400, "is empty"),
    ] {
        let answer = registered(name, email, "Night Shift").await;
        assert!(answer.status == status && answer.text().contains(why), "{email}: {}", answer.text());
    }
    let people = stage.app.world().subjects.values().cloned().collect::<Vec<_>>();
    let made = people.iter().filter(|p| p.employer.as_str() == "Night Shift").collect::<Vec<_>>();
    assert!(made.len() == 1 && made[0].kind == SubjectKind::SupportPerson, "{made:?}");
    let page = ask(&stage, &stage.desk, "POST", "/desk/token", Carries::Form(Vec::new())).await.text();
    let token = page.split("<pre id=\"secret\">").nth(1).unwrap().split('<').next().unwrap();
    let caller = Caller { session: None, token: Some(token.to_owned()) };
    assert_eq!(get(&stage, &caller, "/v1/change-requests").await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_type_of_problem_leads_to_a_page_that_says_what_to_do() {
    let stage = Stage::new().await;
    let stranger = Caller::default();
    for kind in ProblemType::ALL {
        let page = get(&stage, &stranger, &format!("/problems/{}", kind.slug())).await;
        assert_eq!(page.status, 200, "{}", kind.slug());
        html::check(&page.text(), kind.slug());
        let text = page.text().replace("<code>", "").replace("</code>", "").replace('’', "'");
        for said in [kind.title(), kind.happened(), kind.remedy(), &kind.status().to_string()] {
            let said = said.replace('`', "");
            assert!(text.contains(&said), "the page about `{}` says `{said}`: {text}", kind.slug());
        }
    }
    assert_eq!(get(&stage, &stranger, "/problems/bad-weather").await.status, 404);
    // What an answer carries leads there.
    let problem = get(&stage, &stranger, "/v1/organizations").await.json();
    let path = problem["type"].as_str().unwrap().strip_prefix(BASE).unwrap();
    assert_eq!(get(&stage, &stranger, path).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_sees_where_they_are_signed_in_and_ends_it_at_once() {
    let stage = Stage::new().await;
    let signed_in =
        async || Caller { session: Some(stage.signed_in_again(&stage.support).await), token: None };
    let (laptop, phone, tablet) = (signed_in().await, signed_in().await, signed_in().await);
    let ids = [&laptop, &phone, &tablet].map(|caller| stage.session_of(caller).to_string());
    let page = get(&stage, &laptop, "/sessions").await.text();
    assert!(ids.iter().all(|id| page.contains(id)) && page.contains("Firefox, Linux"), "{page}");
    assert_eq!(page.matches("this one").count(), 1);
    assert!(!page.contains(&stage.session_of(&stage.other_support).to_string()));
    assert!(!page.contains(laptop.session.as_ref().unwrap()), "no secret is shown");
    let post = async |caller: &Caller, path: &str| {
        ask(&stage, caller, "POST", path, Carries::Form(Vec::new())).await
    };
    let ended = post(&laptop, &format!("/sessions/{}/end", ids[1])).await;
    assert_eq!((ended.status.as_u16(), ended.header("location")), (303, "/sessions"));
    let works = async |caller: &Caller| get(&stage, caller, "/support").await.status == 200;
    assert_eq!((works(&laptop).await, works(&phone).await, works(&tablet).await), (true, false, true));
    post(&laptop, "/sessions/end-others").await;
    assert_eq!((works(&laptop).await, works(&tablet).await), (true, false));
    assert!(works(&stage.other_support).await);
    let out = post(&laptop, &format!("/sessions/{}/end", ids[0])).await;
    assert!(out.header("set-cookie").contains("Max-Age=0") && !works(&laptop).await);
}

/// What a page asks by itself keeps nobody signed in.
#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_refreshes_itself_is_no_use_of_a_session() {
    let stage = Stage::new().await;
    let seen = async |caller: &Caller, headers: &[(&str, &str)]| {
        stage.clock.forward(jiff::SignedDuration::from_mins(2));
        let session = caller.session.as_ref().unwrap();
        let mut request =
            Request::builder().uri("/portal/inside").header("cookie", format!("byleave_session={session}"));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        assert_eq!(send(&stage, request.body(Body::empty()).unwrap()).await.status, 200);
        stage.app.turn().await.unwrap();
        stage.app.world().session_by_id(stage.session_of(caller)).unwrap().seen_at == stage.app.now()
    };
    let contact = &stage.acme.contact;
    assert!(!seen(contact, &[("sec-fetch-dest", "empty")]).await);
    assert!(seen(contact, &[("sec-fetch-dest", "document")]).await);
    assert!(seen(contact, &[]).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_vendors_look_is_files_of_its_own_under_the_same_policy() {
    let stage = Stage::new().await;
    let help = get(&stage, &Default::default(), "/").await.text();
    let named = |begin: &str| help.split(begin).nth(1).unwrap().split('"').next().unwrap().to_owned();
    assert!(help.find("/static/byleave.") < help.find("/static/brand."), "it stands after ours");
    assert!(help.contains("width=\"144\" height=\"16\" alt=\"\""), "its place is kept");
    for (begin, media_type, part) in [
        ("/static/brand.", "text/css; charset=utf-8", "--accent: #005f4b;"),
        ("/static/logo.", "image/svg+xml", "<svg "),
    ] {
        let file = get(&stage, &Default::default(), &format!("{begin}{}", named(begin))).await;
        assert_eq!((file.status, file.header("content-type")), (200.try_into().unwrap(), media_type));
        assert!(file.header("content-security-policy").starts_with("default-src 'none'"));
        assert!(file.header("cache-control").contains("immutable"));
        assert!(file.text().contains(part), "{}", file.text());
    }
}
