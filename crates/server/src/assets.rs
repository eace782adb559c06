//! Style and scripts, built in. Their names hold a hash of their bytes, so browsers may keep them for ever.

use std::sync::LazyLock;

use axum::extract::Path;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use byleave_domain::ids::to_hex;
use sha2::{Digest as _, Sha256};

use crate::problem::Refusal;

struct Asset {
    /// Its address.
    href: String,
    media_type: &'static str,
    body: &'static str,
}

const CSS: &str = "text/css; charset=utf-8";
const JAVASCRIPT: &str = "text/javascript; charset=utf-8";

static STYLE: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("byleave", "css", CSS, include_str!("../static/byleave.css")));
static LIVE: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("live", "js", JAVASCRIPT, include_str!("../static/live.js")));
static KEYS: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("keys", "js", JAVASCRIPT, include_str!("../static/keys.js")));
static DESK: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("desk", "js", JAVASCRIPT, include_str!("../static/desk.js")));
static PORTAL: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("portal", "js", JAVASCRIPT, include_str!("../static/portal.js")));

impl Asset {
    fn new(name: &str, extension: &str, media_type: &'static str, body: &'static str) -> Self {
        let hash = to_hex(Sha256::digest(body).get(..8).unwrap_or_default());
        Self { href: format!("/static/{name}.{hash}.{extension}"), media_type, body }
    }
}

/// Address of the stylesheet.
pub(crate) fn style() -> &'static str {
    &STYLE.href
}

/// Address of the script that keeps parts of a page up to date.
pub(crate) fn live() -> &'static str {
    &LIVE.href
}

/// Address of the script that keeps a person's key in their browser.
pub(crate) fn keys() -> &'static str {
    &KEYS.href
}

/// Address of the script with which a desk person signs.
pub(crate) fn desk() -> &'static str {
    &DESK.href
}

/// Address of the script with which a security contact signs.
pub(crate) fn portal() -> &'static str {
    &PORTAL.href
}

/// `GET /static/{file}`
pub(crate) async fn file(Path(file): Path<String>) -> Result<Response, Refusal> {
    let asset = [&STYLE, &LIVE, &KEYS, &DESK, &PORTAL]
        .into_iter()
        .find(|asset| asset.href.strip_prefix("/static/") == Some(&file))
        .ok_or_else(|| Refusal::not_found("file"))?;
    let headers = [
        (header::CONTENT_TYPE, asset.media_type),
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
    ];
    Ok((headers, asset.body).into_response())
}
