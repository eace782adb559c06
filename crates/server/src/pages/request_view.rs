//! What both sides see of a change request: the path that it takes, and everything that has happened.

use byleave_app::world::{Tracked, World};
use byleave_domain::change_request::{
    Attendance, By, CallOutcome, CallWords, ChangeRequest, Ending, Question, ReviewOutcome, Source, State,
    Step,
};
use byleave_domain::ids::{ContactId, DeskPersonId, EvidenceId, to_hex};
use byleave_domain::organization::Organization;
use byleave_domain::statement::Wish;

use crate::pages::call_view;
use crate::text::{Arg, Moment, Text};
use crate::words;

/// A change request on a page.
pub(crate) struct RequestView {
    pub id: String,
    pub number: String,
    pub organization: String,
    pub slug: String,
    pub state: Text,
    pub open: bool,
    pub next: Option<Text>,
    pub path: Vec<Station>,
    pub history: Vec<Happened>,
    pub sha256: Option<String>,
    pub meeting: Option<String>,
    pub invitation: Option<InvitationView>,
    pub strength: Option<Text>,
    /// Once it is announced.
    pub confirmed: Option<Confirmed>,
}

/// The confirmation: the moment from which it was in force, and the receipt.
pub(crate) struct Confirmed {
    pub at: Moment,
    /// How many connections that reset.
    pub reset: Text,
    pub entry: u64,
    pub checkpoint: String,
}

/// What became of the invitation to the meeting.
pub(crate) struct InvitationView {
    /// A sentence.
    pub said: Text,
    pub proposal: Option<ProposalView>,
}

/// Another time for the meeting, which waits for the desk.
pub(crate) struct ProposalView {
    /// The value to send.
    pub start: String,
    /// The message that proposes it.
    pub evidence: String,
}

/// One of the article's steps.
pub(crate) struct Station {
    pub title: Text,
    /// `done`, `now` or `later`; also names the style.
    pub when: &'static str,
}

/// One thing that happened.
pub(crate) struct Happened {
    pub at: Moment,
    pub what: Text,
    pub entry: u64,
    /// What it rests on.
    pub evidence: Option<String>,
}

pub(crate) fn view(
    world: &World,
    tracked: &Tracked,
    local: impl Fn(jiff::Timestamp) -> String,
) -> RequestView {
    let request = &tracked.request;
    let organization = world.organizations.get(&request.organization).map(|tenant| &tenant.organization);
    let meeting = request.meeting.filter(|meeting| !meeting.cancelled);
    let mut sequence = 0;
    RequestView {
        id: request.id.to_string(),
        number: request.id.number(),
        organization: organization.map(|o| o.name.to_string()).unwrap_or_default(),
        slug: organization.map(|o| o.slug.to_string()).unwrap_or_default(),
        state: state_title(request.state()),
        open: request.is_open(),
        next: words::next_step(world, request),
        path: path(tracked),
        history: tracked
            .steps
            .iter()
            .map(|(entry, at, step)| {
                if let Step::MeetingSet { meeting, .. } = step {
                    sequence = meeting.sequence;
                }
                let (what, evidence) = told(world, organization, step, sequence, &local);
                let evidence = evidence.map(|id| id.to_string());
                Happened { at: Moment(*at), what, entry: *entry, evidence }
            })
            .collect(),
        sha256: request.form.as_ref().map(|form| to_hex(&form.sha256)),
        meeting: meeting.map(|meeting| local(meeting.start)),
        invitation: organization.and_then(|organization| invitation(request, organization, &local)),
        strength: request.returned.as_ref().map(|returned| strength(&returned.strength)),
        confirmed: confirmed(tracked),
    }
}

fn invitation(
    request: &ChangeRequest,
    organization: &Organization,
    local: &impl Fn(jiff::Timestamp) -> String,
) -> Option<InvitationView> {
    request.meeting.filter(|meeting| !meeting.cancelled)?;
    let contact = request.invited(&organization.contacts)?;
    let answer = match request.attendance(contact.id) {
        None => Text::of("request-invited"),
        Some((attendance, answered)) => {
            let text = if request.is_answered_by(&answered.answer) {
                Text::of(match attendance {
                    Attendance::Accepted => "request-accepted",
                    Attendance::Tentative => "request-tentative",
                    Attendance::Declined => "request-declined",
                })
            } else {
                Text::of(match attendance {
                    Attendance::Accepted => "request-accepted-earlier",
                    Attendance::Tentative => "request-tentative-earlier",
                    Attendance::Declined => "request-declined-earlier",
                })
            };
            text.arg("when", answered.at)
        }
    };
    let answer = answer.arg("who", contact.name.as_str());
    let proposal = request.proposal(contact.id);
    let said = match proposal {
        None => Text::of("request-answered").arg("answer", answer),
        Some((start, _)) => {
            Text::of("request-answered-proposes").arg("answer", answer).arg("start", local(start))
        }
    };
    let proposal = proposal
        .map(|(start, evidence)| ProposalView { start: start.to_string(), evidence: evidence.to_string() });
    Some(InvitationView { said, proposal })
}

