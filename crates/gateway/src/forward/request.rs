//! The request as the upstream gets it.

use http::header::{
    AUTHORIZATION, CACHE_CONTROL, CONNECTION, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE,
    COOKIE, HOST, HeaderName, HeaderValue, RANGE, TE, TRAILER, TRANSFER_ENCODING, UPGRADE,
};
use http::{HeaderMap, Request, Uri, Version};
use http_body::Body;

use super::upstream::Upstream;
use super::{Head, is_hop_by_hop, named_by_connection};
use crate::classify::Attempt;
use crate::identify::{holds_own_token, holds_secret, is_own_cookie};
use crate::inject;

/// Writes the head to forward.
///
/// # Errors
/// The tool is declared with something that is no header.
pub(super) fn head(attempt: &Attempt<'_>, assertion: &str, body: &impl Body) -> Result<Head, http::Error> {
    let arrival = attempt.arrival;
    let mut headers = carried_over(&arrival.head.headers);
    add_forwarded(attempt, &mut headers)?;
    headers.insert("byleave-assertion", HeaderValue::from_str(assertion)?);
    inject::into_headers(attempt.tool, attempt.slug, &mut headers)?;
    if takes_trailers(&arrival.head.headers) {
        headers.insert(TE, HeaderValue::from_static("trailers"));
    }
    if body.is_end_stream() || body.size_hint().exact().is_some() {
        headers.remove(TRAILER);
    } else {
        headers.remove(CONTENT_LENGTH);
    }
    let mut request = Request::builder().method(arrival.head.method.clone()).body(())?;
    *request.headers_mut() = headers;
    Ok(request.into_parts().0)
}

/// Whether the client says that it reads trailers (RFC 9110 §10.1.4).
fn takes_trailers(headers: &HeaderMap) -> bool {
    let codings = headers.get_all(TE).iter().filter_map(|value| value.to_str().ok());
    codings.flat_map(|value| value.split(',')).any(|coding| coding.trim().eq_ignore_ascii_case("trailers"))
}

/// Addresses a request as the version wants it that the upstream speaks; again where that turns out to be the other.
///
/// # Errors
/// The tool is declared with something that is no host.
pub(super) fn address<B: Body>(
    attempt: &Attempt<'_>,
    upstream: &Upstream,
    speaks_2: bool,
    request: &mut Request<B>,
) -> Result<(), http::Error> {
    let (host, target) = (host(attempt, upstream), attempt.target.to_string());
    let body = request.body();
    let unknown_length = !body.is_end_stream() && body.size_hint().exact().is_none();
    *request.version_mut() = if speaks_2 { Version::HTTP_2 } else { Version::HTTP_11 };
    let uri = Uri::builder().path_and_query(target);
    *request.uri_mut() = match speaks_2 {
        true => uri.scheme(upstream.scheme()).authority(host).build()?,
        false => uri.build()?,
    };
    let own_to_version_1: [(HeaderName, Option<HeaderValue>); 4] = [
        (HOST, Some(HeaderValue::from_str(host)?)),
        (TRANSFER_ENCODING, unknown_length.then(|| HeaderValue::from_static("chunked"))),
        (UPGRADE, attempt.upgrade.map(HeaderValue::from_str).transpose()?),
        (CONNECTION, connection(attempt, request.headers())),
    ];
    for (name, value) in own_to_version_1 {
        request.headers_mut().remove(&name);
        if let Some(value) = value.filter(|_| !speaks_2) {
            request.headers_mut().insert(name, value);
        }
    }
    Ok(())
}

/// What belongs to the connection alone is said to (RFC 9110 §7.6.1).
fn connection(attempt: &Attempt<'_>, headers: &HeaderMap) -> Option<HeaderValue> {
    let upgrade = attempt.upgrade.map(|_| HeaderValue::from_static("upgrade"));
    upgrade.or_else(|| headers.contains_key(TE).then(|| HeaderValue::from_static("te")))
}

/// The trailers of a request that the upstream may see: those that it might have seen in the head.
pub(super) fn trailers(from: HeaderMap) -> HeaderMap {
    let mut to = carried_over(&from);
    for name in NEVER_TRAILERS {
        to.remove(name);
    }
    to
}

