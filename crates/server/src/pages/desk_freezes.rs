//! `/desk/freezes`: keep everybody out, or one employer's people, in two steps; and sign to let them in again.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use byleave_app::world::World;
use byleave_domain::freeze::{Freeze, FreezeScope, LIFTERS};
use byleave_domain::ids::{DeskPersonId, FreezeId};
use byleave_domain::text::{Name, Reason};
use serde::Deserialize;

use crate::api::freezes as shared;
use crate::auth::Known;
use crate::form::Posted;
#[cfg(test)]
use crate::pages::samples::{Sample, sample};
use crate::pages::signing::{Signed, Signer};
use crate::pages::{Frame, render, see};
use crate::problem::Refusal;
use crate::site::Site;
use crate::text::{Moment, Text, filters};

#[derive(Template)]
#[template(path = "desk_freezes.html")]
struct FreezesPage {
    frame: Frame,
    employers: Vec<String>,
    freezes: Vec<Row>,
}

#[derive(Template)]
#[template(path = "desk_freeze_confirm.html")]
struct ConfirmPage {
    frame: Frame,
    employer: String,
    whom: Text,
    reason: String,
    people: usize,
    visits: usize,
    organizations: usize,
}

#[derive(Template)]
#[template(path = "desk_freeze.html")]
struct FreezePage {
    frame: Frame,
    freeze: Row,
    /// Right after it was begun.
    receipt: Option<Receipt>,
    /// What this desk person signs to lift it.
    text: String,
    signer: Signer,
    /// Whether this desk person has signed.
    has_signed: bool,
    takes: usize,
}

struct Receipt {
    /// Connections that were reset.
    reset: usize,
    /// Visits that were ended.
    visits: usize,
    /// Organizations whose log tells of it, and how many there are.
    told: (usize, usize),
}

struct Row {
    id: String,
    whom: Text,
    reason: String,
    in_force: bool,
    since: Moment,
    by: String,
    approved_by: Vec<String>,
    lifted: Option<Moment>,
}

#[derive(Deserialize)]
pub(crate) struct Wanted {
    /// Empty for everybody.
    #[serde(default)]
    employer: String,
    reason: String,
    #[serde(default)]
    confirmed: String,
}

/// `GET /desk/freezes`
pub(crate) async fn list(State(site): State<Site>, known: Known) -> Result<Response, Refusal> {
    known.desk_person()?;
    let frame = Frame::new(&site, Some(&known));
    let page = {
        let world = site.app.world();
        let mut freezes: Vec<_> = world.freezes.values().collect();
        freezes.sort_by_key(|freeze| (!freeze.is_in_force(), std::cmp::Reverse(freeze.at)));
        let freezes = freezes.into_iter().map(|freeze| row(&world, freeze)).collect();
        FreezesPage { frame, employers: employers(&world), freezes }
    };
    render(StatusCode::OK, &page)
}

/// `POST /desk/freezes`: first says what would happen; the second time, confirmed, it does.
pub(crate) async fn create(
    State(site): State<Site>,
    Posted { known, fields }: Posted<Wanted>,
) -> Result<Response, Refusal> {
    let by = known.desk_person()?;
    let employer = Some(fields.employer.as_str()).filter(|name| !name.is_empty());
    if fields.confirmed != "yes" {
        return confirm(&site, &known, employer, &fields.reason);
    }
    let receipt = shared::begun(&site, by, employer, &fields.reason).await.map_err(back)?;
    let shown = Receipt {
        reset: receipt.connections,
        visits: receipt.visits,
        told: (receipt.recorded, receipt.organizations),
    };
    page(&site, &known, receipt.freeze.id, Some(shown))
}

fn confirm(site: &Site, known: &Known, employer: Option<&str>, reason: &str) -> Result<Response, Refusal> {
    let scope = match employer {
        None => FreezeScope::Everybody,
        Some(name) => FreezeScope::Employer(name.parse::<Name>().map_err(Refusal::invalid).map_err(back)?),
    };
    let reason: Reason = reason.parse().map_err(Refusal::invalid).map_err(back)?;
    let frame = Frame::new(site, Some(known));
    let page = {
        let world = site.app.world();
        let employer_of = |id| world.subjects.get(id).map(|subject| &subject.employer);
        let people = world.subjects.keys().filter(|id| scope.covers(employer_of(id))).count();
        let open = world.visits.values().filter(|open| open.row.visit.ended.is_none());
        let visits = open.filter(|open| scope.covers(employer_of(&open.row.visit.subject))).count();
        ConfirmPage {
            frame,
            employer: employer.unwrap_or_default().to_owned(),
            whom: whom(employer),
            reason: reason.to_string(),
            people,
            visits,
            organizations: world.organizations.len(),
        }
    };
    render(StatusCode::OK, &page)
}

