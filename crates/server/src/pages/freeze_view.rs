//! Freezes as those see them who are kept out, and those whom they protect: since when, why, and when it was over.

use byleave_app::world::{Tenant, World};
use byleave_domain::freeze::Freeze;

use crate::api::freezes::{concerns, employer};
use crate::text::{Moment, Text};

/// A freeze on an organization's page.
pub(super) struct FreezeView {
    pub whom: String,
    /// In force, and for everybody.
    pub closes: bool,
    pub reason: String,
    pub since: Moment,
    /// Place of its beginning in the organization's log; none while it is on its way there.
    pub entry: Option<u64>,
    pub lifted: Option<Moment>,
    /// Place of its end.
    pub lift_entry: Option<u64>,
}

/// All that concern an organization: those in force first, then the newest.
pub(super) fn of(world: &World, tenant: &Tenant) -> Vec<FreezeView> {
    let since = tenant.organization.created_at;
    let mut all: Vec<_> = world.freezes.values().filter(|freeze| concerns(freeze, since)).collect();
    all.sort_by_key(|freeze| (!freeze.is_in_force(), std::cmp::Reverse(freeze.at)));
    let view = |freeze: &Freeze| {
        let places = tenant.freezes.get(&freeze.id);
        FreezeView {
            whom: whom(employer(freeze)),
            closes: freeze.is_in_force() && employer(freeze).is_none(),
            reason: freeze.reason.to_string(),
            since: Moment(freeze.at),
            entry: places.map(|places| places.begin),
            lifted: freeze.lifted_at.map(Moment),
            lift_entry: places.and_then(|places| places.lift),
        }
    };
    all.into_iter().map(view).collect()
}

/// Whom a freeze keeps out.
pub(super) fn whom(employer: Option<&str>) -> String {
    let whom = match employer {
        None => Text::of("freeze-everybody"),
        Some(name) => Text::of("freeze-employer").arg("employer", name),
    };
    whom.plain()
}
