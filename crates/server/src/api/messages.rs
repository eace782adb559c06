//! Messages that came in without anybody to hold to them. A desk person opens a request from one, or dismisses it.

use axum::Json;
use axum::extract::{Path, State};
use byleave_api::v1;
use byleave_app::caller::Caller;
use byleave_app::messages::Opening;
use byleave_app::ports::MessageRow;
use byleave_domain::change_request::Items;
use byleave_domain::ids::MessageId;

use crate::api::change_requests::{action, created};
use crate::api::page::{Listed, Page, by_age};
use crate::api::{Asked, Asker, Body, Created, Desk, Sent, organization_named};
use crate::problem::{Refusal, read, words};
use crate::site::Site;

/// `POST /v1/messages`: takes in a message as it is, from a desk person or the mail system's pipe.
pub(crate) async fn create(
    State(site): State<Site>,
    asker: Asker,
    Sent(bytes): Sent,
) -> Result<Created<v1::Message>, Refusal> {
    if !matches!(asker.0, Caller::Admin | Caller::DeskPerson(_)) {
        return Err(Refusal::elsewhere(asker.0, "desk people and the administrator"));
    }
    let id = site.app.message_receive("piped", "", bytes).await?;
    let world = site.app.world();
    let row = world.messages.get(&id).ok_or_else(missing)?;
    Ok(Created::at(format!("/v1/messages/{id}"), view(row)))
}

/// `GET /v1/messages`: those that are held, oldest first.
pub(crate) async fn list(
    State(site): State<Site>,
    _: Desk,
    Asked(page): Asked<Page>,
) -> Result<Listed<v1::Message>, Refusal> {
    let world = site.app.world();
    Ok(page.of(world.messages.values(), |row| by_age(row.received_at, row.id))?.shown(view))
}

/// `GET /v1/messages/{id}`: its text.
pub(crate) async fn show(
    State(site): State<Site>,
    _: Desk,
    Path(id): Path<String>,
) -> Result<String, Refusal> {
    Ok(site.app.message_text(parse_id(&id)?).await?)
}

/// `POST /v1/messages/{id}/open`
pub(crate) async fn open(
    State(site): State<Site>,
    _: Desk,
    Path(id): Path<String>,
    Body(wanted): Body<v1::MessageOpen>,
) -> Result<Created<v1::ChangeRequest>, Refusal> {
    let organization = organization_named(&site, &wanted.organization)?;
    let opening = Opening {
        organization,
        wish: action(&wanted.action)?,
        contact: wanted.contact.as_deref().map(|contact| read("contact", contact)).transpose()?,
        items: Items {
            name: wanted.has_name,
            confirmation: wanted.has_confirmation,
            contact: wanted.has_contact,
        },
    };
    let request = site.app.message_open(parse_id(&id)?, opening).await?;
    created(&site, request.id)
}

/// `POST /v1/messages/{id}/attach`
pub(crate) async fn attach(
    State(site): State<Site>,
    _: Desk,
    Path(id): Path<String>,
    Body(wanted): Body<v1::MessageAttach>,
) -> Result<Created<v1::ChangeRequest>, Refusal> {
    let named = &wanted.change_request;
    let request = read("change_request", named)?;
    if !site.app.world().change_requests.contains_key(&request) {
        let why = format!("there is no change request `{named}`");
        return Err(Refusal::refused("change_request", named, why));
    }
    let request = site.app.message_attach(parse_id(&id)?, request).await?;
    created(&site, request.id)
}

/// `POST /v1/messages/{id}/dismiss`
pub(crate) async fn dismiss(
    State(site): State<Site>,
    Desk(by): Desk,
    Path(id): Path<String>,
    Body(wanted): Body<v1::MessageDismiss>,
) -> Result<Json<v1::Message>, Refusal> {
    let id = parse_id(&id)?;
    let message = site.app.world().messages.get(&id).map(view).ok_or_else(missing)?;
    site.app.message_dismiss(id, by, &words("reason", &wanted.reason)?).await?;
    Ok(Json(message))
}

pub(crate) fn parse_id(text: &str) -> Result<MessageId, Refusal> {
    text.parse().map_err(|_| missing())
}

pub(crate) fn missing() -> Refusal {
    Refusal::not_found("message")
}

fn view(row: &MessageRow) -> v1::Message {
    v1::Message {
        id: row.id.to_string(),
        way: row.way.clone(),
        claimed: row.claimed.clone(),
        received_at: row.received_at.to_string(),
    }
}
