//! Whoever wants in: the vendor's support people, and machines that act for them. And which of them may be erased.

use crate::contact::{PublicKey, SecurityContact};
use crate::ids::{DeskPersonId, SubjectId};
use crate::text::{Email, Name, Slug};

/// What a subject is (AuthZEN's subject types of the same names).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SubjectKind {
    /// A human.
    SupportPerson,
    /// A machine: the same decisions, the same records, no sign-in page.
    SupportService,
}

/// A support person or support service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// This subject.
    pub id: SubjectId,
    /// Human or machine.
    pub kind: SubjectKind,
    /// As customers see it.
    pub name: Name,
    /// Alias in requests and sign-in.
    pub email: Email,
    /// Who employs them: the vendor or a subprocessor. Customers see it beside the name.
    pub employer: Name,
}

/// The vendor's person who works change requests. Holds no right to enter any tool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeskPerson {
    /// This person.
    pub id: DeskPersonId,
    /// As customers see it.
    pub name: Name,
    /// Sign-in name.
    pub email: Email,
    /// What they approve with. Counts for an organization once its log names it; without one they only prepare.
    pub key: Option<PublicKey>,
    /// Whether a passkey that counted was removed: they are asked for one from then on, also while they have none.
    pub shows_passkey: bool,
}

/// Why somebody is not erased.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ErasureRefused {
    /// They are inside somewhere.
    #[error("they have {0} open visits; these have to end first (each within 8 hours, 15 minutes unused)")]
    VisitsOpen(usize),
    /// The same address is a present security contact's.
    #[error("their address is that of a security contact of `{0}`; that contact has to be replaced first")]
    SecurityContact(Slug),
    /// Nobody takes their own traces away.
    #[error("their address is your own; another desk person has to do it")]
    OwnRecord,
}

impl Subject {
    /// Whether a desk person may erase them, who have `visits_open`: those that are being closed count, since their last entry
    /// is yet to come. `contacts` are every organization's.
    ///
    /// # Errors
    /// [`ErasureRefused`] names what has to be done first.
    pub fn may_be_erased<'a>(
        &self,
        visits_open: usize,
        by: Option<&DeskPerson>,
        mut contacts: impl Iterator<Item = (&'a Slug, &'a SecurityContact)>,
    ) -> Result<(), ErasureRefused> {
        if visits_open > 0 {
            return Err(ErasureRefused::VisitsOpen(visits_open));
        }
        if by.is_none_or(|person| person.email == self.email) {
            return Err(ErasureRefused::OwnRecord);
        }
        match contacts.find(|(_, contact)| contact.email == self.email) {
            Some((slug, _)) => Err(ErasureRefused::SecurityContact(slug.clone())),
            None => Ok(()),
        }
    }
}
