//! Change requests: what the desk does to each, step by step. The application knows which step may follow.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use byleave_api::payload;
use byleave_api::problem::ProblemType;
use byleave_api::schema;
use byleave_api::v1;
use byleave_app::caller::Caller;
use byleave_app::change_requests::{Message, ReviewAct};
use byleave_app::evidence::Reader;
use byleave_app::setting::NotChanged;
use byleave_app::world::World;
use byleave_domain::approval::SignedApproval;
use byleave_domain::change_request::{
    By, CallOutcome, CallWords, ChangeRequest, Items, Question, Source, State as Standing, WithoutWords,
};
use byleave_domain::ids::{ChangeRequestId, EvidenceId, parse_hex, to_hex};
use byleave_domain::organization::Organization;
use byleave_domain::signature::Signature;
use byleave_domain::statement::Wish;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::api::page::{Listed, Page, by_age};
use crate::api::support_access::receipt_view;
use crate::api::{Asked, Asker, Body, Created, Desk, Sent, Told, organization_named};
use crate::openapi::{Answer, Operation};
use crate::problem::{Refusal, read, statement, words as in_words};
use crate::site::Site;
use crate::words;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wanted {
    /// Only those in this state.
    #[schemars(with = "Option<schema::ChangeRequestState>")]
    state: Option<String>,
    /// Items at most; 100 where it is not given.
    #[schemars(range(min = 1, max = 1000))]
    limit: Option<u16>,
    /// Where the page before ended, as its `Link` says.
    #[schemars(with = "Option<schema::Cursor>")]
    cursor: Option<String>,
}

/// A form, as the organization signs it.
pub(crate) struct FormFile(pub Response);

/// A meeting, for a calendar.
pub(crate) struct InvitationFile(pub Response);

/// What a step rests on.
pub(crate) struct EvidenceFile(pub Response);

/// `GET /v1/change-requests?state=…`, oldest first.
pub(crate) async fn list(
    State(site): State<Site>,
    asker: Asker,
    Asked(wanted): Asked<Wanted>,
) -> Result<Listed<v1::ChangeRequest>, Refusal> {
    if !matches!(asker.0, Caller::Admin | Caller::DeskPerson(_)) {
        return Err(Refusal::elsewhere(asker.0, "desk people and the administrator"));
    }
    let unknown = |state: &String| Refusal::unfit("state", state, format!("there is no state `{state}`"));
    let state = wanted.state.as_ref().map(|state| Standing::from_word(state).ok_or_else(|| unknown(state)));
    let state = state.transpose()?;
    let world = site.app.world();
    let all = world.change_requests.values().map(|tracked| &tracked.request);
    let those = all.filter(|r| state.is_none_or(|state| state == r.state()));
    let page = Page { limit: wanted.limit, cursor: wanted.cursor };
    let requests = page.of(those, |request| by_age(request.received_at, request.id))?;
    Ok(requests.also("state", wanted.state.as_deref()).shown(|request| view(&world, request)))
}

/// `GET /v1/change-requests/{id}`
pub(crate) async fn show(
    State(site): State<Site>,
    asker: Asker,
    Path(id): Path<String>,
) -> Result<Json<v1::ChangeRequest>, Refusal> {
    let id = visible(&site, &asker, &id)?;
    shown(&site, id)
}

/// `GET /v1/me`: who a desk person's token speaks for.
pub(crate) async fn me(Desk(by): Desk) -> Result<Json<v1::Me>, Refusal> {
    Ok(Json(v1::Me { id: by.to_string() }))
}

/// `POST /v1/change-requests`: a desk person takes in a message.
pub(crate) async fn create(
    State(site): State<Site>,
    _: Desk,
    Body(wanted): Body<v1::ChangeRequestCreate>,
) -> Result<Created<v1::ChangeRequest>, Refusal> {
    let of = organization_named(&site, &wanted.organization)?;
    let wish = action(&wanted.action)?;
    let contact = wanted.contact.as_deref().map(|contact| read("contact", contact)).transpose()?;
    let items =
        Items { name: wanted.has_name, confirmation: wanted.has_confirmation, contact: wanted.has_contact };
    let text = in_words("text", &wanted.text)?;
    let message = Message { wish, source: Source::Unauthenticated, contact, items, text };
    let request = site.app.change_request_receive(of, message).await?;
    created(&site, request.id)
}