fn confirmed(tracked: &Tracked) -> Option<Confirmed> {
    let checkpoint = tracked.steps.iter().find_map(|(.., step)| match step {
        Step::Announced { checkpoint } => Some(checkpoint.clone()),
        _ => None,
    })?;
    tracked.steps.iter().find_map(|(entry, at, step)| match step {
        Step::Processed { connections, .. } => Some(Confirmed {
            at: Moment(*at),
            reset: connections_reset(*connections),
            entry: *entry,
            checkpoint: checkpoint.clone(),
        }),
        _ => None,
    })
}

fn connections_reset(number: u64) -> Text {
    Text::of("request-connections").arg("number", number)
}

fn path(tracked: &Tracked) -> Vec<Station> {
    let request = &tracked.request;
    let state = request.state();
    let stations: &[(State, Text)] = &match (request.received.wish, &request.received.statement) {
        (Wish::Disabled, _) => vec![
            (State::Received, Text::of("station-received")),
            (State::UnderReview, Text::of("station-reviewed")),
            (State::FormSent, Text::of("station-form")),
            (State::Found, Text::of("station-found")),
            (State::Returned, Text::of("station-returned")),
            (State::Approved, Text::of("station-approved")),
            (State::Announced, Text::of("station-announced")),
        ],
        (Wish::Enabled, None) => vec![
            (State::Received, Text::of("station-received")),
            (State::UnderReview, Text::of("station-reviewed")),
            (State::Called, Text::of("station-called")),
            (State::Approved, Text::of("station-approved")),
            (State::Announced, Text::of("station-announced")),
        ],
        (Wish::Enabled, Some(_)) => vec![
            (State::Received, Text::of("station-received-signed")),
            (State::UnderReview, Text::of("station-reviewed")),
            (State::Approved, Text::of("station-approved")),
            (State::Announced, Text::of("station-announced")),
        ],
    };
    let reached = stations.iter().position(|(station, _)| *station == state);
    let done = match state {
        State::Incomplete => 1,
        State::Processed => stations.len() - 1,
        _ => reached.map_or(0, |at| at + 1),
    };
    let when = |at: usize| match at {
        _ if at < done => "done",
        _ if at == done && request.is_open() => "now",
        _ => "later",
    };
    stations
        .iter()
        .enumerate()
        .map(|(at, (_, title))| Station { title: title.clone(), when: when(at) })
        .collect()
}

