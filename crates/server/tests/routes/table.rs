//! Who gets what from every route. A route without a row here fails the test, and so does a row without a route.

use std::collections::{BTreeMap, BTreeSet};

use byleave_app::credentials::Holder;
use byleave_domain::ids::VisitId;
use byleave_domain::statement::Wish;
use byleave_domain::visit::VisitEnd;
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
/// Theirs to do, once the request has been reviewed.
const DESK_TOO_EARLY: Expected = [401, 403, 409, 403, 403, 403, 403, 403];
const DESK: Expected = [401, 403, 200, 403, 403, 403, 403, 403];

/// The same for a change under `/v1`: contacts have sessions alone, and a session changes nothing there.
const fn v1([stranger, support, desk, admin, _, _, own, other]: Expected) -> Expected {
    [stranger, support, desk, admin, 401, 401, own, other]
}

#[rustfmt::skip]
const ROWS: &[(&str, &str, Expected)] = &[
    ("GET", "/", EVERYBODY),
    ("GET", "/static/{file}", EVERYBODY),
    ("GET", "/healthz", EVERYBODY),
    ("GET", "/readyz", EVERYBODY),
    // For whoever sends the token of the configuration, who is none of these.
    ("GET", "/metrics", [401; 8]),
    ("GET", "/problems/{problem}", EVERYBODY),
    ("GET", "/sign-in/{link}", [303; 8]),
    // To the provider, which knows nobody.
    ("GET", "/sign-in/vendor", [303; 8]),
    ("GET", "/sign-in/callback", [400; 8]),
    ("POST", "/sign-in/back-channel-logout", [400; 8]),
    ("POST", "/language", [303; 8]),
    ("GET", "/sign-in", EVERYBODY),
    // Nothing was asked that this would answer.
    ("POST", "/sign-in", [409; 8]),
    ("GET", "/enrol/{link}", EVERYBODY),
    ("POST", "/enrol/{link}", [409; 8]),
    ("GET", "/passkeys", [401, 403, 200, 403, 200, 200, 403, 403]),
    ("POST", "/passkeys", [401, 403, 409, 403, 409, 409, 403, 403]),
    ("POST", "/passkeys/vouch", [401, 403, 409, 403, 409, 409, 403, 403]),
    // Of Acme's contact. The desk person removes it, and then there is none.
    ("POST", "/passkeys/{id}/remove", [401, 403, 303, 403, 404, 404, 403, 403]),
    // By Acme's contact, whose it is.
    ("POST", "/passkeys/{id}/delegate", [401, 403, 404, 403, 303, 404, 403, 403]),
    ("POST", "/sign-out", [401, 303, 303, 403, 303, 303, 403, 403]),
    // Everybody's own; the administrator and programs have none.
    ("GET", "/sessions", [401, 200, 200, 403, 200, 200, 403, 403]),
    ("POST", "/sessions/end-others", [401, 303, 303, 403, 303, 303, 403, 403]),
    // A second one of Acme's contact.
    ("POST", "/sessions/{id}/end", [401, 404, 404, 403, 303, 404, 403, 403]),
    ("GET", "/support", SUPPORT),
    ("GET", "/support/visit", SUPPORT),
    ("POST", "/support/visit", [401, 303, 403, 403, 403, 403, 403, 403]),
    ("GET", "/support/visits", SUPPORT),
    ("GET", "/support/visits/{id}", SUPPORT),
    ("GET", "/support/visits/{id}/facts", SUPPORT),
    ("POST", "/support/visits/{id}/enter", [401, 303, 403, 403, 403, 403, 403, 403]),
    ("POST", "/support/visits/{id}/end", [401, 303, 403, 403, 403, 403, 403, 403]),
    ("GET", "/portal", CONTACTS),
    ("GET", "/portal/inside", CONTACTS),
    ("GET", "/portal/checkpoint", CONTACTS),
    // Each sees their own organization's: `history.rs`.
    ("GET", "/portal/history", CONTACTS),
    ("GET", "/portal/history.csv", CONTACTS),
    ("GET", "/portal/history.json", CONTACTS),
    ("GET", "/portal/requests", CONTACTS),
    ("GET", "/portal/verify", CONTACTS),
    ("GET", "/portal/visits/{id}", [401, 403, 403, 403, 200, 404, 403, 403]),
    ("POST", "/portal/visits/{id}/stop", [401, 403, 403, 403, 200, 404, 403, 403]),
    // Each their own.
    ("POST", "/portal/stop", CONTACTS),
    ("POST", "/portal/visits/{id}/doubts", [401, 403, 403, 403, 303, 404, 403, 403]),
    ("GET", "/desk/doubts/{id}", DESK),
    ("POST", "/desk/doubts/{id}/answer", [401, 403, 303, 403, 403, 403, 403, 403]),
    ("POST", "/portal/tokens/{id}/revoke", [401, 403, 403, 403, 303, 404, 403, 403]),
    // Acme's statement is no use to Globex's contact.
    ("POST", "/portal/disable", [401, 403, 403, 403, 200, 409, 403, 403]),
    ("POST", "/portal/enable", [401, 403, 403, 403, 200, 409, 403, 403]),
    ("GET", "/acknowledgement-form.pdf", EVERYBODY),
    ("POST", "/portal/change-requests", [401, 403, 403, 403, 303, 303, 403, 403]),
    ("GET", "/portal/change-requests/{id}", [401, 403, 403, 403, 200, 404, 403, 403]),
    ("POST", "/portal/change-requests/{id}/withdraw", [401, 403, 403, 403, 303, 404, 403, 403]),
    // What acts on a disable is no use here: the request asks to enable.
    ("POST", "/portal/change-requests/{id}/meeting", [401, 403, 403, 403, 409, 404, 403, 403]),
    ("POST", "/portal/change-requests/{id}/return", [401, 403, 403, 403, 409, 404, 403, 403]),
    // Here it asks to disable, and has been reviewed, so that both are there.
    ("GET", "/portal/change-requests/{id}/form", [401, 403, 403, 403, 200, 404, 403, 403]),
    // There is a passkey from before it.
    ("GET", "/portal/change-requests/{id}/sign", [401, 403, 403, 403, 200, 404, 403, 403]),
    ("POST", "/portal/change-requests/{id}/sign", [401, 403, 403, 403, 409, 404, 403, 403]),
    ("GET", "/portal/change-requests/{id}/invitation", [401, 403, 403, 403, 200, 404, 403, 403]),
    ("GET", "/portal/evidence/{id}", [401, 403, 403, 403, 200, 404, 403, 403]),
    ("GET", "/portal/contacts", CONTACTS),
    ("POST", "/portal/notice-addresses", [401, 403, 403, 403, 303, 303, 403, 403]),
    // Each asks for Acme's second contact, and Globex's contact for one of Globex.
    ("POST", "/portal/contact-changes", [401, 403, 403, 403, 303, 303, 403, 403]),
    ("POST", "/portal/contact-changes/{id}/object", [401, 403, 403, 403, 303, 404, 403, 403]),
    ("POST", "/portal/contact-changes/{id}/return", [401, 403, 403, 403, 409, 404, 403, 403]),
    ("GET", "/portal/contact-changes/{id}/form", [401, 403, 403, 403, 404, 404, 403, 403]),
    ("GET", "/desk", DESK),
    ("GET", "/desk/queue", DESK),
    // Who has no passkey is not asked for one: `step_up.rs`.
    ("GET", "/desk/step-up", [401, 403, 303, 403, 403, 403, 403, 403]),
    ("POST", "/desk/step-up", [401, 403, 303, 403, 403, 403, 403, 403]),
    ("GET", "/desk/messages", DESK),
    ("GET", "/desk/organizations", DESK),
    ("GET", "/desk/organization-imports", DESK),
    ("POST", "/desk/organization-imports", DESK),
    ("POST", "/desk/organization-imports/check", DESK),
    ("GET", "/desk/tools", DESK),
    ("GET", "/desk/vendor", DESK),
    ("POST", "/messages", EVERYBODY),
    ("POST", "/desk/messages", [401, 403, 303, 403, 403, 403, 403, 403]),
    ("GET", "/desk/letters", DESK),
    ("GET", "/desk/messages/{id}", DESK),
    ("POST", "/desk/messages/{id}", [401, 403, 303, 403, 403, 403, 403, 403]),
    ("GET", "/v1/letters", DESK),
    ("GET", "/v1/messages", DESK),
    ("POST", "/v1/messages", [401, 403, 201, 201, 401, 401, 403, 403]),
    ("GET", "/v1/messages/{id}", DESK),
    ("POST", "/v1/messages/{id}/open", [401, 403, 201, 403, 401, 401, 403, 403]),
    // No request is open that it could join.
    ("POST", "/v1/messages/{id}/attach", [401, 403, 409, 403, 401, 401, 403, 403]),
    ("POST", "/v1/messages/{id}/dismiss", v1(DESK)),
    ("GET", "/v1/intake/messages", DESK),
    ("POST", "/v1/intake/messages", [401, 403, 201, 201, 401, 401, 403, 403]),
    ("GET", "/desk/organizations/{organization}", DESK),
    ("POST", "/desk/organizations/{organization}/contact-changes", [401, 403, 303, 403, 403, 403, 403, 403]),
    ("POST", "/desk/contact-changes/{id}/agree", [401, 403, 303, 403, 403, 403, 403, 403]),
    ("POST", "/desk/contact-changes/{id}/end", [401, 403, 303, 403, 403, 403, 403, 403]),
    ("POST", "/desk/contact-changes/{id}/return", [401, 403, 409, 403, 403, 403, 403, 403]),
    ("GET", "/desk/contact-changes/{id}/form", [401, 403, 404, 403, 403, 403, 403, 403]),
    ("POST", "/desk/contacts/{id}/call", [401, 403, 303, 403, 403, 403, 403, 403]),
    ("POST", "/desk/change-requests", [401, 403, 303, 403, 403, 403, 403, 403]),
    ("GET", "/desk/change-requests/{id}", DESK),
    ("GET", "/desk/change-requests/{id}/live", DESK),
    ("POST", "/desk/change-requests/{id}/step", [401, 403, 303, 403, 403, 403, 403, 403]),
    ("POST", "/desk/change-requests/{id}/approve", [401, 403, 409, 403, 403, 403, 403, 403]),
    ("POST", "/desk/change-requests/{id}/provisional", [401, 403, 409, 403, 403, 403, 403, 403]),
    ("POST", "/desk/change-requests/{id}/return", [401, 403, 409, 403, 403, 403, 403, 403]),
    ("GET", "/desk/change-requests/{id}/compare", [401, 403, 409, 403, 403, 403, 403, 403]),
    ("GET", "/desk/change-requests/{id}/form", DESK),
    ("GET", "/desk/change-requests/{id}/invitation", DESK),
    ("GET", "/desk/evidence/{id}", DESK),
    // Nothing about a freeze is one organization's.
    ("GET", "/desk/freezes", DESK),
    ("POST", "/desk/freezes", DESK),
    ("GET", "/desk/freezes/{id}", DESK),
    ("POST", "/desk/freezes/{id}/lift", [401, 403, 303, 403, 403, 403, 403, 403]),
    ("GET", "/v1/freezes", [401, 403, 200, 200, 200, 200, 200, 200]),
    ("POST", "/v1/freezes", [401, 403, 201, 403, 401, 401, 403, 403]),
    ("GET", "/v1/freezes/{id}", [401, 403, 200, 200, 200, 200, 200, 200]),
    ("POST", "/v1/freezes/{id}/lift", v1(DESK)),
    ("POST", "/desk/support-people", [401, 403, 303, 403, 403, 403, 403, 403]),
    ("POST", "/desk/links", DESK),
    ("POST", "/desk/enrolments", DESK),
    ("POST", "/desk/token", DESK),
    ("POST", "/desk/tokens/{id}/revoke", [401, 403, 404, 403, 403, 403, 403, 403]),
    ("GET", "/v1/openapi.json", EVERYBODY),
    ("GET", "/v1/organizations", ADMIN),
    ("POST", "/v1/organizations", v1(ADMIN_CREATES)),
    ("POST", "/v1/organization-imports", v1(ADMIN)),
    ("GET", "/v1/organizations/{organization}", ADMIN_AND_OWN),
    ("POST", "/v1/organizations/{organization}/domains", v1(ADMIN)),
    ("POST", "/v1/organizations/{organization}/notice-addresses", v1(ADMIN)),
    ("GET", "/v1/organizations/{organization}/tokens", ADMIN_AND_OWN),
    ("POST", "/v1/organizations/{organization}/tokens", [401, 403, 403, 201, 401, 401, 201, 404]),
    ("GET", "/v1/support-people/{id}/tokens", ADMIN),
    ("POST", "/v1/support-people/{id}/tokens", v1(ADMIN_CREATES)),
    // Everybody's own.
    ("GET", "/v1/tokens", [401, 200, 200, 200, 200, 200, 200, 200]),
    ("POST", "/v1/tokens", [401, 201, 201, 201, 401, 401, 201, 201]),
    // A token of Acme's programs.
    ("GET", "/v1/tokens/{id}", [401, 404, 404, 200, 200, 404, 200, 404]),
    ("POST", "/v1/tokens/{id}/revoke", [401, 404, 404, 200, 401, 401, 200, 404]),
    // Who, why and what is the organization's to read; the administrator has no part in it.
    ("GET", "/v1/organizations/{organization}/payloads", [401, 403, 403, 403, 200, 404, 200, 404]),
    ("GET", "/v1/organizations/{organization}/contacts", ADMIN_AND_OWN),
    // Not the first one: announced, and not on file yet.
    ("POST", "/v1/organizations/{organization}/contacts", [401, 403, 403, 202, 401, 401, 403, 403]),
    ("GET", "/v1/organizations/{organization}/support-access", [401, 403, 200, 200, 200, 404, 200, 404]),
    ("POST", "/v1/organizations/{organization}/support-access/disable", v1(ADMIN_AND_OWN)),
    ("POST", "/v1/organizations/{organization}/support-access/enable", [401, 403, 403, 201, 401, 401, 201, 404]),
    // The organization's own word: the administrator has none.
    ("POST", "/v1/organizations/{organization}/visits/stop", [401, 403, 403, 403, 401, 401, 200, 404]),
    ("POST", "/v1/organizations/{organization}/doubts", [401, 403, 403, 403, 401, 401, 201, 404]),
    ("GET", "/v1/doubts", [401, 403, 200, 403, 200, 200, 200, 200]),
    ("GET", "/v1/doubts/{id}", [401, 403, 200, 403, 200, 404, 200, 404]),
    ("POST", "/v1/doubts/{id}/answer", v1(DESK)),
    ("GET", "/v1/organizations/{organization}/contact-changes", [401, 403, 200, 200, 200, 404, 200, 404]),
    ("POST", "/v1/organizations/{organization}/contact-changes", [401, 403, 201, 201, 401, 401, 403, 403]),
    ("GET", "/v1/contact-changes/{id}", [401, 403, 200, 200, 200, 404, 200, 404]),
    ("POST", "/v1/contact-changes/{id}/agree", v1(DESK)),
    ("POST", "/v1/contact-changes/{id}/end", [401, 403, 200, 403, 401, 401, 403, 403]),
    ("POST", "/v1/contact-changes/{id}/returns", v1(DESK_TOO_EARLY)),
    ("GET", "/v1/contact-changes/{id}/form", [401, 403, 404, 404, 404, 404, 404, 404]),
    ("GET", "/v1/contacts/{id}", [401, 403, 200, 200, 200, 404, 200, 404]),
    ("POST", "/v1/contacts/{id}/calls", v1(DESK)),
    ("POST", "/v1/contacts/{id}/calls/outcome", [401, 403, 409, 403, 401, 401, 403, 403]),
    // Acme's contact is one, and the second desk person is in the configuration.
    ("POST", "/v1/contacts/{id}/erase", [401, 403, 409, 403, 401, 401, 403, 403]),
    ("GET", "/v1/desk-people", DESK),
    ("POST", "/v1/desk-people/{id}/erase", [401, 403, 409, 403, 401, 401, 403, 403]),
    ("GET", "/v1/support-people", ADMIN),
    ("POST", "/v1/support-people", v1(ADMIN_CREATES)),
    ("GET", "/v1/support-people/{id}", ADMIN),
    ("POST", "/v1/support-people/{id}/erase", v1(DESK)),
    ("GET", "/v1/tools", ADMIN),
    ("POST", "/v1/tools", v1(ADMIN_CREATES)),
    ("GET", "/v1/tools/{slug}", ADMIN),
    ("POST", "/v1/tools/{slug}/check", v1(ADMIN)),
    ("GET", "/desk/tools/{slug}", DESK),
    ("POST", "/desk/tools/{slug}/check", DESK),
    ("GET", "/v1/change-requests", [401, 403, 200, 200, 403, 403, 403, 403]),
    ("GET", "/v1/change-requests/{id}", [401, 403, 200, 200, 200, 404, 200, 404]),
    ("GET", "/v1/me", DESK),
    ("POST", "/v1/change-requests", [401, 403, 201, 403, 401, 401, 403, 403]),
    ("POST", "/v1/change-requests/{id}/review", v1(DESK)),
    ("POST", "/v1/change-requests/{id}/meeting", v1(DESK_TOO_EARLY)),
    ("POST", "/v1/change-requests/{id}/meeting/decline", v1(DESK_TOO_EARLY)),
    ("POST", "/v1/change-requests/{id}/findings", v1(DESK_TOO_EARLY)),
    ("POST", "/v1/change-requests/{id}/returns", v1(DESK_TOO_EARLY)),
    ("POST", "/v1/change-requests/{id}/match", v1(DESK_TOO_EARLY)),
    ("POST", "/v1/change-requests/{id}/calls", v1(DESK_TOO_EARLY)),
    ("POST", "/v1/change-requests/{id}/calls/outcome", [401, 403, 409, 403, 401, 401, 403, 403]),
    ("POST", "/v1/change-requests/{id}/provisional", v1(DESK_TOO_EARLY)),
    ("POST", "/v1/change-requests/{id}/approve", v1(DESK_TOO_EARLY)),
    ("GET", "/v1/change-requests/{id}/form", [401, 403, 200, 403, 200, 404, 403, 404]),
    ("GET", "/v1/change-requests/{id}/invitation", [401, 403, 200, 200, 200, 404, 200, 404]),
    ("GET", "/v1/evidence/{id}", [401, 403, 200, 403, 200, 404, 403, 403]),
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

/// Every route's method and path, in the table's order.
pub fn rows() -> impl Iterator<Item = (&'static str, &'static str)> {
    ROWS.iter().map(|(method, path, _)| (*method, *path))
}

/// Every page for somebody signed in.
pub fn pages() -> impl Iterator<Item = (&'static str, &'static str)> {
    let signed_in = ROWS
        .iter()
        .filter(|(_, path, expected)| expected[0] == 401 && *path != "/metrics" && !path.starts_with("/v1/"));
    signed_in.map(|(method, path, _)| (*method, *path))
}

/// Every form of a page, and the status that a desk person gets.
pub fn desk_forms() -> impl Iterator<Item = (&'static str, u16)> {
    let pages = ROWS.iter().filter(|(method, path, _)| *method == "POST" && !path.starts_with("/v1/"));
    pages.map(|(_, path, expected)| (*path, expected[2]))
}

/// Every form of a page for somebody signed in, and the place among [`callers`] of somebody with a session whose it is.
pub fn forms() -> impl Iterator<Item = (&'static str, usize)> {
    let pages = ROWS.iter().filter(|(method, path, _)| *method == "POST" && !path.starts_with("/v1/"));
    let signed_in = pages.filter(|(_, _, expected)| expected[0] == 401);
    signed_in.map(|(_, path, expected)| {
        let whose = [1, 2, 4].into_iter().find(|who| ![401, 403].contains(&expected[*who]));
        (*path, whose.unwrap_or_else(|| panic!("{path} is nobody's")))
    })
}

/// The table's rows are what the router has, not what a list beside it says: as it describes itself.
#[tokio::test]
async fn no_route_is_served_that_is_not_listed() {
    let stage = Stage::new().await;
    let described = format!("{:?}", stage.router);
    // What follows is for addresses that nothing is at.
    let (described, _) = described.split_once("fallback_router").unwrap();
    let find = |pattern: &str| -> BTreeMap<String, String> {
        let pattern = regex_lite::Regex::new(&format!(r"RouteId\((\d+)\): {pattern}")).unwrap();
        pattern.captures_iter(described).map(|found| found.extract().1.map(str::to_owned).into()).collect()
    };
    let methods = find(r#"MethodRouter\(.*?allow_header: Bytes\(b"([A-Z,]*)"\)"#);
    let paths = find(r#""([^"]*)""#);
    assert!(methods.len() > 100 && methods.keys().eq(paths.keys()), "the description is read as it is meant");
    let mut served = BTreeSet::new();
    for (path, allowed) in paths.values().zip(methods.values()) {
        let allowed = allowed.split(',').filter(|method| *method != "HEAD");
        served.extend(allowed.map(|method| (method.to_owned(), path.clone())));
    }
    let listed = byleave_server::routes().into_iter().map(|(m, p)| (m.to_owned(), p.to_owned())).collect();
    let unlisted: Vec<_> = served.difference(&listed).collect();
    assert!(unlisted.is_empty(), "served and not listed: {unlisted:?}");
    assert_eq!(served, listed);
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

pub fn callers(stage: &Stage) -> [(&'static str, Caller); 8] {
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
pub struct Known {
    visit: String,
    change_request: String,
    style: String,
}

impl Known {
    pub async fn prepare(stage: &Stage, route: &str) -> Self {
        let visit = stage.visit(stage.acme.id, &PLAIN).await;
        if route.ends_with("/erase") {
            stage.app.visit_close(visit, VisitEnd::Left).await.unwrap();
        }
        let visit = visit.to_string();
        let change_request = match route {
            _ if route.contains("messages/{id}") => {
                let text = b"please disable".to_vec();
                stage.app.message_receive("help_page", "Acme", text).await.unwrap().to_string()
            }
            _ if route.contains("/doubts/{id}") => stage.doubt(&stage.acme, visit.parse().unwrap()).await,
            _ if route.contains("freezes/{id}") => stage.freeze(None).await,
            _ if route.contains("contact-changes/{id}") => stage.contact_change(&stage.acme).await,
            _ if route.contains("passkeys/{id}") => stage.passkey(&stage.acme).await,
            _ if route.ends_with("/sign") => {
                stage.passkey(&stage.acme).await;
                stage.invited(&stage.acme).await.to_string()
            }
            _ if route.contains("change-requests")
                && ["/form", "/invitation"].iter().any(|end| route.ends_with(end)) =>
            {
                stage.invited(&stage.acme).await.to_string()
            }
            _ if route.contains("change-requests") => stage.change_request(&stage.acme).await,
            _ if route.contains("/evidence/") => stage.message(&stage.acme).await,
            _ if route.contains("/sessions/{id}") => {
                let session = Some(stage.signed_in_again(&stage.acme.contact).await);
                stage.session_of(&Caller { session, token: None }).to_string()
            }
            _ if route.contains("/tokens/{id}") => stage.token(&stage.acme).await,
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

    pub async fn path(&self, stage: &Stage, route: &str) -> String {
        let log = stage.app.world().organizations[&stage.acme.id].organization.log;
        let id = match route {
            _ if [
                "change-requests",
                "contact-changes",
                "/doubts/{",
                "/evidence/",
                "freezes",
                "messages",
                "/passkeys/",
                "/sessions/",
                "/tokens/",
            ]
            .iter()
            .any(|part| route.contains(part)) =>
            {
                self.change_request.clone()
            }
            _ if route.contains("support-people") => stage.subject.to_string(),
            _ if route.contains("desk-people") => stage.second_desk_person.to_string(),
            _ if route.contains("contacts") => stage.acme.contact_id.to_string(),
            _ => self.visit.clone(),
        };
        let holder = Holder::Contact(stage.acme.contact_id);
        let link = if route.starts_with("/enrol/") {
            stage.app.enrolment_issue(holder, stage.desk_person).await.unwrap().reveal().to_owned()
        } else {
            link(&stage.app, holder).await
        };
        let path = route
            .replace("{organization}", stage.acme.slug)
            .replace("{id}", &id)
            .replace("{file}", &self.style)
            .replace("{problem}", "not-found")
            .replace("{link}", &link)
            .replace("{slug}", "system-log")
            .replace("{secret}", &stage.app.keys().capability(log))
            .replace("{log}", &byleave_domain::ids::to_hex(log.as_bytes()))
            .replace("{*path}", "entries/000.p/1");
        match route {
            "/support/visit" => format!("{path}?organization=acme&tool=system-log"),
            "/v1/intake/messages" => format!("{path}?message_id=%3Cone@acme.example%3E"),
            _ => path,
        }
    }
}

pub fn carries(stage: &Stage, method: &str, route: &str) -> Carries {
    let signed = |wish| stage.signed(&stage.acme, wish);
    let wish = if route.ends_with("/enable") { Wish::Enabled } else { Wish::Disabled };
    match route {
        _ if method == "GET" => Carries::Nothing,
        _ if route.starts_with("/v1/") && (route.ends_with("/tokens") || route.ends_with("/revoke")) => {
            Carries::Nothing
        }
        "/v1/organizations" => Carries::Json(json!({"name": "Initech Paper", "slug": "initech"})),
        "/v1/organization-imports" => {
            Carries::Json(json!({"organizations": [{"name": "Initech Paper", "slug": "initech"}]}))
        }
        _ if route.starts_with("/v1/") && route.ends_with("/stop") => Carries::Nothing,
        "/v1/organizations/{organization}/doubts" => {
            // Where nobody is inside, a visit that there is not.
            let world = stage.app.world();
            let inside = world.visits_open(stage.acme.id).next().map(|open| open.row.visit.id);
            let visit = inside.unwrap_or(VisitId::from_bytes([0; 16])).to_string();
            Carries::Json(json!({"visit": visit, "text": "nobody of ours asked for it"}))
        }
        "/v1/doubts/{id}/answer" => Carries::Json(json!({"text": "it was about your case"})),
        "/desk/doubts/{id}/answer" => form([("text", "it was about your case")]),
        "/v1/organizations/{organization}/domains" => Carries::Json(json!({"domains": ["acme.example"]})),
        "/language" => form([("language", "de")]),
        "/v1/organizations/{organization}/notice-addresses" => {
            Carries::Json(json!({"notice_addresses": ["soc@acme.example"]}))
        }
        "/messages" => Carries::Form(vec![
            ("customer", "Acme".into()),
            ("action", "disable".into()),
            ("contact", "me".into()),
            ("text", String::new()),
        ]),
        "/v1/messages" | "/v1/intake/messages" => Carries::Json(json!("any bytes")),
        _ if route.ends_with("/attach") => {
            Carries::Json(json!({"change_request": format!("change_{}", "0".repeat(32))}))
        }
        "/v1/freezes" => Carries::Json(json!({"reason": "a subprocessor was broken into"})),
        "/desk/freezes" => form([("reason", "a subprocessor was broken into")]),
        "/v1/freezes/{id}/lift" => {
            Carries::Json(serde_json::to_value(stage.lift(stage.desk_person)).unwrap())
        }
        "/desk/freezes/{id}/lift" => by_key(stage.lift(stage.desk_person)),
        _ if route.ends_with("/open") => Carries::Json(json!({"organization": "acme", "action": "disable",
            "has_name": true, "has_confirmation": true, "has_contact": true})),
        "/desk/messages" => Carries::File(b"please disable"),
        "/desk/organization-imports/check" => Carries::File(b"name,slug\nInitech Paper,initech\n"),
        "/desk/organization-imports" => form([("file", "name,slug\r\nInitech Paper,initech\r\n")]),
        _ if route.ends_with("/return") => Carries::File(b"%PDF-1.7 not really"),
        _ if route.ends_with("/erase") => Carries::Json(json!({"reason": "they asked for it"})),
        _ if route.ends_with("/dismiss") => Carries::Json(json!({"reason": "an advertisement"})),
        "/desk/messages/{id}" => form([("step", "dismiss"), ("reason", "an advertisement")]),
        "/portal/notice-addresses" => form([("first", "soc@acme.example")]),
        "/portal/contact-changes" | "/desk/organizations/{organization}/contact-changes" => {
            form([("kind", "add"), ("name", "C"), ("email", "c@acme.example"), ("phone", "+1 2")])
        }
        _ if route.ends_with("/contact-changes") => {
            Carries::Json(json!({"kind": "add", "name": "C", "email": "c@acme.example", "phone": "+1 2"}))
        }
        _ if route.starts_with("/v1/") && route.ends_with("/agree") => {
            Carries::Json(serde_json::to_value(stage.agreement()).unwrap())
        }
        _ if route.ends_with("/agree") => by_key(stage.agreement()),
        _ if route.starts_with("/v1/")
            && (route.ends_with("/end") || route.ends_with("/calls"))
            && !route.contains("change-requests") =>
        {
            Carries::Json(json!({}))
        }
        "/v1/support-people" => Carries::Json(
            json!({"kind": "support_person", "name": "N", "email": "n@vendor.example", "employer": "V"}),
        ),
        "/v1/tools" => Carries::Json(json!({"slug": "t", "name": "T", "upstream": "http://127.0.0.1:1",
            "isolation": "upstream-verified", "reason": "optional", "case": "optional"})),
        _ if route.ends_with("/contacts") => {
            Carries::Json(json!({"name": "C", "email": "c@acme.example", "phone": "+1 2", "key": key_of(9)}))
        }
        "/v1/change-requests" => {
            Carries::Json(json!({"organization": "acme", "action": "disable", "text": "please",
            "has_name": true, "has_confirmation": true, "has_contact": true}))
        }
        "/desk/change-requests" => {
            form([("organization", "acme"), ("action", "disable"), ("text", "please")])
        }
        "/portal/change-requests" => form([("action", "disable"), ("text", "please")]),
        _ if route.ends_with("/call") => form([("step", "call")]),
        _ if route.ends_with("/step") => form([("step", "proceed")]),
        _ if route.starts_with("/portal/") && route.ends_with("/meeting") => {
            form([("start", "2030-01-01T10:00:00Z")])
        }
        _ if route.ends_with("/review") => Carries::Json(json!({"outcome": "proceed"})),
        _ if route.ends_with("/meeting") => Carries::Json(json!({"start": "2030-01-01T10:00:00Z"})),
        _ if route.ends_with("/decline") => {
            Carries::Json(json!({"evidence": "evidence_00000000000000000000000000000001"}))
        }
        _ if route.ends_with("/findings") => {
            Carries::Json(json!({"question": "identity", "holds": true, "note": "seen"}))
        }
        _ if route.ends_with("/match") => Carries::Json(json!({"accepted": true})),
        _ if route.ends_with("/calls") => {
            Carries::Json(json!({"contact": stage.acme.contact_id.to_string()}))
        }
        _ if route.ends_with("/outcome") => Carries::Json(json!({"outcome": "denied", "note": "not them"})),
        _ if route.starts_with("/v1/")
            && (route.ends_with("/approve") || route.ends_with("/provisional")) =>
        {
            Carries::Json(serde_json::to_value(approval(stage)).unwrap())
        }
        _ if route.ends_with("/approve") || route.ends_with("/provisional") => by_key(approval(stage)),
        _ if route.starts_with("/v1/") && route.contains("support-access") => {
            Carries::Json(serde_json::to_value(signed(wish)).unwrap())
        }
        "/portal/disable" | "/portal/enable" => by_key(signed(wish)),
        "/support/visit" => {
            form([("organization", "acme"), ("tool", "system-log"), ("reason", "another look")])
        }
        "/sign-in" | "/passkeys/vouch" | "/portal/change-requests/{id}/sign" => {
            let fields = ["challenge", "credential", "client_data", "authenticator_data", "signature"];
            form(fields.map(|field| (field, "AAAA")))
        }
        "/passkeys/{id}/delegate" => {
            let signed = stage.delegation(&stage.acme);
            let (statement, signature) = signed.map(|s| (s.statement, s.signature)).unwrap_or_default();
            form([("statement", &statement), ("signature", &signature)])
        }
        "/passkeys" | "/enrol/{link}" => {
            let fields = ["challenge", "name", "client_data", "attestation"];
            form(fields.map(|field| (field, "AAAA")))
        }
        "/desk/support-people" => {
            form([("name", "P"), ("email", "p@vendor.example"), ("employer", "Vendor")])
        }
        "/desk/links" | "/desk/enrolments" => {
            form([("holder", &format!("contact:{}", stage.acme.contact_id))])
        }
        _ => form([]),
    }
}

fn form<const N: usize>(fields: [(&'static str, &str); N]) -> Carries {
    Carries::Form(fields.map(|(name, value)| (name, value.to_owned())).to_vec())
}

/// The first desk person's approval of the request that is there.
fn approval(stage: &Stage) -> byleave_api::payload::SignedRecord {
    let id = stage.app.world().change_requests.keys().next().unwrap().to_string();
    stage.approval(&id, stage.desk_person)
}

/// What a key signed, as a form has it.
fn by_key(signed: byleave_api::payload::SignedRecord) -> Carries {
    form([("statement", &signed.statement), ("signature", &signed.signature)])
}
