//! Messages from people whom nobody knows: the form on the help page, and what the desk makes of what came in.

use askama::Template;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use byleave_app::intake::{MAIL, MailRecord};
use byleave_app::messages::{HELP_PAGE, Opening};
use byleave_app::world::{Tenant, World};
use byleave_domain::change_request::{ChangeRequest, Items};
use byleave_domain::statement::Wish;
use serde::Deserialize;

use crate::api::change_requests::action;
use crate::api::messages::{missing, parse_id};
use crate::auth::Known;
use crate::form::{Posted, Uploaded};
use crate::pages::desk_find::{self, Find, Sought, contact_sent, organization_sent};
use crate::pages::help::{self, Ask, Field};
#[cfg(test)]
use crate::pages::mail_view;
use crate::pages::mail_view::MailView;
#[cfg(test)]
use crate::pages::samples::{Sample, sample};
use crate::pages::{Frame, render, see};
use crate::problem::{Refusal, read};
use crate::site::Site;
use crate::text::{Moment, Text, filters};
use crate::words;

/// Characters of the customer's name at most, as the form says.
const CLAIMED_MAX: usize = 120;
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
    way: Text,
    claimed: String,
    received_at: Moment,
    text: String,
    /// What is known of it, where it is a mail.
    mail: Option<MailView>,
    /// Whether it is proven to be a security contact's.
    is_proven: bool,
    /// Whose address it bears, where that is on file and nothing proves it.
    borne: Option<String>,
    likely: Likely,
    /// Whose it is.
    find: Find,
    /// That organization's open requests, which it may belong to: id, and what each is.
    requests: Vec<(String, Text)>,
    /// Id, and name with address, of that organization's.
    contacts: Vec<(String, String)>,
}

/// What a request from it is likely to be: chosen beforehand, for a person to look at.
struct Likely {
    /// Whom it is from by its address, or else says that it is from: looked for where nothing else is.
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
        claimed: Field::read(claimed, Some(Text::of("help-ask-customer-missing")), CLAIMED_MAX),
        contact: Field::read(contact, Some(Text::of("help-ask-contact-missing")), CONTACT_MAX),
        text: Field::read(text, None, TEXT_MAX),
        action: wish,
    };
    let wish = words::wish(action(&ask.action)?);
    if ask.is_wrong() {
        return help::again(&site, known.as_ref(), ask);
    }
    let Ask { claimed: Field { value: claimed, .. }, contact, text, .. } = ask;
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

/// `GET /desk/messages/{id}?find=…`
pub(crate) async fn show(
    State(site): State<Site>,
    known: Known,
    Path(id): Path<String>,
    Query(sought): Query<Sought>,
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
        let claimed = match record {
            Some(record) => record.organization_name.clone().unwrap_or_default(),
            None => row.claimed.clone(),
        };
        let likely = likely(&world, record, &claimed);
        let borne = Some(&likely.contact).filter(|_| !is_proven);
        let page = format!("/desk/messages/{id}");
        let find = Find::organization(&world, page, sought.find.as_deref().unwrap_or(&likely.organization));
        MessagePage {
            frame,
            id: id.to_string(),
            way: way(&row.way),
            claimed,
            received_at: Moment(row.received_at),
            text,
            mail: record.map(MailView::of),
            is_proven,
            borne: borne.and_then(|contact| on_file(&world, contact)),
            likely,
            requests: open_requests(&world, &find),
            contacts: desk_find::contacts(&world, &find),
            find,
        }
    };
    render(StatusCode::OK, &page)
}

/// The open requests of the organization that is chosen.
fn open_requests(world: &World, find: &Find) -> Vec<(String, Text)> {
    let chosen = find.chosen.as_ref().and_then(|chosen| world.organization(&chosen.value));
    let Some(Tenant { organization, .. }) = chosen else { return Vec::new() };
    let open = world.requests_of(organization.id).filter(|request| request.is_open());
    let choice = |request: &ChangeRequest| {
        let text = Text::of(match request.received.wish {
            Wish::Disabled => "desk-choice-disable",
            Wish::Enabled => "desk-choice-enable",
        });
        let text = text.arg("number", request.id.number()).arg("name", organization.name.as_str());
        (request.id.to_string(), text)
    };
    open.map(choice).collect()
}

