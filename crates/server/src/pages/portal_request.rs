//! `/portal/change-requests/…`: a security contact asks, and sees where a request stands.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use byleave_app::change_requests::{Message, Words};
use byleave_app::evidence::Reader;
use byleave_domain::change_request::{By, Items, Source};
use byleave_domain::ids::{ChangeRequestId, ContactId, OrganizationId};
use serde::Deserialize;

use crate::api::change_requests as shared;
use crate::auth::Known;
use crate::form::{Nothing, Posted, Uploaded};
use crate::pages::request_view::{RequestView, view};
#[cfg(test)]
use crate::pages::samples::{Sample, at, long, sample};
use crate::pages::{Frame, portal, render, see};
use crate::problem::Refusal;
use crate::site::Site;
use crate::text::{Text, filters};

/// Times that are offered for the meeting.
const SLOTS: usize = 8;

#[derive(Template)]
#[template(path = "portal_request.html")]
struct RequestPage {
    frame: Frame,
    request: RequestView,
    wish: Text,
    /// Whether a passkey of theirs may sign the form here.
    signs: bool,
    words: Option<Words>,
    /// Whether it waits for a call-back.
    awaits_call: bool,
    /// Times for the meeting: the value to send, and how it reads.
    slots: Vec<(String, String)>,
}

#[derive(Deserialize)]
pub(crate) struct Asked {
    action: String,
    text: String,
}

#[derive(Deserialize)]
pub(crate) struct Moved {
    start: String,
}

/// `GET /portal/change-requests/{id}`
pub(crate) async fn show(
    State(site): State<Site>,
    known: Known,
    Path(id): Path<String>,
) -> Result<Response, Refusal> {
    let (contact, _, id) = own(&site, &known, &id)?;
    let (request, wish, awaits_call) = {
        let world = site.app.world();
        let (tracked, _) = world.change_request(id).ok_or_else(missing)?;
        let view = view(&world, tracked, |at| site.app.local_time(at));
        (view, portal::wish(tracked.request.received.wish), tracked.request.awaits_call())
    };
    let offered = if request.open && request.meeting.is_some() { SLOTS } else { 0 };
    let slots = site.app.meeting_slots(offered);
    let page = RequestPage {
        frame: Frame::new(&site, Some(&known)),
        signs: site.app.signs_forms(id, contact, known.session()?),
        request,
        wish,
        // For the one who is called, and nobody beside them.
        words: site.app.call_words(id, contact),
        awaits_call,
        slots: slots.into_iter().map(|at| (at.to_string(), site.app.local_time(at))).collect(),
    };
    render(StatusCode::OK, &page)
}

/// `POST /portal/change-requests`: a signed-in contact's message. It decides nothing.
pub(crate) async fn create(
    State(site): State<Site>,
    Posted { known, fields }: Posted<Asked>,
) -> Result<Response, Refusal> {
    let (contact, organization) = known.contact()?;
    let message = Message {
        wish: shared::action(&fields.action)?,
        source: Source::SignedIn,
        contact: Some(contact),
        items: Items::ALL,
        text: fields.text,
    };
    let request = site.app.change_request_receive(organization, message).await.map_err(back)?;
    Ok(see(&address(request.id)))
}

/// `POST /portal/change-requests/{id}/withdraw`: their own request; of another's contact's it is an objection.
pub(crate) async fn withdraw(
    State(site): State<Site>,
    Path(id): Path<String>,
    form: Posted<Nothing>,
) -> Result<Response, Refusal> {
    let (by, _, id) = own(&site, &form.known, &id)?;
    site.app.withdraw(id, by).await.map_err(back)?;
    Ok(see(&address(id)))
}

/// `POST /portal/change-requests/{id}/meeting`: to another time that is offered.
pub(crate) async fn meeting(
    State(site): State<Site>,
    Path(id): Path<String>,
    Posted { known, fields }: Posted<Moved>,
) -> Result<Response, Refusal> {
    let (by, _, id) = own(&site, &known, &id)?;
    site.app
        .meeting_set(id, By::Contact(by), shared::instant("start", &fields.start)?)
        .await
        .map_err(back)?;
    Ok(see(&address(id)))
}

/// `POST /portal/change-requests/{id}/return`: the signed form as a file.
pub(crate) async fn take_return(
    State(site): State<Site>,
    Path(id): Path<String>,
    Uploaded { known, file }: Uploaded,
) -> Result<Response, Refusal> {
    let (by, _, id) = own(&site, &known, &id)?;
    site.app.form_return(id, By::Contact(by), file).await.map_err(back)?;
    Ok(see(&address(id)))
}

/// `GET /portal/change-requests/{id}/form`
pub(crate) async fn form(
    State(site): State<Site>,
    known: Known,
    Path(id): Path<String>,
) -> Result<Response, Refusal> {
    let (by, organization, id) = own(&site, &known, &id)?;
    let form = {
        let world = site.app.world();
        world.change_requests.get(&id).and_then(|tracked| tracked.request.form.clone())
    };
    let form = form.ok_or_else(|| Refusal::not_found("form"))?;
    let name = format!("{}.pdf", id.number());
    shared::evidence(&site, form.evidence, Reader::Contact(by, organization), &name).await
}

