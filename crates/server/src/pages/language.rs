//! Choosing the language of pages.

use std::iter::successors;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, Uri, header};
use axum::response::Response;
use serde::Deserialize;

use crate::pages::see;
use crate::problem::Refusal;
use crate::router::is_asked_for;
use crate::site::Site;
use crate::text::Language;

#[derive(Deserialize)]
pub(crate) struct Chosen {
    language: String,
}

/// `POST /language`: kept in a cookie of this browser. It changes nothing else, so anybody may send it.
pub(crate) async fn choose(
    State(site): State<Site>,
    headers: HeaderMap,
    form: Bytes,
) -> Result<Response, Refusal> {
    let chosen: Chosen = serde_urlencoded::from_bytes(&form).map_err(Refusal::invalid)?;
    let language = Language::tagged(&chosen.language).ok_or_else(|| {
        let tags = Language::ALL.map(Language::tag).join(", ");
        Refusal::unfit("language", &chosen.language, format!("pages are in {tags}"))
    })?;
    let mut response = see(&back(&site, &headers));
    let cookie = HeaderValue::from_str(&language.cookie(site.is_https())).map_err(Refusal::failed)?;
    response.headers_mut().insert(header::SET_COOKIE, cookie);
    Ok(response)
}

/// Where the reader came from, if that is a page of ours: nobody is led elsewhere. A page that answered a form may be at an
/// address that only takes forms; then the nearest page above it.
fn back(site: &Site, headers: &HeaderMap) -> String {
    let from = headers.get(header::REFERER).and_then(|from| from.to_str().ok()).unwrap_or_default();
    let Ok(uri) = from.parse::<Uri>() else { return "/".to_owned() };
    let origin = uri.scheme_str().zip(uri.authority()).map(|(scheme, at)| format!("{scheme}://{at}"));
    let path = uri.path_and_query().filter(|_| origin.is_some_and(|origin| site.is_own_origin(&origin)));
    // Two slashes would begin another host's address.
    let Some(from) = path.map(|path| format!("/{}", path.as_str().trim_start_matches('/'))) else {
        return "/".to_owned();
    };
    let own = from.split('?').next().unwrap_or_default();
    let mut here_and_above = successors(Some(own), |page| page.rsplit_once('/').map(|(above, _)| above));
    match here_and_above.find(|page| is_asked_for(page)) {
        Some(page) if page == own => from,
        Some(page) => page.to_owned(),
        None => "/".to_owned(),
    }
}
