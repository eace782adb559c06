//! `/portal/contacts`: who decides for the organization, and what is to change about that.

use std::collections::BTreeSet;

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use byleave_app::change_requests::Words;
use byleave_app::evidence::Reader;
use byleave_app::notice_addresses::Notices;
use byleave_domain::change_request::By;
use byleave_domain::contact_change::ContactChange;
use byleave_domain::ids::{ContactId, OrganizationId};
use byleave_domain::text::Email;
use serde::Deserialize;

use crate::api::change_requests::evidence;
use crate::api::contact_changes as shared;
use crate::api::organizations::notices;
use crate::auth::Known;
use crate::form::{Nothing, Posted, Uploaded};
use crate::pages::contact_view::{Announced, ChangeView, ContactView, changes, contacts, listed};
#[cfg(test)]
use crate::pages::samples::{Sample, at, long, sample};
use crate::pages::{Frame, render, see};
use crate::problem::Refusal;
use crate::site::Site;
use crate::text::filters;

const HERE: &str = "/portal/contacts";

#[derive(Template)]
#[template(path = "portal_contacts.html")]
struct ContactsPage {
    frame: Frame,
    /// Where a change is announced.
    action: &'static str,
    contacts: Vec<ContactView>,
    /// Where copies of what they are told go.
    notices: Notices,
    changes: Vec<ChangeView>,
    /// Of a call to confirm the contact who looks.
    words: Option<Words>,
}

