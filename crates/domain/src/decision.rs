//! The question that every enforcement point asks. Total, deterministic, and fails closed.

use jiff::Timestamp;

use crate::ids::{OrganizationId, SubjectId, ToolId};
use crate::snapshot::{OrganizationPolicy, PolicySnapshot, Standing};
use crate::support_access::{Confirmation, SupportAccess};
use crate::text::{CaseNumber, Name, Reason};
use crate::tool::{Isolation, Requirement, Tool};
use crate::visit::{Visit, VisitEnd};

/// Somebody wants something now.
#[derive(Debug, Clone)]
pub struct AccessAttempt<'a> {
    /// Who.
    pub subject: SubjectId,
    /// Whose data.
    pub organization: OrganizationId,
    /// In which tool.
    pub tool: ToolId,
    /// Under which visit.
    pub visit: VisitClaim<'a>,
}

/// What an attempt says about its visit.
#[derive(Debug, Clone)]
pub enum VisitClaim<'a> {
    /// It hangs under this one.
    Under(&'a Visit),
    /// It opens one.
    Opens {
        /// Why.
        reason: Option<&'a Reason>,
        /// For which case.
        case: Option<&'a CaseNumber>,
    },
}

/// The answer to one attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// It may happen, under this epoch of the organization's setting and no other.
    Permit {
        /// The epoch that the record and the open connection are bound to.
        epoch: u64,
    },
    /// It may not.
    Deny(DenyReason),
}

/// Why not, in words a person understands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DenyReason {
    /// Nothing is permitted at present.
    Unavailable(&'static str),
    /// The vendor keeps everybody out, or everybody of the asker's employer.
    Frozen {
        /// Since when.
        since: Timestamp,
        /// Whose people; everybody without one.
        employer: Option<Name>,
    },
    /// No such organization (or none that the asker may know of).
    UnknownOrganization,
    /// No such support person or service.
    UnknownSubject,
    /// No such tool.
    UnknownTool,
    /// A tool that keeps no organizations apart, and that the vendor has not accepted by name.
    ToolNotAccepted,
    /// The organization's stored setting is not the one its log proves.
    OrganizationClosed {
        /// Since when this has been known.
        since: Timestamp,
    },
    /// The organization has disabled support access.
    SupportAccessDisabled {
        /// Since when.
        since: Timestamp,
        /// Whether the steps that follow a disable are done.
        confirmation: Confirmation,
    },
    /// The organization approves each visit beforehand, and has not approved this one.
    ApprovalRequired,
    /// The visit is someone else's, or in another organization or tool.
    VisitMismatch,
    /// The visit is over.
    VisitEnded(VisitEnd),
    /// The setting changed since the visit was opened.
    VisitSuperseded,
    /// This tool wants a reason.
    ReasonRequired,
    /// This tool wants a case number.
    CaseRequired,
    /// There is too little room for records. Said by whoever records, not by [`authorize`], and itself not recorded.
    NoRoom,
    /// Too many ends of requests are in no log yet, or for too long. Said and not recorded, as [`Self::NoRoom`].
    EndsWaiting,
}

/// Decides one attempt at the instant `now` from `snapshot` alone.
///
/// Total and deterministic: the same arguments give the same answer for ever, so a recorded decision can be replayed.
/// Whatever is unknown, missing or stale denies.
#[must_use]
pub fn authorize(snapshot: &PolicySnapshot, attempt: &AccessAttempt<'_>, now: Timestamp) -> Decision {
    match permit(snapshot, attempt, now) {
        Ok(epoch) => Decision::Permit { epoch },
        Err(reason) => Decision::Deny(reason),
    }
}