/// `POST /v1/change-requests/{id}/review`
pub(crate) async fn review(
    State(site): State<Site>,
    Desk(by): Desk,
    Path(id): Path<String>,
    Body(wanted): Body<v1::ReviewCreate>,
) -> Result<Json<v1::ChangeRequest>, Refusal> {
    let id = parse_id(&id)?;
    let text = wanted.text.as_deref().map(|text| in_words("text", text)).transpose()?;
    let meeting = wanted.meeting.as_deref().map(|at| instant("meeting", at)).transpose()?;
    let text = || text.ok_or_else(|| Refusal::unfit("text", "", "`text` says what to write to the sender"));
    let act = match wanted.outcome.as_str() {
        "begin" => ReviewAct::Begin,
        "proceed" => ReviewAct::Proceed(meeting),
        "ask" => ReviewAct::Ask(text()?),
        "refuse" => ReviewAct::Refuse(text()?),
        other => {
            return Err(Refusal::unfit("outcome", other, format!("a review has no outcome `{other}`")));
        }
    };
    site.app.change_request_review(id, by, act).await?;
    shown(&site, id)
}

/// `POST /v1/change-requests/{id}/meeting`
pub(crate) async fn meeting(
    State(site): State<Site>,
    Desk(by): Desk,
    Path(id): Path<String>,
    Body(wanted): Body<v1::MeetingSet>,
) -> Result<Json<v1::ChangeRequest>, Refusal> {
    let (by, id) = (By::Desk(by), parse_id(&id)?);
    match wanted.start {
        Some(start) => site.app.meeting_set(id, by, instant("start", &start)?).await?,
        None => site.app.meeting_cancel(id, by).await?,
    };
    shown(&site, id)
}

/// `POST /v1/change-requests/{id}/meeting/decline`
pub(crate) async fn decline(
    State(site): State<Site>,
    Desk(by): Desk,
    Path(id): Path<String>,
    Body(wanted): Body<v1::ProposalDecline>,
) -> Result<Json<v1::ChangeRequest>, Refusal> {
    let id = parse_id(&id)?;
    site.app.proposal_decline(id, by, read("evidence", &wanted.evidence)?).await?;
    shown(&site, id)
}

/// `POST /v1/change-requests/{id}/findings`
pub(crate) async fn finding(
    State(site): State<Site>,
    Desk(by): Desk,
    Path(id): Path<String>,
    Body(wanted): Body<v1::FindingCreate>,
) -> Result<Json<v1::ChangeRequest>, Refusal> {
    let id = parse_id(&id)?;
    let question = question(&wanted.question)?;
    let note = in_words("note", &wanted.note)?;
    site.app.finding(id, by, question, wanted.holds, &note).await?;
    shown(&site, id)
}

/// `POST /v1/change-requests/{id}/returns`: the body is the file.
pub(crate) async fn take_return(
    State(site): State<Site>,
    Desk(by): Desk,
    Path(id): Path<String>,
    Sent(bytes): Sent,
) -> Result<Json<v1::ChangeRequest>, Refusal> {
    let (by, id) = (By::Desk(by), parse_id(&id)?);
    site.app.form_return(id, by, bytes).await?;
    shown(&site, id)
}

/// `POST /v1/change-requests/{id}/match`
pub(crate) async fn match_return(
    State(site): State<Site>,
    Desk(by): Desk,
    Path(id): Path<String>,
    Body(wanted): Body<v1::MatchCreate>,
) -> Result<Json<v1::ChangeRequest>, Refusal> {
    let id = parse_id(&id)?;
    let note = wanted.note.as_deref().map(|note| in_words("note", note)).transpose()?;
    site.app.form_match(id, by, wanted.accepted, note.as_deref()).await?;
    shown(&site, id)
}

/// `POST /v1/change-requests/{id}/calls`: what to say. What the contact answers stands on their own page alone.
pub(crate) async fn call(
    State(site): State<Site>,
    Desk(by): Desk,
    Path(id): Path<String>,
    Body(wanted): Body<v1::CallCreate>,
) -> Result<Told<v1::Call>, Refusal> {
    let id = parse_id(&id)?;
    let contact = read("contact", &wanted.contact)?;
    let calling = site.app.call_begin(id, by, contact)?;
    let world = site.app.world();
    let tenant = world.organization_of(contact).ok_or_else(missing)?;
    let known = tenant.organization.contacts.iter().find(|known| known.id == contact).ok_or_else(missing)?;
    Ok(Told(v1::Call {
        phone: known.phone.to_string(),
        on_file_since: known.number_since.to_string(),
        desk_words: calling.words.unwrap_or_default(),
        until: calling.until.to_string(),
    }))
}

