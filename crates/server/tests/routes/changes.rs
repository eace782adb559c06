//! Disable and enable over `/v1`, and bodies that do not parse.

use axum::http::StatusCode;
use byleave_api::payload::SignedRecord;
use byleave_domain::statement::Wish;
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::ask::{Answer, Carries, ask, get};
use crate::stage::{Caller, PLAIN, Stage};

async fn post(stage: &Stage, caller: &Caller, path: &str, body: impl serde::Serialize) -> Answer {
    ask(stage, caller, "POST", path, Carries::Json(serde_json::to_value(body).unwrap())).await
}

async fn state(stage: &Stage) -> Value {
    get(stage, &stage.acme.token, "/v1/organizations/acme/support-access").await.json()
}

const DISABLE: &str = "/v1/organizations/acme/support-access/disable";
const ENABLE: &str = "/v1/organizations/acme/support-access/enable";

#[tokio::test(flavor = "multi_thread")]
async fn a_disable_answers_with_its_receipt() {
    let stage = Stage::new().await;
    let visit = stage.visit(stage.acme.id, &PLAIN).await;
    let answer = post(&stage, &stage.acme.token, DISABLE, stage.signed(&stage.acme, Wish::Disabled)).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let receipt = answer.json();
    assert_eq!(receipt["support_access"], "disabled");
    assert_eq!(receipt["confirmation"], "provisional");
    assert_eq!(receipt["epoch"], 1);
    assert_eq!(receipt["by"], stage.acme.contact_id.to_string());
    assert_eq!(
        receipt["enforcement_points"],
        json!([{"name": "gateway", "how": "drained", "connections": 3}])
    );
    assert!(receipt["entry"].as_u64().is_some());
    let state = state(&stage).await;
    assert_eq!((&state["support_access"], &state["by"]), (&json!("disabled"), &receipt["by"]));
    assert_eq!(state["checkpoint"], receipt["checkpoint"]);
    assert_eq!(state["since"], receipt["since"]);
    assert!(stage.app.visit(visit).unwrap().ended.is_some());
    assert!(
        !post(&stage, &stage.acme.token, ENABLE, stage.signed(&stage.acme, Wish::Disabled))
            .await
            .status
            .is_success()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_signature_decides_whoever_carries_it() {
    let stage = Stage::new().await;
    let good = stage.signed(&stage.acme, Wish::Disabled);
    let forged = SignedRecord { signature: "00".repeat(64), ..good.clone() };
    let changed = SignedRecord { statement: good.statement.replace("epoch: 1", "epoch: 2"), ..good.clone() };
    let foreign = stage.signed(&stage.globex, Wish::Disabled);
    let wrong_wish = stage.signed(&stage.acme, Wish::Enabled);
    let loose = SignedRecord { statement: format!("{}\n", good.statement), ..good.clone() };
    let short = SignedRecord { signature: "00".into(), ..good.clone() };
    for (refused, status, names) in [
        (forged, 409, "signature"),
        (changed, 409, "signature"),
        (foreign, 409, "not this organization"),
        (wrong_wish, 409, "`enabled`"),
        (loose, 409, "canonical"),
        (short, 400, "`signature`"),
    ] {
        for caller in [&stage.admin, &stage.acme.token] {
            let answer = post(&stage, caller, DISABLE, &refused).await;
            assert_eq!(answer.status, status, "{names}: {}", answer.text());
            let detail = answer.json()["detail"].as_str().unwrap().to_owned();
            assert!(detail.contains(names), "`{detail}` names `{names}`");
            assert_eq!(answer.header("content-type"), "application/problem+json");
        }
    }
    assert_eq!(state(&stage).await["support_access"], "enabled");
    stage.disable(&stage.acme).await;
    let late = stage.signed(&stage.acme, Wish::Enabled);
    stage.clock.forward(SignedDuration::from_mins(11));
    let stale = post(&stage, &stage.acme.token, ENABLE, late).await;
    assert_eq!(stale.status, 409);
    assert!(stale.text().contains("10 minutes"), "{}", stale.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn enabling_needs_a_desk_person_and_nobody_else_will_do() {
    let stage = Stage::new().await;
    stage.disable(&stage.acme).await;
    let answer = post(&stage, &stage.acme.token, ENABLE, stage.signed(&stage.acme, Wish::Enabled)).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
    let request = answer.json();
    assert_eq!((&request["state"], &request["action"]), (&json!("received"), &json!("enable")));
    assert_eq!(state(&stage).await["support_access"], "disabled", "asking changes nothing");

    let path = format!("/v1/change-requests/{}/approve", request["id"].as_str().unwrap());
    for caller in [&stage.admin, &stage.support, &stage.acme.token] {
        let refused = ask(&stage, caller, "POST", &path, Carries::Nothing).await;
        assert_eq!(refused.status, 403);
    }
    assert_eq!(state(&stage).await["support_access"], "disabled");

    let waiting = get(&stage, &stage.desk, "/v1/change-requests?state=received").await.json();
    assert_eq!(waiting.as_array().unwrap().len(), 2, "this one, and the steps that confirm the disable");
    let id = request["id"].as_str().unwrap();
    let approval = |by| Carries::Json(serde_json::to_value(stage.approval(id, by)).unwrap());
    let (first, second) = (stage.desk_person, stage.second_desk_person);
    let early = ask(&stage, &stage.second_desk, "POST", &path, approval(second)).await;
    assert_eq!(early.status, 409, "not before it is reviewed: {}", early.text());
    stage.proceed(id).await;
    let alone = ask(&stage, &stage.desk, "POST", &path, approval(first)).await;
    assert_eq!(alone.status, 409, "not by whoever reviewed it: {}", alone.text());
    let borrowed = ask(&stage, &stage.desk, "POST", &path, approval(second)).await;
    assert_eq!(borrowed.status, 409, "not with another's signature: {}", borrowed.text());
    assert_eq!(state(&stage).await["support_access"], "disabled");
    let approved = ask(&stage, &stage.second_desk, "POST", &path, approval(second)).await;
    assert_eq!(approved.status, 200, "{}", approved.text());
    assert_eq!(approved.json()["approved_by"], json!([second.to_string()]));
    assert_eq!(approved.json()["state"], "announced");
    assert_eq!(state(&stage).await["support_access"], "enabled");
    assert_eq!(state(&stage).await["epoch"], 2);
    let waiting = get(&stage, &stage.desk, "/v1/change-requests?state=received").await.json();
    assert!(waiting.as_array().unwrap().is_empty());
    let twice = ask(&stage, &stage.second_desk, "POST", &path, approval(second)).await;
    assert_eq!(twice.status, 409);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browsers_session_changes_nothing_through_v1() {
    let stage = Stage::new().await;
    let request = axum::http::Request::builder()
        .method("POST")
        .uri(DISABLE)
        .header("cookie", format!("byleave_session={}", stage.acme.contact.session.as_ref().unwrap()))
        .header("origin", crate::stage::BASE)
        .body(axum::body::Body::from(serde_json::to_vec(&stage.signed(&stage.acme, Wish::Disabled)).unwrap()))
        .unwrap();
    let answer = crate::ask::send(&stage, request).await;
    assert_eq!(answer.status, 401);
    assert!(answer.text().contains("bearer token"), "{}", answer.text());
    assert_eq!(state(&stage).await["support_access"], "enabled");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_fit_is_named_with_its_field_and_its_value() {
    let stage = Stage::new().await;
    let person = json!({"kind": "support_person", "name": "R", "email": "r@x", "employer": "X"});
    let contact = json!({"name": "C", "email": "c@x", "phone": "1"});
    let tool = json!({"slug": "t", "name": "T", "upstream": "http://127.0.0.1:1", "isolation": "shared",
        "reason": "optional", "case": "optional"});
    let with = |body: &Value, field: &str, value: Value| {
        let mut body = body.clone();
        body[field] = value;
        body
    };
    for (path, body, pointer, value) in [
        ("organizations", json!({"name": "X", "slug": "x", "plan": "gold"}), "#/plan", "gold"),
        ("organizations", json!({"name": "X"}), "#/slug", ""),
        ("organizations", json!({"name": "X", "slug": 5}), "#/slug", "5"),
        ("organizations", json!({"name": "X", "slug": null}), "#/slug", "null"),
        ("organizations", json!({"name": "X", "slug": "A--B"}), "#/slug", "A--B"),
        ("organizations", json!({"name": "a\u{202e}b", "slug": "x"}), "#/name", "a\u{202e}b"),
        ("organizations", json!({"name": "", "slug": "x"}), "#/name", ""),
        ("organizations", json!({"name": "x".repeat(200), "slug": "x"}), "#/name", &"x".repeat(80)),
        ("support-people", with(&person, "kind", json!("robot")), "#/kind", "robot"),
        ("support-people", with(&person, "email", json!("r")), "#/email", "r"),
        ("support-people", with(&person, "employer", json!(" ")), "#/employer", " "),
        ("organizations/acme/contacts", with(&contact, "key", json!("abc")), "#/key", "abc"),
        ("organizations/acme/contacts", with(&contact, "phone", json!("x1")), "#/phone", "x1"),
        ("organizations/acme/contact-changes", with(&contact, "kind", json!("swap")), "#/kind", "swap"),
        (
            "organizations/acme/contact-changes",
            json!({"kind": "add", "name": "C", "phone": "1"}),
            "#/email",
            "",
        ),
        ("tools", with(&tool, "upstream", json!("http://h/app")), "#/upstream", "http://h/app"),
        ("tools", with(&tool, "isolation", json!("none")), "#/isolation", "none"),
        ("tools", with(&tool, "case", json!("maybe")), "#/case", "maybe"),
        ("tools", with(&tool, "assets", json!(["/a", 7])), "#/assets/1", "7"),
    ] {
        let answer = post(&stage, &stage.admin, &format!("/v1/{path}"), body).await;
        assert_eq!(answer.status, 400, "{pointer}: {}", answer.text());
        let error = &answer.json()["errors"][0];
        assert_eq!(
            (&error["pointer"], &error["value"]),
            (&json!(pointer), &json!(value)),
            "{}",
            answer.text()
        );
        assert_eq!(error["detail"], answer.json()["detail"]);
    }
    for body in ["", "{", "[]", "{} {}", "nothing"] {
        let request = axum::http::Request::builder()
            .method("POST")
            .uri("/v1/organizations")
            .header("authorization", format!("Bearer {}", stage.admin.token.as_deref().unwrap()))
            .body(axum::body::Body::from(body))
            .unwrap();
        assert_eq!(crate::ask::send(&stage, request).await.status, 400, "`{body}`");
    }
    let taken = post(&stage, &stage.admin, "/v1/organizations", json!({"name": "X", "slug": "acme"})).await;
    assert_eq!(
        (taken.status.as_u16(), taken.json()["title"].as_str().unwrap().to_owned()),
        (409, "Already exists".into())
    );
    let shared = json!({"slug": "t", "name": "T", "upstream": "http://127.0.0.1:1", "isolation": "shared",
        "reason": "optional", "case": "optional"});
    let refused = post(&stage, &stage.admin, "/v1/tools", &shared).await;
    assert_eq!(refused.status, 409);
    assert!(refused.text().contains("naming it once more"), "{}", refused.text());
    let mut named = shared.clone();
    named["accept_shared"] = json!("t");
    assert_eq!(post(&stage, &stage.admin, "/v1/tools", &named).await.status, 201);
    let large = json!({"name": "x".repeat(70_000), "slug": "x"});
    assert_eq!(post(&stage, &stage.admin, "/v1/organizations", large).await.status, 413);
    let unknown = get(&stage, &stage.desk, "/v1/change-requests?state=lost").await;
    assert_eq!(unknown.status, 400, "{}", unknown.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_created_is_shown_and_its_token_works_once_shown() {
    let stage = Stage::new().await;
    let new = json!({"kind": "support_service", "name": "Bot", "email": "bot@v.example", "employer": "V"});
    let created = post(&stage, &stage.admin, "/v1/support-people", new).await.json();
    let token = Caller { session: None, token: created["token"].as_str().map(Into::into) };
    let bearer = stage.app.bearer(token.token.as_deref().unwrap()).unwrap();
    let person = created["id"].as_str().unwrap().parse().unwrap();
    assert_eq!(bearer.caller, byleave_app::caller::Caller::Subject(person), "the token is the person's");
    let shown =
        get(&stage, &stage.admin, &format!("/v1/support-people/{}", created["id"].as_str().unwrap())).await;
    assert_eq!(shown.json().get("token"), None);
    let organization = get(&stage, &stage.acme.token, "/v1/organizations/acme").await.json();
    assert_eq!(organization["support_access"], "enabled");
    let url = organization["log"]["url"].as_str().unwrap().strip_prefix(crate::stage::BASE).unwrap();
    let checkpoint = get(&stage, &Caller::default(), &format!("{url}/checkpoint")).await.text();
    let vkey: byleave_tlog::NoteVerifier = organization["log"]["vkey"].as_str().unwrap().parse().unwrap();
    let text = vkey.open(checkpoint.as_bytes()).unwrap();
    assert!(text.starts_with(organization["log"]["origin"].as_str().unwrap()));
    let token = post(&stage, &stage.admin, "/v1/organizations/acme/tokens", json!({})).await.json();
    let token = Caller { session: None, token: token["token"].as_str().map(Into::into) };
    assert_eq!(get(&stage, &token, "/v1/organizations/acme").await.status, 200);
}
