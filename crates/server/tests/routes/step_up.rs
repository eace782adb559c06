//! What a desk person decides in a browser takes their passkey, where they have one; and what they typed is not lost by that.

use std::sync::atomic::Ordering;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use byleave_app::credentials::Holder;
use jiff::SignedDuration;

use crate::ask::{Answer, Carries, ask, csrf, get, send};
use crate::authenticator::{Authenticator, ORIGIN, page};
use crate::html;
use crate::passkeys::{Fields, asked, at_localhost, sent, session_in, signed_in, used};
use crate::stage::{Caller, Stage};
use crate::table::{Known, carries, desk_forms};

/// The forms that a desk person sends without being asked for their passkey. They stand here once more, so that nobody adds
/// one in passing.
const NOT_ASKED: [&str; 19] = [
    "/desk/change-requests/{id}/approve",
    "/desk/change-requests/{id}/provisional",
    "/desk/contact-changes/{id}/agree",
    "/desk/freezes",
    "/desk/freezes/{id}/lift",
    "/desk/messages",
    "/desk/organization-imports/check",
    "/desk/tools/{slug}/check",
    "/enrol/{link}",
    "/language",
    "/messages",
    "/passkeys",
    "/passkeys/vouch",
    "/passkeys/{id}/delegate",
    "/sessions/end-others",
    "/sessions/{id}/end",
    "/sign-in",
    "/sign-in/back-channel-logout",
    "/sign-out",
];

fn asks(answer: &Answer) -> bool {
    answer.text().contains("<h1>Show that it is you</h1>")
}

/// Everything that is there, and how often something was written.
fn state(stage: &Stage) -> (usize, String) {
    (stage.commits.load(Ordering::SeqCst), format!("{:?}", *stage.app.world()))
}

/// The desk person's session decides from now on; whoever has it.
async fn stepped_up(stage: &Stage, with: &mut Authenticator) -> Caller {
    let session = stage.session_of(&stage.desk);
    let challenge = stage.app.step_up_begin(session).to_base64();
    let used = with.answer(&challenge);
    let secret = stage.app.step_up(page(), session, challenge, used).await.unwrap();
    Caller { session: Some(secret.reveal().to_owned()), token: None }
}

#[tokio::test(flavor = "multi_thread")]
async fn before_a_passkey_has_answered_no_form_of_the_desk_changes_anything() {
    let mut refused = Vec::new();
    for (route, status) in desk_forms() {
        let stage = Stage::new().await;
        let known = Known::prepare(&stage, route).await;
        let path = known.path(&stage, route).await;
        let (_, mut with) = stage.desk_passkey().await;
        let before = state(&stage);
        let early = ask(&stage, &stage.desk, "POST", &path, carries(&stage, "POST", route)).await;
        if NOT_ASKED.contains(&route) {
            assert!(!asks(&early), "{route} asks for a passkey");
            continue;
        }
        assert!(early.status == 403 && asks(&early), "{route}: {} {}", early.status, early.text());
        assert!(before == state(&stage), "{route}: something changed");
        html::check(&early.text(), route);
        refused.push(route);
        let desk = stepped_up(&stage, &mut with).await;
        let path = known.path(&stage, route).await;
        let after = ask(&stage, &desk, "POST", &path, carries(&stage, "POST", route)).await;
        assert_eq!(after.status, status, "{route}: {}", after.text());
        assert!(!asks(&after), "{route}");
    }
    let desk: Vec<_> = refused.iter().filter(|route| route.starts_with("/desk/")).collect();
    assert!(desk.len() > 12 && refused.contains(&"/passkeys/{id}/remove"), "{refused:?}");
}

/// A request that waits for review, and the form that lets it be refused with a reason that took long to write.
async fn refusing(stage: &Stage) -> (String, Fields) {
    let id = stage.change_request(&stage.acme).await;
    let reason =
        format!("<b>Nobody</b> there knows of it & \"asked\" twice.\nThird line. {}.", "why ".repeat(300));
    (format!("/desk/change-requests/{id}/step"), vec![("step", "refuse".into()), ("text", reason)])
}

