//! Whether the page that makes a browser ask is the tool's own. Cookies are sent whoever's page asks, and all
//! organizations' tools are one site, so `SameSite` does not keep them apart. Bearer tokens are not the browser's to
//! send; they need none of this.
//!
//! By path, all organizations' tools are one origin, and nothing here tells their pages apart; host names do.

use http::header::{HeaderMap, ORIGIN, UPGRADE};
use http::{HeaderValue, Method};

use crate::arrive::Arrival;
use crate::refuse::Refusal;

/// Checks a request that came with the visit cookie.
///
/// # Errors
/// Another page asks, and to more than being led here.
pub(crate) fn check(arrival: &Arrival<'_>) -> Result<(), Refusal> {
    let headers = &arrival.head.headers;
    let reads = matches!(arrival.head.method, Method::GET | Method::HEAD | Method::OPTIONS);
    let foreign = if reads && !headers.contains_key(UPGRADE) {
        is_foreign_read(headers)
    } else if headers.contains_key(ORIGIN) {
        !has_own_origin(arrival) && !is_own_without_a_name(headers)
    } else {
        is_foreign(headers)
    };
    if foreign { Err(Refusal::cross_origin()) } else { Ok(()) }
}

/// Whether another origin's page reads this, instead of leading the person to it.
pub(crate) fn is_foreign_read(headers: &HeaderMap) -> bool {
    is_foreign(headers) && !values(headers, "sec-fetch-mode").eq([b"navigate".as_slice()])
}

/// Whether the browser says that another origin's page asks (Fetch Metadata §2.4).
fn is_foreign(headers: &HeaderMap) -> bool {
    values(headers, "sec-fetch-site").any(|site| matches!(site, b"cross-site" | b"same-site"))
}

/// A page that wants no referrers sends its own forms with the opaque origin `null`; then the browser's word counts, which
/// no page can set.
fn is_own_without_a_name(headers: &HeaderMap) -> bool {
    headers.get_all(ORIGIN).iter().all(|origin| origin.as_bytes() == b"null")
        && values(headers, "sec-fetch-site").eq([b"same-origin".as_slice()])
}

/// An opaque origin (`null`) by itself is nobody's own.
fn has_own_origin(arrival: &Arrival<'_>) -> bool {
    let own = format!("{}://{}", arrival.config.external_scheme.as_str(), arrival.host.authority());
    arrival.head.headers.get_all(ORIGIN).iter().all(|origin| origin.as_bytes() == own.as_bytes())
}

fn values<'a>(headers: &'a HeaderMap, name: &str) -> impl Iterator<Item = &'a [u8]> {
    headers.get_all(name).iter().map(HeaderValue::as_bytes)
}
