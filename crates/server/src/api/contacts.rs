//! Security contacts. Read by the administrator and by the contacts' own organization.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use byleave_api::v1;
use byleave_app::caller::Caller;
use byleave_app::contacts::NewContact;
use byleave_app::setting::NotChanged;
use byleave_domain::contact::{PublicKey, SecurityContact};
use byleave_domain::contact_change::ContactChange;
use byleave_domain::ids::{ContactId, parse_hex, to_hex};
use jiff::Timestamp;

use crate::api::change_requests::call_result;
use crate::api::page::{Listed, Page};
use crate::api::{Admin, Asked, Asker, Body, Created, Desk, Told, organization};
use crate::openapi::{Answer, Operation};
use crate::problem::{Refusal, read};
use crate::site::Site;

/// A contact who was named just now.
pub(crate) enum Named {
    OnFile(Created<v1::Contact>),
    Announced(v1::Contact),
}

impl IntoResponse for Named {
    fn into_response(self) -> Response {
        match self {
            Self::OnFile(created) => created.into_response(),
            Self::Announced(contact) => {
                let change = contact.contact_change.as_deref().unwrap_or_default();
                let location = format!("/v1/contact-changes/{change}");
                (StatusCode::ACCEPTED, [(header::LOCATION, location)], Json(contact)).into_response()
            }
        }
    }
}

impl Answer for Named {
    fn describe(operation: &mut Operation<'_>) {
        Created::<v1::Contact>::describe(operation);
        operation.gives::<v1::Contact>(StatusCode::ACCEPTED);
        operation.located(StatusCode::ACCEPTED);
    }
}

/// `GET /v1/organizations/{organization}/contacts`
pub(crate) async fn list(
    State(site): State<Site>,
    asker: Asker,
    Path(named): Path<String>,
    Asked(page): Asked<Page>,
) -> Result<Listed<v1::Contact>, Refusal> {
    let id = organization(&site, &asker, &named, false)?;
    let now = site.app.now();
    let world = site.app.world();
    let contacts = world.organizations.get(&id).map(|tenant| tenant.organization.contacts.as_slice());
    let contacts = contacts.unwrap_or_default().iter();
    Ok(page.of(contacts, |contact| contact.id.to_string())?.shown(|contact| view(contact, now)))
}

/// `POST /v1/organizations/{organization}/contacts`: the first one is on file at once, any other is announced.
pub(crate) async fn create(
    State(site): State<Site>,
    _: Admin,
    Path(named): Path<String>,
    Body(wanted): Body<v1::ContactCreate>,
) -> Result<Named, Refusal> {
    let organization = organization(&site, &Asker(Caller::Admin), &named, false)?;
    let new = new_contact(&wanted.name, &wanted.email, &wanted.phone, wanted.key.as_deref())?;
    let (id, change) = site.app.contact_create(organization, new).await?;
    if let Some(change) = change {
        return Ok(Named::Announced(announced(&change)));
    }
    let contact = find(&site, id).ok_or_else(missing)?;
    Ok(Named::OnFile(Created::at(format!("/v1/contacts/{id}"), view(&contact, site.app.now()))))
}

/// `GET /v1/contacts/{id}`
pub(crate) async fn show(
    State(site): State<Site>,
    asker: Asker,
    Path(id): Path<String>,
) -> Result<Json<v1::Contact>, Refusal> {
    let contact = id.parse().ok().and_then(|id| find(&site, id));
    let visible = match asker.0 {
        Caller::Admin | Caller::DeskPerson(_) => contact,
        Caller::Contact(_, own) | Caller::Organization(own) => contact.filter(|c| c.organization == own),
        Caller::Subject(_) => {
            return Err(Refusal::elsewhere(asker.0, "the organization, desk people and the administrator"));
        }
    };
    visible.map(|contact| Json(view(&contact, site.app.now()))).ok_or_else(missing)
}

