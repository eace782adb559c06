//! Which step may follow, and who may take it.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use crate::approval::{DeskKey, SignedApproval};
use crate::contact::{ContactStanding, SecurityContact};
use crate::ids::{ContactId, DeskPersonId, EvidenceId};
use crate::organization::{Organization, StatementNotTaken};
use crate::process::ProfileName;
use crate::statement::{StatementRefused, Wish};
use crate::support_access::{Confirmation, DecidedBy, Evidence, Setting, SupportAccess};

use super::{
    By, CHANGE_REQUEST_LIFE, Call, CallOutcome, ChangeRequest, Ending, Finding, Form, MEETING_LENGTH,
    Matched, Meeting, Question, Returned, Review, ReviewOutcome, State, Step,
};

/// After how long without a step whoever a request waits for is reminded; and once more after twice as long.
pub const REMIND_AFTER: SignedDuration = SignedDuration::from_hours(24 * 5);

/// Most steps of one request that its own organization can add to: further messages, other times, returned forms. What the
/// desk does, and an objection, always finds its place.
const STEPS_MAX: usize = 200;

/// Why a step was not taken. Each says what would have to come first.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StepRefused {
    /// Processed or ended.
    #[error("the change request is {} and takes no further steps", .0.as_str())]
    Over(State),
    /// Too much has happened already.
    #[error(
        "the change request has {0} steps; it takes no more messages, times or files. Withdraw it, and ask anew"
    )]
    Full(usize),
    /// Nobody at the desk has let it go on.
    #[error("the change request has to be reviewed first")]
    NotReviewed,
    /// The review is done.
    #[error("the change request has been reviewed already")]
    Reviewed,
    /// An item of the article's three is missing.
    #[error("the change request lacks {0}; ask for it")]
    ItemMissing(&'static str),
    /// The setting is that already.
    #[error("support access is {0} already; there is nothing to change")]
    NothingToChange(&'static str),
    /// A step of the other journey.
    #[error("{0} belongs to requests to {1}")]
    OtherJourney(&'static str, &'static str),
    /// The form has not been sent.
    #[error("the acknowledgement form has to be sent first")]
    NoForm,
    /// There is no meeting, or it was called off.
    #[error("a meeting has to be scheduled first")]
    NoMeeting,
    /// Somebody else is invited to the meeting.
    #[error("only the security contact who is invited to the meeting answers the invitation")]
    NotInvited,
    /// An answer to a version of the invitation that there has never been.
    #[error("it answers version {0} of the invitation, which was not sent")]
    UnknownInvitation(u32),
    /// An answer that was made in the future.
    #[error("it says that it was made at {0}, which is yet to come")]
    AnswerAhead(Timestamp),
    /// There is no such proposal any more, or never was.
    #[error("no time proposed in `{0}` waits for an answer; look at the request anew")]
    NoProposal(EvidenceId),
    /// A finding is missing, or says no.
    #[error("the meeting has yet to find that {0}")]
    NotFound(&'static str),
    /// No form came back, or it was not accepted.
    #[error("the signed form has to be returned and matched first")]
    NotMatched,
    /// There is no returned form to judge.
    #[error("no form has come back yet")]
    NotReturned,
    /// The call-back is missing.
    #[error("the number on file has to be called first, and the contact to confirm")]
    NotCalled,
    /// A request that was signed with the contact's own key.
    #[error("the contact signed this request with their own key; it needs no call")]
    NoCallNeeded,
    /// Not one of the organization's contacts.
    #[error("`{0}` is not a security contact of this organization")]
    NotAContact(ContactId),
    /// The number is too new.
    #[error(
        "the number of `{contact}` is good for a call-back from {from} on; call another contact, or wait"
    )]
    NumberTooNew {
        /// Whose number.
        contact: ContactId,
        /// From when on it counts.
        from: Timestamp,
    },
    /// Whoever stands behind an enabling has not been called back by two desk people, or not lately.
    #[error(
        "`{0}` is not confirmed by a call-back of two desk people within 180 days; call them to confirm the contact first"
    )]
    ContactUnconfirmed(ContactId),
    /// Whoever approves has prepared the request themselves.
    #[error("whoever reviewed, met or called does not approve alone; a second desk person has to")]
    SecondPerson,
    /// The desk person has approved already.
    #[error("you have approved this request already; a second desk person has to")]
    ApprovedAlready,
    /// The desk person is a security contact of the organization.
    #[error("you are a security contact of this organization, and cannot approve for the vendor")]
    OwnRequest,
    /// The approval speaks of something else.
    #[error("the approval does not fit: its `{0}` is another")]
    ApprovalDiffers(&'static str),
    /// The approval's signature or age.
    #[error("the approval cannot be taken: {0}")]
    Approval(#[from] StatementRefused),
    /// What the request rests on no longer holds.
    #[error(transparent)]
    Statement(#[from] StatementNotTaken),
    /// Somebody has asked for the opposite since.
    #[error("a later request asks to disable support access; that one is settled first")]
    Disagreement,
    /// Its time has not come.
    #[error("the change takes effect at {0}; until then any security contact can object")]
    Waits(Timestamp),
}

/// Whether the organization can add a step to a request that has had `steps`.
///
/// # Errors
/// [`StepRefused::Full`].
pub const fn may_add(steps: usize) -> Result<(), StepRefused> {
    if steps < STEPS_MAX { Ok(()) } else { Err(StepRefused::Full(STEPS_MAX)) }
}

impl ChangeRequest {
    /// A desk person takes the request up, lets it go on, or asks for what is missing.
    ///
    /// # Errors
    /// [`StepRefused`].
    pub fn review(
        &self,
        organization: &Organization,
        review: Review,
        note: Option<EvidenceId>,
    ) -> Result<Step, StepRefused> {
        self.open()?;
        if self.review.is_some_and(|before| before.outcome == ReviewOutcome::Proceeds) {
            return Err(StepRefused::Reviewed);
        }
        if review.outcome == ReviewOutcome::Proceeds {
            for (there, what) in [
                (self.items.name, "the customer's name"),
                (self.items.confirmation, "the confirmation"),
                (self.items.contact, "whom to contact"),
            ] {
                if !there {
                    return Err(StepRefused::ItemMissing(what));
                }
            }
            self.makes_sense(organization)?;
        }
        Ok(Step::Reviewed { review, note })
    }

    /// The form is made.
    ///
    /// # Errors
    /// [`StepRefused`].
    pub fn send_form(&self, by: DeskPersonId, form: Form) -> Result<Step, StepRefused> {
        self.going_on()?;
        self.journey(Wish::Disabled, "the form")?;
        Ok(Step::FormSent { by, form })
    }

    /// The meeting is scheduled, or moved to another time.
    ///
    /// # Errors
    /// [`StepRefused`].
    pub fn set_meeting(&self, by: By, start: Timestamp) -> Result<Step, StepRefused> {
        self.going_on()?;
        self.journey(Wish::Disabled, "the meeting")?;
        let sequence = self.meeting.map_or(0, |before| before.sequence.saturating_add(1));
        let meeting = Meeting { start, sequence, cancelled: false };
        Ok(Step::MeetingSet { by, meeting, declines: None })
    }

    /// The meeting is called off.
    ///
    /// # Errors
    /// [`StepRefused`].
    pub fn cancel_meeting(&self, by: By) -> Result<Step, StepRefused> {
        self.open()?;
        let before = self.meeting.filter(|meeting| !meeting.cancelled).ok_or(StepRefused::NoMeeting)?;
        let sequence = before.sequence.saturating_add(1);
        let meeting = Meeting { sequence, cancelled: true, ..before };
        Ok(Step::MeetingSet { by, meeting, declines: None })
    }

    /// One of the meeting's two questions is answered. The newest answer counts.
    ///
    /// # Errors
    /// [`StepRefused`].
    pub fn find(&self, question: Question, finding: Finding) -> Result<Step, StepRefused> {
        self.going_on()?;
        self.journey(Wish::Disabled, "a finding")?;
        self.form.as_ref().ok_or(StepRefused::NoForm)?;
        self.meeting.filter(|meeting| !meeting.cancelled).ok_or(StepRefused::NoMeeting)?;
        Ok(Step::Found { question, finding })
    }

    /// The form comes back. The newest one counts.
    ///
    /// # Errors
    /// [`StepRefused`].
    pub fn take_return(&self, returned: Returned) -> Result<Step, StepRefused> {
        self.going_on()?;
        self.form.as_ref().ok_or(StepRefused::NoForm)?;
        Ok(Step::Returned(returned))
    }

    /// A desk person holds the returned form against the request.
    ///
    /// # Errors
    /// [`StepRefused`].
    pub fn match_return(&self, matched: Matched, note: Option<EvidenceId>) -> Result<Step, StepRefused> {
        self.going_on()?;
        self.returned.as_ref().ok_or(StepRefused::NotReturned)?;
        Ok(Step::Matched { matched, note })
    }

    /// Whether `contact` may be called about this request, at the number on file and no other.
    ///
    /// # Errors
    /// [`StepRefused`].
    pub fn may_call(
        &self,
        organization: &Organization,
        contact: ContactId,
        now: Timestamp,
    ) -> Result<SecurityContact, StepRefused> {
        self.going_on()?;
        self.journey(Wish::Enabled, "the call-back")?;
        if self.received.statement.is_some() {
            return Err(StepRefused::NoCallNeeded);
        }
        let known = organization.contacts.iter().find(|known| known.id == contact);
        let known = known.ok_or(StepRefused::NotAContact(contact))?;
        let from = known.number_good_from(self.received.profile.number_age);
        if now < from {
            return Err(StepRefused::NumberTooNew { contact, from });
        }
        Ok(known.clone())
    }

    /// A desk person approves. Whether that is the last approval it takes, [`fully_approved`](Self::fully_approved) says.
    ///
    /// # Errors
    /// [`StepRefused`] names what is missing, or who else has to.
    pub fn approve(
        &self,
        organization: &Organization,
        others: &[&Self],
        signed: &SignedApproval,
        now: Timestamp,
    ) -> Result<Step, StepRefused> {
        self.approvable(organization, others)?;
        if now.duration_since(self.moved_at) >= CHANGE_REQUEST_LIFE {
            return Err(StepRefused::Over(State::Expired));
        }
        let approval = &signed.approval;
        for (fits, what) in [
            (approval.organization == self.organization, "organization"),
            (approval.change_request == self.id, "change request"),
            (approval.wish == self.received.wish, "support access"),
            (approval.epoch == self.epoch_wanted(organization), "epoch"),
            (approval.call == self.call_entry(), "call-back"),
        ] {
            if !fits {
                return Err(StepRefused::ApprovalDiffers(what));
            }
        }
        signed.verify(&organization.desk_keys)?;
        signed.fresh(now)?;
        self.stood_behind(organization, now)?;
        self.may_approve(organization, approval.by)?;
        Ok(Step::Approved(signed.clone()))
    }

    /// Whether `by` may give the next approval, as far as what they and others have done before goes.
    ///
    /// # Errors
    /// [`StepRefused::ApprovedAlready`], [`StepRefused::SecondPerson`].
    pub fn may_approve(&self, organization: &Organization, by: DeskPersonId) -> Result<(), StepRefused> {
        if self.approvals.iter().any(|(earlier, _)| earlier.approval.by == by) {
            return Err(StepRefused::ApprovedAlready);
        }
        let key_of =
            |by| organization.desk_keys.iter().find(|known: &&DeskKey| known.person == by).map(|k| k.key);
        if self.approvals.iter().any(|(earlier, _)| key_of(earlier.approval.by) == key_of(by)) {
            return Err(StepRefused::ApprovedAlready);
        }
        // Whoever approves last, or before, has done nothing else for this request: of two, one may be whoever called.
        let all_prepared = self.prepared_by(by)
            && self.approvals.iter().all(|(earlier, _)| self.prepared_by(earlier.approval.by));
        let last = self.approvals.len().saturating_add(1) >= self.approvals_needed();
        if last && self.needs_second() && all_prepared {
            return Err(StepRefused::SecondPerson);
        }
        Ok(())
    }

    /// Whether all that an approval rests on is there.
    ///
    /// # Errors
    /// [`StepRefused`] names what comes next.
    pub fn approvable(&self, organization: &Organization, others: &[&Self]) -> Result<(), StepRefused> {
        self.going_on()?;
        self.makes_sense(organization)?;
        match self.received.wish {
            Wish::Disabled => {
                self.form.as_ref().ok_or(StepRefused::NoForm)?;
                let holds = |finding: Option<Finding>| finding.is_some_and(|finding| finding.holds);
                if !holds(self.identity) {
                    return Err(StepRefused::NotFound("the person who asked is the security contact"));
                }
                if !holds(self.understanding) {
                    return Err(StepRefused::NotFound("the form's implications are understood"));
                }
                if !self.is_matched() {
                    return Err(StepRefused::NotMatched);
                }
            }
            Wish::Enabled => {
                match &self.received.statement {
                    Some(statement) => organization.may_enable(statement, self.received_at)?,
                    None if self.is_called() => {}
                    None => return Err(StepRefused::NotCalled),
                }
                // The safe direction is settled first: who asks later to keep support people out is heard before.
                let later = |other: &&Self| {
                    other.is_open()
                        && other.received.wish == Wish::Disabled
                        && other.asked_at > self.received_at
                };
                if others.iter().copied().any(|other| later(&other)) {
                    return Err(StepRefused::Disagreement);
                }
            }
        }
        Ok(())
    }

    /// Whoever stands behind an enabling, by signature or on the telephone, is a confirmed contact.
    fn stood_behind(&self, organization: &Organization, now: Timestamp) -> Result<(), StepRefused> {
        let signer = self.received.statement.as_ref().map(|signed| signed.statement.contact);
        let behind = signer.or_else(|| self.call.map(|call| call.contact));
        let Some(id) = behind.filter(|_| self.received.wish == Wish::Enabled) else { return Ok(()) };
        let known = organization.contacts.iter().find(|known| known.id == id);
        match known.ok_or(StepRefused::NotAContact(id))?.standing(now) {
            ContactStanding::Confirmed(_) => Ok(()),
            ContactStanding::Unconfirmed | ContactStanding::Due(_) => {
                Err(StepRefused::ContactUnconfirmed(id))
            }
        }
    }

    /// A desk person who has reviewed the request sets support access to disabled at once, provisionally.
    ///
    /// # Errors
    /// [`StepRefused`].
    pub fn provisional(
        &self,
        organization: &Organization,
        signed: &SignedApproval,
        now: Timestamp,
    ) -> Result<Setting, StepRefused> {
        self.going_on()?;
        self.journey(Wish::Disabled, "a provisional disable")?;
        if matches!(organization.setting.access, SupportAccess::Disabled { .. }) {
            return Err(StepRefused::NothingToChange("disabled"));
        }
        let approval = &signed.approval;
        for (fits, what) in [
            (approval.organization == self.organization, "organization"),
            (approval.change_request == self.id, "change request"),
            (approval.wish == Wish::Disabled, "support access"),
            (approval.epoch == self.epoch_wanted(organization), "epoch"),
            (approval.call.is_none(), "call-back"),
        ] {
            if !fits {
                return Err(StepRefused::ApprovalDiffers(what));
            }
        }
        signed.verify(&organization.desk_keys)?;
        signed.fresh(now)?;
        let (epoch, by) = (approval.epoch, DecidedBy::Desk(approval.by));
        let access = SupportAccess::Disabled { by, at: now, confirmation: Confirmation::Provisional };
        Ok(Setting { epoch, access, evidence: Some(self.evidence(vec![signed.clone()])) })
    }

    /// The setting that the approved request leads to, now that its time has come.
    ///
    /// # Errors
    /// [`StepRefused`].
    pub fn outcome(
        &self,
        organization: &Organization,
        others: &[&Self],
        now: Timestamp,
    ) -> Result<Setting, StepRefused> {
        self.approvable(organization, others)?;
        let from = self.in_force_from().ok_or(StepRefused::SecondPerson)?;
        if now < from {
            return Err(StepRefused::Waits(from));
        }
        let approvals: Vec<_> = self.approvals.iter().map(|(signed, _)| signed.clone()).collect();
        // A desk person whose key was taken away while it waited no longer approves.
        approvals.iter().try_for_each(|signed| signed.verify(&organization.desk_keys))?;
        let epoch = self.epoch_wanted(organization);
        if approvals.iter().any(|signed| signed.approval.epoch != epoch) {
            return Err(StepRefused::ApprovalDiffers("epoch"));
        }
        let access = match (self.received.wish, &organization.setting.access, approvals.first()) {
            (Wish::Enabled, ..) => SupportAccess::Enabled,
            (Wish::Disabled, SupportAccess::Disabled { by, at, .. }, _) => {
                let evidence = organization.setting.evidence.clone();
                let confirmed =
                    SupportAccess::Disabled { by: *by, at: *at, confirmation: Confirmation::Confirmed };
                let evidence = Evidence {
                    statement: evidence.as_ref().and_then(|before| before.statement.clone()),
                    ..self.evidence(evidence.map(|before| before.approvals).unwrap_or_default())
                };
                let more = approvals.into_iter();
                let approvals = evidence.approvals.into_iter().chain(more).collect();
                return Ok(Setting {
                    epoch,
                    access: confirmed,
                    evidence: Some(Evidence { approvals, ..evidence }),
                });
            }
            (Wish::Disabled, _, Some(first)) => SupportAccess::Disabled {
                by: DecidedBy::Desk(first.approval.by),
                at: now,
                confirmation: Confirmation::Confirmed,
            },
            (Wish::Disabled, _, None) => return Err(StepRefused::SecondPerson),
        };
        Ok(Setting { epoch, access, evidence: Some(self.evidence(approvals)) })
    }

    /// A security contact takes the request back, or objects to another's.
    ///
    /// # Errors
    /// [`StepRefused`].
    pub fn withdraw(&self, organization: &Organization, by: ContactId) -> Result<Ending, StepRefused> {
        self.open()?;
        if !organization.contacts.iter().any(|known| known.id == by) {
            return Err(StepRefused::NotAContact(by));
        }
        Ok(if self.received.contact == Some(by) { Ending::Withdrawn(by) } else { Ending::Vetoed(by) })
    }

    /// The desk refuses the request.
    ///
    /// # Errors
    /// [`StepRefused`].
    pub fn refuse(&self, by: DeskPersonId) -> Result<Ending, StepRefused> {
        self.open()?;
        Ok(Ending::Refused(by))
    }

    /// What time alone does to an open request.
    #[must_use]
    pub fn tick(&self, organization: &Organization, now: Timestamp) -> Option<Step> {
        let in_force =
            organization.setting.evidence.as_ref().is_some_and(|e| e.change_request == Some(self.id));
        if !self.is_open() || (self.fully_approved() && in_force) {
            return None;
        }
        // What is approved and can no longer be put in force ends like anything else.
        let since = self.in_force_from().unwrap_or(self.moved_at);
        let idle = now.duration_since(since);
        if idle >= CHANGE_REQUEST_LIFE {
            return Some(Step::Ended { how: Ending::Expired, note: None });
        }
        let due = idle.as_secs() / REMIND_AFTER.as_secs();
        (due > i64::from(self.reminders)).then_some(Step::Reminded)
    }

    /// Whether every approval it takes is there.
    #[must_use]
    pub fn fully_approved(&self) -> bool {
        !self.approvals.is_empty() && self.approvals.len() >= self.approvals_needed()
    }

    /// How many desk people have to approve.
    #[must_use]
    pub fn approvals_needed(&self) -> usize {
        match (self.received.wish, &self.received.statement) {
            (Wish::Enabled, None) => 2,
            _ => 1,
        }
    }

    /// The epoch of the setting that the request leads to: the next one, or the present one where support access is
    /// disabled already and this confirms it.
    #[must_use]
    pub fn epoch_wanted(&self, organization: &Organization) -> u64 {
        let disabled = matches!(organization.setting.access, SupportAccess::Disabled { .. });
        match self.received.wish {
            Wish::Disabled if disabled => organization.setting.epoch,
            _ => organization.setting.epoch.saturating_add(1),
        }
    }

    /// Whether a call-back is what comes next.
    #[must_use]
    pub fn awaits_call(&self) -> bool {
        let called_for = self.received.wish == Wish::Enabled && self.received.statement.is_none();
        self.going_on().is_ok() && called_for && !self.is_called()
    }

    /// The log's entry of the call that approvals rest on.
    #[must_use]
    pub fn call_entry(&self) -> Option<u64> {
        self.call.filter(|call| call.outcome == CallOutcome::Confirmed).map(|call| call.entry)
    }

    /// When the meeting ends.
    #[must_use]
    pub fn meeting_end(&self) -> Option<Timestamp> {
        self.meeting.and_then(|meeting| meeting.start.checked_add(MEETING_LENGTH).ok())
    }

    fn evidence(&self, approvals: Vec<SignedApproval>) -> Evidence {
        // A request to disable that a contact signed has done its work already, in the provisional setting.
        let statement = self.received.statement.clone().filter(|_| self.received.wish == Wish::Enabled);
        Evidence { statement, change_request: Some(self.id), approvals }
    }

    fn needs_second(&self) -> bool {
        self.received.profile.name == ProfileName::ArticlePlus
    }

    /// The desk people who have done any of the steps before the approval.
    #[must_use]
    pub fn prepared(&self) -> BTreeSet<DeskPersonId> {
        let found = [self.identity, self.understanding].into_iter().flatten().map(|finding| finding.by);
        let reviewed = self.review.map(|review| review.by);
        let matched = self.matched.map(|matched| matched.by);
        let called = self.call.map(|call: Call| call.by);
        found.chain(reviewed).chain(matched).chain(called).collect()
    }

    fn prepared_by(&self, person: DeskPersonId) -> bool {
        self.prepared().contains(&person)
    }

    fn makes_sense(&self, organization: &Organization) -> Result<(), StepRefused> {
        match (self.received.wish, &organization.setting.access) {
            (Wish::Enabled, SupportAccess::Enabled) => Err(StepRefused::NothingToChange("enabled")),
            (Wish::Disabled, SupportAccess::Disabled { confirmation: Confirmation::Confirmed, .. }) => {
                Err(StepRefused::NothingToChange("disabled"))
            }
            (Wish::Enabled, _) if organization.closed.is_some() => Err(StatementNotTaken::Closed.into()),
            _ => Ok(()),
        }
    }

    pub(super) fn open(&self) -> Result<(), StepRefused> {
        if self.is_open() { Ok(()) } else { Err(StepRefused::Over(self.state())) }
    }

    fn going_on(&self) -> Result<(), StepRefused> {
        self.open()?;
        match self.review.map(|review| review.outcome) {
            Some(ReviewOutcome::Proceeds) => Ok(()),
            _ => Err(StepRefused::NotReviewed),
        }
    }

    fn journey(&self, wish: Wish, what: &'static str) -> Result<(), StepRefused> {
        if self.received.wish == wish {
            return Ok(());
        }
        let to = if wish == Wish::Disabled { "disable" } else { "enable" };
        Err(StepRefused::OtherJourney(what, to))
    }
}
