//! An organization and the commands it takes: each asks the present state and answers with what follows, or refuses.

use jiff::Timestamp;

use crate::change_request::{CHANGE_REQUEST_LIFE, ChangeRequest, ChangeRequestState};
use crate::contact::SecurityContact;
use crate::ids::{ChangeRequestId, DeskPersonId, LogId, OrganizationId};
use crate::snapshot::{OrganizationPolicy, Standing};
use crate::statement::{SignedStatement, StatementRefused, Wish};
use crate::support_access::{Approval, Confirmation, Evidence, Setting, SupportAccess};
use crate::text::{Name, Slug};

/// A customer of the vendor, with its proven setting and its security contacts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Organization {
    /// This organization.
    pub id: OrganizationId,
    /// Its name in addresses.
    pub slug: Slug,
    /// Its name on pages.
    pub name: Name,
    /// Its log.
    pub log: LogId,
    /// When it was created here.
    pub created_at: Timestamp,
    /// The last setting that its log proves. INVARIANT: only ever moved on by [`Organization::apply`].
    pub setting: Setting,
    /// Since when its stored setting has been unproven, if it is.
    pub closed: Option<Timestamp>,
    /// Whether its log cannot be read to its end, and no disable has been put in force since that was found. What the
    /// stored setting says is then no answer to a contact who disables.
    pub last_word_unknown: bool,
    /// Those whose word counts, as its log names them.
    pub contacts: Vec<SecurityContact>,
}

/// Why a security contact's statement was not acted on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StatementNotTaken {
    /// It speaks of another organization.
    #[error("the statement is about `{0}`, not this organization")]
    OtherOrganization(OrganizationId),
    /// It asks for something else than it was sent in for.
    #[error("the statement asks for `{0}`")]
    OtherWish(&'static str),
    /// Its signer is not one of the organization's security contacts.
    #[error("`{0}` is not a security contact of this organization")]
    NotAContact(crate::ids::ContactId),
    /// Its signer was added while support access was disabled.
    #[error(
        "`{0}` was added after support access was disabled, and cannot ask to enable it; an earlier contact can"
    )]
    ContactTooNew(crate::ids::ContactId),
    /// It was made for another state of the setting.
    #[error("the statement is for epoch {stated}; the next epoch is {next}")]
    OtherEpoch {
        /// What it says.
        stated: u64,
        /// What it would have to say.
        next: u64,
    },
    /// Signature or age.
    #[error(transparent)]
    Refused(#[from] StatementRefused),
    /// Support access is enabled already.
    #[error("support access is enabled already")]
    AlreadyEnabled,
    /// The stored setting is unproven; it can be disabled, not enabled.
    #[error("the organization is closed until its stored setting is settled")]
    Closed,
}

/// Why a desk person's approval was not acted on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ApprovalNotTaken {
    /// The request is processed or superseded.
    #[error("the change request is not waiting for approval")]
    NotWaiting,
    /// The request has waited too long.
    #[error("the change request came in at {received_at}, more than 7 days ago; the contact must ask again")]
    Expired {
        /// When it came in.
        received_at: Timestamp,
    },
    /// What the request rests on no longer holds.
    #[error(transparent)]
    Statement(#[from] StatementNotTaken),
}

/// What a statement to disable leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Disable {
    /// The setting to put in force.
    Becomes(Box<Setting>),
    /// Its log says disabled already; no new setting, and the present epoch is what the receipt is about (C1).
    Already,
}

impl Organization {
    /// A security contact wants support access disabled. Takes effect at once, provisionally, whatever else is open.
    ///
    /// # Errors
    /// [`StatementNotTaken`] names what is wrong with the statement.
    pub fn disable(&self, signed: &SignedStatement, now: Timestamp) -> Result<Disable, StatementNotTaken> {
        if !self.last_word_unknown && matches!(self.setting.access, SupportAccess::Disabled { .. }) {
            self.spoken_by_contact(signed, Wish::Disabled, now)?;
            return Ok(Disable::Already);
        }
        self.take(signed, Wish::Disabled, now)?;
        let access = SupportAccess::Disabled {
            by: signed.statement.contact,
            at: now,
            confirmation: Confirmation::Provisional,
        };
        let evidence = Some(Evidence { statement: signed.clone(), approval: None });
        let setting = Setting { epoch: signed.statement.epoch, access, evidence };
        Ok(Disable::Becomes(Box::new(setting)))
    }

