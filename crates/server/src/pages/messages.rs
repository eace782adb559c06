//! Messages from people whom nobody knows: the form on the help page, and what the desk makes of what came in.

use askama::Template;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use byleave_app::intake::{MAIL, MailRecord};
use byleave_app::messages::{HELP_PAGE, Opening};
use byleave_app::world::{Tenant, World};
use byleave_domain::change_request::Items;
use serde::Deserialize;

use crate::api::change_requests::action;
use crate::api::messages::{missing, parse_id};
use crate::auth::Known;
use crate::form::{Posted, Uploaded};
use crate::pages::help::{self, Ask, Field};
use crate::pages::mail_view::MailView;
#[cfg(test)]
use crate::pages::samples::{Sample, sample};
use crate::pages::{Frame, render, see};
use crate::problem::{Refusal, read};
use crate::site::Site;
use crate::text::{Text, filters};
use crate::words;

/// Characters of the customer's name at most, as the form says.
const CUSTOMER_MAX: usize = 120;
/// Of whom to contact.
const CONTACT_MAX: usize = 200;
/// Of what else is said.
const TEXT_MAX: usize = 5_000;

#[derive(Template)]
#[template(path = "message_sent.html")]
struct SentPage {
    frame: Frame,
}

#[derive(Template)]
#[template(path = "desk_message.html")]
struct MessagePage {
    frame: Frame,
    id: String,
    way: &'static str,
    claimed: String,
    received_at: String,
    text: String,
    /// What is known of it, where it is a mail.
    mail: Option<MailView>,
    /// Whether it is proven to be a security contact's.
    is_proven: bool,
    /// Whose address it bears, where that is on file and nothing proves it.
    borne: Option<String>,
    likely: Likely,
    /// Open requests that it may belong to: id, and what each is.
    requests: Vec<(String, String)>,
    organizations: Vec<(String, String)>,
    contacts: Vec<(String, String)>,
}

/// What a request from it is likely to be: chosen beforehand, for a person to look at.
struct Likely {
    /// Its slug; empty where it is not plain.
    organization: String,
    /// Empty where it is not plain.
    action: &'static str,
    /// The contact's id; empty where the address is on no file.
    contact: String,
    items: Items,
}

#[derive(Deserialize)]
pub(crate) struct Sent {
    #[serde(rename = "customer", default)]
    claimed: String,
    #[serde(default)]
    action: String,
    #[serde(default)]
    text: String,
    #[serde(default)]
    contact: String,
}

#[derive(Deserialize)]
pub(crate) struct Made {
    step: String,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    change_request: String,
    #[serde(default)]
    organization: String,
    #[serde(default)]
    action: String,
    #[serde(default)]
    contact: String,
    #[serde(default)]
    has_name: Option<String>,
    #[serde(default)]
    has_confirmation: Option<String>,
    #[serde(default)]
    has_contact: Option<String>,
}

/// `POST /messages`: the form on the help page. Anybody can send it, so it is held for a person.
pub(crate) async fn send(
    State(site): State<Site>,
    known: Option<Known>,
    body: Bytes,
) -> Result<Response, Refusal> {
    let sent: Sent = serde_urlencoded::from_bytes(&body).map_err(Refusal::invalid)?;
    let Sent { claimed, action: wish, text, contact } = sent;
    let ask = Ask {
        customer: Field::read(claimed, Some(Text::of("help-ask-customer-missing")), CUSTOMER_MAX),
        contact: Field::read(contact, Some(Text::of("help-ask-contact-missing")), CONTACT_MAX),
        text: Field::read(text, None, TEXT_MAX),
        action: wish,
    };
    let wish = words::wish(action(&ask.action)?);
    if ask.is_wrong() {
        return help::again(&site, known.as_ref(), ask);
    }
    let Ask { customer: Field { value: claimed, .. }, contact, text, .. } = ask;
    let (contact, text) = (contact.value, text.value);
    let message = format!(
        "Customer: {claimed}\nAsks to: {wish} support access\nWhom to contact: {contact}\n\n{text}\n"
    );
    site.app.message_receive(HELP_PAGE, &claimed, message.into_bytes()).await?;
    render(StatusCode::OK, &SentPage { frame: Frame::new(&site, known.as_ref()) })
}

/// `POST /desk/messages`: a message as a file.
pub(crate) async fn upload(
    State(site): State<Site>,
    Uploaded { known, file }: Uploaded,
) -> Result<Response, Refusal> {
    known.desk_person()?;
    let id = site.app.message_receive("uploaded", "", file).await?;
    Ok(see(&format!("/desk/messages/{id}")))
}

