//! `/desk/change-requests/…`: one request on one screen, and what a desk person can do with it now.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use byleave_api::v1;
use byleave_app::change_requests::{Message, ReviewAct, Words};
use byleave_app::evidence::Reader;
use byleave_domain::approval::Approval;
use byleave_domain::change_request::{By, ChangeRequest, Items, ReviewOutcome, Source};
use byleave_domain::ids::{ChangeRequestId, DeskPersonId};
use byleave_domain::organization::Organization;
use byleave_domain::statement::Wish;
use byleave_domain::support_access::SupportAccess;
use jiff::Timestamp;
use serde::Deserialize;

use crate::api::change_requests as shared;
use crate::auth::Known;
use crate::form::{Posted, Uploaded};
use crate::pages::desk::key;
use crate::pages::request_view::{RequestView, view};
use crate::pages::{Frame, render, see};
use crate::problem::{Refusal, read};
use crate::site::Site;
use crate::text::{Text, filters};
use crate::words;

/// Times that are offered for the meeting.
const SLOTS: usize = 8;

#[derive(Template)]
#[template(path = "desk_request.html")]
struct RequestPage {
    frame: Frame,
    request: RequestView,
    now: Now,
    contacts: Vec<ContactRow>,
    words: Option<Words>,
    signer: DeskPersonId,
    /// The desk person's public key, 64 hex digits.
    key: Option<String>,
    /// What an approval would say.
    approval: String,
    implications: Vec<String>,
    /// Times for the meeting: the value to send, and how it reads.
    slots: Vec<(String, String)>,
}

#[derive(Template)]
#[template(path = "desk_compare.html")]
struct ComparePage {
    frame: Frame,
    id: String,
    number: String,
    sent: String,
    returned: String,
}

/// What can be done now.
struct Now {
    review: bool,
    meet: bool,
    returned: bool,
    call: bool,
    provisional: bool,
    approve: bool,
}

struct ContactRow {
    id: String,
    name: String,
    email: String,
    phone: String,
    since: String,
    standing: Text,
}

#[derive(Deserialize)]
pub(crate) struct Taken {
    organization: String,
    action: String,
    text: String,
    #[serde(default)]
    contact: String,
    #[serde(default)]
    has_name: Option<String>,
    #[serde(default)]
    has_confirmation: Option<String>,
    #[serde(default)]
    has_contact: Option<String>,
}

#[derive(Deserialize)]
pub(crate) struct StepWanted {
    step: String,
    #[serde(default)]
    text: String,
    #[serde(default)]
    question: String,
    #[serde(default)]
    answer: String,
    #[serde(default)]
    contact: String,
}

#[derive(Deserialize)]
pub(crate) struct Signed {
    statement: String,
    signature: String,
}

/// `POST /desk/change-requests`: a message that was pasted.
pub(crate) async fn create(
    State(site): State<Site>,
    Posted { known, fields }: Posted<Taken>,
) -> Result<Response, Refusal> {
    known.desk_person()?;
    let organization = {
        let world = site.app.world();
        let found = world.organization(&fields.organization).map(|tenant| tenant.organization.id);
        found.ok_or_else(|| Refusal::not_found("organization"))?
    };
    let contact = Some(fields.contact.trim()).filter(|contact| !contact.is_empty());
    let message = Message {
        wish: shared::action(&fields.action)?,
        source: Source::Unauthenticated,
        contact: contact.map(|contact| read("contact", contact)).transpose()?,
        items: Items {
            name: fields.has_name.is_some(),
            confirmation: fields.has_confirmation.is_some(),
            contact: fields.has_contact.is_some(),
        },
        text: fields.text,
    };
    let request = site.app.change_request_receive(organization, message).await.map_err(back)?;
    Ok(see(&address(request.id)))
}

