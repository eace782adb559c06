//! What is asked once more under its key is done once.

use std::collections::BTreeSet;
use std::sync::atomic::Ordering;

use axum::body::Body;
use axum::http::Request;
use byleave_app::once::{KEYS_MAX, Once};
use byleave_domain::statement::Wish;
use byleave_domain::support_access::SupportAccess;
use byleave_server::{openapi, routes};
use jiff::SignedDuration;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::ask::{Answer, send};
use crate::stage::{Caller, Stage};

async fn post(stage: &Stage, caller: &Caller, path: &str, key: &str, body: &Value) -> Answer {
    send_json(stage, caller, path, Some(key), body).await
}

async fn send_json(stage: &Stage, caller: &Caller, path: &str, key: Option<&str>, body: &Value) -> Answer {
    let token = caller.token.as_deref().unwrap();
    let mut request = Request::post(path)
        .header("host", "127.0.0.1:8080")
        .header("authorization", format!("Bearer {token}"));
    if let Some(key) = key {
        request = request.header("idempotency-key", key);
    }
    send(stage, request.body(Body::from(body.to_string())).unwrap()).await
}

fn came(answer: &Answer) -> (u16, String) {
    let kind = answer.json()["type"].as_str().unwrap_or_default().rsplit('/').next().unwrap().to_owned();
    (answer.status.as_u16(), kind)
}

fn initech() -> Value {
    json!({"name": "Initech Paper", "slug": "initech"})
}

const ORGANIZATIONS: &str = "/v1/organizations";
const DISABLE: &str = "/v1/organizations/acme/support-access/disable";

