//! Which organization's which tool an address names: by host name or by path. Names only; whether they exist, and
//! whether the asker may know that, comes later.

use byleave_domain::ids::{OrganizationId, ToolId};
use byleave_domain::snapshot::PolicySnapshot;
use http::HeaderMap;
use http::header::HOST;

use crate::target::Target;

/// The one `Host` of a request: lower case, port kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Host {
    authority: String,
    name_length: usize,
}

impl Host {
    /// Reads the `Host` header. `None` unless there is exactly one and it is a name or address with or without port.
    pub(crate) fn of(headers: &HeaderMap) -> Option<Self> {
        let mut all = headers.get_all(HOST).iter();
        let (Some(only), None) = (all.next(), all.next()) else { return None };
        Self::parse(only.to_str().ok()?)
    }

    /// Reads a name or address with or without port.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let authority = text.to_ascii_lowercase();
        let name = match authority.rsplit_once(':') {
            Some((name, port)) if !authority.ends_with(']') => {
                port.parse::<u16>().ok().filter(|_| port.bytes().all(|byte| byte.is_ascii_digit()))?;
                name
            }
            _ => authority.as_str(),
        };
        let name_length = name.len();
        (is_name(name) || is_address_6(name)).then_some(Self { authority, name_length })
    }

    /// Name and port as sent.
    pub(crate) fn authority(&self) -> &str {
        &self.authority
    }

    /// The name alone.
    pub(crate) fn name(&self) -> &str {
        self.authority.get(..self.name_length).unwrap_or_default()
    }
}

fn is_name(name: &str) -> bool {
    let labels_fine = name.split('.').all(|label| !label.is_empty());
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_');
    name.len() <= 253 && labels_fine && name.bytes().all(allowed)
}

fn is_address_6(name: &str) -> bool {
    let inner = name.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    inner.is_some_and(|address| address.parse::<std::net::Ipv6Addr>().is_ok())
}

/// An address that names an organization and a tool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Route {
    /// Slug or id, as written.
    pub(crate) organization: String,
    /// Slug, as written.
    pub(crate) tool: String,
    /// `/t/{tool}/{organization}` where the path named them; empty where the host name did.
    pub(crate) prefix: String,
    /// What is asked for inside the tool.
    pub(crate) inside: Target,
    /// By host name, the other pair that the path reads like, if it does.
    pub(crate) also: Option<(String, String)>,
}

/// What an address is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Address {
    /// A place inside a tool.
    Inside(Route),
    /// `/t/{tool}/{organization}`: the same with a final slash is meant, so that relative links work.
    LacksSlash(Target),
    /// Neither.
    Nowhere,
}

/// Reads an address. A path route holds under any host name that is not itself a host route.
pub(crate) fn read(host: &Host, target: Target, support_domain: &str) -> Address {
    if let Some((organization, tool)) = host_route(host.name(), support_domain) {
        let also = path_route(&target).map(|path| (path.organization, path.tool));
        return Address::Inside(Route { organization, tool, prefix: String::new(), inside: target, also });
    }
    let Some(PathRoute { tool, organization }) = path_route(&target) else { return Address::Nowhere };
    let prefix = format!("/t/{tool}/{organization}");
    match target.without(&prefix) {
        Some(inside) => Address::Inside(Route { organization, tool, prefix, inside, also: None }),
        None => Address::LacksSlash(with_slash(&target)),
    }
}

fn with_slash(target: &Target) -> Target {
    let slash = target.clone().with_query(None);
    let query = target.query().map(str::to_owned);
    Target::parse(&format!("{slash}/")).unwrap_or(slash).with_query(query)
}

fn host_route(name: &str, support_domain: &str) -> Option<(String, String)> {
    let label = name.strip_suffix(support_domain)?.strip_suffix('.')?;
    let (organization, tool) = label.split_once("--").filter(|_| !label.contains('.'))?;
    Some((organization.to_owned(), tool.to_owned()))
}

struct PathRoute {
    tool: String,
    organization: String,
}

fn path_route(target: &Target) -> Option<PathRoute> {
    let mut segments = target.path().strip_prefix("/t/")?.split('/');
    let (tool, organization) = (segments.next()?, segments.next()?);
    let named = !tool.is_empty() && !organization.is_empty();
    named.then(|| PathRoute { tool: tool.to_owned(), organization: organization.to_owned() })
}

/// The organization of this slug or id.
pub(crate) fn organization_named(snapshot: &PolicySnapshot, name: &str) -> Option<OrganizationId> {
    let by_slug = || snapshot.organization_slugs.get(&name.parse().ok()?).copied();
    let by_id = || name.parse().ok().filter(|id| snapshot.organizations.contains_key(id));
    by_slug().or_else(by_id)
}

/// The tool of this slug.
pub(crate) fn tool_named(snapshot: &PolicySnapshot, name: &str) -> Option<ToolId> {
    snapshot.tool_slugs.get(&name.parse().ok()?).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_at(host: &str, target: &str) -> Address {
        read(&Host::parse(host).unwrap(), Target::parse(target).unwrap(), "support.example")
    }

    fn named(address: Address) -> Option<(String, String, String)> {
        match address {
            Address::Inside(route) => Some((route.organization, route.tool, route.inside.to_string())),
            _ => None,
        }
    }

    #[test]
    fn host_and_path_name_the_same_things() {
        let expected = |inside: &str| Some(("acme".into(), "system-log".into(), inside.into()));
        assert_eq!(named(read_at("Acme--system-log.support.example:81", "/x?y")), expected("/x?y"));
        assert_eq!(named(read_at("127.0.0.1:81", "/t/system-log/acme/x?y")), expected("/x?y"));
        assert_eq!(named(read_at("other.support.example", "/t/system-log/acme/")), expected("/"));
        assert_eq!(named(read_at("[::1]:81", "/%74/system-log/acme/")), expected("/"));
        assert_eq!(
            read_at("a.example", "/t/system-log/acme?q"),
            Address::LacksSlash(Target::parse("/t/system-log/acme/?q").unwrap())
        );
        for (host, target) in [
            ("a.example", "/"),
            ("a.example", "/t"),
            ("a.example", "/t/"),
            ("a.example", "/t/tool"),
            ("a.example", "/t/tool/"),
            ("a.example", "/T/tool/acme/"),
            ("support.example", "/"),
            ("acme--tool.support.example.evil.example", "/"),
            ("acme--tool.xsupport.example", "/"),
            ("x.acme--tool.support.example", "/"),
        ] {
            assert_eq!(read_at(host, target), Address::Nowhere, "{host}{target}");
        }
    }

    #[test]
    fn hosts_are_names_or_addresses() {
        for good in ["a", "a:1", "a.b-c_d:65535", "127.0.0.1", "[::1]", "[::1]:80"] {
            assert!(Host::parse(good).is_some(), "{good}");
        }
        for bad in [
            "", ":1", "a:", "a:x", "a:+1", "a:65536", "a..b", ".a", "a.", "a b", "a/b", "a@b", "a,b", "a%20",
            "ä", "[::1", "::1]", "[x]", "[::1]x", "[::1]:x", "a:1:2", "a\\b",
        ] {
            assert!(Host::parse(bad).is_none(), "{bad}");
        }
    }
}
