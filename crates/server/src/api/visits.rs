//! Visits, as the organization's own programs deal with them.

use axum::Json;
use axum::extract::{Path, State};
use byleave_api::v1;
use byleave_app::caller::Caller;
use byleave_domain::ids::{OrganizationId, VisitId};

use crate::api::{Asker, Perhaps, organization};
use crate::pages::visit_rows;
use crate::problem::{Refusal, read};
use crate::site::Site;

/// `POST /v1/organizations/{organization}/visits/stop`: answers once nobody is left inside by them.
pub(crate) async fn stop(
    State(site): State<Site>,
    asker: Asker,
    Path(named): Path<String>,
    Perhaps(wanted): Perhaps<v1::VisitStop>,
) -> Result<Json<v1::VisitsStopped>, Refusal> {
    let id = own(&site, &asker, &named)?;
    let visit = match wanted.visit.as_deref() {
        None => None,
        Some(named) => Some(known(&site, id, named).await?),
    };
    let stopped = site.app.visits_stop(id, visit, None).await?;
    Ok(Json(v1::VisitsStopped {
        organization: id.to_string(),
        visits: stopped.visits.iter().map(ToString::to_string).collect(),
        connections_reset: stopped.connections,
    }))
}

/// The organization, for its own programs alone: what is done here is the organization's word.
pub(super) fn own(site: &Site, asker: &Asker, named: &str) -> Result<OrganizationId, Refusal> {
    match asker.0 {
        Caller::Organization(_) => organization(site, asker, named, false),
        other => Err(Refusal::elsewhere(other, "the organization")),
    }
}

/// A visit of this organization that a body names. 404 is about the address alone.
pub(super) async fn known(
    site: &Site,
    organization: OrganizationId,
    named: &str,
) -> Result<VisitId, Refusal> {
    let id = read("visit", named)?;
    let row = visit_rows::find(site, organization, id).await?;
    row.map(|row| row.visit.id)
        .ok_or_else(|| Refusal::refused("visit", named, format!("there is no visit `{named}` here")))
}
