//! Style and scripts, built in. Their names hold a hash of their bytes, so browsers may keep them for ever.

use std::sync::LazyLock;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use byleave_domain::ids::to_hex;
use sha2::{Digest as _, Sha256};

use crate::problem::Refusal;
use crate::site::Site;

#[derive(Debug)]
pub(crate) struct Asset {
    /// Its address.
    pub href: String,
    media_type: &'static str,
    body: Bytes,
}

pub(crate) const CSS: &str = "text/css; charset=utf-8";
const JAVASCRIPT: &str = "text/javascript; charset=utf-8";
const WOFF2: &str = "font/woff2";
pub(crate) const SVG: &str = "image/svg+xml";

static LATIN: LazyLock<Asset> = LazyLock::new(|| {
    Asset::new("latin", "woff2", WOFF2, &include_bytes!("../static/fonts/source-sans-3-latin.woff2")[..])
});
static LATIN_EXT: LazyLock<Asset> = LazyLock::new(|| {
    let bytes = include_bytes!("../static/fonts/source-sans-3-latin-ext.woff2");
    Asset::new("latin-ext", "woff2", WOFF2, &bytes[..])
});
static ICONS: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("icons", "svg", SVG, include_str!("../static/icons.svg")));
static STYLE: LazyLock<Asset> = LazyLock::new(|| {
    let fonts =
        [("fonts/source-sans-3-latin.woff2", &*LATIN), ("fonts/source-sans-3-latin-ext.woff2", &*LATIN_EXT)];
    Asset::naming("byleave", "css", CSS, include_str!("../static/byleave.css"), &fonts)
});
static TIME: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("time", "js", JAVASCRIPT, include_str!("../static/time.js")));
static TEXTS: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("texts", "js", JAVASCRIPT, include_str!("../static/texts.js")));
static LIVE: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("live", "js", JAVASCRIPT, include_str!("../static/live.js")));
static KEYS: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("keys", "js", JAVASCRIPT, include_str!("../static/keys.js")));
static DESK: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("desk", "js", JAVASCRIPT, include_str!("../static/desk.js")));
static PORTAL: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("portal", "js", JAVASCRIPT, include_str!("../static/portal.js")));
static SUPPORT: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("support", "js", JAVASCRIPT, include_str!("../static/support.js")));
static PASSKEYS: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("passkeys", "js", JAVASCRIPT, include_str!("../static/passkeys.js")));
static STORY: LazyLock<Asset> =
    LazyLock::new(|| Asset::module("story", include_str!("../static/story.mjs"), &[]));
static VERIFIER: LazyLock<Asset> = LazyLock::new(|| {
    Asset::module("verifier", include_str!("../static/verifier.mjs"), &[("./story.mjs", &STORY)])
});
static PICTURE: LazyLock<Asset> =
    LazyLock::new(|| Asset::module("picture", include_str!("../static/picture.mjs"), &[]));
static VERIFY: LazyLock<Asset> = LazyLock::new(|| {
    let imports = [("./verifier.mjs", &*VERIFIER), ("./picture.mjs", &*PICTURE)];
    Asset::module("verify", include_str!("../static/verify.mjs"), &imports)
});

impl Asset {
    pub fn new(name: &str, extension: &str, media_type: &'static str, body: impl Into<Bytes>) -> Self {
        let body = body.into();
        let hash = to_hex(Sha256::digest(&body).get(..8).unwrap_or_default());
        Self { href: format!("/static/{name}.{hash}.{extension}"), media_type, body }
    }

    /// One that names others as they are called in the source, which is not how they are served.
    fn naming(
        name: &str,
        extension: &str,
        media_type: &'static str,
        source: &str,
        others: &[(&str, &Self)],
    ) -> Self {
        let named = |source: String, (from, of): &(&str, &Self)| source.replace(from, &of.href);
        Self::new(name, extension, media_type, others.iter().fold(source.to_owned(), named))
    }

    fn module(name: &str, source: &str, imports: &[(&str, &Self)]) -> Self {
        Self::naming(name, "mjs", JAVASCRIPT, source, imports)
    }
}

/// Address of the stylesheet.
pub(crate) fn style() -> &'static str {
    &STYLE.href
}

/// Address of the font that pages begin with.
pub(crate) fn font() -> &'static str {
    &LATIN.href
}

/// Address of an icon by its name in `static/icons.svg`.
pub(crate) fn icon(name: &str) -> String {
    format!("{}#{name}", ICONS.href)
}

/// Address of the script that shows instants in the reader's own zone.
pub(crate) fn time() -> &'static str {
    &TIME.href
}

/// Address of the script with which other scripts say what the page has for them to say.
pub(crate) fn texts() -> &'static str {
    &TEXTS.href
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

/// Address of the script for support people: finding while they type, counting down, copying.
pub(crate) fn support() -> &'static str {
    &SUPPORT.href
}

/// Address of the script that has the browser make and use passkeys.
pub(crate) fn passkeys() -> &'static str {
    &PASSKEYS.href
}

/// Address of the script that verifies a log in the browser.
pub(crate) fn verify() -> &'static str {
    &VERIFY.href
}

fn all() -> impl Iterator<Item = &'static Asset> {
    let all = [
        &LATIN, &LATIN_EXT, &ICONS, &STYLE, &TIME, &TEXTS, &LIVE, &KEYS, &DESK, &PORTAL, &SUPPORT, &PASSKEYS,
        &STORY, &VERIFIER, &PICTURE, &VERIFY,
    ];
    all.into_iter().map(|asset| &**asset)
}

/// Address and source of each script.
#[cfg(test)]
pub(crate) fn scripts() -> impl Iterator<Item = (&'static str, &'static str)> {
    let scripts = all().filter(|asset| asset.media_type == JAVASCRIPT);
    scripts.map(|asset| (asset.href.as_str(), std::str::from_utf8(&asset.body).unwrap()))
}

/// Name and bytes of all that pages load.
#[cfg(test)]
pub(crate) fn files() -> impl Iterator<Item = (&'static str, &'static [u8])> {
    all().map(|asset| (asset.href.trim_start_matches("/static/"), asset.body.as_ref()))
}

/// `GET /static/{file}`
pub(crate) async fn file(State(site): State<Site>, Path(file): Path<String>) -> Result<Response, Refusal> {
    let named = |asset: &&Asset| asset.href.strip_prefix("/static/") == Some(&file);
    let ours = all().find(named);
    let asset =
        ours.or_else(|| site.config.brand.files().find(named)).ok_or_else(|| Refusal::not_found("file"))?;
    let headers = [
        (header::CONTENT_TYPE, asset.media_type),
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
    ];
    Ok((headers, asset.body.clone()).into_response())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    /// Scripts that are no modules share one scope: a name that two of them declare is the last one's in both.
    #[test]
    fn no_two_scripts_declare_the_same_name() {
        let mut declared = BTreeMap::new();
        for (file, body) in super::files().filter(|(file, _)| file.ends_with(".js")) {
            for line in std::str::from_utf8(body).unwrap().lines() {
                let words = line.strip_prefix("async ").unwrap_or(line);
                let kinds = ["function ", "const ", "let ", "class "];
                let Some(rest) = kinds.iter().find_map(|kind| words.strip_prefix(kind)) else { continue };
                let name: String = rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                let before = declared.insert(name.clone(), file);
                assert!(name.is_empty() || before.is_none(), "`{name}` is in {file} and {before:?}");
            }
        }
        assert!(declared.len() > 20, "{declared:?}");
    }
}
