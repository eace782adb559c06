//! A step of a change request as its entry holds it. Texts and documents are evidence, kept apart: a step has only the
//! evidence's id, and of forms the hash.

use byleave_domain::change_request::{
    Answer, Attendance, By, Call, CallOutcome, CallWords, Ending, Finding, Form, Items, Matched, Meeting,
    Question, Received, Returned, Review, ReviewOutcome, Source, Step, WithoutWords,
};
use byleave_domain::ids::{ChangeRequestId, parse_hex, to_hex};
use byleave_domain::process::{Profile, ProfileName};
use byleave_domain::statement::Wish;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::SignedRecord;
use crate::entry::Kind;

/// `change_request.*`: one step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepRecord {
    /// The change request's id.
    pub change_request: String,
    /// When, RFC 3339.
    pub at: String,
    /// What.
    #[serde(flatten)]
    what: What,
}

/// A record that is no step of a change request.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the step's `{field}` is not valid")]
pub struct InvalidStep {
    /// The field that does not parse.
    pub field: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
enum What {
    Received {
        action: String,
        source: String,
        contact: Option<String>,
        items: [bool; 3],
        evidence: Option<String>,
        signed: Option<SignedRecord>,
        profile: String,
        enable_wait_s: i64,
        number_age_s: i64,
    },
    Reviewed {
        by: String,
        outcome: String,
        note: Option<String>,
    },
    Joined {
        items: [bool; 3],
        evidence: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        answer: Option<AnswerRecord>,
    },
    FormSent {
        by: String,
        evidence: String,
        sha256: String,
        version: String,
    },
    MeetingSet {
        by: Option<String>,
        start: String,
        sequence: u32,
        cancelled: bool,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        declines: Option<String>,
    },
    Found {
        question: String,
        holds: bool,
        by: String,
        note: String,
    },
    Returned {
        by: Option<String>,
        evidence: String,
        sha256: String,
        strength: String,
    },
    Matched {
        by: String,
        accepted: bool,
        note: Option<String>,
    },
    Called {
        by: String,
        contact: String,
        outcome: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        words: Option<String>,
        #[serde(default, skip_serializing_if = "is_zero")]
        wrong_tries: u8,
        note: String,
    },
    Approved {
        signed: SignedRecord,
    },
    Processed {
        epoch: u64,
        connections: u64,
    },
    Announced {
        checkpoint: String,
    },
    Reminded,
    Ended {
        how: String,
        by: Option<String>,
        note: Option<String>,
    },
}

/// What a message answers to the invitation to the meeting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct AnswerRecord {
    by: String,
    attendance: Option<String>,
    proposes: Option<String>,
    sequence: u32,
    stamp: String,
}

impl StepRecord {
    /// The record of a step.
    #[must_use]
    pub fn new(change_request: ChangeRequestId, step: &Step, at: Timestamp) -> Self {
        Self { change_request: change_request.to_string(), at: at.to_string(), what: what(step) }
    }

    /// The request, the step and its time. `entry` is the place of the record in its log.
    ///
    /// # Errors
    /// [`InvalidStep`].
    pub fn read(&self, entry: u64) -> Result<(ChangeRequestId, Step, Timestamp), InvalidStep> {
        let id = parse(&self.change_request, "change_request")?;
        let at = parse(&self.at, "at")?;
        Ok((id, step(&self.what, at, entry)?, at))
    }
}

/// The kind of a step's entry.
#[must_use]
pub const fn kind(step: &Step) -> Kind {
    match step {
        Step::Received(_) => Kind::ChangeRequestReceived,
        Step::Reviewed { .. } => Kind::ChangeRequestReviewed,
        Step::Joined { .. } => Kind::ChangeRequestJoined,
        Step::FormSent { .. } => Kind::ChangeRequestFormSent,
        Step::MeetingSet { .. } => Kind::ChangeRequestMeetingSet,
        Step::Found { .. } => Kind::ChangeRequestFound,
        Step::Returned(_) => Kind::ChangeRequestReturned,
        Step::Matched { .. } => Kind::ChangeRequestMatched,
        Step::Called { call, .. } => match call.words {
            None => Kind::ChangeRequestCalled,
            Some(CallWords::Matched) => Kind::ChangeRequestCalledWithWords,
            Some(CallWords::Without(_)) => Kind::ChangeRequestCalledWithoutWords,
        },
        Step::Approved(_) => Kind::ChangeRequestApproved,
        Step::Processed { .. } => Kind::ChangeRequestProcessed,
        Step::Announced { .. } => Kind::ChangeRequestAnnounced,
        Step::Reminded => Kind::ChangeRequestReminded,
        Step::Ended { .. } => Kind::ChangeRequestEnded,
    }
}