/// `POST /v1/contacts/{id}/calls`: a desk person is about to call, to confirm the contact.
pub(crate) async fn call(
    State(site): State<Site>,
    Desk(by): Desk,
    Path(id): Path<String>,
) -> Result<Told<v1::Call>, Refusal> {
    let id: ContactId = id.parse().map_err(|_| missing())?;
    let contact = find(&site, id).ok_or_else(missing)?;
    let calling = site.app.contact_call_begin(id, by)?;
    Ok(Told(v1::Call {
        phone: contact.phone.to_string(),
        on_file_since: contact.number_since.to_string(),
        desk_words: calling.words.unwrap_or_default(),
        until: calling.until.to_string(),
    }))
}

/// `POST /v1/contacts/{id}/calls/outcome`
pub(crate) async fn call_outcome(
    State(site): State<Site>,
    Desk(by): Desk,
    Path(id): Path<String>,
    Body(wanted): Body<v1::CallOutcome>,
) -> Result<Json<v1::Contact>, Refusal> {
    let id: ContactId = id.parse().map_err(|_| missing())?;
    find(&site, id).ok_or_else(missing)?;
    let (outcome, without, note) = call_result(&wanted)?;
    if let Some(heard) = &wanted.words {
        site.app.contact_call_heard(id, by, heard).map_err(NotChanged::from)?;
    }
    let contact = site.app.contact_call_made(id, by, outcome, without, &note).await?;
    Ok(Json(view(&contact, site.app.now())))
}

/// `POST /v1/contacts/{id}/erase`: one who is none any more, for good, by a desk person, who says why.
pub(crate) async fn erase(
    State(site): State<Site>,
    Desk(by): Desk,
    Path(id): Path<String>,
    Body(wanted): Body<v1::PersonErase>,
) -> Result<Json<v1::PersonErased>, Refusal> {
    let id: ContactId = id.parse().map_err(|_| missing())?;
    let reason = read("reason", &wanted.reason)?;
    let organization = site.app.contact_erase(id, by, reason).await?;
    Ok(Json(v1::PersonErased { id: id.to_string(), organizations: vec![organization.to_string()] }))
}

fn find(site: &Site, id: ContactId) -> Option<SecurityContact> {
    let world = site.app.world();
    world.organization_of(id)?.organization.contacts.iter().find(|contact| contact.id == id).cloned()
}

/// A contact to be, as it was sent.
pub(crate) fn new_contact(
    name: &str,
    email: &str,
    phone: &str,
    key: Option<&str>,
) -> Result<NewContact, Refusal> {
    Ok(NewContact {
        name: read("name", name)?,
        email: read("email", email)?,
        phone: read("phone", phone)?,
        key: key.map(public_key).transpose()?,
    })
}

pub(crate) fn public_key(text: &str) -> Result<PublicKey, Refusal> {
    let key = parse_hex(text).ok_or_else(|| {
        let why = format!("the key `{text}` is not an Ed25519 public key in 64 lower-case hex digits");
        Refusal::unfit("key", text, why)
    })?;
    PublicKey::usable(key).ok_or_else(|| {
        let why =
            format!("no signature can be checked with the key `{text}`; `byleave keygen` makes a good one");
        Refusal::refused("key", text, why)
    })
}

fn missing() -> Refusal {
    Refusal::not_found("security contact")
}

fn view(contact: &SecurityContact, now: Timestamp) -> v1::Contact {
    v1::Contact {
        id: contact.id.to_string(),
        organization: contact.organization.to_string(),
        name: contact.name.to_string(),
        email: contact.email.to_string(),
        phone: contact.phone.to_string(),
        key: contact.key.map(|key| to_hex(&key.0)),
        state: contact.standing(now).as_str().to_owned(),
        number_since: Some(contact.number_since.to_string()),
        contact_change: None,
    }
}

fn announced(change: &ContactChange) -> v1::Contact {
    let wanted = &change.particulars;
    v1::Contact {
        id: wanted.contact.to_string(),
        organization: change.organization.to_string(),
        name: wanted.name.to_string(),
        email: wanted.email.to_string(),
        phone: wanted.phone.to_string(),
        key: wanted.key.map(|key| to_hex(&key.0)),
        state: "announced".to_owned(),
        number_since: None,
        contact_change: Some(change.id.to_string()),
    }
}
