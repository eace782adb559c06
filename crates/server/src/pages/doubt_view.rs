//! Doubts as the portal and the desk show them.

use byleave_app::world::World;
use byleave_domain::doubt::Doubt;
use byleave_domain::ids::VisitId;
use jiff::Timestamp;

use crate::pages::portal;
use crate::words;

/// One doubt.
pub(super) struct DoubtView {
    pub id: String,
    pub organization: String,
    /// The contact who raised it, or that a program did.
    pub by: String,
    pub at: String,
    /// What they wrote, as evidence.
    pub text: Option<String>,
    /// Until when the desk has to answer.
    pub due: String,
    pub overdue: bool,
    pub answered: Option<Answered>,
}

/// What the desk answered.
pub(super) struct Answered {
    pub by: String,
    pub at: String,
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
pub(super) fn state(world: &World, visit: VisitId, now: Timestamp) -> Option<String> {
    let newest = of(world, visit, now).pop()?;
    Some(match newest.answered {
        None => format!("not recognised: the desk answers by {}", newest.due),
        Some(answered) => format!("not recognised: answered {}", answered.at),
    })
}

pub(super) fn view(world: &World, doubt: &Doubt, now: Timestamp) -> DoubtView {
    let tenant = world.organizations.get(&doubt.organization);
    let answered = doubt.answer.map(|answer| {
        let by = world.desk_people.get(&answer.by).map(|person| person.name.to_string());
        Answered {
            by: by.unwrap_or_else(|| "a former desk person".to_owned()),
            at: words::instant(answer.at),
            text: answer.text.to_string(),
        }
    });
    DoubtView {
        id: doubt.id.to_string(),
        organization: tenant.map(|tenant| tenant.organization.name.to_string()).unwrap_or_default(),
        by: doubt.by.map_or_else(
            || "a program of the organization".to_owned(),
            |by| portal::contact(world, doubt.organization, by),
        ),
        at: words::instant(doubt.at),
        text: doubt.text.map(|text| text.to_string()),
        due: words::instant(doubt.due()),
        overdue: doubt.is_open() && doubt.due() < now,
        answered,
    }
}