/// `GET /desk/change-requests/{id}`
pub(crate) async fn show(
    State(site): State<Site>,
    known: Known,
    Path(id): Path<String>,
) -> Result<Response, Refusal> {
    let signer = known.desk_person()?;
    let id = shared::parse_id(&id)?;
    let frame = Frame::new(&site, Some(&known));
    let form_text = site.app.form_text();
    let slots = site.app.meeting_slots(SLOTS).into_iter();
    let slots = slots.map(|at| (at.to_string(), site.app.local_time(at))).collect();
    let page = {
        let world = site.app.world();
        let (tracked, others) = world.change_request(id).ok_or_else(missing)?;
        let request = &tracked.request;
        let organization = &world.organizations.get(&request.organization).ok_or_else(missing)?.organization;
        RequestPage {
            frame,
            request: view(&world, tracked, |at| site.app.local_time(at)),
            now: now(request, organization, &others),
            contacts: contacts(organization, site.app.now()),
            words: site.app.call_words(id),
            signer,
            key: key(&world, signer),
            approval: approval(request, organization, signer, site.app.now()),
            slots,
            implications: form_text.sections.into_iter().flat_map(|section| section.points).collect(),
        }
    };
    render(StatusCode::OK, &page)
}

/// `POST /desk/change-requests/{id}/step`
pub(crate) async fn step(
    State(site): State<Site>,
    Path(id): Path<String>,
    Posted { known, fields }: Posted<StepWanted>,
) -> Result<Response, Refusal> {
    let by = known.desk_person()?;
    let id = shared::parse_id(&id)?;
    let app = &site.app;
    let StepWanted { step, text, question, answer, contact } = fields;
    let note = Some(text.as_str()).filter(|text| !text.trim().is_empty());
    let taken = match step.as_str() {
        "begin" => app.change_request_review(id, by, ReviewAct::Begin).await.map(drop),
        "proceed" => app.change_request_review(id, by, ReviewAct::Proceed(None)).await.map(drop),
        "ask" => app.change_request_review(id, by, ReviewAct::Ask(text)).await.map(drop),
        "refuse" => app.change_request_review(id, by, ReviewAct::Refuse(text)).await.map(drop),
        "meeting" => app.meeting_set(id, By::Desk(by), shared::instant("text", &text)?).await.map(drop),
        "decline_time" => app.proposal_decline(id, by, read("evidence", &text)?).await.map(drop),
        "cancel_meeting" => app.meeting_cancel(id, By::Desk(by)).await.map(drop),
        "find" => app.finding(id, by, shared::question(&question)?, answer == "yes", &text).await.map(drop),
        "match" => app.form_match(id, by, answer == "yes", note).await.map(drop),
        "call" => app.call_begin(id, by, read("contact", &contact)?).await.map(drop),
        "call_outcome" => app.call_made(id, by, shared::outcome(&answer)?, &text).await.map(drop),
        other => return Err(Refusal::invalid(format!("there is no step `{other}`"))),
    };
    taken.map_err(back)?;
    Ok(see(&address(id)))
}

/// `POST /desk/change-requests/{id}/approve`: the desk person's signed approval, as the page's script sends it.
pub(crate) async fn approve(
    State(site): State<Site>,
    Path(id): Path<String>,
    Posted { known, fields }: Posted<Signed>,
) -> Result<Response, Refusal> {
    let by = known.desk_person()?;
    let id = shared::parse_id(&id)?;
    site.app.approve(id, by, shared::approval(&fields.into_change())?).await.map_err(back)?;
    Ok(see(&address(id)))
}

/// `POST /desk/change-requests/{id}/provisional`
pub(crate) async fn provisional(
    State(site): State<Site>,
    Path(id): Path<String>,
    Posted { known, fields }: Posted<Signed>,
) -> Result<Response, Refusal> {
    let by = known.desk_person()?;
    let id = shared::parse_id(&id)?;
    site.app.provisional(id, by, shared::approval(&fields.into_change())?).await.map_err(back)?;
    Ok(see(&address(id)))
}

/// `POST /desk/change-requests/{id}/return`: a form that came back by another way.
pub(crate) async fn take_return(
    State(site): State<Site>,
    Path(id): Path<String>,
    Uploaded { known, file }: Uploaded,
) -> Result<Response, Refusal> {
    let by = known.desk_person()?;
    let id = shared::parse_id(&id)?;
    site.app.form_return(id, By::Desk(by), file).await.map_err(back)?;
    Ok(see(&address(id)))
}

