//! Requests to disable or to enable support access, from received to announced: the article as a state machine.
//!
//! A request is what its steps have made it, and each step is an entry of the organization's log. [`ChangeRequest::apply`]
//! is the only way it moves; `rules` says which step may follow, and who may take it. A message never changes the
//! setting: the last step before that is always an approval signed by a desk person.
//!
//! Disabling: received → under review → form sent and meeting scheduled → two findings → form returned and matched →
//! approved → processed → announced. Enabling: received → under review → called (unless the contact signed) → approved →
//! processed → announced.

mod call;
mod invitation;
mod rules;

use jiff::{SignedDuration, Timestamp};

use crate::approval::SignedApproval;
use crate::ids::{ChangeRequestId, ContactId, DeskPersonId, EvidenceId, OrganizationId};
use crate::process::Profile;
use crate::statement::{SignedStatement, Wish};

pub use call::{Call, CallOutcome, CallWords, WithoutWords};
pub use invitation::{Answer, Answered, Attendance};
pub use rules::{REMIND_AFTER, StepRefused, may_add};

/// A request on which nothing has happened for this long is over.
pub const CHANGE_REQUEST_LIFE: SignedDuration = SignedDuration::from_hours(24 * 14);

/// How long the meeting is planned to last.
pub const MEETING_LENGTH: SignedDuration = SignedDuration::from_mins(30);

/// A request to change an organization's setting, as its steps have made it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeRequest {
    /// This request.
    pub id: ChangeRequestId,
    /// Whose setting.
    pub organization: OrganizationId,
    /// How it came.
    pub received: Received,
    /// When.
    pub received_at: Timestamp,
    /// Which of the article's three items are known by now.
    pub items: Items,
    /// Who is looking at it, and whether they found it fit to go on.
    pub review: Option<Review>,
    /// The acknowledgement form.
    pub form: Option<Form>,
    /// The meeting.
    pub meeting: Option<Meeting>,
    /// What was answered to its invitations, in the order in which it came in.
    pub answers: Vec<Answered>,
    /// Whether the person is the organization's security contact.
    pub identity: Option<Finding>,
    /// Whether the form's implications are understood.
    pub understanding: Option<Finding>,
    /// The form as it came back last.
    pub returned: Option<Returned>,
    /// A desk person's word on the returned form.
    pub matched: Option<Matched>,
    /// The newest call-back.
    pub call: Option<Call>,
    /// Desk people's approvals, at most one each.
    pub approvals: Vec<(SignedApproval, Timestamp)>,
    /// When the setting was in force everywhere.
    pub processed_at: Option<Timestamp>,
    /// When every security contact was told.
    pub announced_at: Option<Timestamp>,
    /// How it ended otherwise.
    pub ended: Option<(Ending, Timestamp)>,
    /// The newest step, reminders and answers to invitations apart.
    pub moved_at: Timestamp,
    /// When its newest message came in.
    pub asked_at: Timestamp,
    /// Reminders since then.
    pub reminders: u8,
}

/// How a request came in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// What is asked for.
    pub wish: Wish,
    /// By which way.
    pub source: Source,
    /// The security contact who asks, or whose address the message bears.
    pub contact: Option<ContactId>,
    /// Which of the three items it has.
    pub items: Items,
    /// The message.
    pub evidence: Option<EvidenceId>,
    /// The contact's own signature, which stands in place of the call.
    pub statement: Option<SignedStatement>,
    /// The process that it goes through.
    pub profile: Profile,
}

/// By which way a request came, and so what its sender is worth. None of them decides anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// A message that anybody could have sent: pasted, uploaded, piped in, or the form on the help page.
    Unauthenticated,
    /// A security contact's mail, signed by their domain. It shows who wrote it, and still decides nothing.
    Mail,
    /// A security contact who was signed in.
    SignedIn,
    /// A security contact's signature with their own key.
    Signed,
}

