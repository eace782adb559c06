//! Another organization's things answer exactly as missing ones: same status, same body (threat model K14).

use byleave_domain::ids::to_hex;
use byleave_domain::statement::Wish;

use crate::ask::{Carries, ask};
use crate::stage::{PLAIN, Stage};

/// An id that nothing has, in each kind's form.
const NOTHING: &str = "00000000000000000000000000000000";

#[tokio::test(flavor = "multi_thread")]
async fn what_is_anothers_is_not_there() {
    let stage = Stage::new().await;
    let visit = stage.visit(stage.acme.id, &PLAIN).await;
    let request = stage.change_request(&stage.acme).await;
    let log = to_hex(stage.app.world().organizations[&stage.acme.id].organization.log.as_bytes());
    let acme = stage.acme.id;
    let signed = Carries::Json(serde_json::to_value(stage.signed(&stage.acme, Wish::Disabled)).unwrap());
    let none = Carries::Nothing;
    let cases = [
        ("GET", format!("/v1/organizations/{acme}"), &none),
        ("GET", format!("/v1/organizations/{acme}/contacts"), &none),
        ("GET", format!("/v1/organizations/{acme}/support-access"), &none),
        ("POST", format!("/v1/organizations/{acme}/support-access/disable"), &signed),
        ("POST", format!("/v1/organizations/{acme}/support-access/enable"), &signed),
        ("GET", format!("/v1/contacts/{}", stage.acme.contact_id), &none),
        ("GET", format!("/v1/change-requests/{request}"), &none),
        ("GET", format!("/o/{log}/checkpoint"), &none),
        ("GET", format!("/o/{log}/tile/entries/000.p/1"), &none),
    ];
    for caller in [&stage.globex.contact, &stage.globex.token] {
        // A session changes nothing here, whosever it is.
        let changes = caller.token.is_some();
        for (method, path, carries) in cases.iter().filter(|(method, ..)| changes || *method == "GET") {
            let others = ask(&stage, caller, method, path, (*carries).clone()).await;
            let missing = ask(&stage, caller, method, &without_id(path), (*carries).clone()).await;
            assert_eq!(others.status, 404, "{method} {path}");
            assert_eq!((others.status, others.text()), (missing.status, missing.text()), "{method} {path}");
        }
    }
    let path = format!("/portal/visits/{visit}");
    let others = ask(&stage, &stage.globex.contact, "GET", &path, Carries::Nothing).await;
    let missing = ask(&stage, &stage.globex.contact, "GET", &without_id(&path), Carries::Nothing).await;
    assert_eq!(others.status, 404);
    assert_eq!(others.text(), missing.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visit_is_its_own_persons() {
    let stage = Stage::new().await;
    let visit = stage.visit(stage.acme.id, &PLAIN).await;
    let form = || Carries::Form(Vec::new());
    let cases = [
        ("GET", format!("/support/visits/{visit}"), Carries::Nothing),
        ("GET", format!("/support/visits/{visit}/facts"), Carries::Nothing),
        ("POST", format!("/support/visits/{visit}/enter"), form()),
        ("POST", format!("/support/visits/{visit}/end"), form()),
    ];
    for (method, path, carries) in cases {
        let others = ask(&stage, &stage.other_support, method, &path, carries.clone()).await;
        let missing = ask(&stage, &stage.other_support, method, &without_id(&path), carries).await;
        assert_eq!(others.status, 404, "{method} {path}");
        assert_eq!(others.text(), missing.text(), "{method} {path}");
    }
    assert!(stage.app.visit(visit).unwrap().ended.is_none(), "nobody else ended it");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_page_or_list_of_one_organization_speaks_of_another() {
    let stage = Stage::new().await;
    stage.visit(stage.acme.id, &PLAIN).await;
    stage.change_request(&stage.acme).await;
    for path in ["/portal", "/portal/inside", "/v1/organizations/globex", "/v1/organizations/globex/contacts"]
    {
        let answer = ask(&stage, &stage.globex.contact, "GET", path, Carries::Nothing).await;
        assert_eq!(answer.status, 200, "{path}");
        for acmes in [stage.acme.id.to_string(), PLAIN.reason.into(), "CASE-7".into(), "acme".into()] {
            assert!(!answer.text().contains(&acmes), "{path} speaks of `{acmes}`");
        }
    }
}

fn without_id(path: &str) -> String {
    let parts = path.split('/').map(|part| match part.split_once('_') {
        Some((kind, id)) if id.len() == 32 => format!("{kind}_{NOTHING}"),
        None if part.len() == 32 => NOTHING.to_owned(),
        _ => part.to_owned(),
    });
    parts.collect::<Vec<_>>().join("/")
}
