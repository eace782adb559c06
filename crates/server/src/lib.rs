//! The control plane over HTTP: `/v1`, the log endpoints and the pages.
//!
//! | question | module |
//! |---|---|
//! | which addresses are there? | `router`: every route on one page |
//! | who is asking, and did they mean it? | `auth`, `form` |
//! | how many connections, and how slow? | `serve` |
//! | how often? | `limit` |
//! | was this asked before? | `once` |
//! | what does a refusal look like? | `problem` makes each, `present` turns it into a page where a person asked |
//! | what do programs get? | `api`, one file per resource; `openapi` describes them; `log` for verifiers |
//! | is it well, and what does it count? | [`operations`] |
//! | what is the vendor's own on pages? | [`brand`] |
//! | what do people get? | `pages`, one file per page; `templates/`, `static/` |
//!
//! A handler parses, authenticates, calls one function of `app` and renders. The tenant comes from the caller, never
//! from the address: another organization's things answer exactly as missing ones (threat model K14).
//!
//! Absent: SQL, rules about who may enter or decide, the clock, keys, and every byte of a tool.

mod api;
mod assets;
mod auth;
pub mod brand;
mod form;
mod limit;
mod log;
mod once;
mod openapi;
pub mod operations;
pub mod organization_csv;
mod pages;
mod present;
mod problem;
#[cfg(any(test, fuzzing))]
pub mod properties;
mod refused;
mod router;
mod serve;
mod site;
mod step_up;
mod text;
mod words;

use std::net::IpAddr;
use std::sync::Arc;

use axum::http::HeaderMap;
use byleave_app::sessions::SessionLimits;
use byleave_app::vendor::Vendor;

pub use limit::Limits;
use operations::Operations;
pub use router::{openapi, router, routes};
pub use serve::serve;
pub use words::state_word;

/// Finds a request's client: by its peer, and by what the request says where the peer is trusted.
pub type ClientAddress = Arc<dyn Fn(IpAddr, &HeaderMap) -> IpAddr + Send + Sync>;

/// Whether a peer's address is one client's own. It is not where a forwarder stands for many, one that we were told about
/// or one that we were not.
pub type OneClient = Arc<dyn Fn(IpAddr) -> bool + Send + Sync>;

/// What the server is told about its surroundings.
#[derive(Clone)]
pub struct Config {
    /// Its own origin in links and answers, such as `http://127.0.0.1:8080`; no slash at the end. With `https`, cookies
    /// are for secure connections alone.
    pub base_url: String,
    /// Every origin that pages are reached by, such as `http://localhost:8080`; forms are taken from these and
    /// [`base_url`](Self::base_url) alone.
    pub public_urls: Vec<String>,
    /// Origins of the gateway; the first is the one that tool addresses are made of.
    pub gateway_urls: Vec<String>,
    /// The domain under which each organization's tool has a host name of its own
    /// (`{organization}--{tool}.{support_domain}`); without one, tools are reached by path.
    pub support_domain: Option<String>,
    /// What `/oauth2/jwks` answers: a JSON Web Key Set (RFC 7517 §5).
    pub jwks: String,
    /// The vendor's name as people see it.
    pub vendor_name: String,
    /// The vendor's picture and colours.
    pub brand: Arc<brand::Brand>,
    /// What the process around it knows.
    pub operations: Arc<dyn Operations>,
    /// Opens `/metrics` to whoever sends it.
    pub metrics_token: Option<String>,
    /// Whether [`base_url`](Self::base_url) is this machine's own, so that whoever comes from it is on it.
    pub is_local: bool,
    /// How often somebody may ask.
    pub limits: Limits,
    /// How long whoever signs in stays so.
    pub sessions: SessionLimits,
    /// How the vendor's people sign in; without it by links alone.
    pub vendor: Option<Arc<Vendor>>,
    /// The client's address: the peer's, or what a forwarder that is trusted says.
    pub client: ClientAddress,
    /// Whose connections are counted by network.
    pub one_client: OneClient,
    /// With it browsers and programs speak TLS.
    pub tls: Option<Arc<rustls::ServerConfig>>,
    /// Weak settings that the vendor has accepted: their names, and what each means.
    pub risks: Vec<(&'static str, &'static str)>,
}