fn what(step: &Step) -> What {
    let text = |id: &dyn std::fmt::Display| id.to_string();
    match step {
        Step::Received(r) => What::Received {
            action: action(r.wish).to_owned(),
            source: source_word(r.source).to_owned(),
            contact: r.contact.map(|contact| contact.to_string()),
            items: items(r.items),
            evidence: r.evidence.map(|evidence| evidence.to_string()),
            signed: r.statement.as_ref().map(SignedRecord::from),
            profile: r.profile.name.as_str().to_owned(),
            enable_wait_s: r.profile.enable_wait.as_secs(),
            number_age_s: r.profile.number_age.as_secs(),
        },
        Step::Reviewed { review, note } => What::Reviewed {
            by: text(&review.by),
            outcome: outcome_word(review.outcome).to_owned(),
            note: note.map(|note| note.to_string()),
        },
        Step::Joined { items: more, evidence, answer } => What::Joined {
            items: items(*more),
            evidence: text(evidence),
            answer: answer.as_ref().map(AnswerRecord::from),
        },
        Step::FormSent { by, form } => What::FormSent {
            by: text(by),
            evidence: text(&form.evidence),
            sha256: to_hex(&form.sha256),
            version: form.version.clone(),
        },
        Step::MeetingSet { by, meeting, declines } => What::MeetingSet {
            by: by_text(*by),
            start: text(&meeting.start),
            sequence: meeting.sequence,
            cancelled: meeting.cancelled,
            declines: declines.map(|evidence| evidence.to_string()),
        },
        Step::Found { question, finding } => What::Found {
            question: question_word(*question).to_owned(),
            holds: finding.holds,
            by: text(&finding.by),
            note: text(&finding.note),
        },
        Step::Returned(r) => What::Returned {
            by: by_text(r.by),
            evidence: text(&r.evidence),
            sha256: to_hex(&r.sha256),
            strength: r.strength.clone(),
        },
        Step::Matched { matched, note } => What::Matched {
            by: text(&matched.by),
            accepted: matched.accepted,
            note: note.map(|note| note.to_string()),
        },
        Step::Called { call, note } => What::Called {
            by: text(&call.by),
            contact: text(&call.contact),
            outcome: call_word(call.outcome).to_owned(),
            words: call.words.map(|words| words_word(words).to_owned()),
            wrong_tries: call.wrong_tries,
            note: text(note),
        },
        Step::Approved(signed) => What::Approved { signed: SignedRecord::from(signed) },
        Step::Processed { epoch, connections } => {
            What::Processed { epoch: *epoch, connections: *connections }
        }
        Step::Announced { checkpoint } => What::Announced { checkpoint: checkpoint.clone() },
        Step::Reminded => What::Reminded,
        Step::Ended { how, note } => {
            let (how, by) = ending(*how);
            What::Ended { how: how.to_owned(), by, note: note.map(|note| note.to_string()) }
        }
    }
}

