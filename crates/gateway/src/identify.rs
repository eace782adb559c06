//! Phase 1, identify: who is asking, by our own credentials alone. What a client says about itself elsewhere is never
//! read, and dropped before forwarding.

use http::header::{AUTHORIZATION, COOKIE};
use http::{HeaderMap, HeaderValue, StatusCode};

use crate::arrive::Arrival;
use crate::ports::{ControlPlane, Credential, Identity};
use crate::refuse::{Answer, Refusal};

/// Our bearer tokens begin with this; others belong to the upstream.
const TOKEN_PREFIX: &str = "bl_";

/// Cookies of our name that are looked at: a browser sends one for each path that fits.
const COOKIES_MAX: usize = 4;

/// Finds out who is asking, or sends them to where they can say.
pub(crate) fn identify(control: &dyn ControlPlane, arrival: &Arrival<'_>) -> Result<Identity, Answer> {
    let headers = &arrival.head.headers;
    let identity = match bearer(headers)? {
        Some(token) => control.identify(&Credential::Bearer(token)),
        None => cookies(headers)
            .filter(|(name, _)| *name == arrival.cookie_name())
            .take(COOKIES_MAX)
            .find_map(|(_, secret)| control.identify(&Credential::Cookie(secret))),
    };
    identity.ok_or_else(|| nobody(arrival))
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
    let bytes = value.as_bytes();
    let starts = |at: usize| bytes.get(at..).is_some_and(|rest| rest.starts_with(TOKEN_PREFIX.as_bytes()));
    let word_begins = |at: usize| {
        at.checked_sub(1).and_then(|before| bytes.get(before)).is_none_or(|b| !b.is_ascii_alphanumeric())
    };
    (0..bytes.len()).any(|at| starts(at) && word_begins(at))
}

/// The cookies of a request, in order. Pairs that are not text are left out.
fn cookies(headers: &HeaderMap) -> impl Iterator<Item = (&str, &str)> {
    let all = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    all.flat_map(|value| value.split(';')).filter_map(|pair| {
        let (name, value) = pair.split_once('=')?;
        Some((name.trim(), value.trim()))
    })
}

/// Whether a cookie of this name is ours, under whatever route.
pub(crate) fn is_own_cookie(name: &[u8]) -> bool {
    let name = name.trim_ascii();
    name.eq_ignore_ascii_case(b"byleave_visit") || name.eq_ignore_ascii_case(b"__Host-byleave_visit")
}
