//! What every handler has at hand: the application, the configuration, and what follows from it.

use std::net::IpAddr;
use std::sync::Arc;

use axum::http::{HeaderMap, Uri, header};
use byleave_api::problem::ProblemType;
use byleave_app::App;
use byleave_app::passkeys::RelyingParty;
use byleave_domain::text::Slug;

use crate::Config;
use crate::limit::Counted;
use crate::problem::Refusal;
use crate::text::Text;

#[derive(Clone)]
pub(crate) struct Site {
    pub app: App,
    pub config: Arc<Config>,
    pub counted: Arc<Counted>,
    pub passkeys: Option<RelyingParty>,
}

impl Site {
    /// The session cookie's name. Over https the prefix makes browsers insist on Secure, `Path=/` and no `Domain`
    /// (RFC 6265bis §4.1.3.2), so that no neighbouring host can plant one.
    pub fn cookie_name(&self) -> &'static str {
        if self.is_https() { "__Host-byleave_session" } else { "byleave_session" }
    }

    pub fn is_https(&self) -> bool {
        self.config.base_url.starts_with("https://")
    }

    /// The origin that a page was reached by, if it is one of ours; else the configured one.
    pub fn reached(&self, headers: &HeaderMap) -> &str {
        let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
        let ours = |url: &&String| url.split_once("://").is_some_and(|(_, authority)| authority == host);
        self.config.public_urls.iter().find(ours).unwrap_or(&self.config.base_url)
    }

    pub fn is_own_origin(&self, origin: &str) -> bool {
        origin == self.config.base_url || self.config.public_urls.iter().any(|url| url == origin)
    }

    /// For whom passkeys are here.
    pub fn passkeys(&self) -> Result<RelyingParty, Refusal> {
        self.passkeys.clone().ok_or_else(|| Refusal::new(ProblemType::Refused, NO_NAME))
    }

    /// The same for a page, if it was reached where passkeys work; else what to do, in a sentence.
    pub fn passkey_page(&self, headers: &HeaderMap) -> Result<RelyingParty, Text> {
        let page = self.passkeys.clone().ok_or_else(|| Text::of("passkeys-no-name"))?;
        let reached = self.reached(headers);
        match page.origins.first() {
            Some(first) if page.origins.iter().all(|origin| origin != reached) => {
                Err(Text::of("passkeys-elsewhere").arg("origin", first))
            }
            _ => Ok(page),
        }
    }

    /// The origin at which passkeys work; where there is none, the one that the page was reached by.
    pub fn passkey_address<'a>(&'a self, headers: &'a HeaderMap) -> &'a str {
        let first = self.passkeys.as_ref().and_then(|page| page.origins.first());
        first.map_or_else(|| self.reached(headers), String::as_str)
    }

    /// Where an organization's tool is, without a slash at the end: by host name where that can resolve for whoever
    /// reached this page at `reached`, else by path.
    pub fn tool_address(&self, reached: &str, organization: &Slug, tool: &Slug) -> String {
        let gateway = self.config.gateway_urls.first().map_or("", String::as_str);
        match (&self.config.support_domain, Authority::of(gateway)) {
            (Some(domain), Some(at)) if names_resolve(reached, domain) => {
                format!("{}://{organization}--{tool}.{domain}{}", at.scheme, at.port)
            }
            _ => format!("{gateway}/t/{tool}/{organization}"),
        }
    }

    /// What browsers are told to accept on our pages: nothing inline, nothing from elsewhere; forms lead to ourselves
    /// and, by redirect, to the gateway.
    pub fn content_security_policy(&self) -> String {
        let gateway = self.config.gateway_urls.first().and_then(|url| Authority::of(url));
        let by_name = gateway.zip(self.config.support_domain.as_ref());
        let forms = self.config.gateway_urls.iter().cloned().chain(
            by_name.map(|(gateway, domain)| format!("{}://*.{domain}{}", gateway.scheme, gateway.port)),
        );
        format!(
            "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; font-src 'self'; \
             form-action 'self' {}; frame-ancestors 'none'; base-uri 'none'",
            forms.collect::<Vec<_>>().join(" ")
        )
    }
}

/// Why there are no passkeys.
const NO_NAME: &str = "passkeys need an https address with a name, which this server does not have";

/// For whom passkeys are: the name in the configured origin, else in another one that pages are reached by. Browsers have
/// none for an IP address, and none over plain http but on the machine itself.
pub(crate) fn relying_party(config: &Config) -> Option<RelyingParty> {
    let named = |url: &String| {
        let uri: Uri = url.parse().ok()?;
        let host = uri.host()?.to_owned();
        let fit = uri.scheme_str() == Some("https") || host == "localhost";
        let is_address = host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok();
        (fit && !is_address).then(|| (host, url.clone()))
    };
    let all: Vec<_> =
        std::iter::once(&config.base_url).chain(&config.public_urls).filter_map(named).collect();
    let id = all.first()?.0.clone();
    let mut origins: Vec<_> = all.into_iter().filter(|(host, _)| *host == id).map(|(_, url)| url).collect();
    origins.dedup();
    Some(RelyingParty { id, origins })
}

/// The parts of an origin that another one is made of.
struct Authority {
    scheme: String,
    /// With its colon; empty for the scheme's own.
    port: String,
}

impl Authority {
    fn of(url: &str) -> Option<Self> {
        let uri: Uri = url.parse().ok()?;
        let port = uri.port_u16().map(|port| format!(":{port}")).unwrap_or_default();
        Some(Self { scheme: uri.scheme_str()?.to_owned(), port })
    }
}

/// Names below `localhost` exist in browsers on this machine alone; other names do not go with a bare IP address,
/// which is what somebody without DNS uses.
fn names_resolve(reached: &str, domain: &str) -> bool {
    let uri = reached.parse::<Uri>().ok();
    let host = uri.as_ref().and_then(Uri::host).unwrap_or_default();
    let is_address = host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok();
    !is_address && (domain != "localhost" || host == "localhost")
}

/// Runs what blocks on the store.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Refusal> {
    tokio::task::spawn_blocking(work).await.map_err(Refusal::failed)
}
