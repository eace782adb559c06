//! Before the phases: reading a request's address, strictly and without asking anybody.

use std::net::IpAddr;
use std::sync::Arc;

use byleave_domain::ids::DecisionId;
use byleave_domain::snapshot::PolicySnapshot;
use http::header::{ACCEPT, COOKIE, HOST};
use http::request::Parts;
use http::{Method, StatusCode, Version};

use crate::config::{Config, ExternalScheme, HEADERS_MAX};
use crate::enter;
use crate::forward::Downstream;
use crate::identify::holds_secret;
use crate::refuse::{Answer, Links, Refusal};
use crate::route::{self, Address, Host, Route};
use crate::target::{BadTarget, Target, query_encode};

/// The longest method that is forwarded.
const METHOD_BYTES_MAX: usize = 32;

/// A request whose address has been read.
pub(crate) struct Arrival<'a> {
    pub(crate) config: &'a Config,
    pub(crate) head: &'a Parts,
    pub(crate) decision: DecisionId,
    pub(crate) client: IpAddr,
    /// The settings that names are looked up in. Decisions take the newest instead.
    pub(crate) snapshot: Arc<PolicySnapshot>,
    pub(crate) host: Host,
    pub(crate) route: Route,
}

impl Arrival<'_> {
    /// A person in a browser would rather read a page.
    pub(crate) fn is_navigation(&self) -> bool {
        self.head.method == Method::GET && accepts_html(self.head)
    }

    /// The visit cookie's name here. Where the host name is the boundary and TLS is in front, the browser itself sees
    /// to it that nobody else can set it.
    pub(crate) fn cookie_name(&self) -> &'static str {
        if self.route.prefix.is_empty() && self.config.external_scheme == ExternalScheme::Https {
            "__Host-byleave_visit"
        } else {
            "byleave_visit"
        }
    }

    /// The console's page that opens a visit here and comes back. `to` is a path inside the tool.
    pub(crate) fn visit_page(&self) -> Option<String> {
        let console = console_for(self.config, &self.host)?;
        let Route { organization, tool, inside, .. } = &self.route;
        Some(format!(
            "{console}/support/visit?organization={}&tool={}&to={}",
            query_encode(organization),
            query_encode(tool),
            query_encode(&inside.to_string())
        ))
    }

    pub(crate) fn links(&self) -> Links {
        Links { console: console(self.config, Some(&self.host)), visit: self.visit_page() }
    }
}

pub(crate) fn accepts_html(head: &Parts) -> bool {
    let accepted = head.headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
    accepted.flat_map(|value| value.split(',')).any(|range| {
        range.split(';').next().is_some_and(|media_type| media_type.trim().eq_ignore_ascii_case("text/html"))
    })
}

/// Where people sign in.
pub(crate) fn console(config: &Config, host: Option<&Host>) -> String {
    let console = match host {
        Some(host) => console_for(config, host),
        None => config.console_urls.first().map(String::as_str),
    };
    console.unwrap_or_default().to_owned()
}

/// Reads the address of a request.
pub(crate) fn read(config: &Config, downstream: &Downstream, head: &Parts) -> Result<(Host, Route), Answer> {
    if matches!(head.method, Method::CONNECT | Method::TRACE) {
        return Err(Refusal::not_supported(format!("`{}` is not forwarded", head.method)).into());
    }
    check_method(&head.method)?;
    check_count(head)?;
    let host = host(head)?;
    if !downstream.is_for(&host, head.version) {
        return Err(Refusal::misdirected_connection().into());
    }
    let raw = head.uri.path_and_query().map_or("", |target| target.as_str());
    let target = Target::parse(raw).map_err(|bad| match bad {
        BadTarget::TooLong => Refusal::target_too_long(bad.to_string()),
        other => Refusal::bad_request(other.to_string()),
    })?;
    let secret = target.unescaped().iter().any(|text| holds_secret(text.as_bytes()));
    let address = route::read(&host, target, &config.support_domain);
    let way_in = matches!(&address, Address::Inside(route) if enter::is_own(&route.inside));
    if secret && !way_in {
        return Err(Refusal::bad_request(
            "the address holds a Byleave token; tokens belong in `Authorization`",
        )
        .into());
    }
    match address {
        Address::Inside(route) => Ok((host, route)),
        Address::LacksSlash(target) => Err(Answer::Elsewhere {
            status: StatusCode::PERMANENT_REDIRECT,
            location: target.to_string(),
            cookie: None,
        }),
        Address::Nowhere => Err(Refusal::not_found().into()),
    }
}

