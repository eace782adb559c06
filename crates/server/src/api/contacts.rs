//! Security contacts. Read by the administrator and by the contacts' own organization.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use byleave_api::v1;
use byleave_app::caller::Caller;
use byleave_domain::contact::{PublicKey, SecurityContact};
use byleave_domain::ids::{ContactId, parse_hex, to_hex};

use crate::api::{Admin, Asker, Body, organization};
use crate::problem::Refusal;
use crate::site::Site;

/// `GET /v1/organizations/{organization}/contacts`
pub(crate) async fn list(
    State(site): State<Site>,
    asker: Asker,
    Path(named): Path<String>,
) -> Result<Json<Vec<v1::Contact>>, Refusal> {
    let id = organization(&site, &asker, &named, false)?;
    let world = site.app.world();
    let contacts = world.organizations.get(&id).map(|tenant| tenant.organization.contacts.as_slice());
    Ok(Json(contacts.unwrap_or_default().iter().map(view).collect()))
}

/// `POST /v1/organizations/{organization}/contacts`
pub(crate) async fn create(
    State(site): State<Site>,
    _: Admin,
    Path(named): Path<String>,
    Body(wanted): Body<v1::ContactCreate>,
) -> Result<(StatusCode, Json<v1::Contact>), Refusal> {
    let organization = organization(&site, &Asker(Caller::Admin), &named, false)?;
    let name = wanted.name.parse().map_err(Refusal::invalid)?;
    let email = wanted.email.parse().map_err(Refusal::invalid)?;
    let phone = wanted.phone.parse().map_err(Refusal::invalid)?;
    let key = wanted.key.as_deref().map(key).transpose()?;
    let id = site.app.contact_create(organization, name, email, phone, key).await?;
    find(&site, id).map(|contact| (StatusCode::CREATED, Json(view(&contact)))).ok_or_else(missing)
}

/// `GET /v1/contacts/{id}`
pub(crate) async fn show(
    State(site): State<Site>,
    asker: Asker,
    Path(id): Path<String>,
) -> Result<Json<v1::Contact>, Refusal> {
    let contact = id.parse().ok().and_then(|id| find(&site, id));
    let visible = match asker.0 {
        Caller::Admin => contact,
        Caller::Contact(_, own) | Caller::Organization(own) => contact.filter(|c| c.organization == own),
        other @ (Caller::DeskPerson(_) | Caller::Subject(_)) => {
            return Err(Refusal::elsewhere(other, "the organization and the administrator"));
        }
    };
    visible.map(|contact| Json(view(&contact))).ok_or_else(missing)
}

fn find(site: &Site, id: ContactId) -> Option<SecurityContact> {
    let world = site.app.world();
    world.organization_of(id)?.organization.contacts.iter().find(|contact| contact.id == id).cloned()
}

fn key(text: &str) -> Result<PublicKey, Refusal> {
    let key = parse_hex(text).and_then(PublicKey::usable);
    key.ok_or_else(|| {
        Refusal::invalid(format!("the key `{text}` is not an Ed25519 public key in 64 lower-case hex digits"))
    })
}

fn missing() -> Refusal {
    Refusal::not_found("security contact")
}

fn view(contact: &SecurityContact) -> v1::Contact {
    v1::Contact {
        id: contact.id.to_string(),
        organization: contact.organization.to_string(),
        name: contact.name.to_string(),
        email: contact.email.to_string(),
        phone: contact.phone.to_string(),
        key: contact.key.map(|key| to_hex(&key.0)),
    }
}
