//! `/desk/letters`: what went to security contacts, what became of it, and who does not get theirs.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use byleave_app::letters::Overview;
use byleave_app::world::World;
use byleave_domain::ids::OrganizationId;

use crate::api::letters;
use crate::auth::Known;
use crate::pages::{Frame, render};
use crate::problem::Refusal;
use crate::site::Site;
use crate::text::filters;
use crate::words;

#[derive(Template)]
#[template(path = "desk_letters.html")]
struct LettersPage {
    frame: Frame,
    alarms: Vec<Alarm>,
    waiting: String,
    letters: Vec<Row>,
}

/// A contact, or a notice address, that does not get its letters.
pub(super) struct Alarm {
    pub contact: String,
    pub organization: String,
    pub slug: String,
    pub said: String,
    pub since: String,
}

struct Row {
    id: String,
    written: String,
    to: String,
    organization: String,
    about: String,
    state: &'static str,
    /// Whether somebody has to look at it.
    bad: bool,
    attempts: String,
    next: Option<String>,
    said: String,
}

/// `GET /desk/letters`
pub(crate) async fn show(State(site): State<Site>, known: Known) -> Result<Response, Refusal> {
    known.desk_person()?;
    let overview = site.app.letters_overview().await?;
    let page = {
        let world = site.app.world();
        let oldest = overview.oldest.map(|at| format!(", the oldest since {}", words::instant(at)));
        LettersPage {
            frame: Frame::new(&site, Some(&known)),
            alarms: alarms(&world, &overview),
            waiting: words::count(overview.waiting, "letter waits", "letters wait")
                + &oldest.unwrap_or_default(),
            letters: overview
                .letters
                .iter()
                .map(|(row, written)| {
                    let view = letters::view(row, written);
                    Row {
                        written: words::instant(row.written_at),
                        organization: named(&world, row.organization).0,
                        about: about(&view.text, &view.event, &view.number),
                        state: row.state.as_str(),
                        bad: row.state.did_not_arrive(),
                        attempts: words::count(row.attempts as usize, "try", "tries"),
                        next: view.next_at.is_some().then(|| words::instant(row.next_at)),
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
            since: words::instant(row.settled_at.unwrap_or(row.written_at)),
        });
    }
    alarms
}

fn named(world: &World, id: OrganizationId) -> (String, String) {
    let found = world.organizations.get(&id).map(|tenant| &tenant.organization);
    found.map(|o| (o.name.to_string(), o.slug.to_string())).unwrap_or_default()
}

fn about(text: &str, event: &str, number: &str) -> String {
    let words = |word: &str| word.replace('_', " ");
    let number = if number.is_empty() { String::new() } else { format!(" {number}") };
    format!("{}{number}: {}", words(text), words(event))
}
