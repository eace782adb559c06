//! The answer's head as the person gets it: links and cookies keep working at the address that was used. Bodies are
//! never rewritten; under path routes absolute links in them lead outside the tool, and `__Host-` cookies are dropped
//! (they must have the path `/`, so browsers would refuse them), which is why host names are better.

use http::HeaderMap;
use http::header::{
    CONNECTION, CONTENT_LENGTH, HeaderName, HeaderValue, LOCATION, SET_COOKIE, TRAILER, TRANSFER_ENCODING,
    UPGRADE,
};
use http::response::Parts;

use super::upstream::Upstream;
use super::{is_hop_by_hop, named_by_connection};
use crate::arrive::Arrival;
use crate::identify::is_own_cookie;
use crate::refuse::DECISION;

/// Makes an upstream's answer ours.
pub(super) fn rewrite(head: &mut Parts, arrival: &Arrival<'_>, upstream: &Upstream) {
    drop_own_to_a_connection(&mut head.headers);
    let dropped: Vec<_> = head.headers.keys().filter(|name| is_own(name.as_str())).cloned().collect();
    dropped.iter().for_each(|name| _ = head.headers.remove(name));
    rewrite_location(&mut head.headers, arrival, upstream);
    rewrite_cookies(&mut head.headers, &arrival.route.prefix);
    add_decision(&mut head.headers, arrival);
}

/// Makes an upstream's 101 ours.
pub(super) fn rewrite_switch(head: &mut Parts, arrival: &Arrival<'_>, protocol: HeaderValue) {
    drop_own_to_a_connection(&mut head.headers);
    rewrite_cookies(&mut head.headers, &arrival.route.prefix);
    head.headers.insert(CONNECTION, HeaderValue::from_static("upgrade"));
    head.headers.insert(UPGRADE, protocol);
    add_decision(&mut head.headers, arrival);
}

/// Whether the body of an answer begins and ends where every reader thinks so: no coding but `chunked`, once
/// (RFC 9112 §6.1).
pub(super) fn is_framed_plainly(headers: &HeaderMap) -> bool {
    let mut codings = headers.get_all(TRANSFER_ENCODING).iter();
    let plain = codings.next().is_none_or(|coding| coding.as_bytes().eq_ignore_ascii_case(b"chunked"));
    plain && codings.next().is_none()
}

/// Whether a 101 is about this protocol.
pub(super) fn is_switch_to(headers: &HeaderMap, protocol: &str) -> bool {
    headers.get(UPGRADE).is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(protocol.as_bytes()))
}

/// The trailers of an answer that the person may see.
pub(super) fn trailers(mut headers: HeaderMap) -> HeaderMap {
    drop_own_to_a_connection(&mut headers);
    let never = |name: &HeaderName| {
        is_own(name.as_str()) || [CONTENT_LENGTH, LOCATION, SET_COOKIE, TRAILER].contains(name)
    };
    let dropped: Vec<_> = headers.keys().filter(|name| never(name)).cloned().collect();
    dropped.iter().for_each(|name| _ = headers.remove(name));
    headers
}

/// What only a gateway may say.
fn is_own(name: &str) -> bool {
    name.starts_with("byleave-") || name == "alt-svc"
}

fn add_decision(headers: &mut HeaderMap, arrival: &Arrival<'_>) {
    if let Ok(decision) = HeaderValue::from_str(&arrival.decision.to_string()) {
        headers.insert(DECISION, decision);
    }
}

fn drop_own_to_a_connection(headers: &mut HeaderMap) {
    // `chunked` overrides a length, which may then be any (RFC 9112 §6.3).
    if headers.contains_key(TRANSFER_ENCODING) {
        headers.remove(CONTENT_LENGTH);
    }
    // Of a body with a length there are none.
    if headers.contains_key(CONTENT_LENGTH) {
        headers.remove(TRAILER);
    }
    let named = named_by_connection(headers);
    let dropped = |name: &str| is_hop_by_hop(name) || named.iter().any(|n| n == name);
    let names: Vec<_> = headers.keys().filter(|name| dropped(name.as_str())).cloned().collect();
    names.iter().for_each(|name| _ = headers.remove(name));
}

