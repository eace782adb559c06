//! Doubts: raised by an organization about one of its visits, answered by the desk.

use axum::Json;
use axum::extract::{Path, State};
use byleave_api::v1;
use byleave_app::caller::Caller;
use byleave_app::world::World;
use byleave_domain::doubt::Doubt;
use byleave_domain::ids::DoubtId;

use crate::api::page::{Listed, Page, by_age};
use crate::api::visits::{known, own};
use crate::api::{Asked, Asker, Body, Created, Desk};
use crate::problem::{Refusal, words};
use crate::site::Site;

/// `GET /v1/doubts`, oldest first.
pub(crate) async fn list(
    State(site): State<Site>,
    asker: Asker,
    Asked(page): Asked<Page>,
) -> Result<Listed<v1::Doubt>, Refusal> {
    let world = site.app.world();
    let seen = page.of(visible(&world, asker.0)?, |doubt| by_age(doubt.at, doubt.id))?;
    Ok(seen.shown(view))
}

/// `POST /v1/organizations/{organization}/doubts`
pub(crate) async fn create(
    State(site): State<Site>,
    asker: Asker,
    Path(named): Path<String>,
    Body(wanted): Body<v1::DoubtCreate>,
) -> Result<Created<v1::Doubt>, Refusal> {
    let id = own(&site, &asker, &named)?;
    let visit = known(&site, id, &wanted.visit).await?;
    let text = wanted.text.as_deref().map(|text| words("text", text)).transpose()?;
    let doubt = site.app.doubt_raise(id, visit, None, text.as_deref()).await?;
    Ok(Created::at(format!("/v1/doubts/{}", doubt.id), view(&doubt)))
}

/// `GET /v1/doubts/{id}`
pub(crate) async fn show(
    State(site): State<Site>,
    asker: Asker,
    Path(id): Path<String>,
) -> Result<Json<v1::Doubt>, Refusal> {
    let world = site.app.world();
    let id = parse_id(&id)?;
    let doubt = visible(&world, asker.0)?.find(|doubt| doubt.id == id).ok_or_else(missing)?;
    Ok(Json(view(doubt)))
}

/// `POST /v1/doubts/{id}/answer`
pub(crate) async fn answer(
    State(site): State<Site>,
    Desk(by): Desk,
    Path(id): Path<String>,
    Body(answer): Body<v1::DoubtAnswer>,
) -> Result<Json<v1::Doubt>, Refusal> {
    let text = words("text", &answer.text)?;
    Ok(Json(view(&site.app.doubt_answer(parse_id(&id)?, by, &text).await?)))
}

/// The desk sees all, an organization its own.
fn visible(world: &World, caller: Caller) -> Result<impl Iterator<Item = &Doubt>, Refusal> {
    let own = match caller {
        Caller::DeskPerson(_) => None,
        Caller::Contact(_, own) | Caller::Organization(own) => Some(own),
        Caller::Admin | Caller::Subject(_) => {
            return Err(Refusal::elsewhere(caller, "desk people and organizations"));
        }
    };
    let all = world.doubts.values().map(|(doubt, _)| doubt);
    Ok(all.filter(move |doubt| own.is_none_or(|own| doubt.organization == own)))
}

pub(crate) fn parse_id(text: &str) -> Result<DoubtId, Refusal> {
    text.parse().map_err(|_| missing())
}

pub(crate) fn missing() -> Refusal {
    Refusal::not_found("doubt")
}

fn view(doubt: &Doubt) -> v1::Doubt {
    v1::Doubt {
        id: doubt.id.to_string(),
        organization: doubt.organization.to_string(),
        visit: doubt.visit.to_string(),
        by: doubt.by.map(|by| by.to_string()),
        at: doubt.at.to_string(),
        text: doubt.text.map(|text| text.to_string()),
        state: if doubt.is_open() { "open" } else { "answered" }.to_owned(),
        due: doubt.due().to_string(),
        answered_by: doubt.answer.map(|answer| answer.by.to_string()),
        answered_at: doubt.answer.map(|answer| answer.at.to_string()),
        answer: doubt.answer.map(|answer| answer.text.to_string()),
    }
}
