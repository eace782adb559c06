//! What one decision looked at: enough to take it again, long after and elsewhere.
//!
//! [`authorize`] looks at a snapshot of everything; of that, one attempt touches little. [`Facts`] is just this little, so
//! that it can be recorded with the decision, and [`Facts::decide`] asks [`authorize`] again. For every snapshot and
//! attempt both answers are the same; a property test says so.

use jiff::Timestamp;

use crate::decision::{AccessAttempt, Decision, DenyReason, VisitClaim, authorize};
use crate::freeze::{Freeze, FreezeScope};
use crate::ids::{DeskPersonId, FreezeId, OrganizationId, SubjectId, ToolId, VisitId};
use crate::snapshot::{OrganizationPolicy, PolicySnapshot, Standing};
use crate::subject::{Subject, SubjectKind};
use crate::text::{CaseNumber, Email, InvalidText, Name, Reason, Slug};
use crate::tool::{Isolation, Requirement, Tool};
use crate::visit::{Visit, VisitEnd};

/// All that a decision looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// When.
    pub at: Timestamp,
    /// Why nothing at all was permitted, where that was so.
    pub closed: Option<&'static str>,
    /// The freeze that kept them out, if one did.
    pub frozen: Option<Frozen>,
    /// Whether the one who asked was known as a support person or service.
    pub known: bool,
    /// The setting's epoch, and what held; none for an organization that is not known.
    pub setting: Option<(u64, Standing)>,
    /// What the tool was declared as; none for one that is not known.
    pub tool: Option<Declared>,
    /// Under which visit.
    pub visit: Claimed,
}

/// Of a freeze what a decision looks at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frozen {
    /// Since when.
    pub since: Timestamp,
    /// Whose people it keeps out; everybody without one.
    pub employer: Option<Name>,
}

/// Of a tool's declaration what a decision looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Declared {
    /// It keeps organizations apart, or the vendor has accepted it by name.
    pub accepted: bool,
    /// Whether a visit must state a reason.
    pub reason: Requirement,
    /// Whether a visit must name a case.
    pub case: Requirement,
}

/// Of a visit what a decision looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claimed {
    /// One is opened.
    Opens {
        /// A reason was given.
        reason: bool,
        /// A case was named.
        case: bool,
    },
    /// It is under one of the same person, organization and tool.
    Under {
        /// The epoch that the visit was admitted under.
        epoch: u64,
        /// When it was opened.
        opened_at: Timestamp,
        /// When it was last used.
        used_at: Timestamp,
        /// Why it had ended, if it had.
        ended: Option<VisitEnd>,
    },
    /// It is under somebody else's visit, or one to another place.
    Elsewhere,
}

impl Facts {
    /// What [`authorize`] looks at for these arguments.
    #[must_use]
    pub fn of(snapshot: &PolicySnapshot, attempt: &AccessAttempt<'_>, now: Timestamp) -> Self {
        let setting = snapshot.organizations.get(&attempt.organization);
        let tool = snapshot.tools.get(&attempt.tool);
        Self {
            at: now,
            closed: snapshot.closed,
            frozen: match snapshot.frozen(attempt.subject) {
                Some(DenyReason::Frozen { since, employer }) => Some(Frozen { since, employer }),
                _ => None,
            },
            known: snapshot.subjects.contains_key(&attempt.subject),
            setting: setting.map(|policy| (policy.epoch, policy.standing.clone())),
            tool: tool.map(|tool| Declared {
                accepted: tool.isolation != Isolation::Shared { accepted: false },
                reason: tool.reason,
                case: tool.case,
            }),
            visit: match &attempt.visit {
                VisitClaim::Opens { reason, case } => {
                    Claimed::Opens { reason: reason.is_some(), case: case.is_some() }
                }
                VisitClaim::Under(visit) if is_theirs(visit, attempt) => Claimed::Under {
                    epoch: visit.epoch,
                    opened_at: visit.opened_at,
                    used_at: visit.used_at,
                    ended: visit.ended.map(|(_, end)| end),
                },
                VisitClaim::Under(_) => Claimed::Elsewhere,
            },
        }
    }

