//! Phase 1, identify: who is asking, by our own credentials alone. What a client says about itself elsewhere is never
//! read, and dropped before forwarding. A cookie comes with every request that a browser makes, whoever made it do so:
//! it counts only where the page that asks is the tool's own (`origin`).

use http::header::{AUTHORIZATION, COOKIE};
use http::{HeaderMap, HeaderValue, StatusCode};

use crate::arrive::Arrival;
use crate::origin;
use crate::ports::{ControlPlane, Credential, Identity, NotIdentified};
use crate::refuse::{Answer, Refusal};

/// Our bearer tokens begin with this; others belong to the upstream.
const TOKEN_PREFIX: &str = "bl_";

/// All our secrets, those in cookies and codes too, are [`TOKEN_PREFIX`] and so many base64url characters.
const SECRET_CHARS: usize = 43;

/// Cookies of our name that are looked at: a browser sends one for each path that fits.
const COOKIES_MAX: usize = 4;

/// Finds out who is asking, or sends them to where they can say.
pub(crate) fn identify(control: &dyn ControlPlane, arrival: &Arrival<'_>) -> Result<Identity, Answer> {
    let headers = &arrival.head.headers;
    match bearer(headers)? {
        Some(token) => control.identify(&Credential::Bearer(token)).map_err(|why| match why {
            NotIdentified::Unknown => nobody(arrival),
            NotIdentified::TokenExpired => Refusal::token_expired().into(),
            NotIdentified::ScopeMissing => Refusal::insufficient_scope().into(),
        }),
        None => by_cookie(control, arrival)?.ok_or_else(|| nobody(arrival)),
    }
}

fn by_cookie(control: &dyn ControlPlane, arrival: &Arrival<'_>) -> Result<Option<Identity>, Refusal> {
    let identity = cookies(&arrival.head.headers)
        .filter(|(name, _)| *name == arrival.cookie_name())
        .take(COOKIES_MAX)
        .find_map(|(_, secret)| control.identify(&Credential::Cookie(secret)).ok());
    if identity.is_some() {
        origin::check(arrival)?;
    }
    Ok(identity)
}

/// The answer to whoever is not known.
pub(crate) fn nobody(arrival: &Arrival<'_>) -> Answer {
    match arrival.visit_page().filter(|_| arrival.is_navigation()) {
        Some(location) => Answer::Elsewhere { status: StatusCode::SEE_OTHER, location, cookie: None },
        None => Refusal::unauthenticated().into(),
    }
}

/// Our token, where the request carries one.
fn bearer(headers: &HeaderMap) -> Result<Option<&str>, Refusal> {
    let mut all = headers.get_all(AUTHORIZATION).iter();
    match (all.next(), all.next()) {
        (None, _) => Ok(None),
        (Some(only), None) => Ok(own_token(only)),
        _ => Err(Refusal::bad_request("more than one `Authorization` header")),
    }
}

fn own_token(value: &HeaderValue) -> Option<&str> {
    let (scheme, token) = value.to_str().ok()?.trim().split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && token.starts_with(TOKEN_PREFIX)).then_some(token)
}

/// Whether an `Authorization` value holds our token in whatever way, and so must not reach the upstream.
pub(crate) fn holds_own_token(value: &HeaderValue) -> bool {
    after_prefixes(value.as_bytes()).next().is_some()
}

/// Whether a text holds something of the shape of our secrets, and so must not reach the upstream.
pub(crate) fn holds_secret(text: &[u8]) -> bool {
    let base64url = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    after_prefixes(text).any(|rest| {
        rest.get(..SECRET_CHARS).is_some_and(|secret| secret.iter().all(base64url))
            && rest.get(SECRET_CHARS).is_none_or(|next| !next.is_ascii_alphanumeric())
    })
}

/// What follows our prefix wherever it begins a word; an escape (`%3D`) ends the word before it.
fn after_prefixes(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let prefixed = text.windows(TOKEN_PREFIX.len()).enumerate();
    let places = prefixed.filter(|(_, window)| *window == TOKEN_PREFIX.as_bytes());
    places.filter_map(|(at, prefix)| {
        let (before, rest) = text.split_at_checked(at)?;
        let escape =
            matches!(before, [.., b'%', high, low] if [high, low].iter().all(|d| d.is_ascii_hexdigit()));
        let begins = escape || before.last().is_none_or(|byte| !byte.is_ascii_alphanumeric());
        rest.get(prefix.len()..).filter(|_| begins)
    })
}

/// The cookies of a request, in order. Pairs that are not text are left out.
fn cookies(headers: &HeaderMap) -> impl Iterator<Item = (&str, &str)> {
    let all = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    all.flat_map(|value| value.split(';')).filter_map(|pair| {
        let (name, value) = pair.split_once('=')?;
        Some((name.trim(), value.trim()))
    })
}

/// Whether a cookie of this name is ours: the visit's under whatever route, or one of the console's, which browsers send
/// here as well where both have the same host name (cookies know no ports).
pub(crate) fn is_own_cookie(name: &[u8]) -> bool {
    let name = name.trim_ascii();
    let begins = |name: &[u8], with: &[u8]| {
        name.get(..with.len()).is_some_and(|start| start.eq_ignore_ascii_case(with))
    };
    begins(name, b"byleave_") || begins(name, b"__Host-byleave_")
}
