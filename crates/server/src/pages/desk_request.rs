//! `/desk/change-requests/…`: one request on one screen, and what a desk person can do with it now.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use byleave_app::App;
use byleave_app::change_requests::{Message, ReviewAct};
use byleave_app::evidence::Reader;
use byleave_app::intake::ReceivedMail;
use byleave_app::world::{Tracked, World};
use byleave_domain::approval::Approval;
use byleave_domain::change_request::{
    By, ChangeRequest, Finding, Items, ReviewOutcome, Source, State as Standing, Step, StepRefused,
};
use byleave_domain::ids::{ChangeRequestId, DeskPersonId, EvidenceId};
use byleave_domain::organization::Organization;
use byleave_domain::statement::Wish;
use byleave_domain::support_access::SupportAccess;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use crate::api::change_requests as shared;
use crate::auth::Known;
use crate::form::{Posted, Uploaded};
use crate::pages::call_view::{self, CallView};
use crate::pages::desk_find::{contact_sent, organization_sent};
use crate::pages::mail_view::MailView;
use crate::pages::request_view::{RequestView, contact_name, desk_name, source, view};
use crate::pages::signing::{Signed, Signer};
use crate::pages::{Frame, contact_view, render, see};
use crate::problem::{Refusal, read};
use crate::site::Site;
use crate::text::{Moment, Text, filters};
use crate::words;

/// Times that are offered for the meeting.
const SLOTS: usize = 8;

/// How long a number on file is told to be new.
const LATELY: SignedDuration = SignedDuration::from_hours(24 * 30);

#[derive(Template)]
#[template(path = "desk_request.html")]
struct RequestPage {
    frame: Frame,
    request: RequestView,
    disables: bool,
    came: Vec<Came>,
    /// The article's three items, and whether each is there.
    items: [(Text, bool); 3],
    /// What is to be looked at beside what the messages say.
    warnings: Vec<Text>,
    /// What can be done, and first of all what is to be done now.
    parts: Vec<Part>,
    /// Why this desk person may not give the next approval, if so.
    hindered: Option<Hindered>,
    /// Who has done something for it that counts as preparing.
    prepared: Vec<String>,
    findings: [Option<FindingView>; 2],
    contacts: Vec<ContactRow>,
    /// A call-back that is under way.
    call: Option<CallView>,
    /// Whether the call that an approval rests on was with words, and what is told of it.
    called: Option<(bool, Text)>,
    signer: Signer,
    /// What an approval would say.
    approval: String,
    implications: Vec<String>,
    /// Times for the meeting: the value to send, and how it reads.
    slots: Vec<(String, String)>,
    /// While it is approved and not yet announced.
    live: Option<Live>,
}

impl RequestPage {
    /// Whether this desk person can give the next approval.
    fn may_approve(&self) -> bool {
        self.hindered.is_none() && self.parts.contains(&Part::Approve)
    }
}

/// What follows by itself: shown until the page is out of date.
#[derive(Template)]
#[template(path = "desk_live.html")]
struct Live {
    id: String,
    state: &'static str,
    next: Option<Text>,
}

/// A message that the request rests on.
struct Came {
    at: Moment,
    /// Where it can be read; none where it was no message.
    evidence: Option<String>,
    what: Text,
    mail: Option<MailView>,
    /// Its text, once it was asked for.
    text: Option<String>,
}

/// One thing that can be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Review,
    Meeting,
    Findings,
    Form,
    Call,
    Approve,
    Provisional,
    Refuse,
}

/// Why another person has to approve.
enum Hindered {
    Prepared,
    Approved,
    Own,
}

/// One of the meeting's two findings.
struct FindingView {
    holds: bool,
    by: String,
    at: Moment,
}