fn told(
    world: &World,
    organization: Option<&Organization>,
    step: &Step,
    sequence: u32,
    local: &impl Fn(jiff::Timestamp) -> String,
) -> (Text, Option<EvidenceId>) {
    let desk = |id: &DeskPersonId| desk_name(world, *id);
    let contact = |id: &ContactId| contact_name(organization, *id);
    let by = |by: &By| match by {
        By::Desk(id) => Arg::Words(desk(id)),
        By::Contact(id) => Arg::Words(contact(id)),
        By::Nobody => Arg::Text(Text::of("told-time")),
    };
    match step {
        Step::Received(received) => {
            let from = match &received.contact {
                Some(id) => Arg::Words(contact(id)),
                None => Arg::Text(Text::of("told-nobody")),
            };
            let text = Text::of("told-received").arg("source", source(received.source));
            (text.arg("from", from), received.evidence)
        }
        Step::Reviewed { review, note } => {
            let text = Text::of(match review.outcome {
                ReviewOutcome::Begun => "told-taken-up",
                ReviewOutcome::Proceeds => "told-reviewed",
                ReviewOutcome::Asked => "told-asked",
            });
            (text.arg("who", desk(&review.by)), *note)
        }
        Step::Joined { evidence, answer: Some(answer), .. } => {
            let attended = answer.attendance.map(|attendance| {
                Text::of(match attendance {
                    Attendance::Accepted => "told-accepted",
                    Attendance::Tentative => "told-tentative",
                    Attendance::Declined => "told-declined",
                })
            });
            let text = match (attended, answer.proposes) {
                (None, None) => Text::of("told-asked-again"),
                (None, Some(start)) => Text::of("told-proposed").arg("start", local(start)),
                (Some(attended), None) => attended,
                (Some(attended), Some(start)) => {
                    Text::of("told-answered-proposed").arg("answered", attended).arg("start", local(start))
                }
            };
            let text = Text::of("told-by").arg("who", contact(&answer.by)).arg("what", text);
            let text = match answer.sequence < sequence {
                true => Text::of("told-late").arg("what", text),
                false => text,
            };
            (text, Some(*evidence))
        }
        Step::Joined { evidence, .. } => (Text::of("told-joined"), Some(*evidence)),
        Step::FormSent { by, form } => {
            let text = Text::of("told-form-sent").arg("who", desk(by)).arg("version", &form.version);
            (text, Some(form.evidence))
        }
        Step::MeetingSet { by: who, declines: Some(proposal), .. } => {
            (Text::of("told-meeting-kept").arg("who", by(who)), Some(*proposal))
        }
        Step::MeetingSet { by: who, meeting, .. } if meeting.cancelled => {
            (Text::of("told-meeting-off").arg("who", by(who)), None)
        }
        Step::MeetingSet { by: who, meeting, .. } => {
            (Text::of("told-meeting").arg("who", by(who)).arg("start", local(meeting.start)), None)
        }
        Step::Found { question, finding } => {
            let text = Text::of(match (question, finding.holds) {
                (Question::Identity, true) => "told-identity",
                (Question::Identity, false) => "told-no-identity",
                (Question::Understanding, true) => "told-understanding",
                (Question::Understanding, false) => "told-no-understanding",
            });
            (text.arg("who", desk(&finding.by)), Some(finding.note))
        }
        Step::Returned(returned) => {
            let text = Text::of("told-returned").arg("who", by(&returned.by));
            (text.arg("strength", strength(&returned.strength)), Some(returned.evidence))
        }
        Step::Matched { matched, note } => {
            let text = Text::of(if matched.accepted { "told-matched" } else { "told-not-matched" });
            (text.arg("who", desk(&matched.by)), *note)
        }
        Step::Called { call, note } => {
            let text = match (call.outcome, call.words) {
                (CallOutcome::Confirmed, None) => Text::of("told-called"),
                (CallOutcome::Confirmed, Some(CallWords::Matched)) => Text::of("told-called-with"),
                (CallOutcome::Confirmed, Some(CallWords::Without(why))) => {
                    Text::of("told-called-without").arg("why", call_view::without(why))
                }
                (CallOutcome::NotReached, _) => Text::of("told-not-reached"),
                (CallOutcome::Denied, _) => Text::of("told-denied"),
            };
            let text = text.arg("who", desk(&call.by)).arg("contact", contact(&call.contact));
            (call_view::wrong(text, call.wrong_tries), Some(*note))
        }
        Step::Approved(signed) => (Text::of("told-approved").arg("who", desk(&signed.approval.by)), None),
        Step::Processed { connections, .. } => {
            (Text::of("told-processed").arg("reset", connections_reset(*connections)), None)
        }
        Step::Announced { .. } => (Text::of("told-announced"), None),
        Step::Reminded => (Text::of("told-reminded"), None),
        Step::Ended { how, note } => {
            let text = match how {
                Ending::Refused(id) => Text::of("told-refused").arg("who", desk(id)),
                Ending::Withdrawn(id) => Text::of("told-withdrawn").arg("who", contact(id)),
                Ending::Vetoed(id) => Text::of("told-vetoed").arg("who", contact(id)),
                Ending::Expired => Text::of("told-expired"),
                Ending::Superseded => Text::of("told-superseded"),
            };
            (text, *note)
        }
    }
}

pub(super) fn desk_name(world: &World, id: DeskPersonId) -> String {
    world.desk_people.get(&id).map_or_else(|| id.to_string(), |person| person.name.to_string())
}

pub(super) fn contact_name(organization: Option<&Organization>, id: ContactId) -> String {
    let known = organization
        .and_then(|o| o.contacts.iter().chain(&o.former.contacts).find(|contact| contact.id == id));
    known.map_or_else(|| id.to_string(), |contact| contact.name.to_string())
}

pub(super) const fn source(source: Source) -> Text {
    Text::of(match source {
        Source::Unauthenticated => "source-unauthenticated",
        Source::Mail => "source-mail",
        Source::SignedIn => "source-signed-in",
        Source::Signed => "source-signed",
    })
}

pub(super) fn strength(word: &str) -> Text {
    Text::of(match word {
        "unchanged" => "strength-unchanged",
        "signed" => "strength-signed",
        "appended" => "strength-appended",
        "passkey" => "strength-passkey",
        "picture" => "strength-picture",
        _ => "strength-other",
    })
}

pub(super) const fn state_title(state: State) -> Text {
    Text::of(match state {
        State::Received => "at-received",
        State::UnderReview => "at-under-review",
        State::Incomplete => "at-incomplete",
        State::FormSent => "at-form-sent",
        State::Found => "at-found",
        State::Returned => "at-returned",
        State::Called => "at-called",
        State::Approved => "at-approved",
        State::Processed => "at-processed",
        State::Announced => "at-announced",
        State::Refused => "at-refused",
        State::Withdrawn => "at-withdrawn",
        State::Vetoed => "at-vetoed",
        State::Expired => "at-expired",
        State::Superseded => "at-superseded",
    })
}
