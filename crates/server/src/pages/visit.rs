//! `/support/visits/{id}`: a support person's page beside the tool. The tool's own bytes are never touched.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use byleave_domain::decision::DenyReason;
use byleave_domain::ids::{SessionId, SubjectId, VisitId};
use byleave_domain::visit::{Visit, VisitEnd};

use crate::auth::Known;
use crate::form::{Nothing, Posted};
use crate::pages::{Frame, render, see, visit_form, visit_rows};
use crate::problem::Refusal;
use crate::site::{Site, blocking};
use crate::text::{Text, filters};
use crate::words;

#[derive(Template)]
#[template(path = "visit.html")]
struct VisitPage {
    frame: Frame,
    facts: Facts,
    /// The form for another visit to the same place.
    again: String,
}

#[derive(Template)]
#[template(path = "visit_facts.html")]
struct FactsPart {
    facts: Facts,
}

struct Facts {
    id: String,
    person: String,
    employer: String,
    organization: String,
    tool: String,
    reason: Option<String>,
    case: Option<String>,
    since: String,
    lasting: Text,
    requests: Option<u64>,
    over: Option<Over>,
}

/// What is shown once a visit is over.
struct Over {
    at: Option<String>,
    why: String,
    what_now: &'static str,
    /// Whether another visit could be opened.
    again: bool,
}

/// `GET /support/visits/{id}`
pub(crate) async fn show(
    State(site): State<Site>,
    known: Known,
    Path(id): Path<String>,
) -> Result<Response, Refusal> {
    let visit = own(&site, known.subject()?, &id).await?;
    let again = {
        let world = site.app.world();
        let organization = world.organizations.get(&visit.organization);
        let slug = organization.map(|tenant| tenant.organization.slug.to_string()).unwrap_or_default();
        let tool = world.tools.get(&visit.tool).map(|tool| tool.slug.to_string()).unwrap_or_default();
        format!("/support/visit?organization={slug}&tool={tool}")
    };
    let facts = facts_of(&site, &visit).await?;
    render(StatusCode::OK, &VisitPage { frame: Frame::new(&site, Some(&known)), facts, again })
}

/// `GET /support/visits/{id}/facts`: the part of the page that changes.
pub(crate) async fn facts(
    State(site): State<Site>,
    known: Known,
    Path(id): Path<String>,
) -> Result<Response, Refusal> {
    let visit = own(&site, known.subject()?, &id).await?;
    render(StatusCode::OK, &FactsPart { facts: facts_of(&site, &visit).await? })
}

/// `POST /support/visits/{id}/enter`: into the tool.
pub(crate) async fn enter(
    State(site): State<Site>,
    headers: HeaderMap,
    Path(id): Path<String>,
    form: Posted<Nothing>,
) -> Result<Response, Refusal> {
    let visit = own(&site, form.known.subject()?, &id).await?;
    into_tool(&site, &headers, &visit, form.known.session()?, "/")
}

/// `POST /support/visits/{id}/end`
pub(crate) async fn end(
    State(site): State<Site>,
    Path(id): Path<String>,
    form: Posted<Nothing>,
) -> Result<Response, Refusal> {
    let visit = own(&site, form.known.subject()?, &id).await?;
    site.app.visit_close(visit.id, VisitEnd::Left).await?;
    Ok(see(&format!("/support/visits/{}", visit.id)))
}

/// Sends the browser to `to` inside the visit's tool, with a pass that works once. A visit that is over leads to its
/// page, which says why.
pub(crate) fn into_tool(
    site: &Site,
    headers: &HeaderMap,
    visit: &Visit,
    session: SessionId,
    to: &str,
) -> Result<Response, Refusal> {
    let Some(pass) = site.app.pass_issue(visit.id, visit.subject, session) else {
        return Ok(see(&format!("/support/visits/{}", visit.id)));
    };
    let world = site.app.world();
    let organization = world.organizations.get(&visit.organization).ok_or_else(missing)?;
    let tool = world.tools.get(&visit.tool).ok_or_else(missing)?;
    let address = site.tool_address(site.reached(headers), &organization.organization.slug, &tool.slug);
    let query =
        serde_urlencoded::to_string([("code", pass.reveal()), ("to", to)]).map_err(Refusal::failed)?;
    // The gateway reads `+` as itself, as URLs outside forms do.
    Ok(see(&format!("{address}/.byleave/enter?{}", query.replace('+', "%20"))))
}

/// The visit, if it is this person's own.
async fn own(site: &Site, subject: SubjectId, id: &str) -> Result<Visit, Refusal> {
    let id: VisitId = id.parse().map_err(|_| missing())?;
    let app = site.app.clone();
    let row = blocking(move || app.visit_row(id)).await?.map_err(Refusal::failed)?;
    row.map(|row| row.visit).filter(|visit| visit.subject == subject).ok_or_else(missing)
}

fn missing() -> Refusal {
    Refusal::not_found("visit")
}

async fn facts_of(site: &Site, visit: &Visit) -> Result<Facts, Refusal> {
    let row = visit_rows::find(site, visit.organization, visit.id).await?;
    let now = site.app.now();
    let until = visit.ended.map_or(now, |(at, _)| at);
    let over = visit.end_at(now).map(|end| over(site, visit, end));
    let world = site.app.world();
    let person = world.subjects.get(&visit.subject);
    let organization = world.organizations.get(&visit.organization);
    let tool = world.tools.get(&visit.tool);
    Ok(Facts {
        id: visit.id.to_string(),
        person: person.map(|person| person.name.to_string()).unwrap_or_default(),
        employer: person.map(|person| person.employer.to_string()).unwrap_or_default(),
        organization: organization.map(|t| t.organization.name.to_string()).unwrap_or_default(),
        tool: tool.map(|tool| tool.name.to_string()).unwrap_or_default(),
        reason: visit.reason.as_ref().map(ToString::to_string),
        case: visit.case.as_ref().map(ToString::to_string),
        since: words::instant(visit.opened_at),
        lasting: words::lasting(until.duration_since(visit.opened_at)),
        requests: row.map(|row| row.requests),
        over,
    })
}

fn over(site: &Site, visit: &Visit, end: VisitEnd) -> Over {
    let ended = DenyReason::VisitEnded(end);
    let refused = visit_form::refused(site, visit.subject, visit.organization, visit.tool);
    Over {
        at: visit.ended.map(|(at, _)| words::instant(at)),
        why: ended.explanation(),
        // "Open a new visit" would be a dead end where none can be opened.
        what_now: refused.as_ref().map_or(ended.what_now(), DenyReason::what_now),
        again: refused.is_none(),
    }
}
