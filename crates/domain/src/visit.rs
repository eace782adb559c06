//! Visits: a subject's stay in one organization's tool. Every request hangs under one.

use jiff::{SignedDuration, Timestamp};

use crate::ids::{OrganizationId, SubjectId, ToolId, VisitId};
use crate::text::{CaseNumber, Reason};

/// A visit that nobody used for this long is over.
pub const IDLE_MAX: SignedDuration = SignedDuration::from_mins(15);

/// No visit lasts longer than this, however busy.
pub const LENGTH_MAX: SignedDuration = SignedDuration::from_hours(8);

/// A stay of one subject in one organization's tool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visit {
    /// This visit.
    pub id: VisitId,
    /// Whose tool view.
    pub organization: OrganizationId,
    /// Which tool.
    pub tool: ToolId,
    /// Who is inside.
    pub subject: SubjectId,
    /// Why; `None` reads "no reason given".
    pub reason: Option<Reason>,
    /// The vendor's case number, where one was given.
    pub case: Option<CaseNumber>,
    /// The setting's epoch under which it was admitted. A visit never outlives its epoch.
    pub epoch: u64,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// The latest request under it.
    pub used_at: Timestamp,
    /// When and why it ended; `None` while it is open.
    pub ended: Option<(Timestamp, VisitEnd)>,
}

/// Why a visit ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VisitEnd {
    /// The subject ended it.
    Left,
    /// Support access was disabled; its connections were reset.
    SupportAccessDisabled,
    /// The vendor froze support access; its connections were reset.
    Frozen,
    /// The organization stopped it; its connections were reset.
    StoppedByOrganization,
    /// A token that it was entered with expired or was revoked; its connections were reset.
    TokenEnded,
    /// The session that it was entered from was ended; its connections were reset.
    SessionEnded,
    /// Unused for [`IDLE_MAX`].
    Idle,
    /// Open for [`LENGTH_MAX`].
    TooLong,
    /// The process that carried it stopped in an orderly way.
    Stopped,
    /// The process that carried it died; found at the next start.
    NodeLost,
}

impl Visit {
    /// Why this visit is over at `now`, if it is.
    #[must_use]
    pub fn end_at(&self, now: Timestamp) -> Option<VisitEnd> {
        match self.ended {
            Some((_, end)) => Some(end),
            None if now.duration_since(self.opened_at) >= LENGTH_MAX => Some(VisitEnd::TooLong),
            None if now.duration_since(self.used_at) >= IDLE_MAX => Some(VisitEnd::Idle),
            None => None,
        }
    }
}

impl VisitEnd {
    /// Every one.
    pub const ALL: [Self; 10] = [
        Self::Left,
        Self::SupportAccessDisabled,
        Self::Frozen,
        Self::StoppedByOrganization,
        Self::TokenEnded,
        Self::SessionEnded,
        Self::Idle,
        Self::TooLong,
        Self::Stopped,
        Self::NodeLost,
    ];

    /// The word used in entries and on pages.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Left => "left",
            Self::SupportAccessDisabled => "support_access_disabled",
            Self::Frozen => "frozen",
            Self::StoppedByOrganization => "stopped_by_organization",
            Self::TokenEnded => "token_ended",
            Self::SessionEnded => "session_ended",
            Self::Idle => "idle",
            Self::TooLong => "too_long",
            Self::Stopped => "stopped",
            Self::NodeLost => "node_lost",
        }
    }
}