/// `GET /portal/change-requests/{id}/invitation`
pub(crate) async fn invitation(
    State(site): State<Site>,
    known: Known,
    Path(id): Path<String>,
) -> Result<Response, Refusal> {
    let (_, _, id) = own(&site, &known, &id)?;
    shared::invitation_file(&site, id)
}

/// `GET /portal/evidence/{id}`
pub(crate) async fn evidence(
    State(site): State<Site>,
    known: Known,
    Path(id): Path<String>,
) -> Result<Response, Refusal> {
    let (by, organization) = known.contact()?;
    let id = id.parse().map_err(|_| Refusal::not_found("evidence"))?;
    shared::evidence(&site, id, Reader::Contact(by, organization), "evidence").await
}

/// The contact, and the request if it is their organization's.
pub(super) fn own(
    site: &Site,
    known: &Known,
    id: &str,
) -> Result<(ContactId, OrganizationId, ChangeRequestId), Refusal> {
    let (by, organization) = known.contact()?;
    let world = site.app.world();
    let found = id.parse().ok().and_then(|id| world.change_requests.get(&id));
    let request = found.map(|tracked| &tracked.request).filter(|r| r.organization == organization);
    request.map(|request| (by, organization, request.id)).ok_or_else(missing)
}

pub(super) fn address(id: ChangeRequestId) -> String {
    format!("/portal/change-requests/{id}")
}

pub(super) fn back(why: byleave_app::setting::NotChanged) -> Refusal {
    Refusal { home: Some("/portal"), ..Refusal::from(why) }
}

fn missing() -> Refusal {
    Refusal::not_found("change request")
}

#[cfg(test)]
pub(crate) fn samples() -> Vec<Sample> {
    use crate::pages::request_view::{Confirmed, Happened, InvitationView, Station};
    use byleave_domain::statement::Wish;

    let stations = [
        ("station-received", "done"),
        ("station-reviewed", "done"),
        ("station-form", "now"),
        ("station-found", "later"),
        ("station-returned", "later"),
        ("station-announced", "later"),
    ];
    let happened = |what: Text, evidence: Option<&str>| Happened {
        at: at("09:30"),
        what,
        entry: 12,
        evidence: evidence.map(str::to_owned),
    };
    let request = || RequestView {
        id: "change_1".to_owned(),
        number: "CR-0001".to_owned(),
        organization: "Acme Rockets".to_owned(),
        slug: "acme".to_owned(),
        state: Text::of("at-form-sent"),
        open: true,
        next: Some(Text::of("next-missing").arg("what", "Both findings are missing.")),
        path: stations.map(|(title, when)| Station { title: Text::of(title), when }).into(),
        history: vec![
            happened(Text::of("told-joined"), Some("evidence_1")),
            happened(Text::of("told-taken-up").arg("who", long()), None),
        ],
        sha256: Some("0f".repeat(32)),
        meeting: Some("Monday, 30 November 2026, 10:00 UTC".to_owned()),
        invitation: Some(InvitationView {
            said: Text::of("request-answered")
                .arg("answer", Text::of("request-invited").arg("who", "Dana Example")),
            proposal: None,
        }),
        strength: None,
        confirmed: None,
    };
    let page = |request, wish| RequestPage {
        frame: Frame::of_contact(),
        signs: true,
        request,
        wish: portal::wish(wish),
        words: None,
        awaits_call: false,
        slots: Vec::new(),
    };
    let slot = ("2026-12-01T10:00:00Z".to_owned(), "Tuesday, 1 December 2026, 10:00 UTC".to_owned());
    let words = Words {
        desk: "copper lantern acorn".to_owned(),
        answer: "quiet harbour almond".to_owned(),
        until: at("18:00").0,
    };
    let bare = || RequestView { sha256: None, meeting: None, invitation: None, ..request() };
    let over = RequestView {
        state: Text::of("at-announced"),
        open: false,
        next: None,
        path: stations.map(|(title, _)| Station { title: Text::of(title), when: "done" }).into(),
        strength: Some(Text::of("strength-signed")),
        confirmed: Some(Confirmed {
            at: at("11:00"),
            reset: Text::of("request-connections").arg("number", 3_u64),
            entry: 41,
            checkpoint: "origin\n42\nroot".to_owned(),
        }),
        ..request()
    };
    vec![
        sample("request-form", RequestPage { slots: vec![slot], ..page(request(), Wish::Disabled) }),
        sample("request-awaits-call", RequestPage { awaits_call: true, ..page(bare(), Wish::Enabled) }),
        sample("request-called", RequestPage { words: Some(words), ..page(bare(), Wish::Enabled) }),
        sample("request-in-force", page(over, Wish::Disabled)),
    ]
}