/// `GET /desk/messages/{id}`
pub(crate) async fn show(
    State(site): State<Site>,
    known: Known,
    Path(id): Path<String>,
) -> Result<Response, Refusal> {
    known.desk_person()?;
    let id = parse_id(&id)?;
    let frame = Frame::new(&site, Some(&known));
    let is_mail = site.app.world().messages.get(&id).ok_or_else(missing)?.way == MAIL;
    let (text, mail) = if is_mail {
        let (mail, text) = site.app.mail_text(id).await?;
        (text, Some(mail))
    } else {
        (site.app.message_text(id).await?, None)
    };
    let record = mail.as_ref().map(|mail| &mail.record);
    let is_proven = record.is_some_and(|record| record.proven);
    let page = {
        let world = site.app.world();
        let row = world.messages.get(&id).ok_or_else(missing)?;
        let open = world.change_requests.values().map(|tracked| &tracked.request);
        let open = open.filter(|request| request.is_open()).filter_map(|request| {
            let name = &world.organizations.get(&request.organization)?.organization.name;
            let wish = words::wish(request.received.wish);
            let number = request.id.number();
            Some((request.id.to_string(), format!("{number}: {name}, to {wish} support access")))
        });
        let organizations = world.organizations.values().map(|tenant| &tenant.organization);
        let claimed = match record {
            Some(record) => record.organization_name.clone().unwrap_or_default(),
            None => row.claimed.clone(),
        };
        let likely = likely(&world, record, &claimed);
        let contacts = organizations.clone().flat_map(|organization| {
            let label = |name: &dyn std::fmt::Display| format!("{name} ({})", organization.name);
            organization.contacts.iter().map(move |c| (c.id.to_string(), label(&c.name)))
        });
        let contacts: Vec<_> = contacts.collect();
        let borne = contacts.iter().find(|(id, _)| !is_proven && *id == likely.contact);
        MessagePage {
            frame,
            id: id.to_string(),
            way: way(&row.way),
            claimed,
            received_at: words::instant(row.received_at),
            text,
            mail: mail.as_ref().map(MailView::of),
            is_proven,
            borne: borne.map(|(_, name)| name.clone()),
            likely,
            requests: open.collect(),
            contacts,
            organizations: organizations.map(|o| (o.slug.to_string(), o.name.to_string())).collect(),
        }
    };
    render(StatusCode::OK, &page)
}

fn likely(world: &World, record: Option<&MailRecord>, claimed: &str) -> Likely {
    let by_address = record.and_then(|record| world.organization(record.organization.as_deref()?));
    let is_named = |tenant: &&Tenant| {
        let names = [tenant.organization.name.as_str(), tenant.organization.slug.as_str()];
        names.iter().any(|name| name.eq_ignore_ascii_case(claimed.trim()))
    };
    let organization = by_address.or_else(|| world.organizations.values().find(is_named));
    let action = match record.map(|record| record.action.as_str()) {
        Some("disable") => "disable",
        Some("enable") => "enable",
        // What is no mail is not read for it, and may ask for either.
        _ => "",
    };
    Likely {
        organization: organization.map(|tenant| tenant.organization.slug.to_string()).unwrap_or_default(),
        action,
        contact: record.and_then(|record| record.sender.clone()).unwrap_or_default(),
        items: record.map_or_else(Items::default, |record| Items {
            name: record.organization_name.is_some(),
            confirmation: record.confirmation,
            contact: record.contact.is_some(),
        }),
    }
}

/// `POST /desk/messages/{id}`: a request is opened from it, or it is dismissed.
pub(crate) async fn settle(
    State(site): State<Site>,
    Path(id): Path<String>,
    Posted { known, fields }: Posted<Made>,
) -> Result<Response, Refusal> {
    let by = known.desk_person()?;
    let id = parse_id(&id)?;
    match fields.step.as_str() {
        "dismiss" => {
            site.app.message_dismiss(id, by, &fields.reason).await.map_err(back)?;
            Ok(see("/desk"))
        }
        "open" => {
            let found = site.app.world().organization(&fields.organization).map(|t| t.organization.id);
            let contact = Some(fields.contact.trim()).filter(|contact| !contact.is_empty());
            let opening = Opening {
                organization: found.ok_or_else(|| Refusal::not_found("organization"))?,
                wish: action(&fields.action)?,
                contact: contact.map(|contact| read("contact", contact)).transpose()?,
                items: Items {
                    name: fields.has_name.is_some(),
                    confirmation: fields.has_confirmation.is_some(),
                    contact: fields.has_contact.is_some(),
                },
            };
            let request = site.app.message_open(id, opening).await.map_err(back)?;
            Ok(see(&format!("/desk/change-requests/{}", request.id)))
        }
        "attach" => {
            let request = read("change_request", &fields.change_request)?;
            let request = site.app.message_attach(id, request).await.map_err(back)?;
            Ok(see(&format!("/desk/change-requests/{}", request.id)))
        }
        other => Err(Refusal::invalid(format!("there is no step `{other}`"))),
    }
}

/// By which way a message came, in words.
pub(super) fn way(word: &str) -> &'static str {
    match word {
        HELP_PAGE => "the form on the help page",
        "uploaded" => "uploaded at the desk",
        MAIL => "mail",
        _ => "piped in from a mail system",
    }
}

fn back(why: byleave_app::setting::NotChanged) -> Refusal {
    Refusal { home: Some("/desk"), ..Refusal::from(why) }
}

#[cfg(test)]
pub(crate) fn samples() -> Vec<Sample> {
    vec![sample("message-sent", SentPage { frame: Frame::of_stranger() })]
}
