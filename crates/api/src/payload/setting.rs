//! A setting as `support_access.*` entries and the stored row hold it: the same bytes in both, so that they can be
//! compared.

use byleave_domain::ids::{parse_hex, to_hex};
use byleave_domain::statement::{SignedStatement, Statement};
use byleave_domain::support_access::{Approval, Confirmation, Evidence, Setting, SupportAccess};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// `support_access.disabled` and `support_access.enabled`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SettingRecord {
    /// Changes so far.
    pub epoch: u64,
    /// `enabled` or `disabled`.
    pub support_access: String,
    /// While disabled: when it took effect, RFC 3339.
    pub at: Option<String>,
    /// While disabled: `provisional` or `confirmed`.
    pub confirmation: Option<String>,
    /// The security contact's word; none at epoch 0 alone.
    pub signed: Option<SignedRecord>,
    /// The desk person's half, when enabled again.
    pub approval: Option<ApprovalRecord>,
}

/// A statement with its signature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignedRecord {
    /// The canonical text (see `byleave_domain::statement`).
    pub statement: String,
    /// Ed25519 signature over it, 128 hex digits.
    pub signature: String,
}

/// A desk person's approval.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApprovalRecord {
    /// What was approved.
    pub change_request: String,
    /// Who approved.
    pub by: String,
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
        Self { statement: signed.statement.to_text(), signature: to_hex(&signed.signature) }
    }
}

impl TryFrom<&SignedRecord> for SignedStatement {
    type Error = InvalidSetting;

    fn try_from(record: &SignedRecord) -> Result<Self, InvalidSetting> {
        let statement: Statement =
            record.statement.parse().map_err(|_| InvalidSetting { field: "statement" })?;
        let signature = parse_hex(&record.signature).ok_or(InvalidSetting { field: "signature" })?;
        Ok(Self { statement, signature })
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
        let approval = setting.evidence.as_ref().and_then(|evidence| evidence.approval.as_ref());
        Self {
            epoch: setting.epoch,
            support_access: support_access.to_owned(),
            at,
            confirmation,
            signed: setting.evidence.as_ref().map(|evidence| SignedRecord::from(&evidence.statement)),
            approval: approval.map(|approval| ApprovalRecord {
                change_request: approval.change_request.to_string(),
                by: approval.by.to_string(),
            }),
        }
    }
}

impl TryFrom<&SettingRecord> for Setting {
    type Error = InvalidSetting;

    fn try_from(record: &SettingRecord) -> Result<Self, InvalidSetting> {
        let statement = record.signed.as_ref().map(SignedStatement::try_from).transpose()?;
        let approval = record.approval.as_ref().map(approval).transpose()?;
        let access = match (record.support_access.as_str(), &statement) {
            ("enabled", _) if record.at.is_none() && record.confirmation.is_none() => SupportAccess::Enabled,
            ("disabled", Some(signed)) => SupportAccess::Disabled {
                by: signed.statement.contact,
                at: instant(record.at.as_deref())?,
                confirmation: confirmation(record.confirmation.as_deref())?,
            },
            _ => return Err(InvalidSetting { field: "support_access" }),
        };
        let evidence = match (statement, approval) {
            (Some(statement), approval) => Some(Evidence { statement, approval }),
            (None, None) => None,
            (None, Some(_)) => return Err(InvalidSetting { field: "approval" }),
        };
        Ok(Self { epoch: record.epoch, access, evidence })
    }
}

fn approval(record: &ApprovalRecord) -> Result<Approval, InvalidSetting> {
    Ok(Approval {
        change_request: record
            .change_request
            .parse()
            .map_err(|_| InvalidSetting { field: "change_request" })?,
        by: record.by.parse().map_err(|_| InvalidSetting { field: "by" })?,
    })
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
