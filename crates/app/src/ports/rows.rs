//! Rows as a store keeps them: raw, since what is believed of them is not the store's question.

use std::collections::BTreeSet;

use byleave_domain::ids::{
    ContactId, EvidenceId, FreezeId, LogId, MessageId, OrganizationId, RequestId, SubjectId, ToolId, VisitId,
};
use byleave_domain::text::{MailDomain, Name, Slug};
use byleave_domain::visit::Visit;
use jiff::Timestamp;

use crate::notice_addresses::Notices;

/// A stored organization.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrganizationRow {
    /// Id.
    pub id: OrganizationId,
    /// Name in addresses.
    pub slug: Slug,
    /// Name on pages.
    pub name: Name,
    /// Its log.
    pub log: LogId,
    /// When it was created.
    pub created_at: Timestamp,
    /// Where its mail comes from.
    pub domains: BTreeSet<MailDomain>,
    /// Where copies of what its contacts are told go.
    pub notices: Notices,
}

/// A stored setting, as raw as it is: whether it is believed is not the store's question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingRow {
    /// Changes so far.
    pub epoch: u64,
    /// `enabled`, `approval_required` or `disabled`.
    pub state: String,
    /// The whole setting with its evidence (`byleave_api::payload::SettingRecord`).
    pub record: String,
}

/// A `support_access.disabled` entry that waits for its log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboxRow {
    /// Request id of the entry to be.
    pub request: RequestId,
    /// Whose log.
    pub organization: OrganizationId,
    /// The entry's payload: the setting's record.
    pub record: String,
}

/// A stored document or note.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EvidenceRow {
    /// Id.
    pub id: EvidenceId,
    /// Whose.
    pub organization: OrganizationId,
    /// Id of the change request, change of contacts, contact or doubt that it belongs to.
    pub about: [u8; 16],
    /// What its bytes are, such as `application/pdf`.
    pub media_type: String,
    /// When it was taken in.
    pub created_at: Timestamp,
    /// The bytes.
    pub bytes: Vec<u8>,
}

/// Evidence that is old enough to be looked at: its id, whose it is, and what it belongs to.
pub type OldEvidence = (EvidenceId, OrganizationId, [u8; 16]);

/// A message that belongs to no request yet, or did not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageRow {
    /// Id.
    pub id: MessageId,
    /// `help_page`, `uploaded`, `piped` or `mail`. None of them says who sent it.
    pub way: String,
    /// The customer's name as its sender gives it; empty when it was not asked for.
    pub claimed: String,
    /// When it came in.
    pub received_at: Timestamp,
    /// The message; empty once it has become evidence, and of a mail, whose bytes are kept with what was made of it.
    pub text: Vec<u8>,
    /// None while it is held; then the change request that it went to, or why it was dismissed.
    pub settled: Option<String>,
}

/// A stored freeze, as raw as it is: whether it is in force is what signatures and logs say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FreezeRow {
    /// Id.
    pub id: FreezeId,
    /// `byleave_api::payload::FreezeRecord`.
    pub record: String,
}

/// A stored visit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VisitRow {
    /// The visit.
    pub visit: Visit,
    /// Index of its `visit.open` entry.
    pub entry: u64,
    /// Requests recorded under it.
    pub requests: u64,
    /// Requests for assets.
    pub assets: u64,
    /// Bytes of answers, assets included.
    pub bytes_down: u64,
    /// The security contact who stopped it; of what the organization stopped, none where one of its programs did.
    pub stopped_by: Option<ContactId>,
}

/// Visits of one subject in one tool, together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VisitSum {
    /// Which tool.
    pub tool: ToolId,
    /// Whose.
    pub subject: SubjectId,
    /// How many.
    pub visits: u64,
    /// How long they lasted together, microseconds; of one that is open, to the month's end.
    pub lasted_us: u64,
}

/// Which of an organization's visits are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VisitsWanted {
    /// Whose.
    pub organization: OrganizationId,
    /// Opened then or later.
    pub from: Timestamp,
    /// Opened before then.
    pub until: Timestamp,
    /// Of this person alone.
    pub subject: Option<SubjectId>,
    /// Of this tool alone.
    pub tool: Option<ToolId>,
    /// Behind this one in the order, newest first and of those opened at one instant by id.
    pub after: Option<(Timestamp, VisitId)>,
}

impl From<OrganizationId> for VisitsWanted {
    /// All of them.
    fn from(organization: OrganizationId) -> Self {
        let (from, until) = (Timestamp::MIN, Timestamp::MAX);
        Self { organization, from, until, subject: None, tool: None, after: None }
    }
}
