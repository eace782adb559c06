//! Changes of security contacts: announced, agreed to by two desk people, objected to by any present contact.

use std::fmt::Display;
use std::str::FromStr;

use axum::Json;
use axum::extract::{Path, State};
use byleave_api::v1;
use byleave_app::caller::Caller;
use byleave_app::contacts::{NewContact, Wanted};
use byleave_domain::change_request::By;
use byleave_domain::contact_change::{ContactChange, ContactChangeEnd};
use byleave_domain::ids::{ChangeRequestId, ContactId, DeskPersonId, OrganizationId, to_hex};
use byleave_domain::signature::Signature;
use byleave_domain::text::{Email, Name, Phone};
use jiff::Timestamp;

use crate::api::change_requests::{FormFile, evidence, key_signature, reader};
use crate::api::contacts::public_key;
use crate::api::page::{Listed, Page, by_age};
use crate::api::{Asked, Asker, Body, Created, Desk, Sent, organization};
use crate::problem::{Refusal, read};
use crate::site::Site;

/// `GET /v1/organizations/{organization}/contact-changes`, oldest first.
pub(crate) async fn list(
    State(site): State<Site>,
    asker: Asker,
    Path(named): Path<String>,
    Asked(page): Asked<Page>,
) -> Result<Listed<v1::ContactChange>, Refusal> {
    let id = organization(&site, &asker, &named, true)?;
    let changes = page.of(of(&site, id), |change| by_age(change.announced_at, change.id))?;
    Ok(changes.shown(|change| view(&change, &asker, site.app.now())))
}

/// `POST /v1/organizations/{organization}/contact-changes`: announces a change.
pub(crate) async fn create(
    State(site): State<Site>,
    asker: Asker,
    Path(named): Path<String>,
    Body(wanted): Body<v1::ContactChangeCreate>,
) -> Result<Created<v1::ContactChange>, Refusal> {
    let id = organization(&site, &asker, &named, true)?;
    let by = match asker.0 {
        Caller::DeskPerson(by) => By::Desk(by),
        Caller::Admin => By::Nobody,
        other => return Err(Refusal::elsewhere(other, "desk people and the administrator")),
    };
    let change = site.app.contact_change_begin(id, by, wish(&wanted)?).await?;
    Ok(Created::at(format!("/v1/contact-changes/{}", change.id), view(&change, &asker, site.app.now())))
}

/// `GET /v1/contact-changes/{id}`
pub(crate) async fn show(
    State(site): State<Site>,
    asker: Asker,
    Path(id): Path<String>,
) -> Result<Json<v1::ContactChange>, Refusal> {
    let change = visible(&site, &asker, &id)?;
    Ok(Json(view(&change, &asker, site.app.now())))
}

/// `POST /v1/contact-changes/{id}/agree`: the text of [`show`]'s `agreement`, signed with the desk person's key.
pub(crate) async fn agree(
    State(site): State<Site>,
    Desk(by): Desk,
    Path(id): Path<String>,
    Body(signed): Body<v1::Change>,
) -> Result<Json<v1::ContactChange>, Refusal> {
    let signature = key_signature(&signed.signature)?.into();
    let change = agreed(&site, parse_id(&id)?, by, (signed.statement, signature)).await?;
    Ok(Json(view(&change, &Asker(Caller::DeskPerson(by)), site.app.now())))
}

/// `POST /v1/contact-changes/{id}/end`: the desk calls it off.
pub(crate) async fn end(
    State(site): State<Site>,
    Desk(by): Desk,
    Path(id): Path<String>,
) -> Result<Json<v1::ContactChange>, Refusal> {
    let asker = Asker(Caller::DeskPerson(by));
    let id = visible(&site, &asker, &id)?.id;
    let change = site.app.contact_change_end(id, By::Desk(by)).await?;
    Ok(Json(view(&change, &asker, site.app.now())))
}

/// `POST /v1/contact-changes/{id}/returns`: the body is the signed form.
pub(crate) async fn take_return(
    State(site): State<Site>,
    Desk(by): Desk,
    Path(id): Path<String>,
    Sent(bytes): Sent,
) -> Result<Json<v1::ContactChange>, Refusal> {
    let asker = Asker(Caller::DeskPerson(by));
    let id = visible(&site, &asker, &id)?.id;
    let change = site.app.contact_change_return(id, By::Desk(by), bytes).await?;
    Ok(Json(view(&change, &asker, site.app.now())))
}

/// `GET /v1/contact-changes/{id}/form`
pub(crate) async fn form(
    State(site): State<Site>,
    asker: Asker,
    Path(id): Path<String>,
) -> Result<FormFile, Refusal> {
    let change = visible(&site, &asker, &id)?;
    let form = change.form.as_ref().ok_or_else(|| Refusal::not_found("form"))?;
    let name = format!("{}.pdf", change.id.number());
    evidence(&site, form.evidence, reader(&asker)?, &name).await.map(FormFile)
}

