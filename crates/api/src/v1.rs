//! Requests and answers of `/v1`. Instants are RFC 3339 in UTC; ids are `<kind>_<32 hex digits>`.

use serde::{Deserialize, Serialize};

use crate::payload::SignedRecord;

/// `POST /v1/organizations`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrganizationCreate {
    /// 1 to 120 characters.
    pub name: String,
    /// 1 to 30 of `a`–`z`, `0`–`9` and single inner hyphens.
    pub slug: String,
}

/// An organization.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Organization {
    /// Id.
    pub id: String,
    /// Name in addresses.
    pub slug: String,
    /// Name on pages.
    pub name: String,
    /// `enabled`, `approval_required` or `disabled`; `closed` while the stored setting is unproven.
    pub support_access: String,
    /// Where and with which key its log is verified. Shown to the organization and to the vendor's administrator.
    pub log: Log,
}

/// Where an organization's log is, and what verifies it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Log {
    /// Capability address: whoever has it can read the log, which holds no personal data.
    pub url: String,
    /// The log's name in its checkpoints.
    pub origin: String,
    /// The log's public key as a signed-note verifier key.
    pub vkey: String,
}

/// `POST /v1/organizations/{organization}/contacts`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContactCreate {
    /// 1 to 120 characters.
    pub name: String,
    /// Where they are reached.
    pub email: String,
    /// The number on file.
    pub phone: String,
    /// Ed25519 public key, 64 hex digits, as `byleave keygen` prints it.
    pub key: Option<String>,
}

/// A security contact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// Id.
    pub id: String,
    /// The organization's id.
    pub organization: String,
    /// Name.
    pub name: String,
    /// E-mail address.
    pub email: String,
    /// The number on file.
    pub phone: String,
    /// Ed25519 public key, 64 hex digits.
    pub key: Option<String>,
}

/// `POST /v1/support-people`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SupportPersonCreate {
    /// `support_person` or `support_service`.
    pub kind: String,
    /// 1 to 120 characters.
    pub name: String,
    /// Alias in requests and sign-in.
    pub email: String,
    /// Who employs them.
    pub employer: String,
}

/// A support person or support service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SupportPerson {
    /// Id.
    pub id: String,
    /// `support_person` or `support_service`.
    pub kind: String,
    /// Name.
    pub name: String,
    /// E-mail address.
    pub email: String,
    /// Employer.
    pub employer: String,
    /// Bearer token for the gateway; in the answer to its creation and never again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
}

/// `POST /v1/tools`; also a tool.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tool {
    /// Name in addresses; the assertion's audience.
    pub slug: String,
    /// Name on pages.
    pub name: String,
    /// Origin of the upstream: scheme and authority, no path.
    pub upstream: String,
    /// `upstream-verified`, `injected` or `shared`.
    pub isolation: String,
    /// With `injected`: `prefix`, `header:NAME` or `query:NAME`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inject: Option<String>,
    /// With `shared`: the tool's slug once more, by which the vendor accepts it as it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accept_shared: Option<String>,
    /// `required` or `optional`.
    pub reason: String,
    /// `required` or `optional`.
    pub case: String,
    /// Path prefixes of files that hold no organization's data.
    #[serde(default)]
    pub assets: Vec<String>,
}

/// `GET /v1/organizations/{organization}/support-access`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SupportAccess {
    /// The organization's id.
    pub organization: String,
    /// `enabled`, `approval_required`, `disabled` or `closed`.
    pub support_access: String,
    /// While disabled: `provisional` or `confirmed`.
    pub confirmation: Option<String>,
    /// While disabled or closed: since when.
    pub since: Option<String>,
    /// While disabled: the security contact who decided.
    pub by: Option<String>,
    /// Changes so far. A statement says one more.
    pub epoch: u64,
    /// The log's newest checkpoint.
    pub checkpoint: String,
}

/// `POST …/support-access/disable` and `…/enable`: a security contact's signed statement.
pub type Change = SignedRecord;

/// The answer to a disable, once it is in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// The organization's id.
    pub organization: String,
    /// Always `disabled`.
    pub support_access: String,
    /// `provisional` or `confirmed`.
    pub confirmation: String,
    /// The setting's epoch.
    pub epoch: u64,
    /// Since when.
    pub since: String,
    /// The security contact who decided.
    pub by: String,
    /// Per enforcement point, how it took hold.
    pub enforcement_points: Vec<EnforcementPoint>,
    /// Index of the entry in the organization's log; none while the log cannot take it.
    pub entry: Option<u64>,
    /// The log's checkpoint that includes the entry. Keep it: a later log must extend it.
    pub checkpoint: String,
}

/// One enforcement point's part of a receipt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnforcementPoint {
    /// Which one.
    pub name: String,
    /// `drained`: every connection is closed and nothing new is let in.
    pub how: String,
    /// Connections that were reset.
    pub connections: usize,
}

/// A change request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangeRequest {
    /// Id.
    pub id: String,
    /// The organization's id.
    pub organization: String,
    /// Always `enable`: disabling needs no request.
    pub action: String,
    /// `received`, `processed` or `superseded`.
    pub state: String,
    /// The security contact who asked.
    pub contact: String,
    /// When it came in.
    pub received_at: String,
    /// The desk person who approved.
    pub approved_by: Option<String>,
}
