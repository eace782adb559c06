//! An organization's setting, the proof that comes with it, and when a stored one is believed.

use jiff::Timestamp;

use crate::contact::SecurityContact;
use crate::ids::{ChangeRequestId, ContactId, DeskPersonId, OrganizationId};
use crate::statement::{SignedStatement, Wish};

/// Whether the vendor's support people may enter an organization's tools.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SupportAccess {
    /// They may. Every organization begins so.
    Enabled,
    /// They may where a security contact has approved the visit beforehand.
    ApprovalRequired,
    /// Nobody may.
    Disabled {
        /// The security contact who decided.
        by: ContactId,
        /// When it took effect.
        at: Timestamp,
        /// Whether the steps that follow a disable are done. It holds either way, and for as long as it takes.
        confirmation: Confirmation,
    },
}

/// Whether the article's steps after a disable are done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Confirmation {
    /// In force at once, steps still to come. Never lapses into [`SupportAccess::Enabled`] by itself.
    Provisional,
    /// In force, steps done.
    Confirmed,
}

/// A setting with the proof that it was made by those who may make it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// Changes so far; 0 is the state at creation.
    pub epoch: u64,
    /// What holds.
    pub access: SupportAccess,
    /// Who made it so. `None` at epoch 0 alone.
    pub evidence: Option<Evidence>,
}

/// Why a setting beyond epoch 0 is in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    /// The security contact's own word.
    pub statement: SignedStatement,
    /// For a setting that lets people in: the request and the desk person who approved it.
    pub approval: Option<Approval>,
}

/// A desk person's approval of a change request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approval {
    /// What was approved.
    pub change_request: ChangeRequestId,
    /// Who approved.
    pub by: DeskPersonId,
}

/// Why a stored setting is not believed. The organization is closed until it is settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SettingUnproven {
    /// No row at all.
    #[error("the organization has no stored setting that can be read")]
    RowMissing,
    /// The row is not the last setting entry of the organization's log.
    #[error("the stored setting (epoch {stored}) is not the log's last (epoch {logged})")]
    NotTheLast {
        /// The row's epoch.
        stored: u64,
        /// The epoch of the log's last setting entry; 0 when it holds none.
        logged: u64,
    },
    /// Same epoch, other content.
    #[error("the stored setting of epoch {epoch} differs from the log's entry")]
    Differs {
        /// The epoch of both.
        epoch: u64,
    },
    /// The evidence does not carry the setting.
    #[error("the setting of epoch {epoch} is not carried by a security contact's statement")]
    Evidence {
        /// The epoch.
        epoch: u64,
    },
}

impl Setting {
    /// What every organization has at creation: enabled, epoch 0, no evidence needed.
    #[must_use]
    pub const fn at_creation() -> Self {
        Self { epoch: 0, access: SupportAccess::Enabled, evidence: None }
    }

    /// Whether this setting carries its own proof: a statement of one of the organization's `contacts`, made for
    /// this organization, epoch and wish, and for a setting that lets people in also an approval.
    ///
    /// # Errors
    /// [`SettingUnproven::Evidence`].
    pub fn check(
        &self,
        organization: OrganizationId,
        contacts: &[SecurityContact],
    ) -> Result<(), SettingUnproven> {
        let carried = match (&self.evidence, &self.access) {
            (None, SupportAccess::Enabled) => self.epoch == 0,
            (Some(evidence), SupportAccess::Enabled) => {
                evidence.approval.is_some() && self.stated(evidence, organization, contacts, Wish::Enabled)
            }
            (Some(evidence), SupportAccess::Disabled { by, .. }) => {
                evidence.statement.statement.contact == *by
                    && self.stated(evidence, organization, contacts, Wish::Disabled)
            }
            (None, _) | (_, SupportAccess::ApprovalRequired) => false,
        };
        if carried { Ok(()) } else { Err(SettingUnproven::Evidence { epoch: self.epoch }) }
    }

    fn stated(
        &self,
        evidence: &Evidence,
        organization: OrganizationId,
        contacts: &[SecurityContact],
        wish: Wish,
    ) -> bool {
        let statement = &evidence.statement.statement;
        let contact = contacts.iter().find(|contact| contact.id == statement.contact);
        // The one who enables was a contact before the disable that this setting follows.
        let known_before = contact.is_some_and(|contact| contact.since_epoch.saturating_add(1) < self.epoch);
        let key = contact.and_then(|contact| contact.key.as_ref());
        statement.organization == organization
            && statement.epoch == self.epoch
            && statement.wish == wish
            && (wish == Wish::Disabled || known_before)
            && evidence.statement.verify(key).is_ok()
    }
}

/// Decides whether the stored setting is the one in force: it must be what the organization's log says last
/// (`logged`, already proved to stand under the signed log head; `None` when the log holds no setting entry), and
/// carry its own proof. "Enabled by default" is believed only while the log holds no setting entry.
///
/// # Errors
/// Each [`SettingUnproven`] closes the organization.
pub fn prove(
    stored: Option<&Setting>,
    logged: Option<&Setting>,
    organization: OrganizationId,
    contacts: &[SecurityContact],
) -> Result<(), SettingUnproven> {
    let stored = stored.ok_or(SettingUnproven::RowMissing)?;
    let at_creation = Setting::at_creation();
    let logged = logged.unwrap_or(&at_creation);
    if stored.epoch != logged.epoch {
        return Err(SettingUnproven::NotTheLast { stored: stored.epoch, logged: logged.epoch });
    }
    if stored != logged {
        return Err(SettingUnproven::Differs { epoch: stored.epoch });
    }
    stored.check(organization, contacts)
}