/// Fields that decide how a message is read, routed or believed, and so have to come first (RFC 9110 §6.5.1).
const NEVER_TRAILERS: [HeaderName; 9] = [
    AUTHORIZATION,
    CACHE_CONTROL,
    CONTENT_ENCODING,
    CONTENT_LENGTH,
    CONTENT_RANGE,
    CONTENT_TYPE,
    COOKIE,
    RANGE,
    TRAILER,
];

/// By host name the upstream sees the name that the person used, so that the absolute links it makes work; by path it
/// sees its own.
fn host<'a>(attempt: &'a Attempt<'_>, upstream: &'a Upstream) -> &'a str {
    if attempt.arrival.route.prefix.is_empty() {
        attempt.arrival.host.authority()
    } else {
        upstream.authority()
    }
}

fn add_forwarded(attempt: &Attempt<'_>, headers: &mut HeaderMap) -> Result<(), http::Error> {
    let arrival = attempt.arrival;
    headers.insert("x-forwarded-for", HeaderValue::from_str(&arrival.client.to_string())?);
    headers.insert("x-forwarded-host", HeaderValue::from_str(arrival.host.authority())?);
    headers.insert("x-forwarded-proto", HeaderValue::from_static(arrival.config.external_scheme.as_str()));
    Ok(())
}

/// What of the client's headers the upstream may see.
fn carried_over(from: &HeaderMap) -> HeaderMap {
    let named = named_by_connection(from);
    let mut to = HeaderMap::with_capacity(from.len() + 8);
    for (name, value) in from {
        let ours = holds_secret(value.as_bytes()) || *name == AUTHORIZATION && holds_own_token(value);
        let kept = !ours && *name != COOKIE && !is_dropped(name) && !named.iter().any(|n| n == name.as_str());
        if kept {
            to.append(name, value.clone());
        }
    }
    if let Some(cookies) = other_cookies(from).filter(|_| !named.iter().any(|n| n == "cookie")) {
        to.insert(COOKIE, cookies);
    }
    to
}

/// Headers that only a proxy may set, that name who is asking, or that change what the request means after it was
/// recorded. Of other characters than letters, digits and hyphens: many upstreams cannot tell them from hyphens.
fn is_dropped(name: &HeaderName) -> bool {
    const PREFIXES: [&str; 21] = [
        "byleave-",
        "x-byleave-",
        "x-forwarded",
        "remote-",
        "x-remote-",
        "x-webauth-",
        "x-auth-",
        "x-authenticated-",
        "x-authentik-",
        "x-original-",
        "x-user",
        "x-goog-authenticated-user-",
        "x-goog-iap-",
        "x-amzn-oidc-",
        "x-ms-client-principal",
        "cf-access-",
        "tailscale-user-",
        "x-ssl-",
        "ssl-client-",
        "x-client-cert",
        "impersonate-",
    ];
    let name = name.as_str();
    is_hop_by_hop(name)
        || !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        || PREFIXES.iter().any(|prefix| name.starts_with(prefix))
        || matches!(
            name,
            "host"
                | "expect"
                | "forwarded"
                | "proxy"
                | "x-real-ip"
                | "client-ip"
                | "x-client-ip"
                | "true-client-ip"
                | "cf-connecting-ip"
                | "x-cluster-client-ip"
                | "x-host"
                | "x-rewrite-url"
                | "x-http-method"
                | "x-http-method-override"
                | "x-method-override"
        )
}

/// The cookies that are not ours and hold nothing of ours, in one header.
fn other_cookies(headers: &HeaderMap) -> Option<HeaderValue> {
    let pairs = headers.get_all(COOKIE).iter().flat_map(|value| value.as_bytes().split(|byte| *byte == b';'));
    let others = pairs.map(<[u8]>::trim_ascii).filter(|pair| {
        let name = pair.split(|byte| *byte == b'=').next().unwrap_or_default();
        !pair.is_empty() && !is_own_cookie(name) && !holds_secret(pair)
    });
    let joined = others.collect::<Vec<_>>().join(b"; ".as_slice());
    HeaderValue::from_bytes(&joined).ok().filter(|value| !value.is_empty())
}
