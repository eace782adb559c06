//! The organizations' logs as C2SP `tlog-tiles` has them, for verifiers; and the keys that assertions are made with.
//!
//! Two addresses, the same files: `/c/{secret}` for verifiers that send no credentials, `/o/{log}` for the
//! organization's own people and programs. Whoever may not read a log is told that there is none.

use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use byleave_domain::ids::{LogId, OrganizationId, parse_hex};
use byleave_tlog::TilePath;

use crate::auth::Known;
use crate::problem::Refusal;
use crate::site::{Site, blocking};

/// A checkpoint is the newest one: asked for anew each time.
const CHECKPOINT_CACHING: &str = "private, no-cache";
/// The bytes at a tile's path never change.
const TILE_CACHING: &str = "private, max-age=31536000, immutable";

/// `GET /c/{secret}/checkpoint`
pub(crate) async fn checkpoint_by_capability(
    State(site): State<Site>,
    Path(secret): Path<String>,
) -> Result<Response, Refusal> {
    checkpoint_of(&site, by_capability(&site, &secret)?)
}

/// `GET /c/{secret}/tile/{path}`
pub(crate) async fn tile_by_capability(
    State(site): State<Site>,
    Path((secret, path)): Path<(String, String)>,
) -> Result<Response, Refusal> {
    let organization = by_capability(&site, &secret)?;
    tile_of(site, organization, &path).await
}

/// `GET /o/{log}/checkpoint`
pub(crate) async fn checkpoint(
    State(site): State<Site>,
    known: Option<Known>,
    Path(log): Path<String>,
) -> Result<Response, Refusal> {
    checkpoint_of(&site, own(&site, known, &log)?)
}

/// `GET /o/{log}/tile/{path}`
pub(crate) async fn tile(
    State(site): State<Site>,
    known: Option<Known>,
    Path((log, path)): Path<(String, String)>,
) -> Result<Response, Refusal> {
    let organization = own(&site, known, &log)?;
    tile_of(site, organization, &path).await
}

/// `GET /oauth2/jwks`
pub(crate) async fn jwks(State(site): State<Site>) -> Response {
    let headers =
        [(header::CONTENT_TYPE, "application/jwk-set+json"), (header::CACHE_CONTROL, "public, max-age=60")];
    (headers, site.config.jwks.clone()).into_response()
}

fn by_capability(site: &Site, secret: &str) -> Result<OrganizationId, Refusal> {
    site.app.world().capabilities.get(secret).copied().ok_or_else(no_log)
}

fn own(site: &Site, known: Option<Known>, log: &str) -> Result<OrganizationId, Refusal> {
    let organization = known.and_then(|known| known.caller.organization()).ok_or_else(no_log)?;
    let log = parse_hex(log).map(LogId::from_bytes).ok_or_else(no_log)?;
    let world = site.app.world();
    let is_own = world.organizations.get(&organization).is_some_and(|tenant| tenant.organization.log == log);
    if is_own { Ok(organization) } else { Err(no_log()) }
}

fn checkpoint_of(site: &Site, organization: OrganizationId) -> Result<Response, Refusal> {
    let checkpoint = site.app.checkpoint(organization).ok_or_else(no_log)?;
    let headers =
        [(header::CONTENT_TYPE, "text/plain; charset=utf-8"), (header::CACHE_CONTROL, CHECKPOINT_CACHING)];
    Ok((headers, checkpoint).into_response())
}

async fn tile_of(site: Site, organization: OrganizationId, path: &str) -> Result<Response, Refusal> {
    let path: TilePath = format!("tile/{path}").parse().map_err(|_| no_tile())?;
    let file = blocking(move || site.app.log_file(organization, &path)).await?;
    let file = file.map_err(Refusal::failed)?.ok_or_else(no_tile)?;
    let headers = [(header::CONTENT_TYPE, "application/octet-stream"), (header::CACHE_CONTROL, TILE_CACHING)];
    Ok((headers, file).into_response())
}

fn no_log() -> Refusal {
    Refusal::not_found("log")
}

fn no_tile() -> Refusal {
    Refusal::not_found("tile")
}
