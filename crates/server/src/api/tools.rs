//! Tools, and their wire form.

use std::net::Ipv6Addr;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderName, Uri};
use byleave_api::problem::ProblemType;
use byleave_api::v1;
use byleave_domain::ids::ToolId;
use byleave_domain::tool::{Injection, Isolation, Requirement, Tool};

use crate::api::page::{Listed, Page};
use crate::api::{Admin, Asked, Body, Created};
use crate::problem::{self, Refusal};
use crate::site::Site;

/// Asset prefixes of one tool at most.
const ASSETS_MAX: usize = 64;
/// Characters of an origin, an asset prefix, or a header's or query parameter's name, at most.
const PART_LENGTH_MAX: usize = 200;

/// `GET /v1/tools`
pub(crate) async fn list(
    State(site): State<Site>,
    _: Admin,
    Asked(page): Asked<Page>,
) -> Result<Listed<v1::Tool>, Refusal> {
    let world = site.app.world();
    Ok(page.of(world.tools.values(), |tool| tool.slug.to_string())?.shown(view))
}

/// `POST /v1/tools`
pub(crate) async fn create(
    State(site): State<Site>,
    _: Admin,
    Body(wanted): Body<v1::ToolCreate>,
) -> Result<Created<v1::Tool>, Refusal> {
    let tool = read(site.app.fresh_tool_id(), &wanted)?;
    let created = view(&tool);
    site.app.tool_create(tool).await?;
    Ok(Created::at(format!("/v1/tools/{}", created.slug), created))
}

/// `GET /v1/tools/{slug}`
pub(crate) async fn show(
    State(site): State<Site>,
    _: Admin,
    Path(slug): Path<String>,
) -> Result<Json<v1::Tool>, Refusal> {
    Ok(Json(view(&named(&site, &slug)?)))
}

/// `POST /v1/tools/{slug}/check`
pub(crate) async fn check(
    State(site): State<Site>,
    _: Admin,
    Path(slug): Path<String>,
) -> Result<Json<v1::ToolCheck>, Refusal> {
    Ok(Json(checked(&site, named(&site, &slug)?).await?))
}

/// The tool of this slug.
pub(crate) fn named(site: &Site, slug: &str) -> Result<Tool, Refusal> {
    let world = site.app.world();
    let tool = world.tools.values().find(|tool| tool.slug.as_str() == slug).cloned();
    tool.ok_or_else(|| Refusal::not_found("tool"))
}

/// What comes of asking a tool's application directly.
pub(crate) async fn checked(site: &Site, tool: Tool) -> Result<v1::ToolCheck, Refusal> {
    let check = site.config.operations.check_tool(tool).await;
    check.ok_or_else(|| Refusal::new(ProblemType::Unavailable, "nobody can ask it from here".to_owned()))
}

fn read(id: ToolId, wanted: &v1::ToolCreate) -> Result<Tool, Refusal> {
    Ok(Tool {
        id,
        slug: problem::read("slug", &wanted.slug)?,
        name: problem::read("name", &wanted.name)?,
        upstream: upstream(&wanted.upstream)?,
        isolation: isolation(wanted)?,
        reason: requirement("reason", &wanted.reason)?,
        case: requirement("case", &wanted.case)?,
        assets: assets(&wanted.assets)?,
    })
}

fn upstream(text: &str) -> Result<String, Refusal> {
    let origin = text.strip_suffix('/').unwrap_or(text);
    let plain = |c: char| c.is_ascii_alphanumeric() || "-.:[]".contains(c);
    let is_origin = origin.len() <= PART_LENGTH_MAX
        && ["http://", "https://", "h2c://"]
            .iter()
            .find_map(|scheme| origin.strip_prefix(scheme))
            .is_some_and(|at| !at.is_empty() && at.chars().all(plain))
        && origin.parse::<Uri>().is_ok_and(|uri| uri.host().is_some_and(|host| !host.is_empty()));
    if is_origin {
        return match bracketed(origin) {
            Some(inner) if inner.parse::<Ipv6Addr>().is_err() => {
                Err(Refusal::refused("upstream", text, format!("`{inner}` is no IPv6 address")))
            }
            _ => Ok(origin.to_owned()),
        };
    }
    let why = format!(
        "the upstream `{text}` is not an origin such as `http://127.0.0.1:9000`: scheme and host, no path"
    );
    Err(Refusal::unfit("upstream", text, why))
}

