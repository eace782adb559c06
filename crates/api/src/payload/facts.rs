//! What a decision looked at, as the entry that records it holds it, so that anybody who has the payload can take the
//! decision again. What the log itself says (the setting of an epoch, the visit's opening) is not repeated.

use byleave_domain::facts::{Claimed, Declared, Facts};
use byleave_domain::snapshot::Standing;
use byleave_domain::tool::Requirement;
use byleave_domain::visit::VisitEnd;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The version of these facts. Entries from before there were any have none, and cannot be replayed.
pub const FACTS_VERSION: u8 = 1;

/// What a decision looked at, beside the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FactsRecord {
    /// [`FACTS_VERSION`].
    pub v: u8,
    /// When it was taken: microseconds since 1970-01-01 UTC.
    pub at_us: i64,
    /// The setting's epoch that it rests on.
    pub epoch: u64,
    /// The stored setting was not the one that the log proves; then nobody enters, whatever the log says.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub closed: bool,
    /// A freeze kept them out.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub frozen: bool,
    /// Whether the one who asked was known as a support person or service.
    pub known: bool,
    /// What the tool was declared as; none for one that is not known.
    pub tool: Option<DeclaredRecord>,
    /// Under which visit.
    pub visit: ClaimedRecord,
}

/// Of a tool's declaration what counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeclaredRecord {
    /// It keeps organizations apart, or the vendor has accepted it by name.
    pub accepted: bool,
    /// A visit must state a reason.
    pub reason: bool,
    /// A visit must name a case.
    pub case: bool,
}

/// Under which visit somebody wanted in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClaimedRecord {
    /// One was to be opened.
    Opens {
        /// A reason was given.
        reason: bool,
        /// A case was named.
        case: bool,
    },
    /// The one that the entry refers to.
    Under {
        /// When it was last used: microseconds since 1970-01-01 UTC.
        used_at_us: i64,
        /// Why it had ended, if it had.
        ended: Option<String>,
    },
    /// Somebody else's, or one to another place, of which nothing is said here.
    Elsewhere,
}

impl FactsRecord {
    /// The record of what a decision looked at; none where no organization's log could have it.
    #[must_use]
    pub fn new(facts: &Facts) -> Option<Self> {
        let (epoch, standing) = facts.setting.as_ref()?;
        let tool = facts.tool.map(|Declared { accepted, reason, case }| {
            let required = |requirement| requirement == Requirement::Required;
            DeclaredRecord { accepted, reason: required(reason), case: required(case) }
        });
        Some(Self {
            v: FACTS_VERSION,
            at_us: facts.at.as_microsecond(),
            epoch: *epoch,
            closed: matches!(standing, Standing::Closed { .. }),
            frozen: facts.frozen.is_some(),
            known: facts.known,
            tool,
            visit: match facts.visit {
                Claimed::Opens { reason, case } => ClaimedRecord::Opens { reason, case },
                Claimed::Under { used_at, ended, .. } => ClaimedRecord::Under {
                    used_at_us: used_at.as_microsecond(),
                    ended: ended.map(|end| end.as_str().to_owned()),
                },
                Claimed::Elsewhere => ClaimedRecord::Elsewhere,
            },
        })
    }

    /// When it was taken, where the calendar has it.
    #[must_use]
    pub fn at(&self) -> Option<Timestamp> {
        Timestamp::from_microsecond(self.at_us).ok()
    }

    /// What the tool was declared as.
    #[must_use]
    pub fn declared(&self) -> Option<Declared> {
        let requirement = |required| if required { Requirement::Required } else { Requirement::Optional };
        self.tool.map(|DeclaredRecord { accepted, reason, case }| Declared {
            accepted,
            reason: requirement(reason),
            case: requirement(case),
        })
    }
}

/// Why a visit ended, from the word that entries have for it.
#[must_use]
pub fn visit_end(word: &str) -> Option<VisitEnd> {
    VisitEnd::ALL.into_iter().find(|end| end.as_str() == word)
}
