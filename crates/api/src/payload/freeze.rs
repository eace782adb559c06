//! Freezes as entries and the stored row hold them.

use byleave_domain::freeze::{Freeze, FreezeScope, Lift, SignedLift};
use byleave_domain::ids::FreezeId;
use serde::{Deserialize, Serialize};

use crate::payload::SignedRecord;

/// `freeze.begin`, `freeze.begin_employer` and, as a pointer to it, `freeze.lift`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FreezeBegun {
    /// The freeze's id.
    pub freeze: String,
    /// Whose people are kept out; everybody without one.
    pub employer: Option<String>,
    /// Why.
    pub reason: String,
    /// The desk person who began it.
    pub by: String,
    /// Since when, RFC 3339. The entry may come later: nobody waits for it.
    pub at: String,
}

/// `freeze.approved`: a desk person's word that it is to be lifted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LiftApproved {
    /// The freeze's id.
    pub freeze: String,
    /// The text (see `byleave_domain::freeze`) and its signature.
    pub signed: SignedRecord,
}

/// A freeze as stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FreezeRecord {
    /// How it began.
    pub begun: FreezeBegun,
    /// What desk people have signed to lift it.
    pub approvals: Vec<SignedRecord>,
    /// When it was lifted and every log said so, RFC 3339.
    pub lifted_at: Option<String>,
}

/// A record that is no freeze.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the freeze's `{field}` is not valid")]
pub struct InvalidFreeze {
    /// The field that does not parse.
    pub field: &'static str,
}

impl From<&Freeze> for FreezeBegun {
    fn from(freeze: &Freeze) -> Self {
        Self {
            freeze: freeze.id.to_string(),
            employer: freeze.scope.employer().map(ToString::to_string),
            reason: freeze.reason.to_string(),
            by: freeze.by.to_string(),
            at: freeze.at.to_string(),
        }
    }
}

impl FreezeBegun {
    /// The freeze, in force and with no approval.
    ///
    /// # Errors
    /// [`InvalidFreeze`].
    pub fn read(&self) -> Result<Freeze, InvalidFreeze> {
        let field = |field| InvalidFreeze { field };
        let scope = match &self.employer {
            None => FreezeScope::Everybody,
            Some(name) => FreezeScope::Employer(name.parse().map_err(|_| field("employer"))?),
        };
        Ok(Freeze {
            id: self.freeze.parse().map_err(|_| field("freeze"))?,
            scope,
            reason: self.reason.parse().map_err(|_| field("reason"))?,
            by: self.by.parse().map_err(|_| field("by"))?,
            at: self.at.parse().map_err(|_| field("at"))?,
            approvals: Vec::new(),
            lifted_at: None,
        })
    }
}

impl LiftApproved {
    /// Of which freeze, and what was signed.
    ///
    /// # Errors
    /// [`InvalidFreeze`].
    pub fn read(&self) -> Result<(FreezeId, SignedLift), InvalidFreeze> {
        let id = self.freeze.parse().map_err(|_| InvalidFreeze { field: "freeze" })?;
        Ok((id, (&self.signed).try_into()?))
    }
}

impl From<&SignedLift> for SignedRecord {
    fn from(signed: &SignedLift) -> Self {
        Self::new(signed.lift.to_text(), &signed.signature)
    }
}

impl TryFrom<&SignedRecord> for SignedLift {
    type Error = InvalidFreeze;

    fn try_from(record: &SignedRecord) -> Result<Self, InvalidFreeze> {
        let lift: Lift = record.statement.parse().map_err(|_| InvalidFreeze { field: "statement" })?;
        let signature = record.signature().ok_or(InvalidFreeze { field: "signature" })?;
        Ok(Self { lift, signature })
    }
}

impl From<&Freeze> for FreezeRecord {
    fn from(freeze: &Freeze) -> Self {
        Self {
            begun: freeze.into(),
            approvals: freeze.approvals.iter().map(SignedRecord::from).collect(),
            lifted_at: freeze.lifted_at.map(|at| at.to_string()),
        }
    }
}

impl TryFrom<&FreezeRecord> for Freeze {
    type Error = InvalidFreeze;

    fn try_from(record: &FreezeRecord) -> Result<Self, InvalidFreeze> {
        let lifted_at = record.lifted_at.as_deref().map(str::parse).transpose();
        Ok(Self {
            approvals: record.approvals.iter().map(SignedLift::try_from).collect::<Result<_, _>>()?,
            lifted_at: lifted_at.map_err(|_| InvalidFreeze { field: "lifted_at" })?,
            ..record.begun.read()?
        })
    }
}
