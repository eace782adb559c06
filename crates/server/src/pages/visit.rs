//! `/support/visits/{id}`: a support person's page beside the tool. The tool's own bytes are never touched.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
#[cfg(test)]
use byleave_domain::decision::DenyReason;
use byleave_domain::ids::{SessionId, SubjectId, VisitId};
use byleave_domain::visit::{IDLE_MAX, LENGTH_MAX, Visit, VisitEnd};
use jiff::Timestamp;

use crate::auth::Known;
use crate::form::{Nothing, Posted};
#[cfg(test)]
use crate::pages::samples::{Sample, sample};
use crate::pages::{Frame, denial, denial::Denial, render, see, visit_form, visit_rows};
use crate::problem::Refusal;
use crate::site::{Site, blocking};
use crate::text::{Moment, Text, filters};
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
    since: Moment,
    lasting: Text,
    requests: Option<u64>,
    stay: Stay,
}

/// Whether the visit goes on.
enum Stay {
    Open(Left),
    Over(Over),
}

/// How long an open visit has.
struct Left {
    /// When it ends by itself unless the tool is used.
    until: Moment,
    /// Until then, seconds.
    seconds: i64,
    /// When it ends however busy it is.
    at_latest: Moment,
}

/// What is shown once a visit is over.
struct Over {
    at: Option<Moment>,
    why: Text,
    /// Why no other visit can be opened, if so.
    denial: Option<Denial>,
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
    let stay = match visit.end_at(now) {
        Some(end) => Stay::Over(over(site, visit, end)),
        None => Stay::Open(left(visit, now)),
    };
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
        since: Moment(visit.opened_at),
        lasting: words::lasting(until.duration_since(visit.opened_at)),
        requests: row.map(|row| row.requests),
        stay,
    })
}

fn left(visit: &Visit, now: Timestamp) -> Left {
    let at_latest = visit.opened_at + LENGTH_MAX;
    let until = at_latest.min(visit.used_at + IDLE_MAX);
    Left { until: Moment(until), seconds: until.duration_since(now).as_secs(), at_latest: Moment(at_latest) }
}

fn over(site: &Site, visit: &Visit, end: VisitEnd) -> Over {
    let refused = visit_form::refused(site, visit.subject, visit.organization, visit.tool);
    let world = site.app.world();
    let tool = world.tools.get(&visit.tool).map(|tool| tool.name.to_string()).unwrap_or_default();
    let help = format!("{}/", site.config.base_url);
    Over {
        at: visit.ended.map(|(at, _)| Moment(at)),
        why: denial::over(end),
        // "Open a new visit" would be a dead end where none can be opened.
        denial: refused.map(|why| denial::of(&why, &tool, &help)),
    }
}

#[cfg(test)]
pub(crate) fn samples() -> Vec<Sample> {
    let since: Timestamp = "2026-11-23T10:02:11Z".parse().unwrap();
    let facts = |stay| Facts {
        id: "vis_01".to_owned(),
        person: "Sam Example".to_owned(),
        employer: "Northwind Cloud".to_owned(),
        organization: "Acme Rockets".to_owned(),
        tool: "System log".to_owned(),
        reason: Some("Sign-ins from Oslo fail since noon".to_owned()),
        case: Some("CASE-7".to_owned()),
        since: Moment(since),
        lasting: words::lasting(jiff::SignedDuration::from_secs(307)),
        requests: Some(17),
        stay,
    };
    let page = |facts| VisitPage {
        frame: Frame::of_person("Sam Example", "/support"),
        facts,
        again: "/support/visit?organization=acme&tool=system-log".to_owned(),
    };
    let open = || {
        let (until, at_latest) = (Moment(since + IDLE_MAX), Moment(since + LENGTH_MAX));
        Stay::Open(Left { until, seconds: 873, at_latest })
    };
    let bare = Facts { reason: None, case: None, requests: Some(0), ..facts(open()) };
    let over = |end, denial| Stay::Over(Over { at: Some(Moment(since)), why: denial::over(end), denial });
    let confirmation = byleave_domain::support_access::Confirmation::Provisional;
    let disabled = DenyReason::SupportAccessDisabled { since, confirmation };
    let disabled = denial::of(&disabled, "System log", "https://byleave.vendor.example/");
    vec![
        sample("visit", page(facts(open()))),
        sample("visit-no-reason", page(bare)),
        sample("visit-over", page(facts(over(VisitEnd::Idle, None)))),
        sample("visit-over-disabled", page(facts(over(VisitEnd::SupportAccessDisabled, Some(disabled))))),
    ]
}
