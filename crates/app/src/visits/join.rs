//! One more request of somebody who is inside already, for the same reason: it goes under the visit that is open.

use byleave_domain::visit::Visit;
use jiff::Timestamp;

use crate::tokens::NotKnown;
use crate::visits::Opening;
use crate::world::{OpenVisit, World};
use crate::{App, NotWritten};

impl App {
    /// The open visit that `opening` would open once more. The lock for writing is for a token's first request alone.
    pub(super) fn same_visit(
        &self,
        opening: &Opening,
        epoch: u64,
        now: Timestamp,
    ) -> Result<Option<Visit>, NotWritten> {
        let entered = |open: &OpenVisit| opening.token.is_none_or(|token| open.tokens.contains(&token));
        let found = same_visit(&self.world(), opening, epoch, now)
            .map(|open| (entered(open), open.row.visit.clone()));
        match found {
            Some((false, _)) => join(&mut self.shared.world_mut(), opening, epoch, now),
            found => Ok(found.map(|(_, visit)| visit)),
        }
    }
}

/// The open visit that `opening` would open once more, from here on also entered with its token.
pub(super) fn join(
    world: &mut World,
    opening: &Opening,
    epoch: u64,
    now: Timestamp,
) -> Result<Option<Visit>, NotWritten> {
    // Revoked in the meantime: whoever revoked it looked for its visits already.
    let works = |id| world.token_by_id(id).is_some_and(|token| token.works(now));
    if !opening.token.is_none_or(works) {
        return Err(NotWritten::Refused(NotKnown::Unknown.to_string()));
    }
    let Some(visit) = same_visit(world, opening, epoch, now).map(|open| open.row.visit.clone()) else {
        return Ok(None);
    };
    if let Some(open) = world.visits.get_mut(&visit.id) {
        open.tokens.extend(opening.token);
    }
    Ok(Some(visit))
}

fn same_visit<'w>(world: &'w World, opening: &Opening, epoch: u64, now: Timestamp) -> Option<&'w OpenVisit> {
    let same = |open: &&OpenVisit| {
        let visit = &open.row.visit;
        visit.subject == opening.subject
            && visit.tool == opening.tool
            && visit.reason == opening.reason
            && visit.case == opening.case
            && visit.epoch == epoch
            && visit.end_at(now).is_none()
    };
    world.visits_open(opening.organization).find(same)
}