/// A security contact's name, with the organization's.
fn on_file(world: &World, contact: &str) -> Option<String> {
    let id = contact.parse().ok()?;
    let organization = &world.organization_of(id)?.organization;
    let contact = organization.contacts.iter().find(|contact| contact.id == id)?;
    Some(format!("{} ({})", contact.name, organization.name))
}

fn likely(world: &World, record: Option<&MailRecord>, claimed: &str) -> Likely {
    let by_address = record.and_then(|record| world.organization(record.organization.as_deref()?));
    let action = match record.map(|record| record.action.as_str()) {
        Some("disable") => "disable",
        Some("enable") => "enable",
        // What is no mail is not read for it, and may ask for either.
        _ => "",
    };
    Likely {
        organization: by_address.map_or_else(|| claimed.to_owned(), |of| of.organization.id.to_string()),
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
            Ok(see("/desk/messages"))
        }
        "open" => {
            let opening = Opening {
                organization: organization_sent(&site.app.world(), &fields.organization)?,
                wish: action(&fields.action)?,
                contact: contact_sent(&fields.contact)?,
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

/// By which way a message came.
pub(super) fn way(word: &str) -> Text {
    Text::of(match word {
        HELP_PAGE => "desk-way-form",
        "uploaded" => "desk-way-uploaded",
        MAIL => "desk-way-mail",
        _ => "desk-way-piped",
    })
}

fn back(why: byleave_app::setting::NotChanged) -> Refusal {
    Refusal { home: Some("/desk/messages"), ..Refusal::from(why) }
}

#[cfg(test)]
pub(crate) fn samples() -> Vec<Sample> {
    use super::desk_find::samples::{among, choice, chosen, none, nothing};

    let at = "/desk/messages/message_1";
    let page = |mail: Option<MailView>, likely: Likely| MessagePage {
        frame: Frame::of_person("Dana Example", "/desk"),
        id: "message_1".to_owned(),
        way: way(if mail.is_some() { MAIL } else { HELP_PAGE }),
        claimed: "Acme <Rockets>".to_owned(),
        received_at: super::samples::moment(-2),
        text: "Dear all,\n\nplease disable <support> access.\n".repeat(30),
        is_proven: mail.as_ref().is_some_and(|mail| mail.proven),
        borne: mail.as_ref().filter(|mail| !mail.proven).map(|_| "Robin Example (Acme Rockets)".to_owned()),
        mail,
        requests: vec![(
            "change_1".to_owned(),
            Text::of("desk-choice-disable").arg("number", "CR-7F3A").arg("name", "Acme Rockets"),
        )],
        contacts: vec![("contact_1".to_owned(), "Robin Example (robin@acme.example)".to_owned())],
        likely,
        find: chosen(at, choice("Acme Rockets", "acme")),
    };
    let likely = |action| Likely {
        organization: String::new(),
        action,
        contact: "contact_1".to_owned(),
        items: Items { name: true, confirmation: false, contact: false },
    };
    let form = |find| MessagePage { requests: Vec::new(), find, ..page(None, likely("")) };
    let long = "Gesellschaft für außerordentlich lange Firmennamen und Donaudampfschifffahrt";
    let alike =
        || ["acme", "acme-1", "rockets-of-acme-in-the-north"].map(|slug| choice("Acme <Rockets>", slug));
    let several = alike().into_iter().chain([choice(long, "long")]).collect();
    vec![
        sample("message-sent", SentPage { frame: Frame::of_stranger() }),
        sample("desk-message-form", form(nothing(at))),
        sample("desk-message-form-none", form(none(at))),
        sample("desk-message-form-several", form(among(at, several))),
        sample("desk-message-form-chosen", form(chosen(at, choice(long, "long")))),
        sample("desk-message-hostile", page(Some(mail_view::sample_mail(true)), likely("disable"))),
        sample("desk-message-proven", page(Some(mail_view::sample_mail(false)), likely("disable"))),
    ]
}
