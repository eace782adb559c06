//! Desk people, whom the configuration names.

use axum::Json;
use axum::extract::{Path, State};
use byleave_api::v1;
use byleave_domain::ids::DeskPersonId;

use crate::api::page::{Listed, Page};
use crate::api::{Asked, Body, Desk};
use crate::problem::{Refusal, read};
use crate::site::Site;

/// `GET /v1/desk-people`
pub(crate) async fn list(
    State(site): State<Site>,
    _: Desk,
    Asked(page): Asked<Page>,
) -> Result<Listed<v1::DeskPerson>, Refusal> {
    let world = site.app.world();
    let people = page.of(world.desk_people.values(), |person| person.id.to_string())?;
    Ok(people.shown(|person| v1::DeskPerson {
        id: person.id.to_string(),
        name: person.name.to_string(),
        email: person.email.to_string(),
        configured: world.desk_configured.contains(&person.id),
    }))
}

/// `POST /v1/desk-people/{id}/erase`: one who is none any more, for good, by another, who says why.
pub(crate) async fn erase(
    State(site): State<Site>,
    Desk(by): Desk,
    Path(id): Path<String>,
    Body(wanted): Body<v1::PersonErase>,
) -> Result<Json<v1::PersonErased>, Refusal> {
    let id: DeskPersonId = id.parse().map_err(|_| Refusal::not_found("desk person"))?;
    let reason = read("reason", &wanted.reason)?;
    let told = site.app.desk_person_erase(id, by, reason).await?;
    let organizations = told.iter().map(ToString::to_string).collect();
    Ok(Json(v1::PersonErased { id: id.to_string(), organizations }))
}