/// The article's three items.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Items {
    /// The customer's name.
    pub name: bool,
    /// Confirmation of what is asked for.
    pub confirmation: bool,
    /// Whom to contact after the review.
    pub contact: bool,
}

impl Items {
    /// All three, as a signature or a signed-in contact's form has them.
    pub const ALL: Self = Self { name: true, confirmation: true, contact: true };

    /// Whether nothing is missing.
    #[must_use]
    pub fn complete(self) -> bool {
        self == Self::ALL
    }

    const fn with(self, more: Self) -> Self {
        Self {
            name: self.name || more.name,
            confirmation: self.confirmation || more.confirmation,
            contact: self.contact || more.contact,
        }
    }
}

/// A desk person's review.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Review {
    /// Who.
    pub by: DeskPersonId,
    /// What they found so far.
    pub outcome: ReviewOutcome,
}

/// What a review has come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReviewOutcome {
    /// Under way.
    Begun,
    /// The request goes on.
    Proceeds,
    /// Something is missing, and the sender was asked for it.
    Asked,
}

/// The acknowledgement form that was handed out: the stored bytes are the document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Form {
    /// The stored bytes.
    pub evidence: EvidenceId,
    /// Their SHA-256.
    pub sha256: [u8; 32],
    /// Version of its text.
    pub version: String,
}

/// The meeting, as invited to last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Meeting {
    /// When it begins; it lasts [`MEETING_LENGTH`].
    pub start: Timestamp,
    /// How often it has been moved or called off (RFC 5546 `SEQUENCE`).
    pub sequence: u32,
    /// Whether it has been called off.
    pub cancelled: bool,
}

/// Which of the meeting's two questions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Question {
    /// Is the person who asked the organization's security contact?
    Identity,
    /// Are the form's implications understood?
    Understanding,
}

/// A finding of the meeting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Finding {
    /// Whether it is so.
    pub holds: bool,
    /// Who found it.
    pub by: DeskPersonId,
    /// When.
    pub at: Timestamp,
    /// How, and on what evidence: the desk person's note.
    pub note: EvidenceId,
}

/// Who took a step that both sides can take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// A desk person.
    Desk(DeskPersonId),
    /// A security contact of the organization, signed in.
    Contact(ContactId),
    /// Nobody: time has passed, or something else has happened.
    Nobody,
}

/// A form that came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Returned {
    /// Who brought it in.
    pub by: By,
    /// The stored bytes.
    pub evidence: EvidenceId,
    /// Their SHA-256.
    pub sha256: [u8; 32],
    /// What the file itself shows: `unchanged`, `signed`, `appended`, `resaved` or `picture`.
    pub strength: String,
}

/// What a desk person made of a returned form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Matched {
    /// Who.
    pub by: DeskPersonId,
    /// Whether it is this request's form, signed.
    pub accepted: bool,
}

/// How a request ended without being processed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// The desk refused it, with a reason.
    Refused(DeskPersonId),
    /// A security contact took it back.
    Withdrawn(ContactId),
    /// A security contact objected to it.
    Vetoed(ContactId),
    /// Nothing happened for [`CHANGE_REQUEST_LIFE`].
    Expired,
    /// The setting changed otherwise, or a contact decided anew.
    Superseded,
}