/// What stands in brackets in place of a host name.
fn bracketed(origin: &str) -> Option<&str> {
    let (_, rest) = origin.split_once('[')?;
    Some(rest.split_once(']').map_or(rest, |(inner, _)| inner))
}

fn isolation(wanted: &v1::ToolCreate) -> Result<Isolation, Refusal> {
    match (wanted.isolation.as_str(), wanted.inject.as_deref(), wanted.accept_shared.as_deref()) {
        ("upstream-verified", None, None) => Ok(Isolation::UpstreamVerified),
        ("injected", Some(place), None) => injection(place).map(Isolation::Injected),
        ("injected", None, _) => {
            let why = "`injected` needs `inject`: `prefix`, `header:NAME` or `query:NAME`";
            Err(Refusal::unfit("inject", "", why))
        }
        ("shared", None, named) => Ok(Isolation::Shared { accepted: named == Some(&wanted.slug) }),
        (known @ ("upstream-verified" | "injected" | "shared"), ..) => {
            let why = format!(
                "`inject` goes with `injected`, `accept_shared` with `shared`; the isolation is `{known}`"
            );
            Err(Refusal::unfit("isolation", known, why))
        }
        (other, ..) => {
            let why = format!(
                "the isolation `{other}` is unknown; `upstream-verified`, `injected` or `shared` is taken"
            );
            Err(Refusal::unfit("isolation", other, why))
        }
    }
}

fn injection(place: &str) -> Result<Injection, Refusal> {
    let header = place.strip_prefix("header:").filter(|name| name.len() <= PART_LENGTH_MAX);
    let header = header.and_then(|name| name.parse::<HeaderName>().ok());
    let query = place.strip_prefix("query:").filter(|name| is_plain(name));
    match (place, header, query) {
        ("prefix", ..) => Ok(Injection::Prefix),
        (_, Some(name), _) => Ok(Injection::Header(name.as_str().to_owned())),
        (_, _, Some(name)) => Ok(Injection::Query(name.to_owned())),
        _ => {
            let why = format!("`inject` is `{place}`; `prefix`, `header:NAME` or `query:NAME` is taken");
            Err(Refusal::unfit("inject", place, why))
        }
    }
}

/// A query parameter's name that needs no encoding.
fn is_plain(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    !name.is_empty() && name.len() <= PART_LENGTH_MAX && name.chars().all(plain)
}

fn requirement(field: &str, word: &str) -> Result<Requirement, Refusal> {
    match word {
        "required" => Ok(Requirement::Required),
        "optional" => Ok(Requirement::Optional),
        _ => {
            let why = format!("`{field}` is `{word}`; `required` or `optional` is taken");
            Err(Refusal::unfit(field, word, why))
        }
    }
}

fn assets(prefixes: &[String]) -> Result<Vec<String>, Refusal> {
    let fits = |prefix: &&String| {
        prefix.starts_with('/')
            && prefix.len() <= PART_LENGTH_MAX
            && prefix.chars().all(|c| c.is_ascii_graphic())
    };
    if prefixes.len() > ASSETS_MAX {
        let given = prefixes.len();
        let why = format!("{given} asset prefixes; at most {ASSETS_MAX} are taken");
        return Err(Refusal::unfit("assets", &given.to_string(), why));
    }
    match prefixes.iter().find(|prefix| !fits(prefix)) {
        Some(prefix) => {
            let why = format!(
                "the asset prefix `{prefix}` does not begin with `/`, or is not {PART_LENGTH_MAX} visible ASCII \
                 characters at most"
            );
            Err(Refusal::unfit("assets", prefix, why))
        }
        None => Ok(prefixes.to_vec()),
    }
}

