//! `/desk/organizations/{organization}`: an organization's security contacts, calls to confirm them, and changes.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use byleave_app::evidence::Reader;
use byleave_app::notice_addresses::Notices;
use byleave_domain::change_request::By;
use byleave_domain::ids::{ChangeRequestId, ContactId, OrganizationId};
use serde::Deserialize;

use crate::api::change_requests::evidence;
use crate::api::contact_changes as shared;
use crate::auth::Known;
use crate::form::{Nothing, Posted, Uploaded};
use crate::pages::call_view;
use crate::pages::contact_view::{Announced, ChangeView, ContactView, changes, contacts, listed};
#[cfg(test)]
use crate::pages::samples::{Sample, sample};
use crate::pages::signing::{Signed, Signer};
use crate::pages::{Frame, render, see};
use crate::problem::Refusal;
use crate::site::Site;
use crate::text::filters;
use crate::words;

#[derive(Template)]
#[template(path = "desk_contacts.html")]
struct ContactsPage {
    frame: Frame,
    name: String,
    /// Where copies of what they are told go.
    notices: Notices,
    state: words::State,
    /// Entries of its log, and the newest checkpoint.
    log: (u64, String),
    /// Where a change is announced.
    action: String,
    contacts: Vec<ContactView>,
    /// Each with what the desk person signs who agrees, while it is open.
    changes: Vec<(ChangeView, String)>,
    signer: Signer,
}

#[derive(Deserialize)]
pub(crate) struct CallStep {
    step: String,
    #[serde(default)]
    heard: String,
    #[serde(default)]
    answer: String,
    #[serde(default)]
    without: String,
    #[serde(default)]
    text: String,
}

/// `GET /desk/organizations/{organization}`
pub(crate) async fn show(
    State(site): State<Site>,
    known: Known,
    Path(named): Path<String>,
) -> Result<Response, Refusal> {
    let signer = known.desk_person()?;
    let frame = Frame::new(&site, Some(&known));
    let now = site.app.now();
    let page = {
        let world = site.app.world();
        let tenant = world.organization(&named).ok_or_else(missing)?;
        let organization = &tenant.organization;
        let text = |view: &ChangeView| {
            let id = view.id.parse().ok();
            let change = id.and_then(|id: ChangeRequestId| world.contact_changes.get(&id));
            change.map(|(change, _)| change.text(signer, now)).unwrap_or_default()
        };
        ContactsPage {
            frame,
            name: organization.name.to_string(),
            notices: tenant.notices.clone(),
            state: words::state(organization),
            log: (tenant.log.edge.size(), tenant.log.checkpoint.clone()),
            action: format!("/desk/organizations/{}/contact-changes", organization.slug),
            contacts: contacts(&site, &world, organization, Some(signer)),
            changes: changes(&world, organization)
                .into_iter()
                .map(|change| {
                    let text = text(&change);
                    (change, text)
                })
                .collect(),
            signer: Signer::new(&site, &world, &known)?,
        }
    };
    render(StatusCode::OK, &page)
}

/// `POST /desk/organizations/{organization}/contact-changes`: announces a change.
pub(crate) async fn create(
    State(site): State<Site>,
    Path(named): Path<String>,
    Posted { known, fields }: Posted<Announced>,
) -> Result<Response, Refusal> {
    let by = known.desk_person()?;
    let organization =
        site.app.world().organization(&named).map(|tenant| tenant.organization.id).ok_or_else(missing)?;
    let wanted = shared::wish(&fields.into())?;
    site.app.contact_change_begin(organization, By::Desk(by), wanted).await.map_err(back)?;
    back_to(&site, organization)
}

/// `POST /desk/contact-changes/{id}/agree`: the desk person's signature, as the page's script sends it.
pub(crate) async fn agree(
    State(site): State<Site>,
    Path(id): Path<String>,
    Posted { known, fields }: Posted<Signed>,
) -> Result<Response, Refusal> {
    let by = known.desk_person()?;
    let change = shared::agreed(&site, shared::parse_id(&id)?, by, fields.read(&site, &known).await?).await?;
    back_to(&site, change.organization)
}

/// `POST /desk/contact-changes/{id}/end`: the desk calls it off.
pub(crate) async fn end(
    State(site): State<Site>,
    Path(id): Path<String>,
    form: Posted<Nothing>,
) -> Result<Response, Refusal> {
    let by = form.known.desk_person()?;
    let change = site.app.contact_change_end(shared::parse_id(&id)?, By::Desk(by)).await.map_err(back)?;
    back_to(&site, change.organization)
}

/// `POST /desk/contact-changes/{id}/return`: the form that the organization signed.
pub(crate) async fn take_return(
    State(site): State<Site>,
    Path(id): Path<String>,
    Uploaded { known, file }: Uploaded,
) -> Result<Response, Refusal> {
    let by = known.desk_person()?;
    let id = shared::parse_id(&id)?;
    let change = site.app.contact_change_return(id, By::Desk(by), file).await.map_err(back)?;
    back_to(&site, change.organization)
}