fn step(what: &What, at: Timestamp, entry: u64) -> Result<Step, InvalidStep> {
    Ok(match what {
        What::Received {
            action,
            source,
            contact,
            items,
            evidence,
            signed,
            profile,
            enable_wait_s,
            number_age_s,
        } => Step::Received(Received {
            wish: known(action, "action", &[Wish::Disabled, Wish::Enabled], |wish| self::action(*wish))?,
            source: known(source, "source", &SOURCES, |source| source_word(*source))?,
            contact: optional(contact.as_deref(), "contact")?,
            items: read_items(*items),
            evidence: optional(evidence.as_deref(), "evidence")?,
            statement: signed
                .as_ref()
                .map(TryInto::try_into)
                .transpose()
                .map_err(|_| InvalidStep { field: "signed" })?,
            profile: Profile {
                name: ProfileName::from_word(profile).ok_or(InvalidStep { field: "profile" })?,
                enable_wait: SignedDuration::from_secs(*enable_wait_s),
                number_age: SignedDuration::from_secs(*number_age_s),
            },
        }),
        What::Reviewed { by, outcome, note } => Step::Reviewed {
            review: Review {
                by: parse(by, "by")?,
                outcome: known(outcome, "outcome", &OUTCOMES, |outcome| outcome_word(*outcome))?,
            },
            note: optional(note.as_deref(), "note")?,
        },
        What::Joined { items, evidence, answer } => Step::Joined {
            items: read_items(*items),
            evidence: parse(evidence, "evidence")?,
            answer: answer.as_ref().map(AnswerRecord::read).transpose()?,
        },
        What::FormSent { by, evidence, sha256, version } => Step::FormSent {
            by: parse(by, "by")?,
            form: Form {
                evidence: parse(evidence, "evidence")?,
                sha256: parse_hex(sha256).ok_or(InvalidStep { field: "sha256" })?,
                version: version.clone(),
            },
        },
        What::MeetingSet { by, start, sequence, cancelled, declines } => Step::MeetingSet {
            by: read_by(by.as_deref())?,
            meeting: Meeting { start: parse(start, "start")?, sequence: *sequence, cancelled: *cancelled },
            declines: optional(declines.as_deref(), "declines")?,
        },
        What::Found { question, holds, by, note } => Step::Found {
            question: known(question, "question", &QUESTIONS, |question| question_word(*question))?,
            finding: Finding { holds: *holds, by: parse(by, "by")?, at, note: parse(note, "note")? },
        },
        What::Returned { by, evidence, sha256, strength } => Step::Returned(Returned {
            by: read_by(by.as_deref())?,
            evidence: parse(evidence, "evidence")?,
            sha256: parse_hex(sha256).ok_or(InvalidStep { field: "sha256" })?,
            strength: strength.clone(),
        }),
        What::Matched { by, accepted, note } => Step::Matched {
            matched: Matched { by: parse(by, "by")?, accepted: *accepted },
            note: optional(note.as_deref(), "note")?,
        },
        What::Called { by, contact, outcome, words, wrong_tries, note } => Step::Called {
            call: read_call([by, contact, outcome], words.as_deref(), *wrong_tries, at, entry)?,
            note: parse(note, "note")?,
        },
        What::Approved { signed } => {
            Step::Approved(signed.try_into().map_err(|_| InvalidStep { field: "signed" })?)
        }
        What::Processed { epoch, connections } => {
            Step::Processed { epoch: *epoch, connections: *connections }
        }
        What::Announced { checkpoint } => Step::Announced { checkpoint: checkpoint.clone() },
        What::Reminded => Step::Reminded,
        What::Ended { how, by, note } => {
            Step::Ended { how: read_ending(how, by.as_deref())?, note: optional(note.as_deref(), "note")? }
        }
    })
}

impl From<&Answer> for AnswerRecord {
    fn from(answer: &Answer) -> Self {
        Self {
            by: answer.by.to_string(),
            attendance: answer.attendance.map(|attendance| attendance.as_str().to_owned()),
            proposes: answer.proposes.map(|start| start.to_string()),
            sequence: answer.sequence,
            stamp: answer.stamp.to_string(),
        }
    }
}

impl AnswerRecord {
    fn read(&self) -> Result<Answer, InvalidStep> {
        let attendance = self.attendance.as_deref();
        Ok(Answer {
            by: parse(&self.by, "by")?,
            attendance: attendance
                .map(|word| known(word, "attendance", &Attendance::ALL, |known| known.as_str()))
                .transpose()?,
            proposes: optional(self.proposes.as_deref(), "proposes")?,
            sequence: self.sequence,
            stamp: parse(&self.stamp, "stamp")?,
        })
    }
}

const SOURCES: [Source; 4] = [Source::Unauthenticated, Source::Mail, Source::SignedIn, Source::Signed];
const OUTCOMES: [ReviewOutcome; 3] = [ReviewOutcome::Begun, ReviewOutcome::Proceeds, ReviewOutcome::Asked];
const QUESTIONS: [Question; 2] = [Question::Identity, Question::Understanding];
const CALL_OUTCOMES: [CallOutcome; 3] =
    [CallOutcome::Confirmed, CallOutcome::NotReached, CallOutcome::Denied];

/// The word for what is asked for: `disable` or `enable`.
#[must_use]
pub const fn action(wish: Wish) -> &'static str {
    match wish {
        Wish::Disabled => "disable",
        Wish::Enabled => "enable",
    }
}

/// The word for how a request came.
#[must_use]
pub const fn source_word(source: Source) -> &'static str {
    match source {
        Source::Unauthenticated => "unauthenticated",
        Source::Mail => "mail",
        Source::SignedIn => "signed_in",
        Source::Signed => "signed",
    }
}

const fn outcome_word(outcome: ReviewOutcome) -> &'static str {
    match outcome {
        ReviewOutcome::Begun => "begun",
        ReviewOutcome::Proceeds => "proceeds",
        ReviewOutcome::Asked => "asked",
    }
}

