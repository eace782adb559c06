//! Letters: which mails a change causes, to whom, and when one that did not go is tried again.
//!
//! A letter goes to security contacts on file alone, and to whoever has just been replaced: never to whoever wrote, unless
//! that is the contact on file. What all of them are told goes to the organization's notice addresses as well, as a copy. It
//! tells of what has happened, and decides nothing; nobody signs in by one.
//!
//! Absent: words. What a letter says is a text that the vendor can write anew; here is which one.

use jiff::{SignedDuration, Timestamp};

use crate::change_request::{CallOutcome, ChangeRequest, Ending, Question, ReviewOutcome, Step};
use crate::contact::SecurityContact;
use crate::contact_change::{ContactChangeEnd, ContactStep};
use crate::ids::ContactId;
use crate::statement::Wish;
use crate::text::Email;

/// How long a letter is tried for.
pub const TRIED_FOR: SignedDuration = SignedDuration::from_hours(24 * 5);

/// How long the first wait is; each further one is four times as long.
const FIRST_WAIT: SignedDuration = SignedDuration::from_mins(1);

/// The longest wait.
const WAIT_MAX: SignedDuration = SignedDuration::from_hours(1);

/// Which text a letter has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Text {
    /// A change of the setting is asked for.
    RequestReceived,
    /// The answer to a request: something is missing.
    RequestIncomplete,
    /// The answer to a request: it goes on. With form and invitation where there are any.
    RequestAccepted,
    /// A request has moved on.
    RequestStep,
    /// The meeting was moved or called off, or stays; or its invitation goes out again.
    Meeting,
    /// A request ended without being processed.
    RequestEnded,
    /// The setting is another one.
    SettingChanged,
    /// The security contacts change.
    ContactsChange,
    /// A security contact's passkey was added or removed.
    Passkeys,
    /// Everybody is kept out, or no longer.
    Freeze,
    /// Copies go elsewhere, or are asked to.
    NoticeAddresses,
    /// What a month brought.
    Statement,
    /// A visit is not recognised, or the desk has answered that.
    Doubt,
    /// The answer to mail that is no request yet.
    MailUnclear,
}

impl Text {
    /// Every text.
    pub const ALL: [Self; 14] = [
        Self::RequestReceived,
        Self::RequestIncomplete,
        Self::RequestAccepted,
        Self::RequestStep,
        Self::Meeting,
        Self::RequestEnded,
        Self::SettingChanged,
        Self::ContactsChange,
        Self::Passkeys,
        Self::Freeze,
        Self::NoticeAddresses,
        Self::Statement,
        Self::Doubt,
        Self::MailUnclear,
    ];

    /// Its name in files and in the store.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::RequestReceived => "request_received",
            Self::RequestIncomplete => "request_incomplete",
            Self::RequestAccepted => "request_accepted",
            Self::RequestStep => "request_step",
            Self::Meeting => "meeting",
            Self::RequestEnded => "request_ended",
            Self::SettingChanged => "setting_changed",
            Self::ContactsChange => "contacts_change",
            Self::Passkeys => "passkeys",
            Self::Freeze => "freeze",
            Self::NoticeAddresses => "notice_addresses",
            Self::Statement => "statement",
            Self::Doubt => "doubt",
            Self::MailUnclear => "mail_unclear",
        }
    }

    /// What `word` names, if it is a text.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|text| text.as_str() == word)
    }

    /// Every event that the text is written about.
    #[must_use]
    pub const fn events(self) -> &'static [&'static str] {
        match self {
            Self::RequestReceived => &["received"],
            Self::RequestIncomplete => &["incomplete"],
            Self::RequestAccepted => &["proceeds"],
            Self::RequestStep => &[
                "joined",
                "meeting_answered",
                "review_begun",
                "incomplete",
                "proceeds",
                "form_sent",
                "meeting_set",
                "identity_found",
                "identity_not_found",
                "understanding_found",
                "understanding_not_found",
                "form_returned",
                "form_accepted",
                "form_not_accepted",
                "called",
                "not_reached",
                "call_denied",
                "approved",
                "in_force",
                "reminded",
            ],
            Self::Meeting => &["meeting_set", "meeting_cancelled", "meeting_kept", "meeting_again"],
            Self::RequestEnded => &["refused", "withdrawn", "vetoed", "expired", "superseded"],
            Self::SettingChanged => &["disabled", "confirmed", "enabled"],
            Self::ContactsChange => {
                &["announced", "form_returned", "agreed", "made", "vetoed", "refused", "expired", "called"]
            }
            Self::Passkeys => &["added", "removed"],
            Self::Freeze => &["begun", "lifted"],
            Self::NoticeAddresses => &["changed", "asked"],
            Self::Statement => &["month"],
            Self::Doubt => &["raised", "answered"],
            Self::MailUnclear => &["incomplete", "form_wanted"],
        }
    }
}