fn rewrite_location(headers: &mut HeaderMap, arrival: &Arrival<'_>, upstream: &Upstream) {
    let location = headers.get(LOCATION).and_then(|value| value.to_str().ok());
    let rewritten = location.and_then(|location| external(location, arrival, upstream));
    if let Some(value) = rewritten.and_then(|location| HeaderValue::from_str(&location).ok()) {
        headers.insert(LOCATION, value);
    }
}

/// The external form of a location that means a place behind this gateway; `None` leaves it alone.
fn external(location: &str, arrival: &Arrival<'_>, upstream: &Upstream) -> Option<String> {
    let prefix = &arrival.route.prefix;
    if location.starts_with('/') && !location.starts_with("//") {
        return (!prefix.is_empty()).then(|| below(prefix, location));
    }
    let (scheme, rest) = location.split_once("//")?;
    let scheme = scheme.strip_suffix(':').filter(|s| !s.is_empty());
    let end = rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at_checked(end)?;
    // An upstream that is shown the external name makes links with it, and may not know about the TLS in front.
    let by_external_name = authority.eq_ignore_ascii_case(arrival.host.authority());
    if !by_external_name && !upstream.is_at(scheme, authority) {
        return None;
    }
    let slash = if path.starts_with('/') { "" } else { "/" };
    let (scheme, host) = (arrival.config.external_scheme.as_str(), arrival.host.authority());
    Some(format!("{scheme}://{host}{}", below(prefix, &format!("{slash}{path}"))))
}

/// A path inside the tool as the person reaches it; one that has the prefix is left alone.
fn below(prefix: &str, path: &str) -> String {
    let ends = |rest: &str| rest.is_empty() || rest.starts_with(['/', '?', '#']);
    if path.strip_prefix(prefix).is_some_and(ends) { path.to_owned() } else { format!("{prefix}{path}") }
}

/// Cookies stay with the host that the person used, and under path routes with the tool's path. An upstream cannot set
/// ours, nor one without a name, which browsers send back without its `=`, and so as one of whatever name it holds.
fn rewrite_cookies(headers: &mut HeaderMap, prefix: &str) {
    let all: Vec<_> = headers.get_all(SET_COOKIE).iter().filter_map(|value| cookie(value, prefix)).collect();
    headers.remove(SET_COOKIE);
    for value in all {
        headers.append(SET_COOKIE, value);
    }
}

fn cookie(value: &HeaderValue, prefix: &str) -> Option<HeaderValue> {
    let mut parts = value.as_bytes().split(|byte| *byte == b';');
    let pair = parts.next().unwrap_or_default();
    let (name, _) = pair.split_at_checked(pair.iter().position(|byte| *byte == b'=')?)?;
    let name = name.trim_ascii();
    let refused = !prefix.is_empty() && name.get(..7).is_some_and(|s| s.eq_ignore_ascii_case(b"__Host-"));
    if name.is_empty() || is_own_cookie(name) || refused {
        return None;
    }
    let attributes = parts.filter_map(|attribute| {
        let (name, setting) = split_attribute(attribute);
        if name.eq_ignore_ascii_case(b"domain") {
            None
        } else if name.eq_ignore_ascii_case(b"path") && setting.starts_with(b"/") {
            Some([b" Path=", prefix.as_bytes(), setting].concat())
        } else {
            Some(attribute.to_vec())
        }
    });
    let rewritten =
        std::iter::once(pair.to_vec()).chain(attributes).collect::<Vec<_>>().join(b";".as_slice());
    HeaderValue::from_bytes(&rewritten).ok()
}

fn split_attribute(attribute: &[u8]) -> (&[u8], &[u8]) {
    let mut halves = attribute.splitn(2, |byte| *byte == b'=').map(<[u8]>::trim_ascii);
    (halves.next().unwrap_or_default(), halves.next().unwrap_or_default())
}
