//! What both sides see of a change request: the path that it takes, and everything that has happened.

use byleave_app::world::{Tracked, World};
use byleave_domain::change_request::{
    Attendance, By, CallOutcome, ChangeRequest, Ending, Question, ReviewOutcome, Source, State, Step,
};
use byleave_domain::ids::{ContactId, DeskPersonId, EvidenceId, to_hex};
use byleave_domain::organization::Organization;
use byleave_domain::statement::Wish;

use crate::text::Text;
use crate::words;

/// A change request on a page.
pub(crate) struct RequestView {
    pub id: String,
    pub number: String,
    pub organization: String,
    pub slug: String,
    pub wish: &'static str,
    pub state: &'static str,
    pub open: bool,
    pub source: &'static str,
    pub next: Option<Text>,
    pub path: Vec<Station>,
    pub history: Vec<Happened>,
    pub sha256: Option<String>,
    pub meeting: Option<String>,
    pub invitation: Option<InvitationView>,
    pub strength: Option<&'static str>,
    /// Once it is announced.
    pub confirmed: Option<Confirmed>,
}

/// The confirmation: the moment from which it was in force, and the receipt.
pub(crate) struct Confirmed {
    pub at: String,
    pub reset: String,
    pub entry: u64,
    pub checkpoint: String,
}

/// What became of the invitation to the meeting.
pub(crate) struct InvitationView {
    /// A sentence.
    pub said: String,
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
    pub title: &'static str,
    /// `done`, `now` or `later`; also names the style.
    pub when: &'static str,
}

/// One thing that happened.
pub(crate) struct Happened {
    pub at: String,
    pub what: String,
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
        wish: words::wish(request.received.wish),
        state: state_title(request.state()),
        open: request.is_open(),
        source: source(request.received.source),
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
                Happened { at: words::instant(*at), what, entry: *entry, evidence }
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
    let mut said = match request.attendance(contact.id) {
        None => format!("{} has not answered the invitation", contact.name),
        Some((attendance, answered)) => {
            let (what, at) = (attended(attendance), words::instant(answered.at));
            if request.is_answered_by(&answered.answer) {
                format!("{} {what} on {at}", contact.name)
            } else {
                format!(
                    "{} has not answered the invitation as it is now; they {what} an earlier one on {at}",
                    contact.name
                )
            }
        }
    };
    let proposal = request.proposal(contact.id);
    if let Some((start, _)) = proposal {
        said.push_str(&format!(", and proposes another time: {}", local(start)));
    }
    said.push('.');
    let proposal = proposal
        .map(|(start, evidence)| ProposalView { start: start.to_string(), evidence: evidence.to_string() });
    Some(InvitationView { said, proposal })
}

const fn attended(attendance: Attendance) -> &'static str {
    match attendance {
        Attendance::Accepted => "accepted",
        Attendance::Tentative => "tentatively accepted",
        Attendance::Declined => "declined",
    }
}

fn confirmed(tracked: &Tracked) -> Option<Confirmed> {
    let checkpoint = tracked.steps.iter().find_map(|(.., step)| match step {
        Step::Announced { checkpoint } => Some(checkpoint.clone()),
        _ => None,
    })?;
    tracked.steps.iter().find_map(|(entry, at, step)| match step {
        Step::Processed { connections, .. } => Some(Confirmed {
            at: words::instant(*at),
            reset: connections_reset(*connections),
            entry: *entry,
            checkpoint: checkpoint.clone(),
        }),
        _ => None,
    })
}

fn connections_reset(number: u64) -> String {
    words::count(usize::try_from(number).unwrap_or(usize::MAX), "connection", "connections")
}

