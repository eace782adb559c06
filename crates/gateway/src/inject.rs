//! Forces the organization into what is forwarded, for tools whose isolation is declared as injected.
//!
//! The promise holds as far as the tool's declaration is true: an upstream that also reads the organization from a
//! place the declaration does not name (a form's body, say) is not isolated by this.

use byleave_domain::text::Slug;
use byleave_domain::tool::{Injection, Isolation, Tool};
use http::{HeaderMap, HeaderName, HeaderValue};

use crate::target::{Target, form_decode, query_encode};

/// The target to forward. `asset` says that the request reads a file declared to hold no organization's data: only
/// those lie outside the organization's prefix.
pub(crate) fn into_target(tool: &Tool, organization: &Slug, target: Target, asset: bool) -> Target {
    match &tool.isolation {
        Isolation::Injected(Injection::Prefix) if asset => target,
        Isolation::Injected(Injection::Prefix) => into_path(organization, target),
        Isolation::Injected(Injection::Query(name)) => into_query(name, organization, target),
        _ => target,
    }
}

fn into_path(organization: &Slug, target: Target) -> Target {
    let prefix = format!("/{organization}");
    let there = target.path() == prefix || target.without(&prefix).is_some();
    if there { target } else { target.below(&prefix) }
}

fn into_query(name: &str, organization: &Slug, target: Target) -> Target {
    let own = format!("{}={organization}", query_encode(name));
    let others = target.query().unwrap_or_default().split('&').filter(|pair| !is_named(pair, name));
    // Some upstreams take `;` as a separator, too.
    let parts =
        |pair: &str| pair.split(';').filter(|part| !is_named(part, name)).collect::<Vec<_>>().join(";");
    let mut pairs: Vec<_> = others.map(parts).filter(|pair| !pair.is_empty()).collect();
    pairs.push(own);
    target.with_query(Some(pairs.join("&")))
}

/// Whether some upstream could take this pair for the parameter: escaped once or twice, in other case, with spaces
/// around it, or as an array.
fn is_named(pair: &str, name: &str) -> bool {
    let wanted = name.to_lowercase();
    let once = form_decode(pair.split('=').next().unwrap_or_default());
    [form_decode(&once), once].iter().any(|key| {
        let key = key.trim().to_lowercase();
        key == wanted || key.strip_prefix(&wanted).is_some_and(|rest| rest.starts_with('['))
    })
}

/// Puts the organization into the headers to forward, instead of whatever has that name however spelt.
///
/// # Errors
/// The declared name is not a header name.
pub(crate) fn into_headers(
    tool: &Tool,
    organization: &Slug,
    headers: &mut HeaderMap,
) -> Result<(), http::Error> {
    let Isolation::Injected(Injection::Header(name)) = &tool.isolation else { return Ok(()) };
    let own = HeaderName::from_bytes(name.as_bytes())?;
    let spelt_alike = |other: &HeaderName| other.as_str().replace('_', "-") == own.as_str().replace('_', "-");
    let alike: Vec<_> = headers.keys().filter(|other| spelt_alike(other)).cloned().collect();
    alike.iter().for_each(|other| _ = headers.remove(other));
    headers.insert(own, HeaderValue::from_str(organization.as_str())?);
    Ok(())
}

#[cfg(test)]
mod tests {
    use byleave_domain::ids::ToolId;
    use byleave_domain::tool::Requirement;

    use super::*;

    fn tool(injection: Injection) -> Tool {
        Tool {
            id: ToolId::from_bytes([1; 16]),
            slug: "tool".parse().unwrap(),
            name: "Tool".parse().unwrap(),
            upstream: "http://127.0.0.1:1".into(),
            isolation: Isolation::Injected(injection),
            reason: Requirement::Optional,
            case: Requirement::Optional,
            assets: vec!["/-/static/".into()],
        }
    }

    fn injected(injection: Injection, raw: &str) -> String {
        let acme = "acme".parse().unwrap();
        let (tool, target) = (tool(injection), Target::parse(raw).unwrap());
        let asset = tool.is_asset(&target.path_decoded());
        into_target(&tool, &acme, target, asset).to_string()
    }

    #[test]
    fn every_path_is_the_organizations_own() {
        for (raw, forwarded) in [
            ("/", "/acme/"),
            ("/x?y", "/acme/x?y"),
            ("/acme", "/acme"),
            ("/acme?x", "/acme?x"),
            ("/acme/x", "/acme/x"),
            ("/%61cme/x", "/acme/x"),
            ("/acme.json", "/acme/acme.json"),
            ("/acme-evil/x", "/acme/acme-evil/x"),
            ("/acme%3Fx/y", "/acme/acme%3Fx/y"),
            ("/acme%20/y", "/acme/acme%20/y"),
            ("/Acme/x", "/acme/Acme/x"),
            ("/globex/x", "/acme/globex/x"),
            ("/-/static/app.css", "/-/static/app.css"),
            ("/-/%73tatic/app.css", "/-/static/app.css"),
            ("/-/databases.json", "/acme/-/databases.json"),
        ] {
            assert_eq!(injected(Injection::Prefix, raw), forwarded, "{raw}");
        }
    }

    #[test]
    fn one_parameter_of_the_name_is_left_and_it_is_ours() {
        for (raw, forwarded) in [
            ("/", "/?org=acme"),
            ("/?", "/?org=acme"),
            ("/?a=1&b", "/?a=1&b&org=acme"),
            ("/?org=globex", "/?org=acme"),
            ("/?org=acme&org=globex", "/?org=acme"),
            ("/?ORG=globex&oRg", "/?org=acme"),
            ("/?%6frg=globex", "/?org=acme"),
            ("/?%256frg=globex", "/?org=acme"),
            ("/?+org+=globex&%09org=globex", "/?org=acme"),
            ("/?org[]=globex&org%5B0%5D=globex", "/?org=acme"),
            ("/?a=1;org=globex&b=2;c", "/?a=1&b=2;c&org=acme"),
            ("/?org=globex;a=1", "/?org=acme"),
            ("/?organization=globex&xorg=1", "/?organization=globex&xorg=1&org=acme"),
            ("/?q=org=globex", "/?q=org=globex&org=acme"),
        ] {
            assert_eq!(injected(Injection::Query("org".into()), raw), forwarded, "{raw}");
        }
    }

    #[test]
    fn one_header_of_the_name_is_left_and_it_is_ours() {
        let tool = tool(Injection::Header("x-org".into()));
        let mut headers = HeaderMap::new();
        for name in ["x-org", "X-Org", "x_org", "x-other"] {
            headers.append(name.parse::<HeaderName>().unwrap(), HeaderValue::from_static("globex"));
        }
        into_headers(&tool, &"acme".parse().unwrap(), &mut headers).unwrap();
        let mut left: Vec<_> =
            headers.iter().map(|(name, value)| (name.as_str(), value.to_str().unwrap())).collect();
        left.sort_unstable();
        assert_eq!(left, [("x-org", "acme"), ("x-other", "globex")]);
    }
}