fn permit(snapshot: &PolicySnapshot, attempt: &AccessAttempt<'_>, now: Timestamp) -> Result<u64, DenyReason> {
    if let Some(why) = snapshot.closed {
        return Err(DenyReason::Unavailable(why));
    }
    if let Some(frozen) = snapshot.frozen(attempt.subject) {
        return Err(frozen);
    }
    if !snapshot.subjects.contains_key(&attempt.subject) {
        return Err(DenyReason::UnknownSubject);
    }
    let organization =
        snapshot.organizations.get(&attempt.organization).ok_or(DenyReason::UnknownOrganization)?;
    setting_allows(organization)?;
    let tool = snapshot.tools.get(&attempt.tool).ok_or(DenyReason::UnknownTool)?;
    if tool.isolation == (Isolation::Shared { accepted: false }) {
        return Err(DenyReason::ToolNotAccepted);
    }
    visit_allows(attempt, organization, tool, now)?;
    Ok(organization.epoch)
}

impl PolicySnapshot {
    /// The freeze that keeps this subject out, if one does.
    #[must_use]
    pub fn frozen(&self, subject: SubjectId) -> Option<DenyReason> {
        let employer = self.subjects.get(&subject).map(|subject| &subject.employer);
        let mut in_force = self.freezes.iter().filter(|freeze| freeze.is_in_force());
        let freeze = in_force.find(|freeze| freeze.scope.covers(employer))?;
        Some(DenyReason::Frozen { since: freeze.at, employer: freeze.scope.employer().cloned() })
    }
}

impl OrganizationPolicy {
    /// Why nobody enters this organization at present, if so.
    #[must_use]
    pub fn refusal(&self) -> Option<DenyReason> {
        setting_allows(self).err()
    }
}

fn setting_allows(organization: &OrganizationPolicy) -> Result<(), DenyReason> {
    match &organization.standing {
        Standing::Proven(SupportAccess::Enabled) => Ok(()),
        Standing::Proven(SupportAccess::ApprovalRequired) => Err(DenyReason::ApprovalRequired),
        Standing::Proven(SupportAccess::Disabled { at, confirmation, .. }) => {
            Err(DenyReason::SupportAccessDisabled { since: *at, confirmation: *confirmation })
        }
        Standing::Closed { since } => Err(DenyReason::OrganizationClosed { since: *since }),
    }
}

fn visit_allows(
    attempt: &AccessAttempt<'_>,
    organization: &OrganizationPolicy,
    tool: &Tool,
    now: Timestamp,
) -> Result<(), DenyReason> {
    match attempt.visit {
        VisitClaim::Opens { reason, case } => {
            if tool.reason == Requirement::Required && reason.is_none() {
                return Err(DenyReason::ReasonRequired);
            }
            if tool.case == Requirement::Required && case.is_none() {
                return Err(DenyReason::CaseRequired);
            }
            Ok(())
        }
        VisitClaim::Under(visit) => {
            let same = visit.subject == attempt.subject
                && visit.organization == attempt.organization
                && visit.tool == attempt.tool;
            match (same, visit.end_at(now)) {
                (false, _) => Err(DenyReason::VisitMismatch),
                (true, Some(end)) => Err(DenyReason::VisitEnded(end)),
                (true, None) if visit.epoch != organization.epoch => Err(DenyReason::VisitSuperseded),
                (true, None) => Ok(()),
            }
        }
    }
}