    /// A security contact wants support access enabled again. Opens a request; changes nothing.
    ///
    /// # Errors
    /// [`StatementNotTaken`] names what is wrong with the statement, or that there is nothing to enable.
    pub fn request_enable(
        &self,
        id: ChangeRequestId,
        signed: &SignedStatement,
        now: Timestamp,
    ) -> Result<ChangeRequest, StatementNotTaken> {
        self.enabling_makes_sense()?;
        self.take(signed, Wish::Enabled, now)?;
        Ok(ChangeRequest {
            id,
            organization: self.id,
            statement: signed.clone(),
            received_at: now,
            state: ChangeRequestState::Received,
        })
    }

    /// A desk person approves a request to enable: with the contact's statement that makes both halves.
    ///
    /// The statement's age counted when it was received; its epoch and signature are asked again here.
    ///
    /// # Errors
    /// [`ApprovalNotTaken`].
    pub fn approve_enable(
        &self,
        request: &ChangeRequest,
        by: DeskPersonId,
        now: Timestamp,
    ) -> Result<Setting, ApprovalNotTaken> {
        if request.state != ChangeRequestState::Received {
            return Err(ApprovalNotTaken::NotWaiting);
        }
        let received_at = request.received_at;
        if now.duration_since(received_at) > CHANGE_REQUEST_LIFE {
            return Err(ApprovalNotTaken::Expired { received_at });
        }
        self.enabling_makes_sense()?;
        self.take(&request.statement, Wish::Enabled, request.received_at)?;
        let approval = Some(Approval { change_request: request.id, by });
        Ok(Setting {
            epoch: request.statement.statement.epoch,
            access: SupportAccess::Enabled,
            evidence: Some(Evidence { statement: request.statement.clone(), approval }),
        })
    }

    /// Puts a setting in force that one of the commands above answered with. Settles a closed organization too,
    /// since a new setting comes with its own proof.
    pub fn apply(&mut self, setting: Setting) {
        self.setting = setting;
        self.closed = None;
        self.last_word_unknown = false;
    }

    /// What enforcement points are told.
    #[must_use]
    pub fn policy(&self) -> OrganizationPolicy {
        let standing = match self.closed {
            Some(since) => Standing::Closed { since },
            None => Standing::Proven(self.setting.access.clone()),
        };
        OrganizationPolicy {
            slug: self.slug.clone(),
            name: self.name.clone(),
            epoch: self.setting.epoch,
            standing,
        }
    }

    fn enabling_makes_sense(&self) -> Result<(), StatementNotTaken> {
        if self.closed.is_some() {
            return Err(StatementNotTaken::Closed);
        }
        if self.setting.access == SupportAccess::Enabled {
            return Err(StatementNotTaken::AlreadyEnabled);
        }
        Ok(())
    }

    fn take(&self, signed: &SignedStatement, wish: Wish, now: Timestamp) -> Result<(), StatementNotTaken> {
        self.spoken_by_contact(signed, wish, now)?;
        let next = self.setting.epoch.saturating_add(1);
        if signed.statement.epoch != next {
            return Err(StatementNotTaken::OtherEpoch { stated: signed.statement.epoch, next });
        }
        Ok(())
    }

    fn spoken_by_contact(
        &self,
        signed: &SignedStatement,
        wish: Wish,
        now: Timestamp,
    ) -> Result<(), StatementNotTaken> {
        let statement = &signed.statement;
        if statement.organization != self.id {
            return Err(StatementNotTaken::OtherOrganization(statement.organization));
        }
        if statement.wish != wish {
            return Err(StatementNotTaken::OtherWish(statement.wish.as_str()));
        }
        let contact = self
            .contacts
            .iter()
            .find(|contact| contact.id == statement.contact && contact.organization == self.id)
            .ok_or(StatementNotTaken::NotAContact(statement.contact))?;
        if wish == Wish::Enabled && contact.since_epoch >= self.setting.epoch {
            return Err(StatementNotTaken::ContactTooNew(statement.contact));
        }
        signed.verify(contact.key.as_ref())?;
        Ok(signed.fresh(now)?)
    }
}