/// To whom a letter goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recipient {
    /// A security contact.
    Contact(ContactId),
    /// One of the organization's notice addresses. It gets a copy of what all contacts are told: no form, no invitation, and
    /// never an answer.
    Notice(Email),
}

/// Who can be written to.
#[derive(Debug, Clone, Copy)]
pub struct OnFile<'a> {
    /// The organization's contacts before and after what has happened, each once: whoever was replaced is told for the last
    /// time.
    pub contacts: &'a [SecurityContact],
    /// Its notice addresses, likewise.
    pub notices: &'a [Email],
}

/// One letter to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// To whom.
    pub to: Recipient,
    /// Which text.
    pub text: Text,
    /// What has happened, one of the text's events.
    pub event: &'static str,
    /// Whether it answers the message that the request came in. All others are messages of their own.
    pub answers: bool,
    /// Whether the acknowledgement form goes with it.
    pub form: bool,
    /// Whether the invitation, or its cancellation, goes with it.
    pub invitation: bool,
}

/// What has happened.
#[derive(Debug, Clone, Copy)]
pub enum Cause<'a> {
    /// Steps of one request that were taken at once, and what they have made of it.
    Steps(&'a ChangeRequest, &'a [Step]),
    /// A change of contacts was announced, or has moved on.
    ContactChange(Option<&'a ContactStep>),
    /// A contact was called at the number on file.
    ContactCalled,
    /// The setting is another one: `disabled`, `confirmed` or `enabled`.
    Setting(&'static str),
    /// A security contact's passkey was added or removed.
    Passkey {
        /// Whether it was removed.
        removed: bool,
    },
    /// A freeze has begun, or is over.
    Freeze {
        /// Whether it is over.
        lifted: bool,
    },
    /// The organization's notice addresses are others, or the vendor asks that they be.
    NoticeAddresses {
        /// Whether it is asked for alone.
        asked: bool,
    },
    /// A month is over.
    Month,
    /// A visit is doubted, or that was answered.
    Doubt {
        /// Whether it was answered.
        answered: bool,
    },
    /// A contact's own mail is no request yet.
    Mail {
        /// Whose.
        by: ContactId,
        /// Whether it asks for the form; else something is missing or unclear.
        wants_form: bool,
    },
}

/// The letters that something causes.
#[must_use]
pub fn letters(cause: Cause<'_>, on_file: OnFile<'_>) -> Vec<Letter> {
    let (text, event) = match cause {
        Cause::Steps(request, steps) => return of_steps(request, steps, on_file),
        Cause::ContactChange(None) => (Text::ContactsChange, "announced"),
        Cause::ContactChange(Some(step)) => (Text::ContactsChange, contact_event(step)),
        Cause::ContactCalled => (Text::ContactsChange, "called"),
        Cause::Setting(event) => (Text::SettingChanged, event),
        Cause::NoticeAddresses { asked } => (Text::NoticeAddresses, if asked { "asked" } else { "changed" }),
        Cause::Month => (Text::Statement, "month"),
        Cause::Passkey { removed } => (Text::Passkeys, if removed { "removed" } else { "added" }),
        Cause::Freeze { lifted } => (Text::Freeze, if lifted { "lifted" } else { "begun" }),
        Cause::Doubt { answered } => (Text::Doubt, if answered { "answered" } else { "raised" }),
        Cause::Mail { by, wants_form } => {
            let event = if wants_form { "form_wanted" } else { "incomplete" };
            let known = on_file.contacts.iter().filter(|known| known.id == by);
            return known
                .map(|to| Letter { answers: true, ..letter(to.id, Text::MailUnclear, event) })
                .collect();
        }
    };
    to_all(on_file, text, event)
}

fn to_all(on_file: OnFile<'_>, text: Text, event: &'static str) -> Vec<Letter> {
    let contacts = on_file.contacts.iter().map(|contact| letter(contact.id, text, event));
    let copies = on_file.notices.iter().map(|address| to(Recipient::Notice(address.clone()), text, event));
    contacts.chain(copies).collect()
}

const fn letter(contact: ContactId, text: Text, event: &'static str) -> Letter {
    to(Recipient::Contact(contact), text, event)
}

const fn to(to: Recipient, text: Text, event: &'static str) -> Letter {
    Letter { to, text, event, answers: false, form: false, invitation: false }
}

fn of_steps(request: &ChangeRequest, steps: &[Step], on_file: OnFile<'_>) -> Vec<Letter> {
    let asker = request.invited(on_file.contacts).map(|contact| contact.id);
    let proceeds = |step: &Step| matches!(step, Step::Reviewed { review, .. } if review.outcome == ReviewOutcome::Proceeds);
    if steps.iter().any(proceeds) {
        // The form and the meeting, which come with it, are in the same letter.
        let disabling = request.received.wish == Wish::Disabled;
        let answer = asker.map(|asker| Letter {
            answers: true,
            form: disabling && request.form.is_some(),
            invitation: disabling && request.meeting.is_some(),
            ..letter(asker, Text::RequestAccepted, "proceeds")
        });
        return answer.into_iter().chain(others(on_file, asker, Text::RequestStep, "proceeds")).collect();
    }
    steps.iter().flat_map(|step| of_step(request, step, asker, on_file)).collect()
}

/// To all but whoever asked.
fn others(on_file: OnFile<'_>, asker: Option<ContactId>, text: Text, event: &'static str) -> Vec<Letter> {
    let mut all = to_all(on_file, text, event);
    all.retain(|letter| asker.is_none_or(|asker| letter.to != Recipient::Contact(asker)));
    all
}

fn of_step(
    request: &ChangeRequest,
    step: &Step,
    asker: Option<ContactId>,
    on_file: OnFile<'_>,
) -> Vec<Letter> {
    let event = match step {
        Step::Received(_) => return to_all(on_file, Text::RequestReceived, "received"),
        Step::Ended { how, .. } => return to_all(on_file, Text::RequestEnded, ending(*how)),
        Step::Reviewed { review, .. } => match review.outcome {
            ReviewOutcome::Begun => "review_begun",
            ReviewOutcome::Proceeds => "proceeds",
            ReviewOutcome::Asked => {
                let answer = asker.map(|asker| letter(asker, Text::RequestIncomplete, "incomplete"));
                let answer = answer.map(|answer| Letter { answers: true, ..answer });
                let others = others(on_file, asker, Text::RequestStep, "incomplete");
                return answer.into_iter().chain(others).collect();
            }
        },
        Step::MeetingSet { meeting, declines, .. } => {
            let event = match declines {
                Some(_) => "meeting_kept",
                None if meeting.cancelled => "meeting_cancelled",
                None => "meeting_set",
            };
            let invited = asker.map(|asker| Letter {
                invitation: true,
                answers: declines.is_some(),
                ..letter(asker, Text::Meeting, event)
            });
            return invited.into_iter().chain(others(on_file, asker, Text::Meeting, event)).collect();
        }
        Step::Joined { answer: Some(answer), .. } if request.is_invited_again(answer) => {
            let cancelled = request.meeting.is_some_and(|meeting| meeting.cancelled);
            let event = if cancelled { "meeting_cancelled" } else { "meeting_again" };
            let again = Letter { invitation: true, answers: true, ..letter(answer.by, Text::Meeting, event) };
            let others = others(on_file, Some(answer.by), Text::RequestStep, "meeting_answered");
            return std::iter::once(again).chain(others).collect();
        }
        Step::Joined { answer: Some(_), .. } => "meeting_answered",
        // Announced in the same breath, with the receipt.
        Step::Processed { .. } => return Vec::new(),
        Step::Joined { .. } => "joined",
        Step::FormSent { .. } => "form_sent",
        Step::Found { question: Question::Identity, finding } if finding.holds => "identity_found",
        Step::Found { question: Question::Identity, .. } => "identity_not_found",
        Step::Found { finding, .. } if finding.holds => "understanding_found",
        Step::Found { .. } => "understanding_not_found",
        Step::Returned(_) => "form_returned",
        Step::Matched { matched, .. } if matched.accepted => "form_accepted",
        Step::Matched { .. } => "form_not_accepted",
        Step::Called { call, .. } => match call.outcome {
            CallOutcome::Confirmed => "called",
            CallOutcome::NotReached => "not_reached",
            CallOutcome::Denied => "call_denied",
        },
        Step::Approved(_) => "approved",
        Step::Announced { .. } => "in_force",
        Step::Reminded => "reminded",
    };
    to_all(on_file, Text::RequestStep, event)
}

const fn ending(how: Ending) -> &'static str {
    match how {
        Ending::Refused(_) => "refused",
        Ending::Withdrawn(_) => "withdrawn",
        Ending::Vetoed(_) => "vetoed",
        Ending::Expired => "expired",
        Ending::Superseded => "superseded",
    }
}