/// One step of a change request. Each is an entry of the organization's log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// It came in.
    Received(Received),
    /// A desk person looked at it.
    Reviewed {
        /// The review.
        review: Review,
        /// What was written to the sender.
        note: Option<EvidenceId>,
    },
    /// A further message joined it.
    Joined {
        /// Which items it brought.
        items: Items,
        /// The message.
        evidence: EvidenceId,
        /// What it answers to the invitation to the meeting, where it does that and nothing else.
        answer: Option<Answer>,
    },
    /// The acknowledgement form was made and handed out.
    FormSent {
        /// By whom.
        by: DeskPersonId,
        /// The form.
        form: Form,
    },
    /// The meeting was scheduled, moved or called off, or stays although another time was proposed.
    MeetingSet {
        /// By whom.
        by: By,
        /// The meeting.
        meeting: Meeting,
        /// The message with the time that is declined, where the meeting stays.
        declines: Option<EvidenceId>,
    },
    /// One of the meeting's two questions was answered.
    Found {
        /// Which.
        question: Question,
        /// The answer.
        finding: Finding,
    },
    /// The form came back.
    Returned(Returned),
    /// A desk person held the returned form against the request.
    Matched {
        /// What they found.
        matched: Matched,
        /// Their note.
        note: Option<EvidenceId>,
    },
    /// The number on file was called.
    Called {
        /// The call.
        call: Call,
        /// What was said.
        note: EvidenceId,
    },
    /// A desk person approved.
    Approved(SignedApproval),
    /// The setting is in force everywhere.
    Processed {
        /// Its epoch.
        epoch: u64,
        /// Connections that were reset.
        connections: u64,
    },
    /// Every security contact can read the confirmation: the moment, and the receipt.
    Announced {
        /// The log's checkpoint after the change.
        checkpoint: String,
    },
    /// Whoever it waits for was reminded.
    Reminded,
    /// It ended otherwise.
    Ended {
        /// How.
        how: Ending,
        /// The reason given.
        note: Option<EvidenceId>,
    },
}

/// Where a request stands: the newest of the article's states that it has reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Nobody at the desk has looked at it.
    Received,
    /// A desk person is looking at it.
    UnderReview,
    /// Something is missing.
    Incomplete,
    /// Form sent and meeting scheduled.
    FormSent,
    /// Both findings made.
    Found,
    /// The form is back and matched.
    Returned,
    /// The contact confirmed it by telephone.
    Called,
    /// Approved by all it takes; perhaps waiting for its time.
    Approved,
    /// In force everywhere.
    Processed,
    /// In force, and every contact told.
    Announced,
    /// Ended: refused.
    Refused,
    /// Ended: withdrawn.
    Withdrawn,
    /// Ended: vetoed.
    Vetoed,
    /// Ended: expired.
    Expired,
    /// Ended: superseded.
    Superseded,
}

impl State {
    /// Every state.
    pub const ALL: [Self; 15] = [
        Self::Received,
        Self::UnderReview,
        Self::Incomplete,
        Self::FormSent,
        Self::Found,
        Self::Returned,
        Self::Called,
        Self::Approved,
        Self::Processed,
        Self::Announced,
        Self::Refused,
        Self::Withdrawn,
        Self::Vetoed,
        Self::Expired,
        Self::Superseded,
    ];

    /// The word in `/v1` and on pages.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Received => "received",
            Self::UnderReview => "under_review",
            Self::Incomplete => "incomplete",
            Self::FormSent => "form_sent",
            Self::Found => "found",
            Self::Returned => "returned",
            Self::Called => "called",
            Self::Approved => "approved",
            Self::Processed => "processed",
            Self::Announced => "announced",
            Self::Refused => "refused",
            Self::Withdrawn => "withdrawn",
            Self::Vetoed => "vetoed",
            Self::Expired => "expired",
            Self::Superseded => "superseded",
        }
    }

    /// What the word means, if it is one of them.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }
}

impl ChangeRequest {
    /// A request as it is when it comes in.
    #[must_use]
    pub fn new(id: ChangeRequestId, organization: OrganizationId, received: Received, at: Timestamp) -> Self {
        Self {
            id,
            organization,
            items: received.items,
            received,
            received_at: at,
            review: None,
            form: None,
            meeting: None,
            answers: Vec::new(),
            identity: None,
            understanding: None,
            returned: None,
            matched: None,
            call: None,
            approvals: Vec::new(),
            processed_at: None,
            announced_at: None,
            ended: None,
            moved_at: at,
            asked_at: at,
            reminders: 0,
        }
    }

