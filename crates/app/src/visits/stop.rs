//! The organization stops visits: its word takes away alone, so a session or a program of theirs is enough (K8).

use std::collections::BTreeSet;

use byleave_domain::ids::{ContactId, OrganizationId, VisitId};
use byleave_domain::visit::VisitEnd;
use jiff::Timestamp;

use crate::world::World;
use crate::{App, NotWritten};

/// What a stop has brought about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stopped {
    /// The visits that it ended; what was over already is not among them.
    pub visits: Vec<VisitId>,
    /// Connections that were reset.
    pub connections: usize,
}

impl App {
    /// Stops one open visit of an organization, or all that are open. Returns once their connections are reset, each of
    /// their requests has its end, and the log says who stopped them: this contact, or without one a program of the
    /// organization. The setting stays what it is. Goes on to its end whether or not the caller waits for it.
    ///
    /// # Errors
    /// [`NotWritten`]; the visits are over and cut all the same, and their entries follow.
    pub async fn visits_stop(
        &self,
        organization: OrganizationId,
        which: Option<VisitId>,
        by: Option<ContactId>,
    ) -> Result<Stopped, NotWritten> {
        let app = self.clone();
        let stopped = self.to_its_end(async move {
            let now = app.now();
            let (stopped, all) = stop(&mut app.shared.world_mut(), organization, which, by, now);
            // What something else has just ended is gone as well when this returns.
            let connections = app.enforcement.cut_visits(&all.iter().copied().collect::<BTreeSet<_>>()).await;
            app.write_closed(&all).await?;
            Ok(Stopped { visits: stopped, connections })
        });
        stopped.await?
    }
}

/// Ends them, and says which had not ended before, and which there were.
fn stop(
    world: &mut World,
    organization: OrganizationId,
    which: Option<VisitId>,
    by: Option<ContactId>,
    now: Timestamp,
) -> (Vec<VisitId>, Vec<VisitId>) {
    let (mut stopped, mut all) = (Vec::new(), Vec::new());
    for open in world.visits.values_mut() {
        let row = &mut open.row;
        let id = row.visit.id;
        if row.visit.organization != organization || which.is_some_and(|wanted| wanted != id) {
            continue;
        }
        all.push(id);
        if row.visit.ended.is_some() {
            continue;
        }
        // Time may have ended it already, and have been the reason of a refusal.
        let end = row.visit.end_at(now).unwrap_or(VisitEnd::StoppedByOrganization);
        row.visit.ended = Some((now, end));
        if end == VisitEnd::StoppedByOrganization {
            row.stopped_by = by;
            stopped.push(id);
        }
    }
    (stopped, all)
}
