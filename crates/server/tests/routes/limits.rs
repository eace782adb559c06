//! How often somebody may ask.

use std::num::NonZeroU32;

use byleave_domain::statement::Wish;
use byleave_server::Limits;
use serde_json::json;

use crate::ask::{Answer, Carries, ask, get};
use crate::stage::{Caller, METRICS_TOKEN, PLAIN, Stage, config};
use crate::table::carries;

const CREDENTIAL: u32 = 5;
const ADDRESS: u32 = 3;

async fn stage() -> Stage {
    let limit = |count| NonZeroU32::new(count).unwrap();
    let limits = Limits { credential: limit(CREDENTIAL), address: limit(ADDRESS) };
    Stage::with(&PLAIN, byleave_server::Config { limits, ..config() }).await
}

/// How many are answered before one is not; and that one.
async fn taken(stage: &Stage, caller: &Caller, path: &str) -> (u32, Answer) {
    for count in 0..100 {
        let answer = get(stage, caller, path).await;
        if answer.status == 429 {
            return (count, answer);
        }
    }
    panic!("there is no limit");
}

#[tokio::test]
async fn a_credential_has_its_own_limit_and_is_told_what_is_left() {
    let stage = stage().await;
    let first = get(&stage, &stage.admin, "/v1/tools").await;
    assert_eq!(first.header("ratelimit-policy"), format!("\"token\";q={CREDENTIAL};w=60"));
    assert_eq!(first.header("ratelimit"), format!("\"token\";r={}", CREDENTIAL - 1));
    let (count, refused) = taken(&stage, &stage.admin, "/v1/tools").await;
    assert_eq!(count, CREDENTIAL - 1);
    assert_eq!(refused.header("ratelimit"), "\"token\";r=0");
    let wait: u64 = refused.header("retry-after").parse().unwrap();
    assert!((1..=60 / u64::from(CREDENTIAL) + 1).contains(&wait), "{wait}");
    assert_eq!(refused.header("content-type"), "application/problem+json");
    assert!(refused.json()["type"].as_str().unwrap().ends_with("/problems/too-many-requests"));
    // Everybody else goes on.
    assert_eq!(get(&stage, &stage.desk, "/desk").await.status, 200);
    assert_eq!(get(&stage, &Caller::default(), "/").await.status, 200);
}

#[tokio::test]
async fn whoever_shows_nothing_that_works_counts_by_address() {
    let stage = stage().await;
    let (count, refused) = taken(&stage, &Caller::default(), "/").await;
    assert_eq!(count, ADDRESS);
    assert!(refused.text().contains("Too many requests"), "a page for people: {}", refused.text());
    assert_eq!(refused.header("ratelimit"), "", "beside others at the address it would tell of them");
    // Another made-up token each time is no way around it.
    for number in 0..10 {
        let token = Some(format!("bl_{number:043}"));
        let made_up = Caller { session: None, token };
        assert_eq!(get(&stage, &made_up, "/v1/tools").await.status, 429);
    }
    assert_eq!(get(&stage, &stage.admin, "/v1/tools").await.status, 200, "a token that works goes on");
    for path in ["/healthz", "/readyz"] {
        assert_eq!(get(&stage, &Caller::default(), path).await.status, 200);
    }
}

/// One more token is no way around it; and with none of theirs anybody keeps themselves from the page that revokes it.
#[tokio::test]
async fn all_tokens_of_one_holder_count_together() {
    let stage = stage().await;
    let body = || Carries::Json(json!({"name": "more"}));
    for (caller, path, other) in [
        (&stage.acme.token, "/v1/tokens", &stage.globex.token),
        (&stage.desk, "/v1/tokens", &stage.second_desk),
        (&stage.admin, "/v1/tools", &stage.desk),
    ] {
        let by_token = Caller { session: None, ..caller.clone() };
        let more = ask(&stage, &by_token, "POST", "/v1/tokens", body()).await.json();
        let more = Caller { session: None, token: more["token"].as_str().map(str::to_owned) };
        let (count, _) = taken(&stage, &by_token, path).await;
        assert_eq!(count, CREDENTIAL - 1, "the other one was made by it");
        assert_eq!(get(&stage, &more, path).await.status, 429);
        assert_ne!(get(&stage, other, "/v1/freezes").await.status, 429, "everybody else goes on");
    }
    let by_session = Caller { token: None, ..stage.desk.clone() };
    assert_eq!(get(&stage, &by_session, "/desk").await.status, 200);
}