/// The host that a request names, once. HTTP/1.1 says it in `Host`; HTTP/2 in `:authority`, which a `Host` beside it
/// has to agree with (RFC 9113 §8.3.1).
fn host(head: &Parts) -> Result<Host, Refusal> {
    if head.version == Version::HTTP_2 {
        let known = matches!(head.uri.scheme_str(), Some("http" | "https"));
        let authority = head.uri.authority().filter(|_| known).and_then(|it| Host::parse(it.as_str()));
        let agrees =
            |host: &Host| !head.headers.contains_key(HOST) || Host::of(&head.headers).as_ref() == Some(host);
        return authority
            .filter(agrees)
            .ok_or_else(|| Refusal::bad_request("exactly one well-formed `:authority` is needed"));
    }
    if head.uri.scheme().is_some() || head.uri.authority().is_some() {
        return Err(Refusal::bad_request("only paths are taken as request targets"));
    }
    Host::of(&head.headers)
        .ok_or_else(|| Refusal::bad_request("exactly one well-formed `Host` header is needed"))
}

/// The bound that the HTTP/1.1 parser holds by itself. HTTP/2 splits cookies into many headers (RFC 9113 §8.2.3).
fn check_count(head: &Parts) -> Result<(), Refusal> {
    if head.headers.iter().filter(|(name, _)| **name != COOKIE).count() <= HEADERS_MAX {
        return Ok(());
    }
    Err(Refusal::head_too_large(format!("a request has at most {HEADERS_MAX} headers")))
}

/// Methods are case-sensitive and upstreams forgive much; what is forwarded is what every reader takes for a method.
fn check_method(method: &Method) -> Result<(), Refusal> {
    let plain = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_');
    let name = method.as_str();
    if name.len() <= METHOD_BYTES_MAX && name.bytes().all(plain) {
        Ok(())
    } else {
        let most = format!("methods are upper-case words of at most {METHOD_BYTES_MAX} bytes");
        Err(Refusal::not_supported(most))
    }
}

fn console_for<'a>(config: &'a Config, host: &Host) -> Option<&'a str> {
    let near = |url: &&String| {
        let name = host_of_url(url);
        host.name() == name || host.name().strip_suffix(name).is_some_and(|rest| rest.ends_with('.'))
    };
    let url = config.console_urls.iter().find(near).or(config.console_urls.first())?;
    Some(url.trim_end_matches('/'))
}

fn host_of_url(url: &str) -> &str {
    let authority = url.split_once("://").map_or(url, |(_, rest)| rest).split('/').next().unwrap_or_default();
    match authority.rsplit_once(':') {
        Some((name, _)) if !authority.ends_with(']') => name,
        _ => authority,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_console_is_chosen() {
        let consoles = ["http://localhost:8080/", "http://127.0.0.1:8080", "http://[::1]:8080"];
        let config = Config::plain("support.example", &consoles);
        for (host, console) in [
            ("localhost:8081", "http://localhost:8080"),
            ("acme--log.localhost:8081", "http://localhost:8080"),
            ("127.0.0.1:8081", "http://127.0.0.1:8080"),
            ("[::1]", "http://[::1]:8080"),
            ("xlocalhost", "http://localhost:8080"),
            ("elsewhere.example", "http://localhost:8080"),
        ] {
            let headers = [(http::header::HOST, host.parse().unwrap())].into_iter().collect();
            assert_eq!(console_for(&config, &Host::of(&headers).unwrap()), Some(console), "{host}");
        }
    }
}