/// Which message is to be shown as text.
#[derive(Deserialize)]
pub(crate) struct Reading {
    #[serde(default)]
    read: String,
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

struct ContactRow {
    id: String,
    name: String,
    email: String,
    phone: String,
    since: Moment,
    standing: Text,
    /// From when on the number is good for a call, while it is too new.
    too_new: Option<Moment>,
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
    #[serde(default)]
    heard: String,
    #[serde(default)]
    without: String,
}

/// `POST /desk/change-requests`: a message that was pasted.
pub(crate) async fn create(
    State(site): State<Site>,
    Posted { known, fields }: Posted<Taken>,
) -> Result<Response, Refusal> {
    known.desk_person()?;
    let organization = organization_sent(&site.app.world(), &fields.organization)?;
    let message = Message {
        wish: shared::action(&fields.action)?,
        source: Source::Unauthenticated,
        contact: contact_sent(&fields.contact)?,
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

/// `GET /desk/change-requests/{id}`: with `read`, the text of one of its messages; that it was read is an entry.
pub(crate) async fn show(
    State(site): State<Site>,
    known: Known,
    Path(id): Path<String>,
    Query(reading): Query<Reading>,
) -> Result<Response, Refusal> {
    let signer = known.desk_person()?;
    let id = shared::parse_id(&id)?;
    let frame = Frame::new(&site, Some(&known));
    let form_text = site.app.form_text();
    let slots = site.app.meeting_slots(SLOTS).into_iter();
    let slots = slots.map(|at| (at.to_string(), site.app.local_time(at))).collect();
    let mails = site.app.mail_of_request(id).await?;
    let read = read_message(&site, id, signer, &reading.read).await?;
    let page = {
        let world = site.app.world();
        let (tracked, others) = world.change_request(id).ok_or_else(missing)?;
        let request = &tracked.request;
        let organization = &world.organizations.get(&request.organization).ok_or_else(missing)?.organization;
        RequestPage {
            frame,
            request: view(&world, tracked, |at| site.app.local_time(at)),
            disables: request.received.wish == Wish::Disabled,
            came: came(&world, tracked, &mails, read.as_ref()),
            items: items(request.items),
            warnings: warnings(&world, request, organization, site.app.now()),
            parts: parts(request, organization, &others),
            hindered: App::may_approve(&world, request, signer).err().map(|why| match why {
                StepRefused::OwnRequest => Hindered::Own,
                StepRefused::ApprovedAlready => Hindered::Approved,
                _ => Hindered::Prepared,
            }),
            prepared: request.prepared().into_iter().map(|by| desk_name(&world, by)).collect(),
            findings: [request.identity, request.understanding].map(|finding| {
                finding.map(|finding| FindingView {
                    holds: finding.holds,
                    by: desk_name(&world, finding.by),
                    at: Moment(finding.at),
                })
            }),
            contacts: contacts(request, organization, site.app.now()),
            call: site.app.calling(id, signer).map(|calling| {
                CallView::new(&world, organization, calling, format!("{}/step", address(id)), false)
            }),
            called: call_view::rests_on(&world, request),
            signer: Signer::new(&site, &world, &known)?,
            approval: approval(request, organization, signer, site.app.now()),
            slots,
            implications: form_text.sections.into_iter().flat_map(|section| section.points).collect(),
            live: live(&world, request),
        }
    };
    render(StatusCode::OK, &page)
}

/// `GET /desk/change-requests/{id}/live`: the part that tells a page when it is out of date.
pub(crate) async fn live_part(
    State(site): State<Site>,
    known: Known,
    Path(id): Path<String>,
) -> Result<Response, Refusal> {
    known.desk_person()?;
    let id = shared::parse_id(&id)?;
    let part = {
        let world = site.app.world();
        let request = &world.change_requests.get(&id).ok_or_else(missing)?.request;
        Live { id: id.to_string(), state: request.state().as_str(), next: words::next_step(&world, request) }
    };
    render(StatusCode::OK, &part)
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
    let StepWanted { step, text, question, answer, contact, heard, without } = fields;
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
        "call" => app.call_begin(id, by, read("contact", &contact)?).map(drop),
        "call_heard" => call_view::told_on_page(app.call_heard(id, by, &heard)),
        "call_outcome" => {
            let (outcome, without) = call_view::outcome(&answer, &without)?;
            app.call_made(id, by, outcome, without, &text).await.map(drop)
        }
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
    let (text, signature) = fields.read(&site, &known).await?;
    site.app.approve(id, by, shared::approval(&text, signature)?).await.map_err(back)?;
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
    let (text, signature) = fields.read(&site, &known).await?;
    site.app.provisional(id, by, shared::approval(&text, signature)?).await.map_err(back)?;
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

/// What can be done, in order, and first what is to be done now.
fn parts(request: &ChangeRequest, organization: &Organization, others: &[&ChangeRequest]) -> Vec<Part> {
    if !request.is_open() {
        return Vec::new();
    }
    let going_on = request.review.is_some_and(|review| review.outcome == ReviewOutcome::Proceeds);
    if !going_on {
        return vec![Part::Review, Part::Refuse];
    }
    if request.fully_approved() {
        return Vec::new();
    }
    let approvable = request.approvable(organization, others).is_ok();
    if request.received.wish == Wish::Enabled {
        let call = request.received.statement.is_none().then_some(Part::Call);
        let approve = approvable.then_some(Part::Approve);
        // Once the contact has confirmed it, the call is only there to be made again.
        return approve.into_iter().chain(call).chain([Part::Refuse]).collect();
    }
    let holds = |finding: Option<Finding>| finding.is_some_and(|finding| finding.holds);
    let meets = request.meeting.is_some_and(|meeting| !meeting.cancelled);
    let invited = request.invited(&organization.contacts);
    let proposed = invited.is_some_and(|contact| request.proposal(contact.id).is_some());
    let first = match () {
        () if approvable => Part::Approve,
        () if !meets || proposed => Part::Meeting,
        () if !holds(request.identity) || !holds(request.understanding) => Part::Findings,
        () => Part::Form,
    };
    let disabled = matches!(organization.setting.access, SupportAccess::Disabled { .. });
    let provisional = (!disabled).then_some(Part::Provisional);
    let rest = [Part::Meeting, Part::Findings, Part::Form].into_iter().filter(|part| *part != first);
    [first].into_iter().chain(rest).chain(provisional).chain([Part::Refuse]).collect()
}

fn items(items: Items) -> [(Text, bool); 3] {
    [
        (Text::of("desk-item-name"), items.name),
        (Text::of("desk-item-confirmation"), items.confirmation),
        (Text::of("desk-item-contact"), items.contact),
    ]
}

/// What a person should see before they go on, whatever the messages say.
fn warnings(
    world: &World,
    request: &ChangeRequest,
    organization: &Organization,
    now: Timestamp,
) -> Vec<Text> {
    let open = contact_view::of(world, organization.id).filter(|change| change.is_open()).count();
    let changing = (open > 0).then(|| Text::of("desk-warn-changes").arg("number", open));
    let fresh =
        organization.contacts.iter().filter(|contact| now.duration_since(contact.number_since) < LATELY);
    let fresh = fresh.map(|contact| {
        Text::of("desk-warn-fresh").arg("who", contact.name.as_str()).arg("when", contact.number_since)
    });
    let unknown = request.received.contact.is_none().then(|| Text::of("desk-warn-nobody"));
    changing.into_iter().chain(fresh).chain(unknown).collect()
}

fn came(
    world: &World,
    tracked: &Tracked,
    mails: &[ReceivedMail],
    read: Option<&(EvidenceId, String)>,
) -> Vec<Came> {
    let organization =
        world.organizations.get(&tracked.request.organization).map(|tenant| &tenant.organization);
    let message = |at, what, evidence: Option<EvidenceId>| {
        let its = evidence.map(|id| id.to_string());
        let mail = mails.iter().find(|mail| its.is_some() && mail.record.evidence == its);
        let text = read.filter(|(id, _)| Some(*id) == evidence).map(|(_, text)| text.clone());
        Came { at: Moment(at), evidence: its, what, mail: mail.map(|mail| MailView::of(&mail.record)), text }
    };
    let steps = tracked.steps.iter().filter_map(|(_, at, step)| match step {
        Step::Received(received) => {
            let what = Text::of("desk-came").arg("source", source(received.source));
            let what = match received.contact {
                Some(id) => what.arg("who", contact_name(organization, id)),
                None => what.arg("who", Text::of("told-nobody")),
            };
            Some(message(*at, what, received.evidence))
        }
        Step::Joined { evidence, .. } => Some(message(*at, Text::of("told-joined"), Some(*evidence))),
        _ => None,
    });
    steps.collect()
}

/// The text of the message that is asked for, where it is one of this request's.
async fn read_message(
    site: &Site,
    id: ChangeRequestId,
    by: DeskPersonId,
    asked: &str,
) -> Result<Option<(EvidenceId, String)>, Refusal> {
    if asked.is_empty() {
        return Ok(None);
    }
    let unknown = || Refusal::not_found("message");
    let wanted: EvidenceId = asked.parse().map_err(|_| unknown())?;
    let own = {
        let world = site.app.world();
        let tracked = world.change_requests.get(&id).ok_or_else(missing)?;
        tracked.steps.iter().any(|(_, _, step)| match step {
            Step::Received(received) => received.evidence == Some(wanted),
            Step::Joined { evidence, .. } => *evidence == wanted,
            _ => false,
        })
    };
    let text = if own { site.app.message_read(wanted, by).await? } else { None };
    Ok(Some((wanted, text.ok_or_else(unknown)?)))
}

fn live(world: &World, request: &ChangeRequest) -> Option<Live> {
    let state = request.state();
    let follows = matches!(state, Standing::Approved | Standing::Processed);
    follows.then(|| Live {
        id: request.id.to_string(),
        state: state.as_str(),
        next: words::next_step(world, request),
    })
}

fn contacts(request: &ChangeRequest, organization: &Organization, now: Timestamp) -> Vec<ContactRow> {
    let row = |contact: &byleave_domain::contact::SecurityContact| {
        let good_from = contact.number_good_from(request.received.profile.number_age);
        ContactRow {
            id: contact.id.to_string(),
            name: contact.name.to_string(),
            email: contact.email.to_string(),
            phone: contact.phone.to_string(),
            since: Moment(contact.number_since),
            standing: words::standing(contact.standing(now)),
            too_new: (now < good_from).then_some(Moment(good_from)),
        }
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

#[cfg(test)]
#[path = "desk_request_samples.rs"]
mod in_every_state;
#[cfg(test)]
pub(crate) use in_every_state::samples;