/// `GET /desk/change-requests/{id}/compare`: the form as sent beside the file that came back.
pub(crate) async fn compare(
    State(site): State<Site>,
    known: Known,
    Path(id): Path<String>,
) -> Result<Response, Refusal> {
    let by = known.desk_person()?;
    let id = shared::parse_id(&id)?;
    let [sent, returned] = site.app.form_texts(id, by).await.map_err(back)?;
    let frame = Frame::new(&site, Some(&known));
    render(StatusCode::OK, &ComparePage { frame, id: id.to_string(), number: id.number(), sent, returned })
}

/// `GET /desk/change-requests/{id}/form`
pub(crate) async fn form(
    State(site): State<Site>,
    known: Known,
    Path(id): Path<String>,
) -> Result<Response, Refusal> {
    let by = known.desk_person()?;
    let id = shared::parse_id(&id)?;
    let form = {
        let world = site.app.world();
        world.change_requests.get(&id).and_then(|tracked| tracked.request.form.clone())
    };
    let form = form.ok_or_else(|| Refusal::not_found("form"))?;
    shared::evidence(&site, form.evidence, Reader::Desk(by), &format!("{}.pdf", id.number())).await
}

/// `GET /desk/change-requests/{id}/invitation`
pub(crate) async fn invitation(
    State(site): State<Site>,
    known: Known,
    Path(id): Path<String>,
) -> Result<Response, Refusal> {
    known.desk_person()?;
    shared::invitation_file(&site, shared::parse_id(&id)?)
}

/// `GET /desk/evidence/{id}`
pub(crate) async fn evidence(
    State(site): State<Site>,
    known: Known,
    Path(id): Path<String>,
) -> Result<Response, Refusal> {
    let by = known.desk_person()?;
    let id = id.parse().map_err(|_| Refusal::not_found("evidence"))?;
    shared::evidence(&site, id, Reader::Desk(by), "evidence").await
}

impl Signed {
    pub(super) fn into_change(self) -> v1::Change {
        v1::Change { statement: self.statement, signature: self.signature }
    }
}

fn now(request: &ChangeRequest, organization: &Organization, others: &[&ChangeRequest]) -> Now {
    let going_on =
        request.is_open() && request.review.is_some_and(|review| review.outcome == ReviewOutcome::Proceeds);
    let disable = request.received.wish == Wish::Disabled;
    let disabled = matches!(organization.setting.access, SupportAccess::Disabled { .. });
    Now {
        review: request.is_open() && !going_on,
        meet: going_on && disable,
        returned: going_on && disable && request.returned.is_some(),
        call: going_on && !disable && request.received.statement.is_none(),
        provisional: going_on && disable && !disabled,
        approve: request.approvable(organization, others).is_ok() && !request.fully_approved(),
    }
}

fn contacts(organization: &Organization, now: Timestamp) -> Vec<ContactRow> {
    let row = |contact: &byleave_domain::contact::SecurityContact| ContactRow {
        id: contact.id.to_string(),
        name: contact.name.to_string(),
        email: contact.email.to_string(),
        phone: contact.phone.to_string(),
        since: words::instant(contact.number_since),
        standing: words::standing(contact.standing(now)),
    };
    organization.contacts.iter().map(row).collect()
}

fn approval(
    request: &ChangeRequest,
    organization: &Organization,
    by: DeskPersonId,
    now: Timestamp,
) -> String {
    let approval = Approval {
        organization: organization.id,
        epoch: request.epoch_wanted(organization),
        wish: request.received.wish,
        change_request: request.id,
        call: request.call_entry(),
        by,
        issued: now,
    };
    approval.to_text()
}

fn address(id: ChangeRequestId) -> String {
    format!("/desk/change-requests/{id}")
}

fn back(why: byleave_app::setting::NotChanged) -> Refusal {
    Refusal { home: Some("/desk"), ..Refusal::from(why) }
}

fn missing() -> Refusal {
    Refusal::not_found("change request")
}