/// The names of the form's fields, each with its address of these.
fn fields(all: &BTreeSet<Email>) -> [(&'static str, &str); 3] {
    let mut all = all.iter().map(Email::as_str);
    ["first", "second", "third"].map(|name| (name, all.next().unwrap_or_default()))
}

/// `GET /portal/contacts`
pub(crate) async fn show(State(site): State<Site>, known: Known) -> Result<Response, Refusal> {
    let (contact, id) = known.contact()?;
    let frame = Frame::new(&site, Some(&known));
    let words = site.app.contact_words(contact);
    let page = {
        let world = site.app.world();
        let tenant = world.organizations.get(&id).ok_or_else(|| Refusal::not_found("organization"))?;
        let organization = &tenant.organization;
        ContactsPage {
            frame,
            action: "/portal/contact-changes",
            contacts: contacts(&site, &world, organization, None),
            notices: tenant.notices.clone(),
            changes: changes(&world, organization),
            words,
        }
    };
    render(StatusCode::OK, &page)
}

/// Where copies are to go; empty fields name none.
#[derive(Deserialize)]
pub(crate) struct NoticesForm {
    #[serde(default)]
    first: String,
    #[serde(default)]
    second: String,
    #[serde(default)]
    third: String,
}

/// `POST /portal/notice-addresses`
pub(crate) async fn put_notices(
    State(site): State<Site>,
    Posted { known, fields }: Posted<NoticesForm>,
) -> Result<Response, Refusal> {
    let (by, organization) = known.contact()?;
    let NoticesForm { first, second, third } = fields;
    let wanted = [first, second, third].map(|address| address.trim().to_owned());
    let wanted: Vec<_> = wanted.into_iter().filter(|address| !address.is_empty()).collect();
    let home = |why| Refusal { home: Some(HERE), ..why };
    let addresses = notices(&site, &wanted, "").map_err(Refusal::together).map_err(home)?;
    let put = site.app.notice_addresses_put(organization, Some(by), addresses).await;
    put.map_err(Refusal::from).map_err(home)?;
    Ok(see(HERE))
}

/// `POST /portal/contact-changes`: announces a change.
pub(crate) async fn create(
    State(site): State<Site>,
    Posted { known, fields }: Posted<Announced>,
) -> Result<Response, Refusal> {
    let (by, organization) = known.contact()?;
    let wanted = shared::wish(&fields.into())?;
    site.app.contact_change_begin(organization, By::Contact(by), wanted).await.map_err(back)?;
    Ok(see(HERE))
}

/// `POST /portal/contact-changes/{id}/object`
pub(crate) async fn object(
    State(site): State<Site>,
    Path(id): Path<String>,
    form: Posted<Nothing>,
) -> Result<Response, Refusal> {
    let (by, _, change) = own(&site, &form.known, &id)?;
    site.app.contact_change_end(change.id, By::Contact(by)).await.map_err(back)?;
    Ok(see(HERE))
}

/// `POST /portal/contact-changes/{id}/return`: the signed form.
pub(crate) async fn take_return(
    State(site): State<Site>,
    Path(id): Path<String>,
    Uploaded { known, file }: Uploaded,
) -> Result<Response, Refusal> {
    let (by, _, change) = own(&site, &known, &id)?;
    site.app.contact_change_return(change.id, By::Contact(by), file).await.map_err(back)?;
    Ok(see(HERE))
}

/// `GET /portal/contact-changes/{id}/form`
pub(crate) async fn form(
    State(site): State<Site>,
    known: Known,
    Path(id): Path<String>,
) -> Result<Response, Refusal> {
    let (by, organization, change) = own(&site, &known, &id)?;
    let form = change.form.ok_or_else(|| Refusal::not_found("form"))?;
    let name = format!("{}.pdf", change.id.number());
    evidence(&site, form.evidence, Reader::Contact(by, organization), &name).await
}

/// The contact, and the change if it is their organization's.
fn own(site: &Site, known: &Known, id: &str) -> Result<(ContactId, OrganizationId, ContactChange), Refusal> {
    let (by, organization) = known.contact()?;
    let world = site.app.world();
    let found = shared::parse_id(id).ok().and_then(|id| world.contact_changes.get(&id));
    let change = found.map(|(change, _)| change).filter(|change| change.organization == organization);
    let change = change.ok_or_else(|| Refusal::not_found("change of contacts"))?;
    Ok((by, organization, change.clone()))
}

fn back(why: byleave_app::setting::NotChanged) -> Refusal {
    Refusal { home: Some(HERE), ..Refusal::from(why) }
}

#[cfg(test)]
pub(crate) fn samples() -> Vec<Sample> {
    use byleave_domain::change_request::WithoutWords;

    use crate::pages::call_view::sample_called;
    use crate::text::Text;

    let contact = |name: String, standing: Text, has_key| ContactView {
        id: "contact_1".to_owned(),
        email: format!("{name}@acme.example").to_lowercase(),
        name,
        phone: "+49 30 901820".to_owned(),
        number_since: at("07:00"),
        standing,
        has_key,
        passkeys: Vec::new(),
        calls: if has_key {
            vec![sample_called(None), sample_called(Some(WithoutWords::NoScreen))]
        } else {
            Vec::new()
        },
        calling: None,
    };
    let contacts = || {
        vec![
            contact("Dana".to_owned(), Text::of("standing-confirmed").arg("when", &at("08:00")), true),
            contact("Noor".to_owned(), Text::of("standing-unconfirmed"), false),
            contact(long(), Text::of("standing-due").arg("when", &at("08:00")), true),
        ]
    };
    let change = |what: Text, agreed: usize, end: Option<Text>| ChangeView {
        id: "change_1".to_owned(),
        number: "CC-0001".to_owned(),
        what,
        by: "Dana Example".to_owned(),
        announced_at: at("09:00"),
        from: at("21:00"),
        agreed_by: vec!["Robin Example".to_owned(); agreed],
        open: end.is_none(),
        end,
        form: Some("0f".repeat(32)),
        returned: Some(Text::of("strength-signed")),
    };
    let add = || Text::of("contact-change-add").arg("new", "Pat Example (pat@acme.example, +49 30 901821)");
    let number = || Text::of("contact-change-number").arg("name", long()).arg("phone", "+49 30 901822");
    let objected = Text::of("contact-change-end")
        .arg("how", Text::of("contact-change-vetoed").arg("who", "Noor Example"))
        .arg("when", &at("09:40"));
    let page = |contacts, changes| ContactsPage {
        frame: Frame::of_contact(),
        action: "/portal/contact-changes",
        contacts,
        notices: Notices::default(),
        changes,
        words: None,
    };
    let words = Words {
        desk: "copper lantern acorn".to_owned(),
        answer: "quiet harbour almond".to_owned(),
        until: at("18:00").0,
    };
    let changes = vec![change(add(), 0, None), change(number(), 2, None), change(add(), 1, Some(objected))];
    vec![
        sample("contacts", page(contacts(), Vec::new())),
        sample("contacts-called", ContactsPage { words: Some(words), ..page(contacts(), Vec::new()) }),
        sample("contacts-changes", page(contacts(), changes)),
    ]
}