/// What the passkey has answered, beside the form.
fn with_answer(mut fields: Fields, with: &mut Authenticator, challenge: &str) -> Fields {
    let answer = serde_urlencoded::to_string(used(with, challenge).unwrap()).unwrap();
    fields.push(("passkey", answer));
    fields
}

fn is_open(stage: &Stage) -> bool {
    stage.app.world().change_requests.values().next().unwrap().request.is_open()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_typed_is_held_until_the_passkey_has_answered_and_the_old_secret_is_dead() {
    let stage = Stage::new().await;
    let (_, mut with) = stage.desk_passkey().await;
    let (path, fields) = refusing(&stage).await;
    let page = at_localhost(&stage, &stage.desk, &path, Some(fields.clone())).await;
    assert!(page.status == 403 && asks(&page), "{}", page.text());
    let html = page.text();
    assert!(html.contains(&format!("action=\"{path}\"")) && !html.contains("<b>Nobody"), "{html}");
    assert_eq!(
        html.matches("there knows of it &#38; &#34;asked&#34; twice.\nThird line. why ").count(),
        2,
        "{html}"
    );
    assert!(is_open(&stage));
    // In time, from a page of ours, and meant.
    let right = with_answer(fields.clone(), &mut with, &asked(&page));
    for origin in ["http://evil.example", "null"] {
        let foreign = sent(&stage, &stage.desk, &path, Some(right.clone()), origin).await;
        assert!(foreign.status == 403 && !asks(&foreign), "{}", foreign.text());
        let foreign = sent(&stage, &stage.desk, &path, Some(fields.clone()), origin).await;
        assert!(
            foreign.status == 403 && !asks(&foreign),
            "what others made up is not held: {}",
            foreign.text()
        );
    }
    stage.clock.forward(SignedDuration::from_mins(5));
    let late = at_localhost(&stage, &stage.desk, &path, Some(right)).await;
    assert!(
        late.status == 403 && late.text().contains("was not taken") && is_open(&stage),
        "{}",
        late.text()
    );
    assert!(late.text().contains("Third line."), "it is held still");
    let again = with_answer(fields.clone(), &mut with, &asked(&late));
    let done = at_localhost(&stage, &stage.desk, &path, Some(again.clone())).await;
    assert_eq!(
        (done.status, done.header("location")),
        (StatusCode::SEE_OTHER, path.trim_end_matches("/step"))
    );
    assert!(!is_open(&stage));
    let cookie = done.header("set-cookie").to_owned();
    assert!(
        cookie.contains("; Max-Age=28500; ") && cookie.contains("; HttpOnly"),
        "8 h less 5 min: {cookie}"
    );
    let desk = Caller { session: Some(session_in(&done)), token: None };
    assert_eq!(get(&stage, &stage.desk, "/desk").await.status, 401, "the old secret");
    let seen = get(&stage, &desk, done.header("location")).await.text();
    assert!(seen.contains("you decide in this browser until"), "{seen}");
    let (_, evidence) = seen.split_once("/desk/evidence/").unwrap();
    let kept = get(&stage, &desk, &format!("/desk/evidence/{}", evidence.split('"').next().unwrap())).await;
    assert_eq!(kept.text(), fields[1].1, "as it was typed");
    assert!(get(&stage, &desk, "/sessions").await.text().contains("Showed a passkey"));
    // Sent once more it is no answer any more, and no decision.
    stage.clock.forward(SignedDuration::from_mins(10));
    let before = state(&stage);
    let replayed = at_localhost(&stage, &desk, &path, Some(again)).await;
    assert!(asks(&replayed) && before == state(&stage), "{}", replayed.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_decides_for_ten_minutes_and_forms_that_were_open_before_are_still_ours() {
    let stage = Stage::new().await;
    let (_, mut with) = stage.desk_passkey().await;
    let open_before = csrf(&stage, stage.desk.session.as_ref().unwrap());
    let desk = stepped_up(&stage, &mut with).await;
    assert_eq!(open_before, csrf(&stage, desk.session.as_ref().unwrap()));
    let link = async || {
        let fields = Carries::Form(vec![("holder", format!("contact:{}", stage.acme.contact_id))]);
        ask(&stage, &desk, "POST", "/desk/links", fields).await
    };
    stage.clock.forward(SignedDuration::from_mins(10) - SignedDuration::from_secs(1));
    assert_eq!(link().await.status, 200);
    stage.clock.forward(SignedDuration::from_secs(1));
    let asked_again = link().await;
    assert!(asked_again.status == 403 && asks(&asked_again), "{}", asked_again.text());
    // Looking goes on, and closing.
    assert_eq!(get(&stage, &desk, "/desk/vendor").await.status, 200);
    let freeze = vec![("reason", "a subprocessor was broken into".into()), ("confirmed", "yes".into())];
    assert_eq!(ask(&stage, &desk, "POST", "/desk/freezes", Carries::Form(freeze)).await.status, 200);
    assert!(stage.app.world().freezes.values().any(|freeze| freeze.is_in_force()));
}

#[tokio::test(flavor = "multi_thread")]
async fn another_session_another_person_and_another_ceremony_are_no_answer() {
    let stage = Stage::new().await;
    let (_, mut with) = stage.desk_passkey().await;
    let (path, fields) = refusing(&stage).await;
    let other = Caller { session: Some(stage.signed_in_again(&stage.desk).await), token: None };
    let elsewhere = at_localhost(&stage, &other, &path, Some(fields.clone())).await;
    let mut contact = Authenticator::new(9, stage.acme.contact_id.as_bytes());
    stage.passkey(&stage.acme).await;
    contact.counter = 5;
    let sign_in = stage.app.sign_in_begin().to_base64();
    let here = asked(&at_localhost(&stage, &stage.desk, &path, Some(fields.clone())).await);
    let mut touched = Authenticator { flags: 1, ..with.clone() };
    let tries = [
        ("of another session", with_answer(fields.clone(), &mut with, &asked(&elsewhere))),
        ("of a sign-in", with_answer(fields.clone(), &mut with, &sign_in)),
        ("another person's", with_answer(fields.clone(), &mut contact, &here)),
        ("used up by that", with_answer(fields.clone(), &mut with, &here)),
        ("touched alone", {
            let here = asked(&at_localhost(&stage, &stage.desk, &path, Some(fields.clone())).await);
            with_answer(fields.clone(), &mut touched, &here)
        }),
    ];
    for (what, fields) in tries {
        let answer = at_localhost(&stage, &stage.desk, &path, Some(fields)).await;
        assert!(answer.status == 403 && asks(&answer) && is_open(&stage), "{what}: {}", answer.text());
        assert!(!answer.headers.contains_key("set-cookie"), "{what}");
    }
    assert_eq!(get(&stage, &stage.desk, "/desk").await.status, 200, "the session is what it was");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_signed_in_with_it_has_shown_it_and_tokens_are_no_sessions() {
    let stage = Stage::new().await;
    let (_, mut with) = stage.desk_passkey().await;
    let id = stage.change_request(&stage.acme).await;
    let review = Carries::Json(serde_json::json!({"outcome": "ask", "text": "which of you?"}));
    let by_token =
        ask(&stage, &stage.desk, "POST", &format!("/v1/change-requests/{id}/review"), review).await;
    assert_eq!(by_token.status, 200, "{}", by_token.text());
    let desk = signed_in(&stage, &mut with, "/desk").await;
    let fields = Carries::Form(vec![("step", "proceed".into())]);
    let path = format!("/desk/change-requests/{id}/step");
    assert_eq!(ask(&stage, &desk, "POST", &path, fields).await.status, 303);
    // Whoever has none is told what that means; the others are not.
    let nudge = "whoever takes over your session decides in your name";
    assert!(get(&stage, &stage.second_desk, "/desk").await.text().contains(nudge));
    assert!(!get(&stage, &stage.desk, "/desk").await.text().contains(nudge));
    assert!(!get(&stage, &stage.acme.contact, "/portal").await.text().contains(nudge));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_after_the_answer_keeps_the_new_secret_and_a_script_is_told_in_its_own_words() {
    let stage = Stage::new().await;
    let (_, mut with) = stage.desk_passkey().await;
    let id = stage.change_request(&stage.acme).await;
    let path = format!("/desk/change-requests/{id}/step");
    let fields = vec![("step", "match".to_owned()), ("answer", "yes".to_owned())];
    let session = stage.desk.session.clone().unwrap();
    let form: Vec<_> = fields.iter().cloned().chain([("csrf", csrf(&stage, &session))]).collect();
    let request = Request::builder()
        .method("POST")
        .uri(&path)
        .header("cookie", format!("byleave_session={session}"))
        .header("host", "localhost:8080")
        .header("origin", ORIGIN)
        .header("accept", "application/problem+json, text/html")
        .body(Body::from(serde_urlencoded::to_string(form).unwrap()))
        .unwrap();
    let told = send(&stage, request).await;
    assert_eq!((told.status.as_u16(), told.header("content-type")), (403, "application/problem+json"));
    assert!(told.json()["type"].as_str().unwrap().ends_with("/problems/passkey-wanted"), "{}", told.text());
    let page = at_localhost(&stage, &stage.desk, &path, Some(fields.clone())).await;
    let answered = with_answer(fields, &mut with, &asked(&page));
    let refused = at_localhost(&stage, &stage.desk, &path, Some(answered)).await;
    assert_eq!(refused.status, StatusCode::CONFLICT, "not reviewed yet: {}", refused.text());
    let desk = Caller { session: Some(session_in(&refused)), token: None };
    assert_eq!(get(&stage, &desk, "/desk").await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_way_back_is_the_desks_own() {
    let stage = Stage::new().await;
    let (_, mut with) = stage.desk_passkey().await;
    let desk = stepped_up(&stage, &mut with).await;
    for (next, to) in [
        ("/desk/messages", "/desk/messages"),
        ("https://evil.example/desk", "/desk"),
        ("//evil.example", "/desk"),
        ("/desk/../sign-out", "/desk"),
        ("/portal", "/desk"),
        ("", "/desk"),
    ] {
        let answer = at_localhost(&stage, &desk, "/desk/step-up", Some(vec![("next", next.into())])).await;
        assert_eq!((answer.status, answer.header("location")), (StatusCode::SEE_OTHER, to), "{next}");
    }
    let file = ask(&stage, &stage.second_desk, "POST", "/desk/messages", Carries::File(b"please")).await;
    assert_eq!(file.status, 303, "whoever has none is not asked");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_had_one_decides_nothing_without_one() {
    let stage = Stage::new().await;
    let (id, mut with) = stage.desk_passkey().await;
    let path = format!("/passkeys/{id}/remove");
    assert!(asks(&ask(&stage, &stage.desk, "POST", &path, Carries::Form(vec![])).await));
    let desk = stepped_up(&stage, &mut with).await;
    assert_eq!(ask(&stage, &desk, "POST", &path, Carries::Form(vec![])).await.status, 303);
    assert!(stage.app.world().passkeys_of(Holder::DeskPerson(stage.desk_person)).next().is_none());
    let (path, fields) = refusing(&stage).await;
    let page = at_localhost(&stage, &desk, &path, Some(fields)).await;
    assert!(page.status == 403 && asks(&page) && is_open(&stage), "{}", page.text());
    assert!(page.text().contains("You have no passkey that counts any more"), "{}", page.text());
}