    /// Takes a step that `rules` let through, or that the log tells of.
    pub fn apply(&mut self, step: &Step, at: Timestamp) {
        match step {
            Step::Received(_) => {}
            Step::Reviewed { review, .. } => self.review = Some(*review),
            Step::Joined { evidence, answer: Some(answer), .. } => {
                let (answer, evidence) = (*answer, *evidence);
                self.answers.push(Answered { answer, at, evidence, declined: false });
                return;
            }
            Step::Joined { items, .. } => {
                self.items = self.items.with(*items);
                self.asked_at = at;
                self.review = self.review.filter(|review| review.outcome != ReviewOutcome::Asked);
            }
            Step::FormSent { form, .. } => self.form = Some(form.clone()),
            Step::MeetingSet { meeting, declines, .. } => {
                self.meeting = Some(*meeting);
                for answered in &mut self.answers {
                    answered.declined |= Some(answered.evidence) == *declines;
                }
            }
            Step::Found { question: Question::Identity, finding } => self.identity = Some(*finding),
            Step::Found { question: Question::Understanding, finding } => self.understanding = Some(*finding),
            Step::Returned(returned) => {
                self.returned = Some(returned.clone());
                self.matched = None;
            }
            Step::Matched { matched, .. } => self.matched = Some(*matched),
            Step::Called { call, .. } => self.call = Some(*call),
            Step::Approved(signed) => self.approvals.push((signed.clone(), at)),
            Step::Processed { .. } => self.processed_at = Some(at),
            Step::Announced { .. } => self.announced_at = Some(at),
            Step::Reminded => {
                self.reminders = self.reminders.saturating_add(1);
                return;
            }
            Step::Ended { how, .. } => self.ended = Some((*how, at)),
        }
        self.moved_at = at;
        self.reminders = 0;
    }

    /// Where it stands.
    #[must_use]
    pub fn state(&self) -> State {
        if let Some((how, _)) = self.ended {
            return match how {
                Ending::Refused(_) => State::Refused,
                Ending::Withdrawn(_) => State::Withdrawn,
                Ending::Vetoed(_) => State::Vetoed,
                Ending::Expired => State::Expired,
                Ending::Superseded => State::Superseded,
            };
        }
        if self.announced_at.is_some() {
            return State::Announced;
        }
        if self.processed_at.is_some() {
            return State::Processed;
        }
        if self.fully_approved() {
            return State::Approved;
        }
        match self.review.map(|review| review.outcome) {
            None => State::Received,
            Some(ReviewOutcome::Asked) => State::Incomplete,
            Some(ReviewOutcome::Begun) => State::UnderReview,
            Some(ReviewOutcome::Proceeds) => match self.received.wish {
                Wish::Disabled if self.is_matched() && self.is_found() => State::Returned,
                Wish::Disabled if self.is_found() => State::Found,
                Wish::Disabled if self.form.is_some() => State::FormSent,
                Wish::Enabled if self.is_called() => State::Called,
                Wish::Disabled | Wish::Enabled => State::UnderReview,
            },
        }
    }

    /// Whether it is neither processed nor ended.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.processed_at.is_none() && self.ended.is_none()
    }

    /// When an approved enabling takes effect, or took.
    #[must_use]
    pub fn in_force_from(&self) -> Option<Timestamp> {
        let (_, approved_at) = self.approvals.last().filter(|_| self.fully_approved())?;
        let wait = match self.received.wish {
            Wish::Enabled => self.received.profile.enable_wait,
            Wish::Disabled => SignedDuration::ZERO,
        };
        Some(approved_at.saturating_add(wait).unwrap_or(Timestamp::MAX))
    }

    fn is_found(&self) -> bool {
        let holds = |finding: Option<Finding>| finding.is_some_and(|finding| finding.holds);
        holds(self.identity) && holds(self.understanding)
    }

    fn is_matched(&self) -> bool {
        self.matched.is_some_and(|matched| matched.accepted)
    }

    fn is_called(&self) -> bool {
        self.call.is_some_and(|call| call.outcome == CallOutcome::Confirmed)
    }
}
