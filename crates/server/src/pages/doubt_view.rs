//! Doubts as the portal and the desk show them.

use byleave_app::world::World;
use byleave_domain::doubt::Doubt;
use byleave_domain::ids::VisitId;
use jiff::Timestamp;

use crate::pages::portal;
use crate::text::{Moment, Text};

/// One doubt.
pub(super) struct DoubtView {
    pub id: String,
    pub organization: String,
    /// The contact who raised it, or that a program did.
    pub by: String,
    pub at: Moment,
    /// What they wrote, as evidence.
    pub text: Option<String>,
    /// Until when the desk has to answer.
    pub due: Moment,
    pub overdue: bool,
    pub answered: Option<Answered>,
}

/// What the desk answered.
pub(super) struct Answered {
    pub by: String,
    pub at: Moment,
    /// As evidence.
    pub text: String,
}

/// The doubts about one visit, oldest first.
pub(super) fn of(world: &World, visit: VisitId, now: Timestamp) -> Vec<DoubtView> {
    views(world, now, |doubt| doubt.visit == visit)
}

/// Those that wait for the desk, the one that is due first on top.
pub(super) fn open(world: &World, now: Timestamp) -> Vec<DoubtView> {
    views(world, now, Doubt::is_open)
}

fn views(world: &World, now: Timestamp, wanted: impl Fn(&Doubt) -> bool) -> Vec<DoubtView> {
    let all = world.doubts.values().map(|(doubt, _)| doubt);
    let mut found: Vec<_> = all.filter(|doubt| wanted(doubt)).collect();
    found.sort_by_key(|doubt| (doubt.at, doubt.id));
    found.into_iter().map(|doubt| view(world, doubt, now)).collect()
}

/// Where the newest doubt about a visit stands, in a word or two.
pub(super) fn state(world: &World, visit: VisitId, now: Timestamp) -> Option<Text> {
    let newest = of(world, visit, now).pop()?;
    Some(match newest.answered {
        None => Text::of("doubt-waits").arg("when", &newest.due),
        Some(answered) => Text::of("doubt-answered").arg("when", &answered.at),
    })
}

pub(super) fn view(world: &World, doubt: &Doubt, now: Timestamp) -> DoubtView {
    let tenant = world.organizations.get(&doubt.organization);
    let answered = doubt.answer.map(|answer| {
        let by = world.desk_people.get(&answer.by).map(|person| person.name.to_string());
        Answered {
            by: by.unwrap_or_else(|| Text::of("doubt-former-desk").plain()),
            at: Moment(answer.at),
            text: answer.text.to_string(),
        }
    });
    DoubtView {
        id: doubt.id.to_string(),
        organization: tenant.map(|tenant| tenant.organization.name.to_string()).unwrap_or_default(),
        by: doubt.by.map_or_else(
            || Text::of("doubt-program").plain(),
            |by| portal::contact(world, doubt.organization, by),
        ),
        at: Moment(doubt.at),
        text: doubt.text.map(|text| text.to_string()),
        due: Moment(doubt.due()),
        overdue: doubt.is_open() && doubt.due() < now,
        answered,
    }
}
