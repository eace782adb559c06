//! Reading visits.

use byleave_app::ports::{StoreError, VisitRow, VisitSum, VisitsWanted};
use byleave_domain::ids::{ContactId, OrganizationId, SubjectId, ToolId, VisitId};
use byleave_domain::month::Month;
use byleave_domain::visit::Visit;
use jiff::Timestamp;
use rusqlite::params;

use super::{View, bounded, list, one};
use crate::row::{self, Reading};
use crate::seal::Place;
use crate::sql;

pub(crate) fn visit(view: View<'_>, id: VisitId) -> Result<Option<VisitRow>, StoreError> {
    one(view, "visit", sql::VISIT_LOAD, params![id.as_bytes()], visit_row)
}

pub(crate) fn visits(view: View<'_>, wanted: &VisitsWanted, count: u64) -> Result<Vec<VisitRow>, StoreError> {
    let (at, after) = behind(wanted.after);
    let bounds = params![
        wanted.organization.as_bytes(),
        wanted.from.as_microsecond(),
        wanted.until.as_microsecond(),
        at,
        after,
        wanted.subject.as_ref().map(SubjectId::as_bytes),
        wanted.tool.as_ref().map(ToolId::as_bytes),
        bounded(count),
    ];
    list(view, "visit", sql::VISIT_LIST, bounds, visit_row)
}

pub(crate) fn visits_over(
    view: View<'_>,
    subject: SubjectId,
    after: Option<(Timestamp, VisitId)>,
    count: u64,
) -> Result<Vec<VisitRow>, StoreError> {
    let (at, after) = behind(after);
    let bounds = params![subject.as_bytes(), at, after, bounded(count)];
    list(view, "visit", sql::VISIT_LIST_OVER_OF, bounds, visit_row)
}

/// A place in the order of visits. Nothing was opened as late as where it begins.
fn behind(after: Option<(Timestamp, VisitId)>) -> (i64, [u8; 16]) {
    after.map_or((i64::MAX, [0; 16]), |(at, id)| (at.as_microsecond(), *id.as_bytes()))
}

pub(crate) fn visits_summed(
    view: View<'_>,
    organization: OrganizationId,
    month: Month,
) -> Result<Vec<VisitSum>, StoreError> {
    let (begin, end) = (month.begin().as_microsecond(), month.end().as_microsecond());
    list(view, "visit", sql::VISIT_SUM, params![end, organization.as_bytes(), begin], |reading| {
        Ok(VisitSum {
            tool: ToolId::from_bytes(reading.get("tool")?),
            subject: SubjectId::from_bytes(reading.get("subject")?),
            visits: reading.number("visits")?,
            lasted_us: reading.number("lasted")?,
        })
    })
}

pub(super) fn visit_row(reading: &Reading<'_>) -> Result<VisitRow, StoreError> {
    let ended = match reading.get::<Option<i64>>("ended_at")? {
        Some(_) => Some((reading.instant("ended_at")?, reading.word("ended_why", row::read_visit_end)?)),
        None => None,
    };
    let id: [u8; 16] = reading.get("id")?;
    let organization = OrganizationId::from_bytes(reading.get("organization")?);
    let stated = reading.texts(&Place::row("visit", Some(organization), &id))?;
    // None of a visitor who is erased; pages say so, since the visitor is gone as well.
    let [reason, case] = stated.unwrap_or_default();
    let visit = Visit {
        id: VisitId::from_bytes(id),
        organization,
        tool: ToolId::from_bytes(reading.get("tool")?),
        subject: SubjectId::from_bytes(reading.get("subject")?),
        reason: reading.of_optional(reason.as_ref())?,
        case: reading.of_optional(case.as_ref())?,
        epoch: reading.number("epoch")?,
        opened_at: reading.instant("opened_at")?,
        used_at: reading.instant("used_at")?,
        ended,
    };
    Ok(VisitRow {
        visit,
        entry: reading.number("entry")?,
        requests: reading.number("requests")?,
        assets: reading.number("assets")?,
        bytes_down: reading.number("bytes_down")?,
        stopped_by: reading.get::<Option<[u8; 16]>>("stopped_by")?.map(ContactId::from_bytes),
    })
}
