//! Passkeys over HTTP: what pages ask, what they take, and from where.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use byleave_app::credentials::Holder;
use byleave_app::passkeys::Challenge;
use byleave_domain::statement::Wish;

use http_body_util::BodyExt as _;
use tower::ServiceExt as _;

use crate::ask::{Answer, Carries, ask, csrf};
use crate::authenticator::{Authenticator, ORIGIN, text};
use crate::stage::{Caller, Stage};

/// Asks as a browser that reaches the server by the name that passkeys are for.
pub async fn at_localhost(stage: &Stage, caller: &Caller, path: &str, form: Option<Fields>) -> Answer {
    sent(stage, caller, path, form, ORIGIN).await
}

pub type Fields = Vec<(&'static str, String)>;

pub async fn sent(stage: &Stage, caller: &Caller, path: &str, form: Option<Fields>, origin: &str) -> Answer {
    let method = if form.is_some() { "POST" } else { "GET" };
    let mut request = Request::builder().method(method).uri(path).header("host", "localhost:8080");
    if let Some(session) = &caller.session {
        request = request.header("cookie", format!("byleave_session={session}"));
    }
    let body = match form {
        None => Body::empty(),
        Some(mut fields) => {
            request = request.header("origin", origin);
            fields.push((
                "csrf",
                caller.session.as_deref().map(|session| csrf(stage, session)).unwrap_or_default(),
            ));
            Body::from(serde_urlencoded::to_string(fields).unwrap())
        }
    };
    let answer = stage.router.clone().oneshot(request.body(body).unwrap()).await.unwrap();
    let (parts, body) = answer.into_parts();
    let body = body.collect().await.unwrap().to_bytes().to_vec();
    Answer { status: parts.status, headers: parts.headers, body }
}

/// What a page has its browser asked.
fn challenge(page: &Answer) -> String {
    assert_eq!(page.status, StatusCode::OK, "{}", page.text());
    asked(page)
}

/// The same of a page that stands in the place of what was refused.
pub fn asked(page: &Answer) -> String {
    let html = page.text();
    let options = html.split("data-options=\"").nth(1).unwrap().split('"').next().unwrap();
    let options = options.replace("&quot;", "\"").replace("&#34;", "\"");
    let options: serde_json::Value = serde_json::from_str(&options).unwrap();
    options["challenge"].as_str().unwrap().to_owned()
}

pub fn used(with: &mut Authenticator, challenge: &str) -> Option<Fields> {
    let used = with.answer(challenge);
    Some(vec![
        ("challenge", challenge.to_owned()),
        ("credential", text(&used.credential)),
        ("handle", text(&used.handle.unwrap())),
        ("client_data", text(&used.assertion.client_data)),
        ("authenticator_data", text(&used.assertion.authenticator_data)),
        ("signature", text(&used.assertion.signature)),
    ])
}

fn made(with: &mut Authenticator, challenge: &str, name: &str) -> Option<Fields> {
    let registration = with.register(challenge).registration;
    Some(vec![
        ("challenge", challenge.to_owned()),
        ("name", name.to_owned()),
        ("client_data", text(&registration.client_data)),
        ("attestation", text(&registration.attestation)),
    ])
}

/// A passkey of Acme's contact, with a link from the desk.
async fn enrolled(stage: &Stage) -> Authenticator {
    let holder = vec![("holder", format!("contact:{}", stage.acme.contact_id))];
    let shown = ask(stage, &stage.desk, "POST", "/desk/enrolments", Carries::Form(holder)).await;
    assert_eq!(shown.status, StatusCode::OK, "{}", shown.text());
    let html = shown.text();
    let (_, link) = html.split_once(&format!("{ORIGIN}/enrol/")).unwrap();
    let path = format!("/enrol/{}", link.split('<').next().unwrap());
    let mut with = Authenticator::new(1, stage.acme.contact_id.as_bytes());
    let nobody = Caller::default();
    let page = at_localhost(stage, &nobody, &path, None).await;
    let done = at_localhost(stage, &nobody, &path, made(&mut with, &challenge(&page), "Laptop")).await;
    assert_eq!(done.status, StatusCode::OK, "{}", done.text());
    assert!(!done.headers.contains_key("set-cookie"), "nobody is signed in by it");
    let again = at_localhost(stage, &nobody, &path, None).await;
    assert_eq!(again.status, StatusCode::NOT_FOUND, "the link is used up");
    with
}

pub async fn signed_in(stage: &Stage, with: &mut Authenticator, home: &str) -> Caller {
    let page = at_localhost(stage, &Caller::default(), "/sign-in", None).await;
    let answer = at_localhost(stage, &Caller::default(), "/sign-in", used(with, &challenge(&page))).await;
    assert_eq!((answer.status, answer.header("location")), (StatusCode::SEE_OTHER, home));
    Caller { session: Some(session_in(&answer)), token: None }
}

/// The secret that a browser is given.
pub fn session_in(answer: &Answer) -> String {
    let cookie = answer.header("set-cookie").to_owned();
    cookie.strip_prefix("byleave_session=").unwrap().split(';').next().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_contact_registers_a_passkey_signs_in_with_it_and_signs_the_form() {
    let stage = Stage::new().await;
    let mut with = enrolled(&stage).await;
    let contact = signed_in(&stage, &mut with, "/portal").await;
    let id = stage.invited(&stage.acme).await.to_string();
    let request = at_localhost(&stage, &contact, &format!("/portal/change-requests/{id}"), None).await;
    let sign = format!("/portal/change-requests/{id}/sign");
    assert!(request.text().contains(&sign), "{}", request.text());
    let page = at_localhost(&stage, &contact, &sign, None).await;
    let form = stage.app.world().change_requests.values().next().unwrap().request.form.clone().unwrap();
    let sha256 = byleave_domain::ids::to_hex(&form.sha256);
    for shown in [&format!("<code id=\"sha256\">{sha256}</code>"), &"form_sha256".to_owned(), &id] {
        assert!(page.text().contains(shown.as_str()), "{shown}");
    }
    let challenge = challenge(&page);
    let fields = used(&mut with, &challenge);
    let answer = at_localhost(&stage, &contact, &sign, fields.clone()).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
    assert_eq!(at_localhost(&stage, &contact, &sign, fields).await.status, StatusCode::CONFLICT, "once");
    let desk =
        ask(&stage, &stage.desk, "GET", &format!("/desk/change-requests/{id}"), Carries::Nothing).await;
    assert!(desk.text().contains("signed with a passkey"), "{}", desk.text());
}

/// A text that a passkey signed, as a page's script sends it.
fn signed(with: &mut Authenticator, statement: &str) -> Option<Fields> {
    let mut fields = used(with, &Challenge::document(statement.as_bytes()).to_base64()).unwrap();
    fields[0] = ("statement", statement.to_owned());
    Some(fields)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_contact_disables_with_a_passkey_once_their_key_says_so() {
    let stage = Stage::new().await;
    let mut with = enrolled(&stage).await;
    let contact = signed_in(&stage, &mut with, "/portal").await;
    let asked = "data-passkeys";
    assert!(!at_localhost(&stage, &contact, "/portal", None).await.text().contains(asked));
    let statement = stage.signed(&stage.acme, Wish::Disabled).statement;
    let early = at_localhost(&stage, &contact, "/portal/disable", signed(&mut with, &statement)).await;
    assert_eq!(early.status, StatusCode::CONFLICT, "{}", early.text());
    assert!(early.text().contains("does not decide yet"), "{}", early.text());

    let word = stage.delegation(&stage.acme).unwrap();
    let page = at_localhost(&stage, &contact, "/passkeys", None).await.text();
    let shown = word.statement.lines().filter(|line| !line.starts_with("issued"));
    assert!(shown.clone().count() == 5 && shown.clone().all(|line| page.contains(line)), "{page}");
    assert!(page.contains("data-key") && !page.contains(asked), "the key itself signs here");
    let id = stage.app.world().passkeys.keys().next().unwrap().to_string();
    let fields = Some(vec![("statement", word.statement), ("signature", word.signature)]);
    let taken = at_localhost(&stage, &contact, &format!("/passkeys/{id}/delegate"), fields).await;
    assert_eq!((taken.status, taken.header("location")), (StatusCode::SEE_OTHER, "/passkeys"));
    let page = at_localhost(&stage, &contact, "/passkeys", None).await.text();
    assert!(page.contains("Laptop signs in your key’s place."), "{page}");

    let page = at_localhost(&stage, &contact, "/portal", None).await.text();
    assert!(page.contains(asked) && page.contains(&text(&with.credential)), "{page}");
    // Programs have keys: a passkey signs on pages alone.
    let mut record = serde_json::to_value(stage.signed(&stage.acme, Wish::Disabled)).unwrap();
    record["passkey"] = serde_json::json!({});
    let path = "/v1/organizations/acme/support-access/disable";
    let answer = ask(&stage, &stage.acme.token, "POST", path, Carries::Json(record)).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{}", answer.text());
    let done = at_localhost(&stage, &contact, "/portal/disable", signed(&mut with, &statement)).await;
    assert_eq!(done.status, StatusCode::OK, "{}", done.text());
    assert!(done.text().contains("id=\"receipt\""), "{}", done.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn passkeys_are_taken_from_our_own_pages_alone() {
    let stage = Stage::new().await;
    let mut with = enrolled(&stage).await;
    let nobody = Caller::default();
    let page = at_localhost(&stage, &nobody, "/sign-in", None).await;
    let fields = used(&mut with, &challenge(&page));
    for origin in ["http://evil.example", "null", "http://localhost:8081"] {
        let answer = sent(&stage, &nobody, "/sign-in", fields.clone(), origin).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{origin}");
    }
    // Reached by a number, a page says where passkeys work.
    let page = ask(&stage, &nobody, "GET", "/sign-in", Carries::Nothing).await;
    assert!(
        page.text().contains("<a href=\"http://localhost:8080\">") && !page.text().contains("data-options")
    );
    let bad = vec![("challenge", "!".into()), ("credential", "%".into()), ("client_data", String::new())];
    let bad = [bad, vec![("authenticator_data", String::new()), ("signature", String::new())]].concat();
    let answer = at_localhost(&stage, &nobody, "/sign-in", Some(bad)).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{}", answer.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_one_and_none_any_more() {
    let stage = Stage::new().await;
    let mut with = enrolled(&stage).await;
    let contact = signed_in(&stage, &mut with, "/portal").await;
    let page = at_localhost(&stage, &contact, "/passkeys", None).await;
    let page = at_localhost(&stage, &contact, "/passkeys/vouch", used(&mut with, &challenge(&page))).await;
    let mut second = Authenticator::new(2, stage.acme.contact_id.as_bytes());
    let fields = made(&mut second, &challenge(&page), "Key <in> the safe");
    let added = at_localhost(&stage, &contact, "/passkeys", fields).await;
    assert_eq!(added.status, StatusCode::SEE_OTHER, "{}", added.text());
    let desk = ask(&stage, &stage.desk, "GET", "/desk/organizations/acme", Carries::Nothing).await.text();
    assert!(desk.contains("Key &#60;in&#62; the safe"), "{desk}");
    let holder = Holder::Contact(stage.acme.contact_id);
    let ids: Vec<_> = stage.app.world().passkeys_of(holder).map(|passkey| passkey.id).collect();
    assert_eq!(ids.len(), 2);
    for (id, caller, back) in
        [(ids[0], &contact, "/passkeys"), (ids[1], &stage.desk, "/desk/organizations/acme")]
    {
        let answer = at_localhost(&stage, caller, &format!("/passkeys/{id}/remove"), Some(vec![])).await;
        assert_eq!((answer.status, answer.header("location")), (StatusCode::SEE_OTHER, back));
    }
    let page = at_localhost(&stage, &contact, "/passkeys", None).await.text();
    assert!(page.contains("The trust desk hands you a link"), "{page}");
}
