//! Who gets what from every route. A route without a row here fails the test, and so does a row without a route.

use std::collections::BTreeSet;

use byleave_app::credentials::Holder;
use byleave_domain::statement::Wish;
use serde_json::json;

use crate::ask::{Carries, ask};
use crate::stage::{Caller, PLAIN, Stage, key_of, link};

/// Status for: stranger, support person, desk person, administrator, Acme's contact, Globex's contact, Acme's token,
/// Globex's token. What a row asks for is Acme's.
type Expected = [u16; 8];

const EVERYBODY: Expected = [200; 8];
const ADMIN: Expected = [401, 403, 403, 200, 403, 403, 403, 403];
const ADMIN_CREATES: Expected = [401, 403, 403, 201, 403, 403, 403, 403];
const ADMIN_AND_OWN: Expected = [401, 403, 403, 200, 200, 404, 200, 404];
const SUPPORT: Expected = [401, 200, 403, 403, 403, 403, 403, 403];
const CONTACTS: Expected = [401, 403, 403, 403, 200, 200, 403, 403];
const DESK: Expected = [401, 403, 200, 403, 403, 403, 403, 403];

#[rustfmt::skip]
const ROWS: &[(&str, &str, Expected)] = &[
    ("GET", "/", EVERYBODY),
    ("GET", "/static/{file}", EVERYBODY),
    ("GET", "/sign-in/{link}", [303; 8]),
    ("POST", "/sign-out", [401, 303, 303, 303, 303, 303, 303, 303]),
    ("GET", "/support", SUPPORT),
    ("GET", "/support/visit", SUPPORT),
    ("POST", "/support/visit", [401, 303, 403, 403, 403, 403, 403, 403]),
    ("GET", "/support/visits/{id}", SUPPORT),
    ("GET", "/support/visits/{id}/facts", SUPPORT),
    ("POST", "/support/visits/{id}/enter", [401, 303, 403, 403, 403, 403, 403, 403]),
    ("POST", "/support/visits/{id}/end", [401, 303, 403, 403, 403, 403, 403, 403]),
    ("GET", "/portal", CONTACTS),
    ("GET", "/portal/inside", CONTACTS),
    ("GET", "/portal/checkpoint", CONTACTS),
    ("GET", "/portal/visits/{id}", [401, 403, 403, 403, 200, 404, 403, 403]),
    // Acme's statement is no use to Globex's contact.
    ("POST", "/portal/disable", [401, 403, 403, 403, 200, 409, 403, 403]),
    ("POST", "/portal/enable", [401, 403, 403, 403, 200, 409, 403, 403]),
    ("GET", "/desk", DESK),
    ("POST", "/desk/change-requests/{id}/approve", [401, 403, 303, 403, 403, 403, 403, 403]),
    ("POST", "/desk/links", DESK),
    ("POST", "/desk/token", DESK),
    ("GET", "/v1/organizations", ADMIN),
    ("POST", "/v1/organizations", ADMIN_CREATES),
    ("GET", "/v1/organizations/{organization}", ADMIN_AND_OWN),
    ("POST", "/v1/organizations/{organization}/tokens", ADMIN_CREATES),
    ("GET", "/v1/organizations/{organization}/contacts", ADMIN_AND_OWN),
    ("POST", "/v1/organizations/{organization}/contacts", ADMIN_CREATES),
    ("GET", "/v1/organizations/{organization}/support-access", [401, 403, 200, 200, 200, 404, 200, 404]),
    ("POST", "/v1/organizations/{organization}/support-access/disable", ADMIN_AND_OWN),
    ("POST", "/v1/organizations/{organization}/support-access/enable", [401, 403, 403, 201, 201, 404, 201, 404]),
    ("GET", "/v1/contacts/{id}", ADMIN_AND_OWN),
    ("GET", "/v1/support-people", ADMIN),
    ("POST", "/v1/support-people", ADMIN_CREATES),
    ("GET", "/v1/support-people/{id}", ADMIN),
    ("GET", "/v1/tools", ADMIN),
    ("POST", "/v1/tools", ADMIN_CREATES),
    ("GET", "/v1/tools/{slug}", ADMIN),
    ("GET", "/v1/change-requests", [401, 403, 200, 200, 403, 403, 403, 403]),
    ("GET", "/v1/change-requests/{id}", [401, 403, 200, 200, 200, 404, 200, 404]),
    ("POST", "/v1/change-requests/{id}/approve", DESK),
    ("GET", "/c/{secret}/checkpoint", EVERYBODY),
    ("GET", "/c/{secret}/tile/{*path}", EVERYBODY),
    ("GET", "/o/{log}/checkpoint", [404, 404, 404, 404, 200, 404, 200, 404]),
    ("GET", "/o/{log}/tile/{*path}", [404, 404, 404, 404, 200, 404, 200, 404]),
    ("GET", "/oauth2/jwks", EVERYBODY),
];

