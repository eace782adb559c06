//! A setting as `support_access.*` entries and the stored row hold it: the same bytes in both, so that they can be
//! compared.

use byleave_domain::approval::{Approval, SignedApproval};
use byleave_domain::statement::{SignedStatement, Statement};
use byleave_domain::support_access::{Confirmation, DecidedBy, Evidence, Setting, SupportAccess};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::payload::SignedRecord;

/// `support_access.disabled`, `support_access.confirmed` and `support_access.enabled`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SettingRecord {
    /// Changes so far.
    pub epoch: u64,
    /// `enabled` or `disabled`.
    pub support_access: String,
    /// While disabled: when it took effect, RFC 3339.
    pub at: Option<String>,
    /// While disabled: `provisional` or `confirmed`.
    pub confirmation: Option<String>,
    /// The security contact's word, where they signed.
    pub signed: Option<SignedRecord>,
    /// The change request that led to it.
    #[serde(default)]
    pub change_request: Option<String>,
    /// Desk people's approvals.
    #[serde(default)]
    pub approvals: Vec<SignedRecord>,
}

/// A record that is not a setting.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the setting's `{field}` is not valid")]
pub struct InvalidSetting {
    /// The field that does not parse, or does not fit the others.
    pub field: &'static str,
}

impl From<&SignedStatement> for SignedRecord {
    fn from(signed: &SignedStatement) -> Self {
        Self::new(signed.statement.to_text(), &signed.signature)
    }
}

impl TryFrom<&SignedRecord> for SignedStatement {
    type Error = InvalidSetting;

    fn try_from(record: &SignedRecord) -> Result<Self, InvalidSetting> {
        let statement: Statement =
            record.statement.parse().map_err(|_| InvalidSetting { field: "statement" })?;
        let signature = record.signature().ok_or(InvalidSetting { field: "signature" })?;
        Ok(Self { statement, signature })
    }
}

impl From<&SignedApproval> for SignedRecord {
    fn from(signed: &SignedApproval) -> Self {
        Self::new(signed.approval.to_text(), &signed.signature)
    }
}

impl TryFrom<&SignedRecord> for SignedApproval {
    type Error = InvalidSetting;

    fn try_from(record: &SignedRecord) -> Result<Self, InvalidSetting> {
        let approval: Approval =
            record.statement.parse().map_err(|_| InvalidSetting { field: "approval" })?;
        let signature = record.signature().ok_or(InvalidSetting { field: "signature" })?;
        Ok(Self { approval, signature })
    }
}

impl From<&Setting> for SettingRecord {
    fn from(setting: &Setting) -> Self {
        let (support_access, at, confirmation) = match &setting.access {
            SupportAccess::Enabled => ("enabled", None, None),
            SupportAccess::ApprovalRequired => ("approval_required", None, None),
            SupportAccess::Disabled { at, confirmation, .. } => {
                ("disabled", Some(at.to_string()), Some(confirmation_word(*confirmation).to_owned()))
            }
        };
        let evidence = setting.evidence.as_ref();
        let statement = evidence.and_then(|evidence| evidence.statement.as_ref());
        Self {
            epoch: setting.epoch,
            support_access: support_access.to_owned(),
            at,
            confirmation,
            signed: statement.map(SignedRecord::from),
            change_request: evidence.and_then(|evidence| evidence.change_request).map(|id| id.to_string()),
            approvals: evidence.iter().flat_map(|e| &e.approvals).map(SignedRecord::from).collect(),
        }
    }
}

impl TryFrom<&SettingRecord> for Setting {
    type Error = InvalidSetting;

    fn try_from(record: &SettingRecord) -> Result<Self, InvalidSetting> {
        let statement = record.signed.as_ref().map(SignedStatement::try_from).transpose()?;
        let approvals: Vec<_> =
            record.approvals.iter().map(SignedApproval::try_from).collect::<Result<_, _>>()?;
        let change_request = record.change_request.as_deref().map(str::parse).transpose();
        let change_request = change_request.map_err(|_| InvalidSetting { field: "change_request" })?;
        let access = match record.support_access.as_str() {
            "enabled" if record.at.is_none() && record.confirmation.is_none() => SupportAccess::Enabled,
            "disabled" => SupportAccess::Disabled {
                by: decided_by(statement.as_ref(), &approvals)?,
                at: instant(record.at.as_deref())?,
                confirmation: confirmation(record.confirmation.as_deref())?,
            },
            _ => return Err(InvalidSetting { field: "support_access" }),
        };
        let nothing = statement.is_none() && approvals.is_empty() && change_request.is_none();
        let evidence = (!nothing).then_some(Evidence { statement, change_request, approvals });
        Ok(Self { epoch: record.epoch, access, evidence })
    }
}

/// Whoever signed first: the contact where they did, else the desk.
fn decided_by(
    statement: Option<&SignedStatement>,
    approvals: &[SignedApproval],
) -> Result<DecidedBy, InvalidSetting> {
    let contact = statement.map(|signed| DecidedBy::Contact(signed.statement.contact));
    let desk = || approvals.first().map(|signed| DecidedBy::Desk(signed.approval.by));
    contact.or_else(desk).ok_or(InvalidSetting { field: "signed" })
}

fn instant(text: Option<&str>) -> Result<Timestamp, InvalidSetting> {
    text.and_then(|text| text.parse().ok()).ok_or(InvalidSetting { field: "at" })
}

const fn confirmation_word(confirmation: Confirmation) -> &'static str {
    match confirmation {
        Confirmation::Provisional => "provisional",
        Confirmation::Confirmed => "confirmed",
    }
}

fn confirmation(text: Option<&str>) -> Result<Confirmation, InvalidSetting> {
    match text {
        Some("provisional") => Ok(Confirmation::Provisional),
        Some("confirmed") => Ok(Confirmation::Confirmed),
        _ => Err(InvalidSetting { field: "confirmation" }),
    }
}