    /// What [`authorize`] says to these facts.
    ///
    /// # Errors
    /// Never: the names that stand for those that do not matter are good ones.
    pub fn decide(&self) -> Result<Decision, InvalidText> {
        let mut snapshot = PolicySnapshot { closed: self.closed, ..PolicySnapshot::default() };
        let employer = self.frozen.as_ref().and_then(|frozen| frozen.employer.clone());
        if self.known {
            snapshot.subjects.insert(SUBJECT, somebody(employer)?);
        }
        if let Some(frozen) = &self.frozen {
            snapshot.freezes.push(frozen.freeze()?);
        }
        if let Some((epoch, standing)) = &self.setting {
            let (slug, name): (Slug, Name) = (ANY.parse()?, ANY.parse()?);
            let policy = OrganizationPolicy { slug, name, epoch: *epoch, standing: standing.clone() };
            snapshot.organizations.insert(ORGANIZATION, policy);
        }
        if let Some(declared) = &self.tool {
            snapshot.tools.insert(TOOL, declared.tool()?);
        }
        let (reason, case): (Reason, CaseNumber) = (ANY.parse()?, ANY.parse()?);
        let visit = self.visit.visit();
        let claim = match (&self.visit, &visit) {
            (Claimed::Opens { reason: with_reason, case: with_case }, _) => {
                VisitClaim::Opens { reason: with_reason.then_some(&reason), case: with_case.then_some(&case) }
            }
            (_, visit) => VisitClaim::Under(visit),
        };
        let attempt =
            AccessAttempt { subject: SUBJECT, organization: ORGANIZATION, tool: TOOL, visit: claim };
        Ok(authorize(&snapshot, &attempt, self.at))
    }
}

/// They stand for the one person, organization and tool that a decision is about.
const SUBJECT: SubjectId = SubjectId::from_bytes([1; 16]);
const ORGANIZATION: OrganizationId = OrganizationId::from_bytes([1; 16]);
const TOOL: ToolId = ToolId::from_bytes([1; 16]);
const ANOTHER: SubjectId = SubjectId::from_bytes([2; 16]);
/// A good name, slug, reason and case number.
const ANY: &str = "any";

fn is_theirs(visit: &Visit, attempt: &AccessAttempt<'_>) -> bool {
    visit.subject == attempt.subject
        && visit.organization == attempt.organization
        && visit.tool == attempt.tool
}

fn somebody(employer: Option<Name>) -> Result<Subject, InvalidText> {
    let name: Name = ANY.parse()?;
    let employer = employer.unwrap_or_else(|| name.clone());
    let email: Email = "any@any".parse()?;
    Ok(Subject { id: SUBJECT, kind: SubjectKind::SupportPerson, name, email, employer })
}

impl Frozen {
    fn freeze(&self) -> Result<Freeze, InvalidText> {
        Ok(Freeze {
            id: FreezeId::from_bytes([1; 16]),
            scope: self.employer.clone().map_or(FreezeScope::Everybody, FreezeScope::Employer),
            reason: ANY.parse()?,
            by: DeskPersonId::from_bytes([1; 16]),
            at: self.since,
            approvals: Vec::new(),
            lifted_at: None,
        })
    }
}

impl Declared {
    fn tool(&self) -> Result<Tool, InvalidText> {
        let isolation = match self.accepted {
            true => Isolation::UpstreamVerified,
            false => Isolation::Shared { accepted: false },
        };
        Ok(Tool {
            id: TOOL,
            slug: ANY.parse()?,
            name: ANY.parse()?,
            upstream: String::new(),
            isolation,
            reason: self.reason,
            case: self.case,
            assets: Vec::new(),
        })
    }
}

impl Claimed {
    fn visit(&self) -> Visit {
        let (subject, epoch, opened_at, used_at, ended) = match *self {
            Self::Under { epoch, opened_at, used_at, ended } => (SUBJECT, epoch, opened_at, used_at, ended),
            Self::Opens { .. } | Self::Elsewhere => {
                (ANOTHER, 0, Timestamp::UNIX_EPOCH, Timestamp::UNIX_EPOCH, None)
            }
        };
        Visit {
            id: VisitId::from_bytes([1; 16]),
            organization: ORGANIZATION,
            tool: TOOL,
            subject,
            reason: None,
            case: None,
            epoch,
            opened_at,
            used_at,
            ended: ended.map(|end| (used_at, end)),
        }
    }
}
