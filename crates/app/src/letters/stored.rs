//! Letters as a store keeps them.

use byleave_domain::ids::{ChangeRequestId, ContactId, LetterId, OrganizationId};
use jiff::Timestamp;

/// A stored letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LetterRow {
    /// Id; its Message-ID has the same 128 bits.
    pub id: LetterId,
    /// Its place among all that were ever written.
    pub place: u64,
    /// Whose contact it goes to.
    pub organization: OrganizationId,
    /// To whom; none where it is a copy to a notice address.
    pub contact: Option<ContactId>,
    /// When it was written.
    pub written_at: Timestamp,
    /// What became of it.
    pub state: LetterState,
    /// How often it was tried.
    pub attempts: u32,
    /// When it is tried next, while it waits.
    pub next_at: Timestamp,
    /// Since when it no longer waits.
    pub settled_at: Option<Timestamp>,
    /// What it says: `letters::Written`.
    pub content: Vec<u8>,
}

/// What became of a letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LetterState {
    /// It is to be sent.
    Waiting,
    /// A server has it.
    Sent,
    /// No server took it.
    Failed,
    /// A server had it, and could not deliver it.
    Bounced,
}

impl LetterState {
    /// Every state.
    pub const ALL: [Self; 4] = [Self::Waiting, Self::Sent, Self::Failed, Self::Bounced];

    /// The word in the store and on pages.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Sent => "sent",
            Self::Failed => "failed",
            Self::Bounced => "bounced",
        }
    }

    /// Whether its contact was to have it, and has not.
    #[must_use]
    pub const fn did_not_arrive(self) -> bool {
        matches!(self, Self::Failed | Self::Bounced)
    }

    /// What the word means, if it is one of them.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }
}

/// Which message the next answer to a request answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ThreadRow {
    /// The request.
    pub change_request: ChangeRequestId,
    /// Whose.
    pub organization: OrganizationId,
    /// The message's Message-ID, without brackets.
    pub message_id: String,
    /// Whether it was answered: a message is answered once.
    pub answered: bool,
}