/// `POST /v1/change-requests/{id}/calls/outcome`: what came of it. Words that are not the contact's are one of three tries,
/// and the call goes on.
pub(crate) async fn call_outcome(
    State(site): State<Site>,
    Desk(by): Desk,
    Path(id): Path<String>,
    Body(wanted): Body<v1::CallOutcome>,
) -> Result<Json<v1::ChangeRequest>, Refusal> {
    let id = parse_id(&id)?;
    let (outcome, without, note) = call_result(&wanted)?;
    if let Some(heard) = &wanted.words {
        site.app.call_heard(id, by, heard).map_err(NotChanged::from)?;
    }
    site.app.call_made(id, by, outcome, without, &note).await?;
    shown(&site, id)
}

/// `POST /v1/change-requests/{id}/provisional`: answers once support access is disabled everywhere.
pub(crate) async fn provisional(
    State(site): State<Site>,
    Desk(by): Desk,
    Path(id): Path<String>,
    Body(change): Body<v1::Change>,
) -> Result<Json<v1::Receipt>, Refusal> {
    let id = parse_id(&id)?;
    let receipt = site
        .app
        .provisional(id, by, approval(&change.statement, key_signature(&change.signature)?.into())?)
        .await?;
    Ok(Json(receipt_view(receipt)))
}

/// `POST /v1/change-requests/{id}/approve`: where that was the last approval and nothing has to be waited for, the change
/// is in force everywhere when this answers.
pub(crate) async fn approve(
    State(site): State<Site>,
    Desk(by): Desk,
    Path(id): Path<String>,
    Body(change): Body<v1::Change>,
) -> Result<Json<v1::ChangeRequest>, Refusal> {
    let id = parse_id(&id)?;
    site.app.approve(id, by, approval(&change.statement, key_signature(&change.signature)?.into())?).await?;
    shown(&site, id)
}

/// `GET /v1/change-requests/{id}/form`: the form as it was sent.
pub(crate) async fn form(
    State(site): State<Site>,
    asker: Asker,
    Path(id): Path<String>,
) -> Result<FormFile, Refusal> {
    let id = visible(&site, &asker, &id)?;
    let form = {
        let world = site.app.world();
        world.change_requests.get(&id).and_then(|tracked| tracked.request.form.clone())
    };
    let form = form.ok_or_else(|| Refusal::not_found("form"))?;
    evidence(&site, form.evidence, reader(&asker)?, &format!("{}.pdf", id.number())).await.map(FormFile)
}

/// `GET /v1/change-requests/{id}/invitation`
pub(crate) async fn invitation(
    State(site): State<Site>,
    asker: Asker,
    Path(id): Path<String>,
) -> Result<InvitationFile, Refusal> {
    invitation_file(&site, visible(&site, &asker, &id)?).map(InvitationFile)
}

/// `GET /v1/evidence/{id}`
pub(crate) async fn show_evidence(
    State(site): State<Site>,
    asker: Asker,
    Path(id): Path<String>,
) -> Result<EvidenceFile, Refusal> {
    let id: EvidenceId = id.parse().map_err(|_| Refusal::not_found("evidence"))?;
    evidence(&site, id, reader(&asker)?, &id.to_string()).await.map(EvidenceFile)
}

/// A meeting as a calendar takes it.
pub(crate) fn invitation_file(site: &Site, id: ChangeRequestId) -> Result<Response, Refusal> {
    let text = site.app.invitation(id).ok_or_else(|| Refusal::not_found("meeting"))?;
    let headers = [
        (header::CONTENT_TYPE, "text/calendar; charset=utf-8".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{}.ics\"", id.number())),
    ];
    Ok((headers, text).into_response())
}