/// A log has thousands of files, and whoever verifies it sends no credentials.
#[tokio::test]
async fn a_logs_files_count_for_its_capability() {
    let stage = stage().await;
    let log = stage.app.world().organization("acme").unwrap().organization.log;
    let path = format!("/c/{}/checkpoint", stage.app.keys().capability(log));
    let (count, _) = taken(&stage, &Caller::default(), &path).await;
    assert_eq!(count, 10 * CREDENTIAL);
    let (count, _) =
        taken(&stage, &Caller::default(), "/c/0123456789abcdef0123456789abcdef/checkpoint").await;
    assert_eq!(count, ADDRESS, "a capability that is none");
}

/// Whatever else comes with a credential or from an address, it disables and freezes (promise 1). The routes are found by
/// what they are called, so that one more is looked at by itself.
#[tokio::test]
async fn what_stops_something_never_waits_for_other_traffic() {
    let is_stop =
        |path: &str| ["/disable", "/provisional", "/freezes", "/stop"].iter().any(|end| path.ends_with(end));
    let stops: Vec<_> = byleave_server::routes()
        .into_iter()
        .filter(|(method, path)| *method == "POST" && is_stop(path))
        .collect();
    assert_eq!(stops.len(), 9, "{stops:?}");
    for (method, route) in stops {
        let stage = stage().await;
        let request = stage.change_request(&stage.globex).await;
        let (caller, other) = match route {
            _ if route.contains("/organizations/") => (&stage.acme.token, "/v1/organizations/acme"),
            _ if route.starts_with("/portal/") => (&stage.acme.contact, "/portal"),
            _ => (&stage.desk, "/v1/freezes"),
        };
        // What the caller shows differs between pages and `/v1`.
        let by_session = Caller { token: None, ..caller.clone() };
        let by_token = Caller { session: None, ..caller.clone() };
        for flood in [&by_session, &by_token, &Caller::default()] {
            taken(&stage, flood, other).await;
        }
        let path = route.replace("{organization}", "acme").replace("{id}", &request);
        let asked = async || ask(&stage, caller, method, &path, carries(&stage, method, route)).await;
        let answer = asked().await;
        assert!(![401, 403, 429].contains(&answer.status.as_u16()), "{method} {route}: {}", answer.text());
        assert_eq!(get(&stage, &by_token, other).await.status, 429, "and gives nobody more of the rest");
        let mut count = 1;
        while asked().await.status != 429 {
            count += 1;
            assert!(count <= CREDENTIAL, "{route} has no limit");
        }
        assert_eq!(count, CREDENTIAL, "as many as of anything else");
    }
}

/// What the command line asks before the word itself, too; and a token that is good for less counts as it does anywhere.
#[tokio::test]
async fn what_is_asked_before_a_stop_waits_for_no_other_traffic() {
    let stage = stage().await;
    let body = || Carries::Json(json!({"name": "narrow", "scopes": ["read"]}));
    let narrow = ask(&stage, &stage.acme.token, "POST", "/v1/tokens", body()).await.json();
    let narrow = Caller { session: None, token: narrow["token"].as_str().map(str::to_owned) };
    let disable = "/v1/organizations/acme/support-access/disable";
    let signed = || Carries::Json(serde_json::to_value(stage.signed(&stage.acme, Wish::Disabled)).unwrap());
    for caller in [&stage.acme.token, &narrow] {
        taken(&stage, caller, "/v1/organizations/acme").await;
        for path in ["/v1/organizations/acme/support-access", "/v1/organizations/acme/contacts?limit=1000"] {
            assert_eq!(get(&stage, caller, path).await.status, 200, "{path}");
        }
        let wanted = if caller.token == narrow.token { 429 } else { 200 };
        assert_eq!(ask(&stage, caller, "POST", disable, signed()).await.status, wanted);
    }
    let (count, _) = taken(&stage, &stage.acme.token, "/v1/organizations/acme/support-access").await;
    assert_eq!(count, CREDENTIAL - 4, "as many as of anything else");
    assert_eq!(ask(&stage, &stage.acme.token, "POST", disable, signed()).await.status, 200);
}

/// Whoever watches is not kept from it by who else comes from the same address, and is bounded all the same.
#[tokio::test]
async fn the_metrics_token_counts_as_a_credential() {
    let stage = stage().await;
    taken(&stage, &Caller::default(), "/").await;
    let operator = Caller { session: None, token: Some(METRICS_TOKEN.to_owned()) };
    assert_eq!(get(&stage, &operator, "/metrics").await.status, 200);
    let (count, _) = taken(&stage, &operator, "/metrics").await;
    assert_eq!(count, CREDENTIAL - 1);
    for other in [Some("a-token-for-the-metricz".to_owned()), None] {
        let stranger = Caller { session: None, token: other };
        assert_eq!(get(&stage, &stranger, "/metrics").await.status, 429);
    }
    // It opens nothing else, and has no limit of its own there.
    assert_eq!(get(&stage, &operator, "/v1/tools").await.status, 429);
}
