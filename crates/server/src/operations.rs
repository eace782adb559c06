//! `/healthz`, `/readyz` and `/metrics`: for load balancers, supervisors and whoever watches. None of them names an
//! organization or a person.

use std::pin::Pin;

use axum::Json;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use byleave_api::problem::ProblemType;
use byleave_api::v1::ToolCheck;
use byleave_domain::tool::Tool;
use serde::Serialize;
use subtle::ConstantTimeEq as _;

use crate::auth::bearer_in;
use crate::problem::Refusal;
use crate::serve::Peer;
use crate::site::Site;

/// What OpenMetrics calls itself.
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// What the process around the server knows.
pub trait Operations: Send + Sync + 'static {
    /// What is missing, apart from what the application itself says; empty when nothing is.
    fn missing(&self) -> Pin<Box<dyn Future<Output = Vec<Missing>> + Send + '_>>;
    /// What is counted, in OpenMetrics; `None` when it cannot be told.
    fn metrics(&self) -> Pin<Box<dyn Future<Output = Option<String>> + Send + '_>>;
    /// Asks a tool's application directly, as somebody who goes past the gateway would; `None` when nobody can ask from
    /// here.
    fn check_tool(&self, tool: Tool) -> Pin<Box<dyn Future<Output = Option<ToolCheck>> + Send + '_>>;
}

/// Something without which this process should get no requests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Missing {
    /// `writer`, `gateway`, `mail`, `disk`, `ends`, `clock` or `process`.
    pub name: &'static str,
    /// What about it.
    pub why: String,
}

#[derive(Serialize)]
struct Readiness {
    ready: bool,
    missing: Vec<Missing>,
    #[serde(flatten)]
    more: Option<More>,
}

/// What is for whoever may read the metrics.
#[derive(Serialize)]
struct More {
    /// Names of the weak settings that the vendor has accepted.
    risks: Vec<&'static str>,
    /// Organizations that nobody enters until their setting is settled.
    organizations_closed: usize,
}

/// `GET /healthz`: whether the process answers at all.
pub(crate) async fn health() -> &'static str {
    "ok\n"
}

/// `GET /readyz`: 200 when nothing is missing, else 503; either way what. Why in particular is for whoever may read the
/// metrics; anybody else is told what it comes to.
pub(crate) async fn ready(State(site): State<Site>, request: Request) -> Response {
    let mut missing = site.config.operations.missing().await;
    if let Err(why) = site.app.can_write().await {
        missing.push(Missing { name: "writer", why: why.to_string() });
    }
    let more = may_read(&site, &request).then(|| More {
        risks: site.config.risks.iter().map(|(name, _)| *name).collect(),
        organizations_closed: organizations_closed(&site),
    });
    if more.is_none() {
        missing.iter_mut().for_each(|missing| missing.why = in_short(missing.name).to_owned());
    }
    let ready = missing.is_empty();
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(Readiness { ready, missing, more })).into_response()
}

fn organizations_closed(site: &Site) -> usize {
    let world = site.app.world();
    world.organizations.values().filter(|tenant| tenant.organization.closed.is_some()).count()
}

fn in_short(name: &str) -> &'static str {
    match name {
        "writer" => "nothing can be written",
        "gateway" | "mail" => "it does not listen",
        "disk" => "it is nearly full, or cannot be asked",
        "ends" => "how requests ended is not in the logs yet, or cannot be kept",
        "clock" => "the wall clock was set back",
        "process" => "it is stopping",
        _ => "it is not as it should be",
    }
}

/// `GET /metrics`: for whoever [may read](may_read) them.
pub(crate) async fn metrics(State(site): State<Site>, request: Request) -> Result<Response, Refusal> {
    if !may_read(&site, &request) {
        return Err(Refusal::new(
            ProblemType::Unauthenticated,
            "send `metrics.token` of the configuration as a bearer token; without one only this machine may ask, and \
             only while `base_url` is this machine's own",
        ));
    }
    let text = site.config.operations.metrics().await;
    let text = text.ok_or_else(|| Refusal::failed("the metrics cannot be written"))?;
    Ok(([(header::CONTENT_TYPE, OPEN_METRICS)], text).into_response())
}

/// Whoever sends `metrics.token`. Without one, this machine alone, and only while the control plane is reached from nowhere
/// else: behind a proxy everybody looks like this machine.
fn may_read(site: &Site, request: &Request) -> bool {
    match &site.config.metrics_token {
        Some(_) => token_sent(site, request).is_some(),
        None => site.config.is_local && from_this_machine(request),
    }
}

/// `metrics.token`, where somebody sends it who asks for what it opens.
pub(crate) fn token_sent<'a>(site: &'a Site, request: &Request) -> Option<&'a str> {
    let token = site.config.metrics_token.as_deref()?;
    let asks = matches!(request.uri().path(), "/metrics" | "/readyz");
    let same: bool = bearer_in(request.headers())?.as_bytes().ct_eq(token.as_bytes()).into();
    (asks && same).then_some(token)
}

/// Unknown is elsewhere.
fn from_this_machine(request: &Request) -> bool {
    let peer = request.extensions().get::<ConnectInfo<Peer>>();
    peer.is_some_and(|ConnectInfo(Peer(peer))| peer.ip().is_loopback())
}