/// `GET /desk/contact-changes/{id}/form`
pub(crate) async fn form(
    State(site): State<Site>,
    known: Known,
    Path(id): Path<String>,
) -> Result<Response, Refusal> {
    let by = known.desk_person()?;
    let id = shared::parse_id(&id)?;
    let found = site.app.world().contact_changes.get(&id).and_then(|(change, _)| change.form.clone());
    let form = found.ok_or_else(|| Refusal::not_found("form"))?;
    evidence(&site, form.evidence, Reader::Desk(by), &format!("{}.pdf", id.number())).await
}

/// `POST /desk/contacts/{id}/call`: begins a call to confirm the contact, compares what was heard, or says what came of it.
pub(crate) async fn call(
    State(site): State<Site>,
    Path(id): Path<String>,
    Posted { known, fields }: Posted<CallStep>,
) -> Result<Response, Refusal> {
    let by = known.desk_person()?;
    let id: ContactId = id.parse().map_err(|_| missing())?;
    let organization =
        site.app.world().organization_of(id).map(|tenant| tenant.organization.id).ok_or_else(missing)?;
    let app = &site.app;
    match fields.step.as_str() {
        "call" => drop(app.contact_call_begin(id, by).map_err(back)?),
        "call_heard" => {
            call_view::told_on_page(app.contact_call_heard(id, by, &fields.heard)).map_err(back)?
        }
        "call_outcome" => {
            let (outcome, without) = call_view::outcome(&fields.answer, &fields.without)?;
            app.contact_call_made(id, by, outcome, without, &fields.text).await.map_err(back)?;
        }
        other => return Err(Refusal::invalid(format!("there is no step `{other}`"))),
    }
    back_to(&site, organization)
}

fn back_to(site: &Site, organization: OrganizationId) -> Result<Response, Refusal> {
    let world = site.app.world();
    let tenant = world.organizations.get(&organization).ok_or_else(missing)?;
    Ok(see(&format!("/desk/organizations/{}", tenant.organization.slug)))
}

fn back(why: byleave_app::setting::NotChanged) -> Refusal {
    Refusal { home: Some("/desk/organizations"), ..Refusal::from(why) }
}

fn missing() -> Refusal {
    Refusal::not_found("organization")
}

#[cfg(test)]
pub(crate) fn samples() -> Vec<Sample> {
    use std::collections::BTreeSet;

    use byleave_app::change_requests::Heard;

    use crate::pages::call_view::CallView;
    use crate::text::Text;

    let contact = |name: &str, calling: bool| ContactView {
        id: format!("contact_{}", name.len()),
        name: name.to_owned(),
        email: "robin@security.acme-rockets.example".to_owned(),
        phone: "+49 30 5550 0142".to_owned(),
        number_since: super::samples::moment(-8_000),
        standing: Text::of("standing-unconfirmed"),
        has_key: !calling,
        passkeys: if calling { Vec::new() } else { crate::pages::passkey_form::sample_rows(&["Laptop"]) },
        calls: if calling { Vec::new() } else { vec![call_view::sample_called(None)] },
        calling: calling
            .then(|| CallView { of_contact: true, ..call_view::sample_call(Heard::NotYet(3), 0) }),
    };
    let change = |open: bool| ChangeView {
        id: format!("change_{}", if open { 1 } else { 2 }),
        number: "CR-7F3A".to_owned(),
        what: Text::of("contact-change-add").arg("new", "Lou <Example> (lou@acme.example, +49 30 5550 0143)"),
        by: "Robin Example".to_owned(),
        announced_at: super::samples::moment(-26),
        from: super::samples::moment(142),
        agreed_by: Vec::new(),
        open,
        end: (!open).then(|| Text::of("contact-change-expired")),
        form: open.then(|| "ab".repeat(32)),
        returned: None,
    };
    let page = |contacts, changes, key: bool| ContactsPage {
        frame: Frame::of_person("Dana Example", "/desk"),
        name: "Gesellschaft für außerordentlich lange Firmennamen mbH".to_owned(),
        state: words::State {
            word: "disabled",
            icon: "lock",
            title: Text::of("state-disabled"),
            sentence: Text::of("state-confirmed"),
        },
        notices: Notices { addresses: BTreeSet::new(), asked: None },
        log: (4_711, "example/acme\n4711\n".to_owned()),
        action: "/desk/organizations/acme/contact-changes".to_owned(),
        contacts,
        changes,
        signer: Signer::sample(key, false),
    };
    let statement = "byleave/agreement/v1\nchange: change_1\n".to_owned();
    let full = page(
        vec![contact("Robin Example", false), contact("Sam <Example>", true)],
        vec![(change(true), statement), (change(false), String::new())],
        true,
    );
    vec![sample("desk-contacts", full), sample("desk-contacts-none", page(Vec::new(), Vec::new(), false))]
}