pub(crate) fn view(tool: &Tool) -> v1::Tool {
    let (isolation, inject, accept_shared) = match &tool.isolation {
        Isolation::UpstreamVerified => ("upstream-verified", None, None),
        Isolation::Injected(place) => ("injected", Some(injection_word(place)), None),
        Isolation::Shared { accepted } => ("shared", None, accepted.then(|| tool.slug.to_string())),
    };
    v1::Tool {
        slug: tool.slug.to_string(),
        name: tool.name.to_string(),
        upstream: tool.upstream.clone(),
        isolation: isolation.to_owned(),
        inject,
        accept_shared,
        reason: requirement_word(tool.reason).to_owned(),
        case: requirement_word(tool.case).to_owned(),
        assets: tool.assets.clone(),
    }
}

fn injection_word(place: &Injection) -> String {
    match place {
        Injection::Prefix => "prefix".to_owned(),
        Injection::Header(name) => format!("header:{name}"),
        Injection::Query(name) => format!("query:{name}"),
    }
}

const fn requirement_word(requirement: Requirement) -> &'static str {
    match requirement {
        Requirement::Required => "required",
        Requirement::Optional => "optional",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn wanted() -> v1::ToolCreate {
        v1::ToolCreate {
            slug: "system-log".into(),
            name: "System log".into(),
            upstream: "http://127.0.0.1:9000".into(),
            isolation: "upstream-verified".into(),
            inject: None,
            accept_shared: None,
            reason: "required".into(),
            case: "optional".into(),
            assets: vec!["/assets/".into()],
        }
    }

    #[test]
    fn a_tool_reads_as_it_is_shown() {
        let forms = [
            ("upstream-verified", None, None),
            ("injected", Some("prefix"), None),
            ("injected", Some("header:x-organization"), None),
            ("injected", Some("query:org"), None),
            ("shared", None, Some("system-log")),
        ];
        for (isolation, inject, accept) in forms {
            let wanted = v1::ToolCreate {
                isolation: isolation.into(),
                inject: inject.map(Into::into),
                accept_shared: accept.map(Into::into),
                ..wanted()
            };
            let tool = read(ToolId::from_bytes([1; 16]), &wanted).unwrap();
            assert_eq!(json!(view(&tool)), json!(wanted));
        }
    }

    #[test]
    fn what_is_no_tool_is_refused_by_the_name_of_its_fault() {
        let refused = |change: fn(&mut v1::ToolCreate), names: &str| {
            let mut wanted = wanted();
            change(&mut wanted);
            let refusal = read(ToolId::from_bytes([1; 16]), &wanted).unwrap_err();
            assert!(refusal.problem.detail.contains(names), "{} names `{names}`", refusal.problem.detail);
        };
        refused(|t| t.upstream = "http://127.0.0.1:9000/app".into(), "/app");
        refused(|t| t.upstream = "http://127.0.0.1:9000//".into(), "9000//");
        refused(|t| t.upstream = "http://me@host".into(), "me@host");
        refused(|t| t.upstream = "ftp://host".into(), "ftp");
        refused(|t| t.upstream = "http://[58::0AA9:]:80".into(), "`58::0AA9:`");
        refused(|t| t.isolation = "none".into(), "`none`");
        refused(|t| t.isolation = "injected".into(), "`inject`");
        refused(|t| t.inject = Some("prefix".into()), "`injected`");
        refused(|t| t.reason = "maybe".into(), "`maybe`");
        refused(|t| t.assets = vec!["assets".into()], "`assets`");
    }

    #[test]
    fn a_shared_tool_is_accepted_by_its_own_name_only() {
        let accepted = |named: Option<&str>| {
            let wanted = v1::ToolCreate {
                isolation: "shared".into(),
                accept_shared: named.map(Into::into),
                ..wanted()
            };
            read(ToolId::from_bytes([1; 16]), &wanted).unwrap().isolation
        };
        assert_eq!(accepted(Some("system-log")), Isolation::Shared { accepted: true });
        assert_eq!(accepted(Some("other")), Isolation::Shared { accepted: false });
        assert_eq!(accepted(None), Isolation::Shared { accepted: false });
    }
}
