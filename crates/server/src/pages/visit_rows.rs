//! Visits as stored, wherever they are: the open ones in memory, the others in the store.

use byleave_app::App;
use byleave_app::ports::{VisitRow, VisitsWanted};
use byleave_domain::ids::{OrganizationId, VisitId};

use crate::problem::Refusal;
use crate::site::{Site, blocking};

/// The newest of the organization's visits that are wanted, newest first, the open ones with their present numbers.
pub(crate) async fn newest(
    site: &Site,
    wanted: impl Into<VisitsWanted>,
    count: u64,
) -> Result<Vec<VisitRow>, Refusal> {
    let (app, wanted) = (site.app.clone(), wanted.into());
    let rows = blocking(move || app.visits_past(wanted, count)).await?.map_err(Refusal::failed)?;
    Ok(rows.into_iter().map(|row| present(&site.app, row.visit.id).unwrap_or(row)).collect())
}

/// One visit of this organization.
pub(crate) async fn find(
    site: &Site,
    organization: OrganizationId,
    id: VisitId,
) -> Result<Option<VisitRow>, Refusal> {
    let app = site.app.clone();
    let row = blocking(move || app.visit_row(id)).await?.map_err(Refusal::failed)?;
    Ok(row.filter(|row| row.visit.organization == organization))
}

fn present(app: &App, id: VisitId) -> Option<VisitRow> {
    app.world().visits.get(&id).map(|open| open.row.clone())
}
