//! An organization's setting, the proof that comes with it, and when a stored one is believed.

use jiff::Timestamp;

use crate::approval::{DeskKey, SignedApproval};
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
        /// Who decided.
        by: DecidedBy,
        /// When it took effect.
        at: Timestamp,
        /// Whether the steps that follow a disable are done. It holds either way, and for as long as it takes.
        confirmation: Confirmation,
    },
}

/// Whose word disabled support access.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DecidedBy {
    /// A security contact, with their own key.
    Contact(ContactId),
    /// The desk, on a change request of the organization: the first desk person who signed.
    Desk(DeskPersonId),
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
    /// The security contact's own word, where they signed.
    pub statement: Option<SignedStatement>,
    /// The change request that led to it, if one did.
    pub change_request: Option<ChangeRequestId>,
    /// Desk people's approvals of that request.
    pub approvals: Vec<SignedApproval>,
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
    #[error("the setting of epoch {epoch} is not carried by the signatures that it takes")]
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

    /// Whether this setting carries its own proof (protocols 1.11). One that lets people in: the statement of one of the
    /// organization's `contacts` and a desk person's approval, or the approvals of two desk people that rest on a
    /// call-back. One that keeps them out: the one or the other, alone. All made for this organization and epoch.
    ///
    /// # Errors
    /// [`SettingUnproven::Evidence`].
    pub fn check(
        &self,
        organization: OrganizationId,
        contacts: &[SecurityContact],
        desk_keys: &[DeskKey],
    ) -> Result<(), SettingUnproven> {
        let proof = |evidence| Proof { setting: self, evidence, organization, contacts, desk_keys };
        let carried = match (&self.evidence, &self.access) {
            (None, SupportAccess::Enabled) => self.epoch == 0,
            (Some(evidence), SupportAccess::Enabled) => proof(evidence).enables(),
            (Some(evidence), SupportAccess::Disabled { by, .. }) => proof(evidence).disables(*by),
            (None, _) | (_, SupportAccess::ApprovalRequired) => false,
        };
        if carried { Ok(()) } else { Err(SettingUnproven::Evidence { epoch: self.epoch }) }
    }
}

/// A setting beside all that its evidence is held against.
struct Proof<'a> {
    setting: &'a Setting,
    evidence: &'a Evidence,
    organization: OrganizationId,
    contacts: &'a [SecurityContact],
    desk_keys: &'a [DeskKey],
}

impl Proof<'_> {
    fn enables(&self) -> bool {
        let approvers = |resting: &dyn Fn(&SignedApproval) -> bool| {
            let mut keys: Vec<_> = self.approvals(Wish::Enabled).filter(|a| resting(a)).collect();
            keys.sort_by_key(|approval| approval.approval.by);
            keys.dedup_by_key(|approval| approval.approval.by);
            keys.len()
        };
        match &self.evidence.statement {
            Some(statement) => self.stated(statement, Wish::Enabled) && approvers(&|_| true) >= 1,
            None => approvers(&|approval| approval.approval.call.is_some()) >= 2,
        }
    }

    fn disables(&self, by: DecidedBy) -> bool {
        match by {
            DecidedBy::Contact(contact) => self.evidence.statement.as_ref().is_some_and(|statement| {
                statement.statement.contact == contact && self.stated(statement, Wish::Disabled)
            }),
            DecidedBy::Desk(person) => self.approvals(Wish::Disabled).any(|a| a.approval.by == person),
        }
    }

    /// The approvals of this very setting that a desk person signed with a key of their own and of nobody else.
    fn approvals(&self, wish: Wish) -> impl Iterator<Item = &SignedApproval> {
        self.evidence.approvals.iter().filter(move |signed| {
            let approval = &signed.approval;
            let (own, others): (Vec<_>, Vec<_>) =
                self.desk_keys.iter().copied().partition(|known| known.person == approval.by);
            let own: Vec<_> =
                own.into_iter().filter(|key| others.iter().all(|other| other.key != key.key)).collect();
            approval.organization == self.organization
                && approval.epoch == self.setting.epoch
                && approval.wish == wish
                && Some(approval.change_request) == self.evidence.change_request
                && signed.verify(&own).is_ok()
        })
    }

    fn stated(&self, signed: &SignedStatement, wish: Wish) -> bool {
        let statement = &signed.statement;
        let contact = self.contacts.iter().find(|contact| contact.id == statement.contact);
        // The one who enables was a contact before the disable that this setting follows.
        let known_before =
            contact.is_some_and(|contact| contact.since_epoch.saturating_add(1) < self.setting.epoch);
        let key = contact.and_then(|contact| contact.key.as_ref());
        statement.organization == self.organization
            && statement.epoch == self.setting.epoch
            && statement.wish == wish
            && (wish == Wish::Disabled || known_before)
            && signed.verify(key).is_ok()
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
    desk_keys: &[DeskKey],
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
    stored.check(organization, contacts, desk_keys)
}