/// Evidence as a file that no browser renders (threat model K13).
pub(crate) async fn evidence(
    site: &Site,
    id: EvidenceId,
    by: Reader,
    name: &str,
) -> Result<Response, Refusal> {
    let found = site.app.evidence_read(id, by).await?.ok_or_else(|| Refusal::not_found("evidence"))?;
    let headers = [
        (header::CONTENT_TYPE, found.media_type),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
        (header::CONTENT_SECURITY_POLICY, "sandbox; default-src 'none'".to_owned()),
    ];
    Ok((headers, found.bytes).into_response())
}

/// A signed approval as sent.
pub(crate) fn approval(text: &str, signature: Signature) -> Result<SignedApproval, Refusal> {
    Ok(SignedApproval { approval: statement(text)?, signature })
}

/// A key's signature as sent.
pub(crate) fn key_signature(text: &str) -> Result<[u8; 64], Refusal> {
    let not_one = || Refusal::unfit("signature", text, "the `signature` is not 128 lower-case hex digits");
    parse_hex(text).ok_or_else(not_one)
}

/// A change request as sent.
pub(crate) fn view(world: &World, request: &ChangeRequest) -> v1::ChangeRequest {
    let tenant = world.organizations.get(&request.organization);
    let epoch = tenant.map_or(0, |tenant| request.epoch_wanted(&tenant.organization));
    let meeting = request.meeting.filter(|meeting| !meeting.cancelled);
    v1::ChangeRequest {
        id: request.id.to_string(),
        number: request.id.number(),
        organization: request.organization.to_string(),
        action: payload::action(request.received.wish).to_owned(),
        state: request.state().as_str().to_owned(),
        source: payload::source_word(request.received.source).to_owned(),
        contact: request.received.contact.map(|contact| contact.to_string()),
        received_at: request.received_at.to_string(),
        profile: request.received.profile.name.as_str().to_owned(),
        next: words::next_step(world, request).map(|next| next.plain()),
        meeting: meeting.map(|meeting| meeting.start.to_string()),
        invitation: tenant.and_then(|tenant| invitation_view(request, &tenant.organization)),
        form: request
            .form
            .as_ref()
            .map(|form| v1::FormSent { sha256: to_hex(&form.sha256), version: form.version.clone() }),
        approved_by: request.approvals.iter().map(|(signed, _)| signed.approval.by.to_string()).collect(),
        in_force_from: request.in_force_from().map(|at| at.to_string()),
        epoch,
        call_entry: request.call_entry(),
        call_words: request
            .call
            .and_then(|call| call.words)
            .map(|words| payload::words_word(words).to_owned()),
        call_wrong_tries: request.call.map_or(0, |call| call.wrong_tries),
    }
}

fn invitation_view(request: &ChangeRequest, organization: &Organization) -> Option<v1::Invitation> {
    request.meeting.filter(|meeting| !meeting.cancelled)?;
    let contact = request.invited(&organization.contacts)?.id;
    let answered = request.attendance(contact);
    let answered = answered.filter(|(_, answered)| request.is_answered_by(&answered.answer));
    Some(v1::Invitation {
        contact: contact.to_string(),
        answer: answered.map(|(attendance, _)| attendance.as_str().to_owned()),
        answered_at: answered.map(|(_, answered)| answered.at.to_string()),
        proposal: request.proposal(contact).map(|(start, evidence)| v1::Proposal {
            start: start.to_string(),
            evidence: evidence.to_string(),
        }),
    })
}

pub(crate) fn action(word: &str) -> Result<Wish, Refusal> {
    let known = [Wish::Disabled, Wish::Enabled].into_iter().find(|wish| payload::action(*wish) == word);
    known.ok_or_else(|| {
        Refusal::unfit("action", word, format!("the action `{word}` is neither `disable` nor `enable`"))
    })
}

pub(crate) fn question(word: &str) -> Result<Question, Refusal> {
    let all = [Question::Identity, Question::Understanding];
    let known = all.into_iter().find(|question| payload::question_word(*question) == word);
    known.ok_or_else(|| {
        let why = format!("the question `{word}` is neither `identity` nor `understanding`");
        Refusal::unfit("question", word, why)
    })
}

pub(crate) fn outcome(word: &str) -> Result<CallOutcome, Refusal> {
    let all = [CallOutcome::Confirmed, CallOutcome::NotReached, CallOutcome::Denied];
    let known = all.into_iter().find(|outcome| payload::call_word(*outcome) == word);
    known.ok_or_else(|| {
        let why = format!("the outcome `{word}` is none of `confirmed`, `not_reached`, `denied`");
        Refusal::unfit("outcome", word, why)
    })
}