const fn contact_event(step: &ContactStep) -> &'static str {
    match step {
        ContactStep::Returned(_) => "form_returned",
        ContactStep::Agreed(_) => "agreed",
        ContactStep::Ended(ContactChangeEnd::Made) => "made",
        ContactStep::Ended(ContactChangeEnd::Vetoed(_)) => "vetoed",
        ContactStep::Ended(ContactChangeEnd::Refused(_)) => "refused",
        ContactStep::Ended(ContactChangeEnd::Expired) => "expired",
    }
}

/// What a server made of a letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answered {
    /// It took it.
    Taken,
    /// It will not, now or later.
    Never,
    /// It does not now, or could not be asked.
    NotNow,
}

/// What is next for a letter that was tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// A server has it.
    Sent,
    /// It is not tried any more.
    Failed,
    /// It is tried again then.
    Again(Timestamp),
}

/// What is next after the `attempts`th try of a letter written at `written`. `jitter` spreads those that wait together: each
/// wait is longer by up to a quarter, by so many 255ths of it.
#[must_use]
pub fn next(answered: Answered, attempts: u32, written: Timestamp, now: Timestamp, jitter: u8) -> Next {
    match answered {
        Answered::Taken => Next::Sent,
        Answered::Never => Next::Failed,
        Answered::NotNow if now.duration_since(written) >= TRIED_FOR => Next::Failed,
        Answered::NotNow => {
            let wait = (1..attempts.min(10)).fold(FIRST_WAIT, |wait, _| wait.saturating_mul(4).min(WAIT_MAX));
            let spread = wait.as_secs() / 4 * i64::from(jitter) / 255;
            let wait = wait.saturating_add(SignedDuration::from_secs(spread));
            Next::Again(now.saturating_add(wait).unwrap_or(Timestamp::MAX))
        }
    }
}
