//! A call-back to the number on file, and whether it was with the words of the call.

use jiff::Timestamp;

use crate::ids::{ContactId, DeskPersonId};

/// A call-back to the number on file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Call {
    /// Who called.
    pub by: DeskPersonId,
    /// Whom.
    pub contact: ContactId,
    /// What came of it.
    pub outcome: CallOutcome,
    /// Of one that confirmed something: whether the contact's words were heard. `None` where the entry is from before they
    /// were asked for.
    pub words: Option<CallWords>,
    /// How often something else was heard than the contact's words.
    pub wrong_tries: u8,
    /// When.
    pub at: Timestamp,
    /// Place of its entry in the organization's log; approvals name it.
    pub entry: u64,
}

/// Whether the contact answered with the words that stand on their own signed-in page and nowhere else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallWords {
    /// What the desk person heard were the words.
    Matched,
    /// It was confirmed without them.
    Without(WithoutWords),
}

/// Why a call was confirmed without words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WithoutWords {
    /// The contact could not sign in.
    CannotSignIn,
    /// The contact had nothing at hand to sign in with.
    NoScreen,
    /// The portal could not be reached, or did not show them.
    PortalAway,
    /// What else, the note says.
    Other,
}

impl WithoutWords {
    /// Every reason.
    pub const ALL: [Self; 4] = [Self::CannotSignIn, Self::NoScreen, Self::PortalAway, Self::Other];
}

impl CallWords {
    /// Whether they were heard, and each reason why not.
    pub const ALL: [Self; 5] = [
        Self::Matched,
        Self::Without(WithoutWords::CannotSignIn),
        Self::Without(WithoutWords::NoScreen),
        Self::Without(WithoutWords::PortalAway),
        Self::Without(WithoutWords::Other),
    ];
}

/// What came of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallOutcome {
    /// The contact confirmed it.
    Confirmed,
    /// Nobody answered, or not the contact.
    NotReached,
    /// The words were wrong, or the contact knew nothing of the request.
    Denied,
}