impl DenyReason {
    /// The word used in entries and problem documents.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Unavailable(_) => "unavailable",
            Self::Frozen { .. } => "frozen",
            Self::UnknownOrganization => "unknown_organization",
            Self::UnknownSubject => "unknown_subject",
            Self::UnknownTool => "unknown_tool",
            Self::ToolNotAccepted => "tool_not_accepted",
            Self::OrganizationClosed { .. } => "organization_closed",
            Self::SupportAccessDisabled { .. } => "support_access_disabled",
            Self::ApprovalRequired => "approval_required",
            Self::VisitMismatch => "visit_mismatch",
            Self::VisitEnded(_) => "visit_ended",
            Self::VisitSuperseded => "visit_superseded",
            Self::ReasonRequired => "reason_required",
            Self::CaseRequired => "case_required",
            Self::NoRoom => "no_room",
            Self::EndsWaiting => "ends_waiting",
        }
    }

    /// What happened, one sentence.
    #[must_use]
    pub fn explanation(&self) -> String {
        match self {
            Self::Unavailable(why) => format!("Nobody can enter at present: {why}."),
            Self::Frozen { since, employer: None } => {
                format!("The vendor keeps everybody out of everywhere since {}.", instant(*since))
            }
            Self::Frozen { since, employer: Some(employer) } => {
                format!(
                    "The vendor keeps everybody of {employer} out of everywhere since {}.",
                    instant(*since)
                )
            }
            Self::UnknownOrganization => "There is no such organization.".into(),
            Self::UnknownSubject => "You are not known here as a support person.".into(),
            Self::UnknownTool => "There is no such tool.".into(),
            Self::ToolNotAccepted => {
                "This tool does not keep organizations apart, and the vendor has not accepted it as it is."
                    .into()
            }
            Self::OrganizationClosed { since } => format!(
                "The stored setting of this organization is not the one its log proves (found {}). \
                 Nobody enters until that is settled.",
                instant(*since)
            ),
            Self::SupportAccessDisabled { since, .. } => {
                format!("This organization disabled support access on {}.", instant(*since))
            }
            Self::ApprovalRequired => "This organization approves each visit beforehand.".into(),
            Self::VisitMismatch => "The visit is not yours, or not in this organization's tool.".into(),
            Self::VisitEnded(end) => format!("Your visit is over: {}.", end_in_words(*end)),
            Self::VisitSuperseded => "Support access changed after your visit was opened.".into(),
            Self::ReasonRequired => "This tool wants to know why you enter.".into(),
            Self::CaseRequired => "This tool wants the case you enter for.".into(),
            Self::NoRoom => {
                "Byleave's disk is nearly full. What is left is kept for ending visits and for disabling."
                    .into()
            }
            Self::EndsWaiting => {
                "How earlier requests ended is not in the logs yet. Nobody new is let in until it is.".into()
            }
        }
    }

    /// What the person can do now, one sentence.
    #[must_use]
    pub const fn what_now(&self) -> &'static str {
        match self {
            Self::Unavailable(_) => "Try again in a moment.",
            Self::Frozen { .. } => "Your trust desk says why, and lifts it; nobody else can.",
            Self::UnknownOrganization | Self::UnknownTool => "Check the address, or start from your list.",
            Self::UnknownSubject => "Ask your trust desk to add you.",
            Self::ToolNotAccepted => {
                "Ask your platform team to declare how the tool keeps organizations apart."
            }
            Self::OrganizationClosed { .. } => "Tell your trust desk; only they can look into it.",
            Self::SupportAccessDisabled { .. } => {
                "Ask the customer to send what you need, or to have its security contact enable support access."
            }
            Self::ApprovalRequired => "Ask the customer's security contact to approve your visit.",
            Self::VisitEnded(VisitEnd::StoppedByOrganization) => {
                "Ask the customer why before you open a new visit."
            }
            Self::VisitMismatch | Self::VisitEnded(_) | Self::VisitSuperseded => "Open a new visit.",
            Self::ReasonRequired => "Open a visit with a reason (header `Byleave-Reason`).",
            Self::CaseRequired => "Open a visit with a case number (header `Byleave-Case`).",
            Self::NoRoom => "Tell whoever runs Byleave; you can enter once there is room.",
            Self::EndsWaiting => "Try again in a moment; if it stays so, tell whoever runs Byleave.",
        }
    }
}

fn end_in_words(end: VisitEnd) -> &'static str {
    match end {
        VisitEnd::Left => "it was ended",
        VisitEnd::SupportAccessDisabled => "the organization disabled support access",
        VisitEnd::Frozen => "the vendor froze support access",
        VisitEnd::StoppedByOrganization => "the organization stopped it",
        VisitEnd::TokenEnded => "the token that it was entered with expired or was revoked",
        VisitEnd::SessionEnded => "the session that it was entered from was ended",
        VisitEnd::Idle => "it was unused for 15 minutes",
        VisitEnd::TooLong => "it had been open for 8 hours",
        VisitEnd::Stopped => "the gateway was stopped",
        VisitEnd::NodeLost => "the gateway was lost",
    }
}

fn instant(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}
