//! Phase 2, classify: what is asked for, of whom, and what exactly would be forwarded.

use byleave_domain::decision::DenyReason;
use byleave_domain::ids::{OrganizationId, ToolId};
use byleave_domain::snapshot::PolicySnapshot;
use byleave_domain::text::Slug;
use byleave_domain::tool::Tool;
use http::header::{CONNECTION, UPGRADE};
use http::request::Parts;
use http::{Method, Version};

use crate::arrive::Arrival;
use crate::inject;
use crate::ports::Identity;
use crate::refuse::{Answer, Refusal};
use crate::route::{organization_named, tool_named};
use crate::target::Target;

/// A request of a known subject to a known organization's known tool.
pub(crate) struct Attempt<'a> {
    pub(crate) arrival: &'a Arrival<'a>,
    pub(crate) identity: Identity,
    pub(crate) organization: OrganizationId,
    pub(crate) slug: &'a Slug,
    pub(crate) tool: &'a Tool,
    /// What is recorded and forwarded.
    pub(crate) target: Target,
    /// Declared to hold no organization's data, and asked for in a way that cannot bring any in.
    pub(crate) asset: bool,
    /// The protocol that the client asks to change to, as configured.
    pub(crate) upgrade: Option<&'a str>,
}

/// Why a request cannot be decided about.
pub(crate) enum Unclassified {
    /// It is answered without a decision.
    Answered(Answer),
    /// The organization exists and the tool does not: a decision, to be recorded as one.
    UnknownTool(OrganizationId),
}

/// Looks up what the address names. `body` says whether the request has one.
pub(crate) fn classify<'a>(
    arrival: &'a Arrival<'a>,
    identity: Identity,
    body: bool,
) -> Result<Attempt<'a>, Unclassified> {
    let snapshot = &arrival.snapshot;
    let (organization, tool) = place(arrival)?;
    let known = snapshot.organizations.get(&organization).zip(snapshot.tools.get(&tool));
    let (policy, tool) = known.ok_or(Unclassified::UnknownTool(organization))?;
    let inside = arrival.route.inside.clone();
    let upgrade = wished_upgrade(&arrival.config.upgrades, arrival.head, body)?;
    let reads = matches!(arrival.head.method, Method::GET | Method::HEAD) && !body && upgrade.is_none();
    let asset = reads && tool.is_asset(&inside.path_decoded());
    let target = inject::into_target(tool, &policy.slug, inside, asset);
    Ok(Attempt { arrival, identity, organization, slug: &policy.slug, tool, target, asset, upgrade })
}

/// The organization and tool that an address names, where both exist and host name and path do not disagree.
pub(crate) fn place(arrival: &Arrival<'_>) -> Result<(OrganizationId, ToolId), Unclassified> {
    let (snapshot, route) = (&arrival.snapshot, &arrival.route);
    let organization = organization_named(snapshot, &route.organization)
        .ok_or_else(|| Refusal::denied(&DenyReason::UnknownOrganization))?;
    let tool = tool_named(snapshot, &route.tool).ok_or(Unclassified::UnknownTool(organization))?;
    if disagrees(snapshot, route.also.as_ref(), (organization, tool)) {
        return Err(Refusal::misdirected().into());
    }
    Ok((organization, tool))
}

fn disagrees(
    snapshot: &PolicySnapshot,
    also: Option<&(String, String)>,
    named: (OrganizationId, ToolId),
) -> bool {
    let known = also.and_then(|(organization, tool)| {
        organization_named(snapshot, organization).zip(tool_named(snapshot, tool))
    });
    known.is_some_and(|other| other != named)
}

/// The protocol that a request asks to change to. Every wish that is not allowed is refused, not ignored: what follows it
/// on the connection could be read in two ways.
fn wished_upgrade<'a>(allowed: &'a [String], head: &Parts, body: bool) -> Result<Option<&'a str>, Refusal> {
    let mut wishes = head.headers.get_all(UPGRADE).iter();
    let Some(wish) = wishes.next() else { return Ok(None) };
    let known = allowed.iter().find(|protocol| wish.as_bytes().eq_ignore_ascii_case(protocol.as_bytes()));
    let connection = head.headers.get_all(CONNECTION).iter().filter_map(|value| value.to_str().ok());
    let named = connection
        .flat_map(|value| value.split(','))
        .any(|token| token.trim().eq_ignore_ascii_case("upgrade"));
    let method = match known.map(String::as_str) {
        Some("websocket") => head.method == Method::GET,
        _ => matches!(head.method, Method::GET | Method::POST),
    };
    let plain = wishes.next().is_none() && named && !body && method && head.version == Version::HTTP_11;
    let known = known.filter(|_| plain).ok_or_else(|| {
        let allowed = allowed.join("`, `");
        Refusal::not_supported(format!("the only changes of protocol that are forwarded are to `{allowed}`"))
    })?;
    Ok(Some(known))
}

impl From<Refusal> for Unclassified {
    fn from(refusal: Refusal) -> Self {
        Self::Answered(refusal.into())
    }
}