/// An organization's changes, oldest first.
pub(crate) fn of(site: &Site, organization: OrganizationId) -> Vec<ContactChange> {
    let world = site.app.world();
    let all = world.contact_changes.values().map(|(change, _)| change);
    let mut own: Vec<_> = all.filter(|change| change.organization == organization).cloned().collect();
    own.sort_by_key(|change| change.announced_at);
    own
}

/// Takes a desk person's agreement as it was sent.
pub(crate) async fn agreed(
    site: &Site,
    id: ChangeRequestId,
    by: DeskPersonId,
    (text, signature): (String, Signature),
) -> Result<ContactChange, Refusal> {
    Ok(site.app.contact_change_agree(id, by, text, signature).await?)
}

/// What is to be changed, as it was sent. What a kind does not need is read all the same.
pub(crate) fn wish(wanted: &v1::ContactChangeCreate) -> Result<Wanted, Refusal> {
    let v1::ContactChangeCreate { kind, contact, name, email, phone, key } = wanted;
    let contact = sent::<ContactId>("contact", contact)?;
    let name = sent::<Name>("name", name)?;
    let email = sent::<Email>("email", email)?;
    let phone = sent::<Phone>("phone", phone)?;
    let key = key.as_deref().map(public_key).transpose()?;
    let need = |what: &str| Refusal::unfit(what, "", format!("to `{kind}`, say `{what}`"));
    let (phone, contact) = (phone.ok_or_else(|| need("phone")), contact.ok_or_else(|| need("contact")));
    let new = |phone| {
        let (name, email) = (name.ok_or_else(|| need("name"))?, email.ok_or_else(|| need("email"))?);
        Ok::<_, Refusal>(NewContact { name, email, phone, key })
    };
    Ok(match kind.as_str() {
        "add" => Wanted::Add(new(phone?)?),
        "replace" => Wanted::Replace(contact?, new(phone?)?),
        "number" => Wanted::Number(contact?, phone?),
        "successor" => Wanted::Successor(new(phone?)?),
        other => {
            let why = format!("the kind `{other}` is none of `add`, `replace`, `number`, `successor`");
            return Err(Refusal::unfit("kind", other, why));
        }
    })
}

fn sent<T: FromStr<Err: Display>>(field: &str, text: &Option<String>) -> Result<Option<T>, Refusal> {
    text.as_deref().map(|text| read(field, text)).transpose()
}

/// The word for where a change stands.
pub(crate) const fn state_word(change: &ContactChange) -> &'static str {
    match change.ended {
        None => "open",
        Some((ContactChangeEnd::Made, _)) => "made",
        Some((ContactChangeEnd::Vetoed(_), _)) => "vetoed",
        Some((ContactChangeEnd::Refused(_), _)) => "refused",
        Some((ContactChangeEnd::Expired, _)) => "expired",
    }
}

pub(crate) fn parse_id(text: &str) -> Result<ChangeRequestId, Refusal> {
    text.parse().map_err(|_| missing())
}

fn visible(site: &Site, asker: &Asker, id: &str) -> Result<ContactChange, Refusal> {
    let world = site.app.world();
    let found = parse_id(id).ok().and_then(|id| world.contact_changes.get(&id)).map(|(change, _)| change);
    let visible = match asker.0 {
        Caller::Admin | Caller::DeskPerson(_) => found,
        Caller::Contact(_, own) | Caller::Organization(own) => found.filter(|c| c.organization == own),
        Caller::Subject(_) => {
            return Err(Refusal::elsewhere(asker.0, "desk people and the organization"));
        }
    };
    visible.cloned().ok_or_else(missing)
}

fn view(change: &ContactChange, asker: &Asker, now: Timestamp) -> v1::ContactChange {
    let wanted = &change.particulars;
    let agreement = match asker.0 {
        Caller::DeskPerson(by) if change.is_open() => Some(change.text(by, now)),
        _ => None,
    };
    v1::ContactChange {
        id: change.id.to_string(),
        number: change.id.number(),
        organization: change.organization.to_string(),
        kind: change.kind.to_string(),
        contact: wanted.contact.to_string(),
        name: wanted.name.to_string(),
        email: wanted.email.to_string(),
        phone: wanted.phone.to_string(),
        key: wanted.key.map(|key| to_hex(&key.0)),
        state: state_word(change).to_owned(),
        announced_at: change.announced_at.to_string(),
        in_force_from: change.in_force_from().to_string(),
        agreed_by: change.agreements.iter().map(|agreement| agreement.by.to_string()).collect(),
        form: change
            .form
            .as_ref()
            .map(|form| v1::FormSent { sha256: to_hex(&form.sha256), version: form.version.clone() }),
        returned: change.returned.as_ref().map(|returned| returned.strength.clone()),
        agreement,
    }
}

fn missing() -> Refusal {
    Refusal::not_found("change of contacts")
}
