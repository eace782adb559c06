//! Whoever wants in: the vendor's support people, and machines that act for them.

use crate::contact::PublicKey;
use crate::ids::{DeskPersonId, SubjectId};
use crate::text::{Email, Name};

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
}
