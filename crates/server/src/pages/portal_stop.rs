//! A security contact stops one visit, or all: nobody is left inside by them when the page answers, and the setting is what it
//! was.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use byleave_domain::ids::VisitId;

use crate::form::{Nothing, Posted};
#[cfg(test)]
use crate::pages::samples::{Sample, sample};
use crate::pages::{Frame, portal, render, visit_rows};
use crate::problem::Refusal;
use crate::site::Site;
use crate::text::filters;
use crate::words;

#[derive(Template)]
#[template(path = "portal_stopped.html")]
struct StoppedPage {
    frame: Frame,
    visits: Vec<StoppedVisit>,
    /// How many connections were reset.
    reset: usize,
    /// Whether whoever was inside may open another visit.
    may_return: bool,
}

struct StoppedVisit {
    id: String,
    person: String,
    employer: String,
    tool: String,
}

/// `POST /portal/visits/{id}/stop`
pub(crate) async fn one(
    State(site): State<Site>,
    Path(id): Path<String>,
    form: Posted<Nothing>,
) -> Result<Response, Refusal> {
    let (_, organization) = form.known.contact()?;
    let missing = || Refusal::not_found("visit");
    let id = id.parse().map_err(|_| missing())?;
    let row = visit_rows::find(&site, organization, id).await?.ok_or_else(missing)?;
    stop(&site, &form, Some(row.visit.id)).await
}

/// `POST /portal/stop`: all that are open.
pub(crate) async fn all(State(site): State<Site>, form: Posted<Nothing>) -> Result<Response, Refusal> {
    stop(&site, &form, None).await
}

async fn stop(site: &Site, form: &Posted<Nothing>, which: Option<VisitId>) -> Result<Response, Refusal> {
    let (contact, organization) = form.known.contact()?;
    let stopped = site.app.visits_stop(organization, which, Some(contact)).await?;
    let frame = Frame::new(site, Some(&form.known));
    let page = {
        let world = site.app.world();
        let rows = stopped.visits.iter().filter_map(|id| world.visit(*id));
        let visits = rows.map(|row| {
            let (person, employer) = portal::person(&world, row.visit.subject);
            let tool = world.tools.get(&row.visit.tool).map(|tool| tool.name.to_string());
            StoppedVisit { id: row.visit.id.to_string(), person, employer, tool: tool.unwrap_or_default() }
        });
        let tenant = world.organizations.get(&organization);
        StoppedPage {
            frame,
            visits: visits.collect(),
            reset: stopped.connections,
            may_return: tenant.is_some_and(|tenant| words::state_word(&tenant.organization) != "disabled"),
        }
    };
    render(StatusCode::OK, &page)
}

#[cfg(test)]
pub(crate) fn samples() -> Vec<Sample> {
    let page = |names: &[&str], reset, may_return| {
        let visit = |name: &&str| StoppedVisit {
            id: "visit_1".to_owned(),
            person: (*name).to_owned(),
            employer: "Northwind Cloud".to_owned(),
            tool: "System log".to_owned(),
        };
        StoppedPage {
            frame: Frame::of_contact(),
            visits: names.iter().map(visit).collect(),
            reset,
            may_return,
        }
    };
    vec![
        sample("stopped", page(&["Sasha Example", "Kim Example"], 3, true)),
        sample("stopped-one-disabled", page(&["Sasha Example"], 1, false)),
        sample("stopped-nothing", page(&[], 0, true)),
    ]
}
