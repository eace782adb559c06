//! What the process is asked about itself.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Waker};

use axum::body::Body;
use axum::http::Request;
use byleave_server::operations::{Missing, Operations};
use tower::ServiceExt as _;

use crate::ask::{Carries, ask, get, send};
use crate::html;
use crate::stage::{Caller, METRICS_TOKEN, PLAIN, Stage, config};

struct Lacking;

impl Operations for Lacking {
    fn missing(&self) -> std::pin::Pin<Box<dyn Future<Output = Vec<Missing>> + Send + '_>> {
        Box::pin(std::future::ready(vec![Missing { name: "disk", why: "0 MiB are free".into() }]))
    }
    fn metrics(&self) -> std::pin::Pin<Box<dyn Future<Output = Option<String>> + Send + '_>> {
        Box::pin(std::future::ready(None))
    }
    fn check_tool(
        &self,
        _: byleave_domain::tool::Tool,
    ) -> std::pin::Pin<Box<dyn Future<Output = Option<byleave_api::v1::ToolCheck>> + Send + '_>> {
        Box::pin(std::future::ready(None))
    }
}

async fn lacking() -> Stage {
    Stage::with(&PLAIN, byleave_server::Config { operations: Arc::new(Lacking), ..config() }).await
}

fn token(text: &str) -> Caller {
    Caller { session: None, token: Some(text.to_owned()) }
}

#[tokio::test]
async fn readiness_names_each_thing_that_is_missing() {
    let operator = token(METRICS_TOKEN);
    let stage = Stage::new().await;
    let answer = get(&stage, &operator, "/readyz").await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.json()["risks"][0], "no-waiting-time");
    let lacking = lacking().await;
    let answer = get(&lacking, &operator, "/readyz").await;
    assert_eq!(answer.status, 503);
    assert_eq!(answer.json()["missing"][0]["name"], "disk");
    assert_eq!(answer.json()["missing"][0]["why"], "0 MiB are free");
    assert_eq!(answer.json()["organizations_closed"], 0);
    assert_eq!(get(&lacking, &operator, "/healthz").await.status, 200);
}

/// A load balancer learns what it needs and a stranger no more: neither how weak nor how large this is.
#[tokio::test]
async fn readiness_tells_strangers_what_is_missing_and_nothing_about_it() {
    let (stage, lacking) = (Stage::new().await, lacking().await);
    for caller in [Caller::default(), token("a-token"), stage.desk.clone(), stage.admin.clone()] {
        let answer = get(&stage, &caller, "/readyz").await;
        assert_eq!((answer.status.as_u16(), &*answer.text()), (200, r#"{"ready":true,"missing":[]}"#));
        let answer = get(&lacking, &caller, "/readyz").await;
        let told =
            r#"{"ready":false,"missing":[{"name":"disk","why":"it is nearly full, or cannot be asked"}]}"#;
        assert_eq!((answer.status.as_u16(), &*answer.text()), (503, told));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_writer_is_asked_once_a_second_however_many_ask_whether_it_is_ready() {
    let stage = Stage::new().await;
    let nobody = Caller::default();
    let asked = async |times: usize| {
        let before = stage.commits.load(Ordering::SeqCst);
        let mut all = tokio::task::JoinSet::new();
        for _ in 0..times {
            let ready = Request::builder().uri("/readyz").body(Body::empty()).unwrap();
            all.spawn(stage.router.clone().oneshot(ready));
        }
        for answer in all.join_all().await {
            assert_eq!(answer.unwrap().status(), 200);
        }
        stage.commits.load(Ordering::SeqCst) - before
    };
    assert_eq!(asked(200).await, 1);
    assert_eq!(asked(200).await, 0, "in the same second");
    stage.clock.forward(jiff::SignedDuration::from_secs(1));
    assert_eq!(asked(200).await, 1);
    stage.clock.forward(jiff::SignedDuration::from_millis(-500));
    assert_eq!(asked(200).await, 1, "a clock that was set back keeps no old answer");
    // Who goes away while asking makes no room for the next to ask.
    stage.clock.forward(jiff::SignedDuration::from_secs(10));
    let before = stage.commits.load(Ordering::SeqCst);
    for _ in 0..50 {
        let asks = std::pin::pin!(get(&stage, &nobody, "/readyz"));
        let _ = asks.poll(&mut Context::from_waker(Waker::noop()));
    }
    assert_eq!(get(&stage, &nobody, "/readyz").await.status, 200);
    assert_eq!(stage.commits.load(Ordering::SeqCst) - before, 1);
}

/// A browser's address bar, a probe and a session get no more than a stranger.
#[tokio::test]
async fn metrics_are_for_whoever_sends_the_token() {
    let stage = Stage::new().await;
    assert_eq!(get(&stage, &token(METRICS_TOKEN), "/metrics").await.text(), "# EOF\n");
    for other in ["", "a-token", "a-token-for-the-metricz", "a-token-for-the-metrics2"] {
        assert_eq!(get(&stage, &token(other), "/metrics").await.status, 401, "{other}");
    }
    // Of two it is not known which is meant.
    let twice = Request::get("/metrics")
        .header("host", "127.0.0.1:8080")
        .header("authorization", format!("Bearer {METRICS_TOKEN}"))
        .header("authorization", "Bearer other")
        .body(Body::empty());
    assert_eq!(send(&stage, twice.unwrap()).await.status, 401);
    // Without a token, where nobody knows who asks: nobody.
    let open = Stage::with(&PLAIN, byleave_server::Config { metrics_token: None, ..config() }).await;
    assert_eq!(get(&open, &Caller::default(), "/metrics").await.status, 401);
}

#[tokio::test]
async fn accepted_risks_stand_on_the_desks_page() {
    let stage = Stage::new().await;
    let page = get(&stage, &stage.desk, "/desk/vendor").await.text();
    assert!(page.contains("<strong>no-waiting-time</strong>: nobody can object in time"), "{page}");
}

#[tokio::test]
async fn a_tools_page_says_what_came_of_asking_it_and_what_could_not_be_found_out() {
    let stage = Stage::new().await;
    for (slug, shown) in [
        ("system-log", [r#"id="meaning" class="error""#, "NOT VERIFIED", ">answered<", ">200<"]),
        ("status", [r#"id="meaning" class="error""#, "NOT CHECKED", ">no answer that can be read<", "><"]),
    ] {
        let path = format!("/desk/tools/{slug}/check");
        let page = ask(&stage, &stage.desk, "POST", &path, Carries::Form(vec![])).await.text();
        html::check(&page, &path);
        for shown in shown {
            assert!(page.contains(shown), "{slug}: `{shown}` is not in {page}");
        }
    }
}