/// `GET /desk/freezes/{id}`
pub(crate) async fn show(
    State(site): State<Site>,
    known: Known,
    Path(id): Path<String>,
) -> Result<Response, Refusal> {
    known.desk_person()?;
    page(&site, &known, shared::parse_id(&id)?, None)
}

/// `POST /desk/freezes/{id}/lift`: the desk person's signature, as the page's script sends it.
pub(crate) async fn lift(
    State(site): State<Site>,
    Path(id): Path<String>,
    Posted { known, fields }: Posted<Signed>,
) -> Result<Response, Refusal> {
    let by = known.desk_person()?;
    let id = shared::parse_id(&id)?;
    shared::lifted(&site, id, by, fields.read(&site, &known).await?).await?;
    Ok(see(&format!("/desk/freezes/{id}")))
}

fn page(site: &Site, known: &Known, id: FreezeId, receipt: Option<Receipt>) -> Result<Response, Refusal> {
    let signer = known.desk_person()?;
    let frame = Frame::new(site, Some(known));
    let page = {
        let world = site.app.world();
        let freeze = world.freezes.get(&id).ok_or_else(shared::missing)?;
        FreezePage {
            frame,
            freeze: row(&world, freeze),
            receipt,
            text: freeze.lift(signer, site.app.now()).to_text(),
            signer: Signer::new(site, &world, known)?,
            has_signed: freeze.approvals.iter().any(|signed| signed.lift.by == signer),
            takes: LIFTERS,
        }
    };
    render(StatusCode::OK, &page)
}

fn row(world: &World, freeze: &Freeze) -> Row {
    let name = |id: DeskPersonId| {
        world.desk_people.get(&id).map_or_else(|| id.to_string(), |person| person.name.to_string())
    };
    Row {
        id: freeze.id.to_string(),
        whom: whom(shared::employer(freeze)),
        reason: freeze.reason.to_string(),
        in_force: freeze.is_in_force(),
        since: Moment(freeze.at),
        by: name(freeze.by),
        approved_by: freeze.approvals.iter().map(|signed| name(signed.lift.by)).collect(),
        lifted: freeze.lifted_at.map(Moment),
    }
}

/// Whom a freeze keeps out.
pub(super) fn whom(employer: Option<&str>) -> Text {
    match employer {
        None => Text::of("desk-everybody"),
        Some(name) => Text::of("desk-everybody-of").arg("employer", name),
    }
}

/// Those who employ support people, by name.
fn employers(world: &World) -> Vec<String> {
    let mut names: Vec<_> = world.subjects.values().map(|subject| subject.employer.to_string()).collect();
    names.sort_unstable();
    names.dedup();
    names
}

fn back(why: Refusal) -> Refusal {
    Refusal { home: Some("/desk/freezes"), ..why }
}

#[cfg(test)]
pub(crate) fn samples() -> Vec<Sample> {
    use super::samples::moment;

    let frame = || Frame::of_person("Dana Example", "/desk");
    let row = |in_force: bool, employer| Row {
        id: format!("freeze_{}", if in_force { "1" } else { "2" }),
        whom: whom(employer),
        reason: "A subprocessor was broken into <and more>".to_owned(),
        in_force,
        since: moment(-5),
        by: "Dana Example".to_owned(),
        approved_by: if in_force { Vec::new() } else { vec!["Dana Example".into(), "Lee Example".into()] },
        lifted: (!in_force).then(|| moment(-1)),
    };
    let page = |in_force, receipt, key: bool, has_signed| FreezePage {
        frame: frame(),
        freeze: row(in_force, Some("Helpline Partners")),
        receipt,
        text: "byleave/lift/v1\nfreeze: freeze_1\nkeeps out: employer Helpline Partners\n".to_owned(),
        signer: Signer::sample(key, key),
        has_signed,
        takes: LIFTERS,
    };
    let list = |freezes| FreezesPage {
        frame: frame(),
        employers: vec!["Example Cloud".to_owned(), "Helpline Partners".to_owned()],
        freezes,
    };
    let confirm = ConfirmPage {
        frame: frame(),
        employer: String::new(),
        whom: whom(None),
        reason: "A subprocessor was broken into".to_owned(),
        people: 12,
        visits: 1,
        organizations: 10_000,
    };
    vec![
        sample("desk-freezes", list(vec![row(true, None), row(false, Some("Helpline Partners"))])),
        sample("desk-freezes-none", list(Vec::new())),
        sample("desk-freeze-confirm", confirm),
        sample(
            "desk-freeze-begun",
            page(true, Some(Receipt { reset: 3, visits: 1, told: (2, 5) }), true, false),
        ),
        sample("desk-freeze-signed", page(true, None, true, true)),
        sample("desk-freeze-no-key", page(true, None, false, false)),
        sample("desk-freeze-lifted", page(false, None, true, true)),
    ]
}
