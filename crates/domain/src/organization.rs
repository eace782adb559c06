//! An organization and the commands it takes: each asks the present state and answers with what follows, or refuses.

use jiff::Timestamp;

use crate::approval::DeskKey;
use crate::contact::{ContactErasureRefused, SecurityContact};
use crate::ids::{ContactId, LogId, OrganizationId};
use crate::snapshot::{OrganizationPolicy, Standing};
use crate::statement::{SignedStatement, StatementRefused, Wish};
use crate::subject::DeskPerson;
use crate::support_access::{Confirmation, DecidedBy, Evidence, Setting, SupportAccess};
use crate::text::{Email, Name, Slug};

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
    /// The desk people whose approvals count, with their keys as its log names them.
    pub desk_keys: Vec<DeskKey>,
    /// Those who counted once. What they signed then stands behind a setting for as long as it is in force.
    pub former: Signers,
}

/// Whose signatures count, or once did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Signers {
    /// Security contacts.
    pub contacts: Vec<SecurityContact>,
    /// Desk people's keys.
    pub desk_keys: Vec<DeskKey>,
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

/// What a statement to disable leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Disable {
    /// The setting to put in force.
    Becomes(Box<Setting>),
    /// Its log says disabled already; no new setting, and the present epoch is what the receipt is about (C1).
    Already {
        /// Whether what was asked for since is over: not if the statement has had its effect long ago.
        supersedes: bool,
    },
}

impl Organization {
    /// A security contact wants support access disabled. Takes effect at once, provisionally, whatever else is open.
    ///
    /// # Errors
    /// [`StatementNotTaken`] names what is wrong with the statement.
    pub fn disable(&self, signed: &SignedStatement, now: Timestamp) -> Result<Disable, StatementNotTaken> {
        if !self.last_word_unknown && matches!(self.setting.access, SupportAccess::Disabled { .. }) {
            self.spoken_by_contact(signed, Wish::Disabled, now)?;
            // Every epoch before was named by the disable that brought it, which anybody may have kept.
            let supersedes = signed.statement.epoch == self.setting.epoch.saturating_add(1);
            return Ok(Disable::Already { supersedes });
        }
        self.take(signed, Wish::Disabled, now)?;
        let access = SupportAccess::Disabled {
            by: DecidedBy::Contact(signed.statement.contact),
            at: now,
            confirmation: Confirmation::Provisional,
        };
        let evidence =
            Some(Evidence { statement: Some(signed.clone()), change_request: None, approvals: Vec::new() });
        let setting = Setting { epoch: signed.statement.epoch, access, evidence };
        Ok(Disable::Becomes(Box::new(setting)))
    }

    /// Whether a security contact's statement can stand behind enabling support access again. Its age counts when it is
    /// received, at `received_at`; all else is asked again at each step.
    ///
    /// # Errors
    /// [`StatementNotTaken`] names what is wrong with the statement, or that there is nothing to enable.
    pub fn may_enable(
        &self,
        signed: &SignedStatement,
        received_at: Timestamp,
    ) -> Result<(), StatementNotTaken> {
        if self.closed.is_some() {
            return Err(StatementNotTaken::Closed);
        }
        if self.setting.access == SupportAccess::Enabled {
            return Err(StatementNotTaken::AlreadyEnabled);
        }
        self.take(signed, Wish::Enabled, received_at)
    }

    /// Puts a setting in force that one of the commands above answered with. Settles a closed organization too,
    /// since a new setting comes with its own proof.
    pub fn apply(&mut self, setting: Setting) {
        self.setting = setting;
        self.closed = None;
        self.last_word_unknown = false;
    }

    /// Everybody whose signature may stand behind the setting in force: those who count now, and those who did once.
    #[must_use]
    pub fn signers(&self) -> Signers {
        let contacts = self.contacts.iter().chain(&self.former.contacts).cloned().collect();
        let desk_keys = self.desk_keys.iter().chain(&self.former.desk_keys).copied().collect();
        Signers { contacts, desk_keys }
    }

    /// Other security contacts count from here on.
    pub fn set_contacts(&mut self, contacts: Vec<SecurityContact>) {
        let gone = |known: &SecurityContact| contacts.iter().all(|stays| stays.id != known.id);
        self.former.contacts.extend(self.contacts.iter().filter(|known| gone(known)).cloned());
        self.contacts = contacts;
    }

    /// Whether a desk person may erase somebody who is to be forgotten as a security contact. `open` says whether a change
    /// about them is; `emails` are the addresses under which they were known.
    ///
    /// # Errors
    /// [`ContactErasureRefused`] names what has to be done first.
    pub fn contact_may_be_erased(
        &self,
        contact: ContactId,
        open: bool,
        emails: &[&Email],
        by: Option<&DeskPerson>,
    ) -> Result<(), ContactErasureRefused> {
        if self.contacts.iter().any(|known| known.id == contact) {
            return Err(ContactErasureRefused::OnFile);
        }
        if open {
            return Err(ContactErasureRefused::ChangeOpen);
        }
        if by.is_none_or(|person| emails.contains(&&person.email)) {
            return Err(ContactErasureRefused::OwnRecord);
        }
        let Signers { mut contacts, desk_keys } = self.signers();
        contacts.retain(|known| known.id != contact);
        let proven = self.setting.check(self.id, &contacts, &desk_keys);
        proven.map_err(|_| ContactErasureRefused::SettingRests)
    }

    /// Other desk people's keys count from here on.
    pub fn set_desk_keys(&mut self, desk_keys: Vec<DeskKey>) {
        let gone = self.desk_keys.iter().filter(|known| !desk_keys.contains(known)).copied();
        self.former.desk_keys.extend(gone);
        self.desk_keys = desk_keys;
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
        // Closing depends on no clock, theirs or ours: the epoch alone has it work once at most, and late it errs towards
        // less access (protocols 1.1).
        if wish == Wish::Enabled {
            signed.fresh(now)?;
        }
        Ok(())
    }
}