#[tokio::test(flavor = "multi_thread")]
async fn the_same_request_under_its_key_is_done_once_and_answered_the_same() {
    let stage = Stage::new().await;
    let first = post(&stage, &stage.admin, ORGANIZATIONS, "one", &initech()).await;
    assert_eq!((first.status.as_u16(), first.header("idempotent-replayed")), (201, ""));
    let count = stage.app.world().organizations.len();
    for _ in 0..2 {
        let again = post(&stage, &stage.admin, ORGANIZATIONS, "one", &initech()).await;
        assert_eq!((again.status, again.text()), (first.status, first.text()));
        assert_eq!(again.header("idempotent-replayed"), "true");
        for name in ["location", "content-type", "cache-control", "content-security-policy"] {
            assert_eq!(again.header(name), first.header(name), "{name}");
        }
    }
    assert_eq!(stage.app.world().organizations.len(), count);
    // A refusal is an answer like any other.
    let taken = post(&stage, &stage.admin, ORGANIZATIONS, "two", &initech()).await;
    assert_eq!(came(&taken), (409, "taken".into()));
    let again = post(&stage, &stage.admin, ORGANIZATIONS, "two", &initech()).await;
    assert_eq!((again.text(), again.header("idempotent-replayed")), (taken.text(), "true"));
    // A day later it is a new question.
    stage.clock.forward(SignedDuration::from_hours(24));
    assert_eq!(
        came(&post(&stage, &stage.admin, ORGANIZATIONS, "one", &initech()).await),
        (409, "taken".into())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_for_one_request_of_one_token() {
    let stage = Stage::new().await;
    assert_eq!(post(&stage, &stage.admin, ORGANIZATIONS, "k", &initech()).await.status, 201);
    let other = json!({"name": "Hooli", "slug": "hooli"});
    assert_eq!(
        came(&post(&stage, &stage.admin, ORGANIZATIONS, "k", &other).await),
        (422, "key-reused".into())
    );
    assert_eq!(
        came(&post(&stage, &stage.admin, "/v1/tools", "k", &initech()).await),
        (422, "key-reused".into())
    );
    // To everybody else the key is new, and whoever may not is told nothing of it.
    let desk = post(&stage, &stage.desk, ORGANIZATIONS, "k", &initech()).await;
    assert_eq!(came(&desk), (403, "forbidden".into()));
    let stranger = Caller { session: None, token: Some("bl_nobody".into()) };
    assert_eq!(
        came(&post(&stage, &stranger, ORGANIZATIONS, "k", &initech()).await),
        (401, "unauthenticated".into())
    );
    for bad in ["", "two words", &"x".repeat(201)] {
        let answer = post(&stage, &stage.admin, ORGANIZATIONS, bad, &other).await;
        assert_eq!(
            (answer.status.as_u16(), &answer.json()["errors"][0]["pointer"]),
            (400, &json!("#/Idempotency-Key"))
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_that_come_at_once_are_done_once() {
    let stage = Stage::new().await;
    let body = initech();
    let ask = || post(&stage, &stage.admin, ORGANIZATIONS, "at-once", &body);
    let all = futures_join(ask(), ask(), ask()).await;
    let came: BTreeSet<_> = all.iter().map(came).collect();
    assert!(came.contains(&(201, String::new())), "{came:?}");
    assert!(came.iter().all(|(status, kind)| *status == 201 || kind == "under-way"), "{came:?}");
    let waits = all.iter().filter(|answer| answer.status == 409).map(|answer| answer.header("retry-after"));
    assert!(waits.into_iter().all(|wait| wait == "2"), "how long to wait is said");
}

async fn futures_join<A, B, C>(a: A, b: B, c: C) -> [Answer; 3]
where
    A: Future<Output = Answer>,
    B: Future<Output = Answer>,
    C: Future<Output = Answer>,
{
    let (a, b, c) = tokio::join!(a, b, c);
    [a, b, c]
}

#[tokio::test(flavor = "multi_thread")]
async fn no_secret_is_kept_for_being_asked_again() {
    let stage = Stage::new().await;
    let made = post(&stage, &stage.acme.token, "/v1/tokens", "t", &json!({"name": "report"})).await;
    let (secret, id) = (made.json()["token"].as_str().unwrap().to_owned(), made.json()["id"].clone());
    let again = post(&stage, &stage.acme.token, "/v1/tokens", "t", &json!({"name": "report"})).await;
    assert_eq!(came(&again), (409, "already-asked".into()));
    assert!(
        again.text().contains(id.as_str().unwrap()) && !again.text().contains(&secret),
        "{}",
        again.text()
    );
    let body = json!({"kind": "support_person", "name": "N", "email": "n@vendor.example", "employer": "V"});
    let made = post(&stage, &stage.admin, "/v1/support-people", "p", &body).await.json();
    let again = post(&stage, &stage.admin, "/v1/support-people", "p", &body).await;
    assert_eq!(came(&again), (409, "already-asked".into()));
    assert!(again.text().contains(made["id"].as_str().unwrap()));
    // Nor the words of a call.
    assert_eq!(post(&stage, &stage.admin, ORGANIZATIONS, "o", &initech()).await.status, 201);
    let body = json!({"name": "Ivy Initech", "email": "ivy@initech.example", "phone": "+49 30 0009"});
    let made = post(&stage, &stage.admin, "/v1/organizations/initech/contacts", "c", &body).await.json();
    let calls = format!("/v1/contacts/{}/calls", made["id"].as_str().unwrap());
    let call = post(&stage, &stage.desk, &calls, "call", &json!({})).await;
    assert_eq!(call.status, 200, "{}", call.text());
    let again = post(&stage, &stage.desk, &calls, "call", &json!({})).await;
    assert_eq!(came(&again), (409, "already-asked".into()));
    // Nor what is too long to be kept, which is a list of organizations here.
    let many: Vec<_> = (0..100).map(|n| json!({"name": format!("N{n}"), "slug": format!("s{n}")})).collect();
    let many = json!({"organizations": many});
    assert_eq!(post(&stage, &stage.admin, "/v1/organization-imports", "i", &many).await.status, 200);
    let again = post(&stage, &stage.admin, "/v1/organization-imports", "i", &many).await;
    assert_eq!(came(&again), (409, "already-asked".into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_may_not_ask_costs_nothing_and_their_key_stays_free() {
    let stage = Stage::new().await;
    let body = json!({"name": "narrow", "scopes": ["read"]});
    let narrow = post(&stage, &stage.admin, "/v1/tokens", "n", &body).await.json();
    let narrow = Caller { session: None, token: Some(narrow["token"].as_str().unwrap().to_owned()) };
    let long = json!({"name": "x".repeat(100 * 1024), "slug": "long"});
    let commits = || stage.commits.load(Ordering::SeqCst);
    let before = commits();
    for (caller, path, body, status) in [
        (&narrow, ORGANIZATIONS, &initech(), 403),
        (&narrow, "/v1/organization-imports", &long, 403),
        (&stage.support, ORGANIZATIONS, &initech(), 403),
        (&stage.admin, "/v1/nothing", &long, 404),
        (&stage.admin, ORGANIZATIONS, &long, 413),
    ] {
        assert_eq!(post(&stage, caller, path, "k", body).await.status, status, "{path}");
    }
    assert_eq!(commits(), before, "nothing is written of it");
    // What was unreadable, not there or not theirs is not kept either.
    for (path, body, status) in [
        (ORGANIZATIONS, &json!({"name": "sam@acme.example"}), 400),
        ("/v1/contacts/nobody/calls/outcome", &json!({"outcome": "confirmed", "note": "n"}), 403),
        ("/v1/organizations/nobody/tokens", &json!({"name": "n"}), 404),
        (ORGANIZATIONS, &initech(), 201),
    ] {
        let answer = post(&stage, &stage.admin, path, "k", body).await;
        assert_eq!(answer.status, status, "{path}: {}", answer.text());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_has_so_many_keys_a_day() {
    let stage = Stage::new().await;
    let id = stage.acme.token.token.as_deref().map(|token| stage.app.bearer(token).unwrap().token).unwrap();
    for key in 0..KEYS_MAX {
        stage.app.once_begin(id, &key.to_string(), [0; 32]).await.unwrap();
    }
    let path = "/v1/tokens";
    assert_eq!(
        came(&post(&stage, &stage.acme.token, path, "more", &json!({})).await),
        (409, "key-not-taken".into())
    );
    // Nothing was done, so it may be asked without one.
    let without = send_json(&stage, &stage.acme.token, path, None, &json!({})).await;
    assert_eq!(without.status, 201);
    assert_eq!(post(&stage, &stage.globex.token, path, "more", &json!({})).await.status, 201);
    stage.clock.forward(SignedDuration::from_hours(24));
    assert_eq!(post(&stage, &stage.acme.token, path, "more", &json!({})).await.status, 201);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disable_under_a_key_is_done_whatever_becomes_of_the_key() {
    let stage = Stage::new().await;
    let caller = &stage.acme.token;
    let signed = || serde_json::to_value(stage.signed(&stage.acme, Wish::Disabled)).unwrap();
    let disabled = async |key: &str| {
        let answer = post(&stage, caller, DISABLE, key, &signed()).await;
        assert_eq!(
            (answer.status.as_u16(), answer.header("idempotent-replayed")),
            (200, ""),
            "{key}: {}",
            answer.text()
        );
        let access = stage.app.world().organizations[&stage.acme.id].organization.setting.access.clone();
        assert!(matches!(access, SupportAccess::Disabled { .. }));
    };
    // Under a key of another request, of one that broke off, of one that is under way, and of itself; and under what is none.
    assert_eq!(post(&stage, caller, "/v1/tokens", "other", &json!({})).await.status, 201);
    let id = stage.app.bearer(caller.token.as_deref().unwrap()).unwrap().token;
    let digest = Sha256::new().chain_update(DISABLE).chain_update([0]).chain_update(signed().to_string());
    let digest: [u8; 32] = digest.finalize().into();
    let Ok(Once::First(lost)) = stage.app.once_begin(id, "lost", digest).await else { panic!("it is new") };
    stage.app.once_lost(lost).await.unwrap();
    stage.app.once_begin(id, "under-way", digest).await.unwrap();
    for key in ["other", "lost", "under-way", "own", "own", "no key"] {
        disabled(key).await;
    }
    // Where nothing can be written, whoever is inside is cut off all the same.
    let held = stage.hold_database();
    let before = stage.cuts.load(Ordering::SeqCst);
    let refused = post(&stage, caller, DISABLE, "held", &signed()).await;
    assert!(refused.text().contains("it cannot be stored"), "{}", refused.text());
    assert_eq!(stage.cuts.load(Ordering::SeqCst), before + 1);
    drop(held);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_freeze_under_the_key_of_one_that_was_lifted_is_in_force() {
    let stage = Stage::new().await;
    let wanted = json!({"reason": "a subprocessor was broken into"});
    for _ in 0..2 {
        let begun = post(&stage, &stage.desk, "/v1/freezes", "k", &wanted).await;
        assert_eq!(begun.status, 201, "{}", begun.text());
        let in_force = stage.app.world().freezes.values().filter(|freeze| freeze.is_in_force()).count();
        assert_eq!((begun.header("idempotent-replayed"), in_force), ("", 1));
        let lift = format!("/v1/freezes/{}/lift", begun.json()["freeze"]["id"].as_str().unwrap());
        for (caller, by) in [(&stage.desk, stage.desk_person), (&stage.second_desk, stage.second_desk_person)]
        {
            let signed = serde_json::to_value(stage.lift(by)).unwrap();
            let key = format!("{by} {}", begun.json()["freeze"]["id"]).replace([' ', '"'], "");
            assert_eq!(post(&stage, caller, &lift, &key, &signed).await.status, 200);
        }
    }
}

/// Whatever changes something under `/v1` looks at the key, and at one that is none; what stops something does not, and does
/// not declare it.
#[tokio::test(flavor = "multi_thread")]
async fn no_change_goes_without_a_look_at_its_key() {
    let stage = Stage::new().await;
    let document = openapi();
    let (mut looked, mut stops) = (0, Vec::new());
    for (_, path) in
        routes().into_iter().filter(|(method, path)| *method == "POST" && path.starts_with("/v1/"))
    {
        let filled = path.split('/').map(|part| if part.starts_with('{') { "x" } else { part });
        let filled = filled.collect::<Vec<_>>().join("/");
        let mut said = Vec::new();
        for caller in [&stage.admin, &stage.desk, &stage.acme.token, &stage.support] {
            said.push(post(&stage, caller, &filled, "no key", &json!({})).await.text());
        }
        let looks = said.iter().any(|text| text.contains("Idempotency-Key"));
        let parameters = document["paths"][path]["post"]["parameters"].as_array();
        let declares =
            parameters.into_iter().flatten().any(|parameter| parameter["name"] == "Idempotency-Key");
        assert_eq!(looks, declares, "{path}: {said:?}");
        match looks {
            true => looked += 1,
            false => stops.push(path.rsplit('/').next().unwrap()),
        }
    }
    assert!(looked > 30, "{looked}");
    stops.sort_unstable();
    assert_eq!(stops, ["disable", "freezes", "provisional", "stop"]);
}