#[test]
fn every_route_has_a_row() {
    let rows: BTreeSet<_> = ROWS.iter().map(|(method, path, _)| (*method, *path)).collect();
    let routes: BTreeSet<_> = byleave_server::routes().into_iter().collect();
    assert_eq!(routes.difference(&rows).collect::<Vec<_>>(), [&("", ""); 0], "routes without a row");
    assert_eq!(rows.difference(&routes).collect::<Vec<_>>(), [&("", ""); 0], "rows without a route");
    assert_eq!(rows.len(), ROWS.len(), "a row is there twice");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_route_answers_everybody_as_the_table_says() {
    for (method, route, expected) in ROWS {
        // A stage of its own, since some of what is asked for works once.
        let stage = Stage::new().await;
        let known = Known::prepare(&stage, route).await;
        let answers = callers(&stage).into_iter().zip(expected);
        for ((who, caller), expected) in answers {
            let path = known.path(&stage, route).await;
            let answer = ask(&stage, &caller, method, &path, carries(&stage, method, route)).await;
            assert_eq!(answer.status, *expected, "{method} {path} as {who}: {}", answer.text());
        }
    }
}

fn callers(stage: &Stage) -> [(&'static str, Caller); 8] {
    [
        ("stranger", Caller::default()),
        ("support person", stage.support.clone()),
        ("desk person", stage.desk.clone()),
        ("administrator", stage.admin.clone()),
        ("own contact", stage.acme.contact.clone()),
        ("other contact", stage.globex.contact.clone()),
        ("own token", stage.acme.token.clone()),
        ("other token", stage.globex.token.clone()),
    ]
}

/// What is on the stage for a route to show.
struct Known {
    visit: String,
    change_request: String,
    style: String,
}

impl Known {
    async fn prepare(stage: &Stage, route: &str) -> Self {
        let visit = stage.visit(stage.acme.id, &PLAIN).await.to_string();
        let change_request = match route {
            _ if route.contains("change-requests") => stage.change_request(&stage.acme).await,
            _ if route.ends_with("/enable") => {
                stage.disable(&stage.acme).await;
                String::new()
            }
            _ => String::new(),
        };
        let help = ask(stage, &Caller::default(), "GET", "/", Carries::Nothing).await.text();
        let style = help.split("/static/").nth(1).unwrap().split('"').next().unwrap().to_owned();
        Self { visit, change_request, style }
    }

    async fn path(&self, stage: &Stage, route: &str) -> String {
        let log = stage.app.world().organizations[&stage.acme.id].organization.log;
        let id = match route {
            _ if route.contains("change-requests") => self.change_request.clone(),
            _ if route.contains("support-people") => stage.subject.to_string(),
            _ if route.contains("contacts") => stage.acme.contact_id.to_string(),
            _ => self.visit.clone(),
        };
        let path = route
            .replace("{organization}", stage.acme.slug)
            .replace("{id}", &id)
            .replace("{file}", &self.style)
            .replace("{link}", &link(&stage.app, Holder::Contact(stage.acme.contact_id)).await)
            .replace("{slug}", "system-log")
            .replace("{secret}", &stage.app.keys().capability(log))
            .replace("{log}", &byleave_domain::ids::to_hex(log.as_bytes()))
            .replace("{*path}", "entries/000.p/1");
        if route == "/support/visit" { format!("{path}?organization=acme&tool=system-log") } else { path }
    }
}

fn carries(stage: &Stage, method: &str, route: &str) -> Carries {
    let signed = |wish| stage.signed(&stage.acme, wish);
    let wish = if route.ends_with("/enable") { Wish::Enabled } else { Wish::Disabled };
    match route {
        _ if method == "GET" => Carries::Nothing,
        "/v1/organizations" => Carries::Json(json!({"name": "Initech Paper", "slug": "initech"})),
        "/v1/support-people" => Carries::Json(
            json!({"kind": "support_person", "name": "N", "email": "n@vendor.example", "employer": "V"}),
        ),
        "/v1/tools" => Carries::Json(json!({"slug": "t", "name": "T", "upstream": "http://127.0.0.1:1",
            "isolation": "upstream-verified", "reason": "optional", "case": "optional"})),
        _ if route.ends_with("/contacts") => {
            Carries::Json(json!({"name": "C", "email": "c@acme.example", "phone": "+1 2", "key": key_of(9)}))
        }
        _ if route.starts_with("/v1/") && route.contains("support-access") => {
            Carries::Json(serde_json::to_value(signed(wish)).unwrap())
        }
        "/portal/disable" | "/portal/enable" => {
            let signed = signed(wish);
            Carries::Form(vec![("statement", signed.statement), ("signature", signed.signature)])
        }
        "/support/visit" => Carries::Form(vec![
            ("organization", "acme".into()),
            ("tool", "system-log".into()),
            ("reason", "another look".into()),
        ]),
        "/desk/links" => Carries::Form(vec![("holder", format!("contact:{}", stage.acme.contact_id))]),
        _ => Carries::Form(Vec::new()),
    }
}
