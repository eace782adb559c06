//! Where an organization's mail comes from: said when it is created, and shown to it and the administrator.

use serde_json::{Value, json};

use crate::ask::{Answer, Carries, ask, get};
use crate::stage::Stage;

async fn post(stage: &Stage, path: &str, body: Value) -> Answer {
    ask(stage, &stage.admin, "POST", path, Carries::Json(body)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn domains_are_said_once_and_shown_in_order() {
    let stage = Stage::new().await;
    let body = json!({"name": "Initech", "slug": "initech", "domains": ["Mail.Initech.example", "initech.example",
        "initech.example"]});
    let made = post(&stage, "/v1/organizations", body).await;
    let domains = json!(["initech.example", "mail.initech.example"]);
    assert_eq!((made.status.as_u16(), &made.json()["domains"]), (201, &domains));
    assert_eq!(get(&stage, &stage.admin, "/v1/organizations/initech").await.json()["domains"], domains);
    let listed = get(&stage, &stage.admin, "/v1/organizations").await.json();
    assert!(listed.as_array().unwrap().iter().any(|one| one["domains"] == domains), "{listed}");
    assert_eq!(get(&stage, &stage.acme.contact, "/v1/organizations/acme").await.json()["domains"], json!([]));
    // Those of one group may share one.
    let line = |slug: &str| json!({"name": slug, "slug": slug, "domains": ["initech.example"]});
    let body = json!({"organizations": [line("initech-uk"), line("initech-us")]});
    let imported = post(&stage, "/v1/organization-imports", body).await.json();
    assert_eq!(imported["created"][1]["domains"], json!(["initech.example"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_domain_is_named_and_nothing_is_created() {
    let stage = Stage::new().await;
    let many: Vec<_> = (0..21).map(|n| format!("d{n}.example")).collect();
    for (domains, pointer) in [
        (json!(["ok.example", "192.0.2.1"]), "#/domains/1"),
        (json!(["example"]), "#/domains/0"),
        (json!(["m\u{fc}nchen.example"]), "#/domains/0"),
        (json!(many), "#/domains"),
    ] {
        let line = json!({"name": "Initech", "slug": "initech", "domains": domains});
        let answer = post(&stage, "/v1/organizations", line.clone()).await;
        assert_eq!((answer.status.as_u16(), &answer.json()["errors"][0]["pointer"]), (400, &json!(pointer)));
        let answer = post(&stage, "/v1/organization-imports", json!({"organizations": [line]})).await;
        let pointer = pointer.replace("#/", "#/organizations/0/");
        assert_eq!((answer.status.as_u16(), &answer.json()["errors"][0]["pointer"]), (400, &json!(pointer)));
    }
    assert!(stage.app.world().organization("initech").is_none());
}