fn path(tracked: &Tracked) -> Vec<Station> {
    let request = &tracked.request;
    let state = request.state();
    let stations: &[(State, &'static str)] = match (request.received.wish, &request.received.statement) {
        (Wish::Disabled, _) => &[
            (State::Received, "Received"),
            (State::UnderReview, "Reviewed"),
            (State::FormSent, "Form and meeting"),
            (State::Found, "Two findings"),
            (State::Returned, "Form returned"),
            (State::Approved, "Approved"),
            (State::Announced, "In force, and said"),
        ],
        (Wish::Enabled, None) => &[
            (State::Received, "Received"),
            (State::UnderReview, "Reviewed"),
            (State::Called, "Call-back"),
            (State::Approved, "Approved"),
            (State::Announced, "In force, and said"),
        ],
        (Wish::Enabled, Some(_)) => &[
            (State::Received, "Received, signed"),
            (State::UnderReview, "Reviewed"),
            (State::Approved, "Approved"),
            (State::Announced, "In force, and said"),
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
    stations.iter().enumerate().map(|(at, (_, title))| Station { title, when: when(at) }).collect()
}

fn told(
    world: &World,
    organization: Option<&Organization>,
    step: &Step,
    sequence: u32,
    local: &impl Fn(jiff::Timestamp) -> String,
) -> (String, Option<EvidenceId>) {
    let desk = |id: &DeskPersonId| desk_name(world, *id);
    let contact = |id: &ContactId| contact_name(organization, *id);
    let by = |by: &By| match by {
        By::Desk(id) => desk(id),
        By::Contact(id) => contact(id),
        By::Nobody => "Time".to_owned(),
    };
    match step {
        Step::Received(received) => {
            let from = received.contact.as_ref().map_or_else(|| "nobody known".to_owned(), contact);
            (format!("Came in: {}, from {from}.", source(received.source)), received.evidence)
        }
        Step::Reviewed { review, note } => {
            let what = match review.outcome {
                ReviewOutcome::Begun => "took it up",
                ReviewOutcome::Proceeds => "reviewed it, and let it go on",
                ReviewOutcome::Asked => "asked for what is missing",
            };
            (format!("{} {what}.", desk(&review.by)), *note)
        }
        Step::Joined { evidence, answer: Some(answer), .. } => {
            let attendance =
                answer.attendance.map(|attendance| format!(" {} the meeting", attended(attendance)));
            let proposes = answer.proposes.map(|start| format!(" proposed another time: {}", local(start)));
            let what = [attendance, proposes].into_iter().flatten().collect::<Vec<_>>().join(", and");
            let what = if what.is_empty() { " asked for the invitation again".to_owned() } else { what };
            let late = if answer.sequence < sequence { " It answers an earlier invitation." } else { "" };
            (format!("{}{what}.{late}", contact(&answer.by)), Some(*evidence))
        }
        Step::Joined { evidence, .. } => ("A further message came in.".to_owned(), Some(*evidence)),
        Step::FormSent { by, form } => {
            (format!("{} sent the form, text version {}.", desk(by), form.version), Some(form.evidence))
        }
        Step::MeetingSet { by: who, declines: Some(proposal), .. } => {
            (format!("{} declined the time that was proposed; the meeting stays.", by(who)), Some(*proposal))
        }
        Step::MeetingSet { by: who, meeting, .. } if meeting.cancelled => {
            (format!("{} called the meeting off.", by(who)), None)
        }
        Step::MeetingSet { by: who, meeting, .. } => {
            (format!("{} set the meeting: {}.", by(who), local(meeting.start)), None)
        }
        Step::Found { question, finding } => {
            let what = match (question, finding.holds) {
                (Question::Identity, true) => "found: this is the organization's security contact",
                (Question::Identity, false) => "found: this is not the organization's security contact",
                (Question::Understanding, true) => "found: what the form says is understood",
                (Question::Understanding, false) => "found: what the form says is not understood",
            };
            (format!("{} {what}.", desk(&finding.by)), Some(finding.note))
        }
        Step::Returned(returned) => {
            let what = strength(&returned.strength);
            (format!("{} returned the form: {what}.", by(&returned.by)), Some(returned.evidence))
        }
        Step::Matched { matched, note } => {
            let what = if matched.accepted { "accepted" } else { "did not accept" };
            (format!("{} {what} the returned form.", desk(&matched.by)), *note)
        }
        Step::Called { call, note } => {
            let what = match call.outcome {
                CallOutcome::Confirmed => "who confirmed the request",
                CallOutcome::NotReached => "who was not reached",
                CallOutcome::Denied => "who did not confirm it",
            };
            (
                format!(
                    "{} called {} on the number on file, {what}.",
                    desk(&call.by),
                    contact(&call.contact)
                ),
                Some(*note),
            )
        }
        Step::Approved(signed) => (format!("{} approved, signed.", desk(&signed.approval.by)), None),
        Step::Processed { connections, .. } => {
            (format!("In force everywhere; {} reset.", connections_reset(*connections)), None)
        }
        Step::Announced { .. } => ("Every security contact can read the confirmation.".to_owned(), None),
        Step::Reminded => ("A reminder: it waits.".to_owned(), None),
        Step::Ended { how, note } => {
            let what = match how {
                Ending::Refused(id) => format!("{} refused it.", desk(id)),
                Ending::Withdrawn(id) => format!("{} withdrew it.", contact(id)),
                Ending::Vetoed(id) => format!("{} objected to it.", contact(id)),
                Ending::Expired => "It expired: nothing had happened for 14 days.".to_owned(),
                Ending::Superseded => "It is superseded: the setting was decided anew.".to_owned(),
            };
            (what, *note)
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

const fn source(source: Source) -> &'static str {
    match source {
        Source::Unauthenticated => "an unauthenticated message",
        Source::Mail => "a mail that the contact's domain has signed",
        Source::SignedIn => "a message of a signed-in contact",
        Source::Signed => "signed with the contact's own key",
    }
}

pub(super) fn strength(word: &str) -> &'static str {
    match word {
        "unchanged" => "the form itself, without a signature in it",
        "signed" => "the form itself, with a digital signature over all of it",
        "appended" => "the form itself, with additions that no signature covers",
        "picture" => "a picture",
        _ => "another PDF, to be compared by eye",
    }
}

pub(super) const fn state_title(state: State) -> &'static str {
    match state {
        State::Received => "Received",
        State::UnderReview => "Under review",
        State::Incomplete => "Something is missing",
        State::FormSent => "Form sent, meeting scheduled",
        State::Found => "Both findings made",
        State::Returned => "Form returned and matched",
        State::Called => "Confirmed by telephone",
        State::Approved => "Approved",
        State::Processed => "In force",
        State::Announced => "In force, and said",
        State::Refused => "Refused",
        State::Withdrawn => "Withdrawn",
        State::Vetoed => "Objected to",
        State::Expired => "Expired",
        State::Superseded => "Superseded",
    }
}
