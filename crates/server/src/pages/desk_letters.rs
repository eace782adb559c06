//! `/desk/letters`: what went to security contacts, what became of it, and who does not get theirs.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use byleave_app::letters::Overview;
use byleave_app::ports::LetterState;
use byleave_app::world::World;
use byleave_domain::ids::OrganizationId;

use crate::api::letters;
use crate::auth::Known;
#[cfg(test)]
use crate::pages::samples::{Sample, sample};
use crate::pages::{Frame, render};
use crate::problem::Refusal;
use crate::site::Site;
use crate::text::{Moment, Text, filters};

#[derive(Template)]
#[template(path = "desk_letters.html")]
struct LettersPage {
    frame: Frame,
    alarms: Vec<Alarm>,
    /// How many wait, and since when the oldest does.
    waiting: (usize, Option<Moment>),
    letters: Vec<Row>,
}

/// A contact, or a notice address, that does not get its letters.
pub(super) struct Alarm {
    pub contact: String,
    pub organization: String,
    pub slug: String,
    pub said: String,
    pub since: Moment,
}

struct Row {
    id: String,
    written: Moment,
    to: String,
    organization: String,
    about: String,
    state: Text,
    /// Whether somebody has to look at it.
    bad: bool,
    attempts: Text,
    next: Option<Moment>,
    said: String,
}

/// `GET /desk/letters`
pub(crate) async fn show(State(site): State<Site>, known: Known) -> Result<Response, Refusal> {
    known.desk_person()?;
    let overview = site.app.letters_overview().await?;
    let page = {
        let world = site.app.world();
        LettersPage {
            frame: Frame::new(&site, Some(&known)),
            alarms: alarms(&world, &overview),
            waiting: (overview.waiting, overview.oldest.map(Moment)),
            letters: overview
                .letters
                .iter()
                .map(|(row, written)| {
                    let view = letters::view(row, written);
                    Row {
                        written: Moment(row.written_at),
                        organization: named(&world, row.organization).0,
                        about: about(&view.text, &view.event, &view.number),
                        state: state(row.state),
                        bad: row.state.did_not_arrive(),
                        attempts: Text::of("desk-letter-tries").arg("number", u64::from(row.attempts)),
                        next: view.next_at.is_some().then_some(Moment(row.next_at)),
                        id: view.id,
                        to: view.to,
                        said: view.said,
                    }
                })
                .collect(),
        }
    };
    render(StatusCode::OK, &page)
}

/// Who did not get a letter lately at the address that is on file.
pub(super) fn alarms(world: &World, overview: &Overview) -> Vec<Alarm> {
    let mut alarms = Vec::new();
    for (row, written) in overview.undelivered(world) {
        let (organization, slug) = named(world, row.organization);
        alarms.push(Alarm {
            contact: if row.contact.is_some() { written.to_name.clone() } else { written.to_email.clone() },
            organization,
            slug,
            said: written.said.clone(),
            since: Moment(row.settled_at.unwrap_or(row.written_at)),
        });
    }
    alarms
}

fn named(world: &World, id: OrganizationId) -> (String, String) {
    let found = world.organizations.get(&id).map(|tenant| &tenant.organization);
    found.map(|o| (o.name.to_string(), o.slug.to_string())).unwrap_or_default()
}

const fn state(state: LetterState) -> Text {
    Text::of(match state {
        LetterState::Waiting => "desk-letter-waiting",
        LetterState::Sent => "desk-letter-sent",
        LetterState::Failed => "desk-letter-failed",
        LetterState::Bounced => "desk-letter-bounced",
    })
}

fn about(text: &str, event: &str, number: &str) -> String {
    let words = |word: &str| word.replace('_', " ");
    let number = if number.is_empty() { String::new() } else { format!(" {number}") };
    format!("{}{number}: {}", words(text), words(event))
}

#[cfg(test)]
pub(super) fn sample_alarm() -> Alarm {
    Alarm {
        contact: "Robin Example".to_owned(),
        organization: "Acme Rockets".to_owned(),
        slug: "acme".to_owned(),
        said: "550 5.1.1 nobody <b>here</b> by that name".to_owned(),
        since: super::samples::moment(-26),
    }
}

#[cfg(test)]
pub(crate) fn samples() -> Vec<Sample> {
    use super::samples::moment;

    let row = |id: &str, at, said: &str| Row {
        id: id.to_owned(),
        written: moment(-30),
        to: "a-very-long-address-of-somebody@security.department.acme-rockets.example".to_owned(),
        organization: "Acme Rockets".to_owned(),
        about: "request accepted CR-7F3A: form sent".to_owned(),
        state: state(at),
        bad: at.did_not_arrive(),
        attempts: Text::of("desk-letter-tries").arg("number", 3_u64),
        next: (at == LetterState::Waiting).then(|| moment(1)),
        said: said.to_owned(),
    };
    let page = |alarms, waiting, letters| LettersPage {
        frame: Frame::of_person("Dana Example", "/desk"),
        alarms,
        waiting,
        letters,
    };
    let letters = vec![
        row("letter_1", LetterState::Waiting, "421 4.3.2 busy, try again later"),
        row("letter_2", LetterState::Bounced, "550 5.1.1 nobody here by that name"),
        row("letter_3", LetterState::Sent, ""),
    ];
    vec![
        sample("desk-letters", page(vec![sample_alarm()], (1, Some(moment(-30))), letters)),
        sample("desk-letters-none", page(Vec::new(), (0, None), Vec::new())),
    ]
}
