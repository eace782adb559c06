//! Doubts: an organization does not recognise a visit, and the vendor's desk answers. A doubt changes no setting.

use jiff::{SignedDuration, Timestamp};

use crate::ids::{ContactId, DeskPersonId, DoubtId, EvidenceId, OrganizationId, VisitId};

/// How long the desk may take to answer.
pub const DUE_AFTER: SignedDuration = SignedDuration::from_hours(24);

/// Doubts about one visit at most.
pub const DOUBTS_MAX: usize = 20;

/// A visit that its organization does not recognise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Doubt {
    /// This doubt.
    pub id: DoubtId,
    /// Whose visit.
    pub organization: OrganizationId,
    /// Which.
    pub visit: VisitId,
    /// The security contact who said so; none where a program of the organization did.
    pub by: Option<ContactId>,
    /// When.
    pub at: Timestamp,
    /// What they wrote about it.
    pub text: Option<EvidenceId>,
    /// What the desk answered.
    pub answer: Option<DoubtAnswer>,
}

/// The desk's answer to a doubt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DoubtAnswer {
    /// Who answered.
    pub by: DeskPersonId,
    /// When.
    pub at: Timestamp,
    /// What they wrote.
    pub text: EvidenceId,
}

/// Why a doubt is not taken, or not answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DoubtRefused {
    /// One is enough at a time.
    #[error("this visit is doubted already ({0}); the desk's answer is due {due}", due = .1.strftime("%Y-%m-%d %H:%M UTC"))]
    Open(DoubtId, Timestamp),
    /// There have been too many.
    #[error("this visit was doubted {DOUBTS_MAX} times; speak to the vendor's desk")]
    TooMany,
    /// A doubt is answered once.
    #[error("`{0}` is answered already; the organization may doubt the visit once more")]
    Answered(DoubtId),
    /// Nobody answers for their own visit (K10).
    #[error("the visit is your own; another desk person has to answer")]
    OwnVisit,
}

impl Doubt {
    /// Whether it waits for its answer.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        self.answer.is_none()
    }

    /// Until when the desk has to answer.
    #[must_use]
    pub fn due(&self) -> Timestamp {
        self.at.saturating_add(DUE_AFTER).unwrap_or(Timestamp::MAX)
    }

    /// Whether one more may be raised beside those that there are about the same visit.
    ///
    /// # Errors
    /// [`DoubtRefused`].
    pub fn may_be_raised<'a>(others: impl Iterator<Item = &'a Self>) -> Result<(), DoubtRefused> {
        let mut count = 0;
        for other in others {
            if other.is_open() {
                return Err(DoubtRefused::Open(other.id, other.due()));
            }
            count += 1;
        }
        if count >= DOUBTS_MAX { Err(DoubtRefused::TooMany) } else { Ok(()) }
    }

    /// Whether it may be answered by somebody whose own visit it is, or is not.
    ///
    /// # Errors
    /// [`DoubtRefused`].
    pub const fn may_be_answered(&self, own_visit: bool) -> Result<(), DoubtRefused> {
        match (self.answer, own_visit) {
            (Some(_), _) => Err(DoubtRefused::Answered(self.id)),
            (None, true) => Err(DoubtRefused::OwnVisit),
            (None, false) => Ok(()),
        }
    }
}
