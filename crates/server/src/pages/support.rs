//! `/support`: a support person's list of organizations, and their own open visits.

use askama::Template;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use byleave_app::visits::covered;
use byleave_app::world::World;
use byleave_domain::ids::SubjectId;
use jiff::Timestamp;
use serde::Deserialize;

use crate::auth::Known;
use crate::pages::{Frame, freeze_view, render};
use crate::problem::Refusal;
use crate::site::Site;
use crate::text::{Text, filters};
use crate::words::{self, State as Shown};

/// Organizations on one page at most.
const ORGANIZATIONS_MAX: usize = 50;

#[derive(Deserialize)]
pub(crate) struct Search {
    #[serde(default)]
    q: String,
}

#[derive(Template)]
#[template(path = "support.html")]
struct SupportPage {
    frame: Frame,
    /// Why nobody can enter anywhere, if so.
    closed: Option<&'static str>,
    /// What keeps this person out everywhere: whom, since when, and why.
    frozen: Option<(String, String, String)>,
    query: String,
    visits: Vec<OwnVisit>,
    organizations: Vec<Row>,
    more: usize,
}

struct OwnVisit {
    id: String,
    organization: String,
    tool: String,
    reason: Option<String>,
    since: String,
    lasting: Text,
}

struct Row {
    slug: String,
    name: String,
    state: Shown,
    enabled: bool,
    tools: Vec<ToolLink>,
}

struct ToolLink {
    href: String,
    name: String,
    covered: bool,
}

/// `GET /support?q=…`
pub(crate) async fn show(
    State(site): State<Site>,
    known: Known,
    Query(search): Query<Search>,
) -> Result<Response, Refusal> {
    let subject = known.subject()?;
    let frame = Frame::new(&site, Some(&known));
    let now = site.app.now();
    let page = {
        let world = site.app.world();
        let (organizations, more) = organizations(&world, search.q.trim());
        let visits = own_visits(&world, subject, now);
        let frozen = freeze_view::keeps_out(&world, subject);
        let (closed, query) = (site.app.policy().closed, search.q);
        SupportPage { frame, closed, frozen, query, visits, organizations, more }
    };
    render(StatusCode::OK, &page)
}

fn own_visits(world: &World, subject: SubjectId, now: Timestamp) -> Vec<OwnVisit> {
    let mut open: Vec<_> = world
        .visits
        .values()
        .map(|open| &open.row.visit)
        .filter(|visit| visit.subject == subject && visit.end_at(now).is_none())
        .collect();
    open.sort_by_key(|visit| std::cmp::Reverse(visit.opened_at));
    let view = |visit: &byleave_domain::visit::Visit| {
        let organization = &world.organizations.get(&visit.organization)?.organization;
        Some(OwnVisit {
            id: visit.id.to_string(),
            organization: organization.name.to_string(),
            tool: world.tools.get(&visit.tool)?.name.to_string(),
            reason: visit.reason.as_ref().map(ToString::to_string),
            since: words::instant(visit.opened_at),
            lasting: words::lasting(now.duration_since(visit.opened_at)),
        })
    };
    open.into_iter().filter_map(view).collect()
}

/// Those that match, by name, and how many more there are.
fn organizations(world: &World, query: &str) -> (Vec<Row>, usize) {
    let query = query.to_lowercase();
    let mut matching: Vec<_> = world
        .organizations
        .values()
        .map(|tenant| &tenant.organization)
        .filter(|o| o.name.as_str().to_lowercase().contains(&query) || o.slug.as_str().contains(&query))
        .collect();
    matching.sort_by(|a, b| (&a.name, &a.slug).cmp(&(&b.name, &b.slug)));
    let more = matching.len().saturating_sub(ORGANIZATIONS_MAX);
    let rows = matching.into_iter().take(ORGANIZATIONS_MAX).map(|organization| {
        let state = words::state(organization);
        Row {
            slug: organization.slug.to_string(),
            name: organization.name.to_string(),
            enabled: state.word == "enabled",
            state,
            tools: tools(world, organization.slug.as_str()),
        }
    });
    (rows.collect(), more)
}

fn tools(world: &World, organization: &str) -> Vec<ToolLink> {
    let mut tools: Vec<_> = world.tools.values().collect();
    tools.sort_by(|a, b| (&a.name, &a.slug).cmp(&(&b.name, &b.slug)));
    let link = |tool: &byleave_domain::tool::Tool| ToolLink {
        // Slugs need no encoding.
        href: format!("/support/visit?organization={organization}&tool={}", tool.slug),
        name: tool.name.to_string(),
        covered: covered(tool),
    };
    tools.into_iter().map(link).collect()
}