pub(crate) fn without_words(word: &str) -> Result<WithoutWords, Refusal> {
    let word_of = |why: &WithoutWords| payload::words_word(CallWords::Without(*why));
    WithoutWords::ALL.into_iter().find(|why| word_of(why) == word).ok_or_else(|| {
        let all = WithoutWords::ALL.iter().map(word_of).collect::<Vec<_>>().join("`, `");
        Refusal::unfit("without_words", word, format!("the reason `{word}` is none of `{all}`"))
    })
}

/// What came of a call, as it was sent: outcome, why without words, and the note.
pub(crate) fn call_result(
    wanted: &v1::CallOutcome,
) -> Result<(CallOutcome, Option<WithoutWords>, String), Refusal> {
    let outcome = outcome(&wanted.outcome)?;
    let without = wanted.without_words.as_deref().map(without_words).transpose()?;
    let confirmed = outcome == CallOutcome::Confirmed;
    if wanted.words.is_some() && (!confirmed || without.is_some()) {
        // Never with the words themselves.
        let why =
            "`words` belong to a call that was confirmed with words; leave them out, or `without_words`";
        return Err(Refusal::new(ProblemType::Refused, why.to_owned()));
    }
    Ok((outcome, without, in_words("note", &wanted.note)?))
}

pub(crate) fn instant(field: &str, text: &str) -> Result<Timestamp, Refusal> {
    text.parse()
        .map_err(|_| Refusal::unfit(field, text, format!("`{text}` is no instant like 2026-12-01T10:00:00Z")))
}

pub(crate) fn parse_id(text: &str) -> Result<ChangeRequestId, Refusal> {
    text.parse().map_err(|_| missing())
}

pub(crate) fn reader(asker: &Asker) -> Result<Reader, Refusal> {
    match asker.0 {
        Caller::DeskPerson(by) => Ok(Reader::Desk(by)),
        Caller::Contact(by, own) => Ok(Reader::Contact(by, own)),
        other => Err(Refusal::elsewhere(other, "desk people and security contacts")),
    }
}

fn visible(site: &Site, asker: &Asker, id: &str) -> Result<ChangeRequestId, Refusal> {
    let world = site.app.world();
    let found = id.parse().ok().and_then(|id| world.change_requests.get(&id)).map(|tracked| &tracked.request);
    let visible = match asker.0 {
        Caller::Admin | Caller::DeskPerson(_) => found,
        Caller::Contact(_, own) | Caller::Organization(own) => found.filter(|r| r.organization == own),
        Caller::Subject(_) => {
            return Err(Refusal::elsewhere(asker.0, "desk people and the organization"));
        }
    };
    visible.map(|request| request.id).ok_or_else(missing)
}

pub(crate) fn shown(site: &Site, id: ChangeRequestId) -> Result<Json<v1::ChangeRequest>, Refusal> {
    let world = site.app.world();
    let found = world.change_requests.get(&id).ok_or_else(missing)?;
    Ok(Json(view(&world, &found.request)))
}

/// A change request that was opened just now.
pub(crate) fn created(site: &Site, id: ChangeRequestId) -> Result<Created<v1::ChangeRequest>, Refusal> {
    let Json(request) = shown(site, id)?;
    Ok(Created::at(format!("/v1/change-requests/{id}"), request))
}

fn missing() -> Refusal {
    Refusal::not_found("change request")
}

impl IntoResponse for FormFile {
    fn into_response(self) -> Response {
        self.0
    }
}

impl Answer for FormFile {
    fn describe(operation: &mut Operation<'_>) {
        operation.gives_file(&["application/pdf"]);
    }
}

impl IntoResponse for InvitationFile {
    fn into_response(self) -> Response {
        self.0
    }
}

impl Answer for InvitationFile {
    fn describe(operation: &mut Operation<'_>) {
        operation.gives_file(&["text/calendar"]);
    }
}

impl IntoResponse for EvidenceFile {
    fn into_response(self) -> Response {
        self.0
    }
}

impl Answer for EvidenceFile {
    fn describe(operation: &mut Operation<'_>) {
        operation.gives_file(&["application/pdf", "image/jpeg", "image/png", "text/plain"]);
    }
}