/// The word for one of the meeting's two questions.
#[must_use]
pub const fn question_word(question: Question) -> &'static str {
    match question {
        Question::Identity => "identity",
        Question::Understanding => "understanding",
    }
}

/// The word for what came of a call.
#[must_use]
pub const fn call_word(outcome: CallOutcome) -> &'static str {
    match outcome {
        CallOutcome::Confirmed => "confirmed",
        CallOutcome::NotReached => "not_reached",
        CallOutcome::Denied => "denied",
    }
}

/// The word for whether a call was with words: `matched`, or why without.
#[must_use]
pub const fn words_word(words: CallWords) -> &'static str {
    match words {
        CallWords::Matched => "matched",
        CallWords::Without(WithoutWords::CannotSignIn) => "cannot_sign_in",
        CallWords::Without(WithoutWords::NoScreen) => "no_screen",
        CallWords::Without(WithoutWords::PortalAway) => "portal_away",
        CallWords::Without(WithoutWords::Other) => "other",
    }
}

/// A call, of who called, whom, and what came of it.
pub(super) fn read_call(
    [by, contact, outcome]: [&str; 3],
    words: Option<&str>,
    wrong_tries: u8,
    at: Timestamp,
    entry: u64,
) -> Result<Call, InvalidStep> {
    let outcome = known(outcome, "outcome", &CALL_OUTCOMES, |outcome| call_word(*outcome))?;
    let words = words.map(|word| known(word, "words", &CallWords::ALL, |words| words_word(*words)));
    let words = words.transpose()?;
    // Of a call that confirmed nothing there is nothing to say.
    if words.is_some() && outcome != CallOutcome::Confirmed {
        return Err(InvalidStep { field: "words" });
    }
    let (by, contact) = (parse(by, "by")?, parse(contact, "contact")?);
    Ok(Call { by, contact, outcome, words, wrong_tries, at, entry })
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
pub(super) const fn is_zero(number: &u8) -> bool {
    *number == 0
}

fn ending(how: Ending) -> (&'static str, Option<String>) {
    match how {
        Ending::Refused(by) => ("refused", Some(by.to_string())),
        Ending::Withdrawn(by) => ("withdrawn", Some(by.to_string())),
        Ending::Vetoed(by) => ("vetoed", Some(by.to_string())),
        Ending::Expired => ("expired", None),
        Ending::Superseded => ("superseded", None),
    }
}

fn read_ending(how: &str, by: Option<&str>) -> Result<Ending, InvalidStep> {
    Ok(match (how, by) {
        ("refused", Some(by)) => Ending::Refused(parse(by, "by")?),
        ("withdrawn", Some(by)) => Ending::Withdrawn(parse(by, "by")?),
        ("vetoed", Some(by)) => Ending::Vetoed(parse(by, "by")?),
        ("expired", None) => Ending::Expired,
        ("superseded", None) => Ending::Superseded,
        _ => return Err(InvalidStep { field: "how" }),
    })
}

pub(super) fn by_text(by: By) -> Option<String> {
    match by {
        By::Desk(id) => Some(id.to_string()),
        By::Contact(id) => Some(id.to_string()),
        By::Nobody => None,
    }
}

pub(super) fn read_by(text: Option<&str>) -> Result<By, InvalidStep> {
    let Some(text) = text else { return Ok(By::Nobody) };
    let desk = text.parse().map(By::Desk).ok();
    desk.or_else(|| text.parse().map(By::Contact).ok()).ok_or(InvalidStep { field: "by" })
}

const fn items(items: Items) -> [bool; 3] {
    [items.name, items.confirmation, items.contact]
}

const fn read_items([name, confirmation, contact]: [bool; 3]) -> Items {
    Items { name, confirmation, contact }
}

pub(super) fn parse<T: std::str::FromStr>(text: &str, field: &'static str) -> Result<T, InvalidStep> {
    text.parse().map_err(|_| InvalidStep { field })
}

fn optional<T: std::str::FromStr>(text: Option<&str>, field: &'static str) -> Result<Option<T>, InvalidStep> {
    text.map(|text| parse(text, field)).transpose()
}

pub(super) fn known<T: Copy>(
    word: &str,
    field: &'static str,
    all: &[T],
    name: impl Fn(&T) -> &'static str,
) -> Result<T, InvalidStep> {
    all.iter().copied().find(|one| name(one) == word).ok_or(InvalidStep { field })
}
