//! What the process is asked about itself.

use std::sync::Arc;

use byleave_server::operations::{Missing, Operations};

use crate::ask::get;
use crate::stage::{Caller, METRICS_TOKEN, PLAIN, Stage, config};

struct Lacking;

impl Operations for Lacking {
    fn missing(&self) -> Vec<Missing> {
        vec![Missing { name: "disk", why: "it is full".into() }]
    }
    fn metrics(&self) -> Option<String> {
        None
    }
    fn check_tool(
        &self,
        _: byleave_domain::tool::Tool,
    ) -> std::pin::Pin<Box<dyn Future<Output = Option<byleave_api::v1::ToolCheck>> + Send + '_>> {
        Box::pin(std::future::ready(None))
    }
}

#[tokio::test]
async fn readiness_names_each_thing_that_is_missing() {
    let nobody = Caller::default();
    let stage = Stage::new().await;
    let answer = get(&stage, &nobody, "/readyz").await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.json()["risks"][0], "no-waiting-time");
    let lacking =
        Stage::with(&PLAIN, byleave_server::Config { operations: Arc::new(Lacking), ..config() }).await;
    let answer = get(&lacking, &nobody, "/readyz").await;
    assert_eq!(answer.status, 503);
    assert_eq!(answer.json()["missing"][0]["name"], "disk");
    assert_eq!(answer.json()["missing"][0]["why"], "it is full");
    assert_eq!(get(&lacking, &nobody, "/healthz").await.status, 200);
}

/// A browser's address bar, a probe and a session get no more than a stranger.
#[tokio::test]
async fn metrics_are_for_whoever_sends_the_token() {
    let stage = Stage::new().await;
    let token = |text: &str| Caller { session: None, token: Some(text.to_owned()) };
    assert_eq!(get(&stage, &token(METRICS_TOKEN), "/metrics").await.text(), "# EOF\n");
    for other in ["", "a-token", "a-token-for-the-metricz", "a-token-for-the-metrics2"] {
        assert_eq!(get(&stage, &token(other), "/metrics").await.status, 401, "{other}");
    }
    // Without a token, where nobody knows who asks: nobody.
    let open = Stage::with(&PLAIN, byleave_server::Config { metrics_token: None, ..config() }).await;
    assert_eq!(get(&open, &Caller::default(), "/metrics").await.status, 401);
}

#[tokio::test]
async fn accepted_risks_stand_on_the_desks_page() {
    let stage = Stage::new().await;
    let page = get(&stage, &stage.desk, "/desk").await.text();
    assert!(page.contains("<strong>no-waiting-time</strong>: nobody can object in time"), "{page}");
}
