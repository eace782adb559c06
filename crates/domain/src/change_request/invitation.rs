//! Answers to the invitation to the meeting. They schedule, and no more: calendars accept by themselves, so no finding,
//! approval or setting looks at one, and none keeps a request alive.

use jiff::{SignedDuration, Timestamp};

use super::{By, ChangeRequest, Step, StepRefused};
use crate::contact::SecurityContact;
use crate::ids::{ContactId, DeskPersonId, EvidenceId};

/// How far the clock of whoever answers may be ahead.
const AHEAD_MAX: SignedDuration = SignedDuration::from_hours(1);

/// Whether somebody comes, as their calendar says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attendance {
    /// They come.
    Accepted,
    /// Perhaps.
    Tentative,
    /// They do not come.
    Declined,
}

impl Attendance {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Accepted, Self::Tentative, Self::Declined];

    /// The word in the log and in `/v1`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Tentative => "tentative",
            Self::Declined => "declined",
        }
    }
}

/// What the calendar of whoever is invited has sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answer {
    /// Whose.
    pub by: ContactId,
    /// Whether they come, if it says so.
    pub attendance: Option<Attendance>,
    /// The time that they propose instead. With neither they want the invitation again.
    pub proposes: Option<Timestamp>,
    /// Which version of the meeting it is about ([`Meeting::sequence`](super::Meeting::sequence)).
    pub sequence: u32,
    /// When it was made, by their clock: of two about one version, the later counts.
    pub stamp: Timestamp,
}

/// An answer that was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answered {
    /// The answer.
    pub answer: Answer,
    /// When it came in.
    pub at: Timestamp,
    /// The message.
    pub evidence: EvidenceId,
    /// Whether the desk has declined the time that it proposes.
    pub declined: bool,
}

impl ChangeRequest {
    /// Who is invited to the meeting: whoever asked, as far as they are on file; else the first who is.
    #[must_use]
    pub fn invited<'c>(&self, on_file: &'c [SecurityContact]) -> Option<&'c SecurityContact> {
        let asked = self.received.contact.and_then(|id| on_file.iter().find(|known| known.id == id));
        asked.or_else(|| on_file.first())
    }

    /// The invited contact answers. Whatever they answer, the meeting stays as it is.
    ///
    /// # Errors
    /// [`StepRefused`].
    pub fn take_answer(
        &self,
        on_file: &[SecurityContact],
        answer: Answer,
        evidence: EvidenceId,
        now: Timestamp,
    ) -> Result<Step, StepRefused> {
        self.open()?;
        let meeting = self.meeting.ok_or(StepRefused::NoMeeting)?;
        if self.invited(on_file).map(|contact| contact.id) != Some(answer.by) {
            return Err(StepRefused::NotInvited);
        }
        if answer.sequence > meeting.sequence {
            return Err(StepRefused::UnknownInvitation(answer.sequence));
        }
        // It would count before all that they say until then.
        if answer.stamp.duration_since(now) > AHEAD_MAX {
            return Err(StepRefused::AnswerAhead(answer.stamp));
        }
        Ok(Step::Joined { items: super::Items::default(), evidence, answer: Some(answer) })
    }

    /// Whether the invitation as it is now is sent again: it is wanted, or an earlier version of it was answered.
    #[must_use]
    pub fn is_invited_again(&self, answer: &Answer) -> bool {
        let wanted = answer.attendance.is_none() && answer.proposes.is_none();
        wanted || self.meeting.is_some_and(|meeting| answer.sequence < meeting.sequence)
    }

    /// A contact's newest word on whether they come. It may be about an earlier version of the meeting.
    #[must_use]
    pub fn attendance(&self, by: ContactId) -> Option<(Attendance, &Answered)> {
        let newest = self.newest(by, |answer| answer.attendance.is_some())?;
        newest.answer.attendance.map(|attendance| (attendance, newest))
    }

    /// Whether an answer is to the invitation as it is now, and not to an earlier version of it.
    #[must_use]
    pub fn is_answered_by(&self, answer: &Answer) -> bool {
        self.meeting.is_some_and(|meeting| answer.sequence == meeting.sequence)
    }

    /// The time that a contact proposes for the meeting as it is now, until the desk has moved it or declined.
    #[must_use]
    pub fn proposal(&self, by: ContactId) -> Option<(Timestamp, EvidenceId)> {
        self.meeting.filter(|meeting| !meeting.cancelled && self.is_open())?;
        let newest = self.newest(by, |answer| answer.proposes.is_some())?;
        let waits = self.is_answered_by(&newest.answer) && !newest.declined;
        newest.answer.proposes.filter(|_| waits).map(|start| (start, newest.evidence))
    }

    /// The desk declines the time that a message proposes; the meeting stays.
    ///
    /// # Errors
    /// [`StepRefused`], also where another message proposes another time by now.
    pub fn decline_proposal(
        &self,
        on_file: &[SecurityContact],
        by: DeskPersonId,
        proposal: EvidenceId,
    ) -> Result<Step, StepRefused> {
        self.open()?;
        let meeting = self.meeting.ok_or(StepRefused::NoMeeting)?;
        let waits = self.invited(on_file).and_then(|contact| self.proposal(contact.id));
        if waits.is_none_or(|(_, evidence)| evidence != proposal) {
            return Err(StepRefused::NoProposal(proposal));
        }
        Ok(Step::MeetingSet { by: By::Desk(by), meeting, declines: Some(proposal) })
    }

    /// An older answer never counts before a newer one, in whichever order they come in.
    fn newest(&self, by: ContactId, says: impl Fn(&Answer) -> bool) -> Option<&Answered> {
        let of = |answered: &&Answered| answered.answer.by == by && says(&answered.answer);
        self.answers
            .iter()
            .filter(of)
            .max_by_key(|answered| (answered.answer.sequence, answered.answer.stamp))
    }
}
