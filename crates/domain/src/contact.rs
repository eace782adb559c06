//! Security contacts: the people who may decide for an organization, and the keys that people sign with.

use jiff::{SignedDuration, Timestamp};

use crate::ids::{ContactId, OrganizationId};
use crate::text::{Email, Name, Phone};

/// An Ed25519 public key (RFC 8032) that a security contact or a desk person signs with: 32 bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PublicKey(pub [u8; 32]);

impl PublicKey {
    /// Takes a key that somebody can sign with: a point on the curve, and not one of the few that fit every signature
    /// (RFC 8032 §8.9 and its like). `None` for any other 32 bytes.
    #[must_use]
    pub fn usable(bytes: [u8; 32]) -> Option<Self> {
        let point = ed25519_dalek::VerifyingKey::from_bytes(&bytes).ok()?;
        (!point.is_weak()).then_some(Self(bytes))
    }
}

/// A person who may decide for one organization. Their word counts only under their own key; what the vendor's
/// database says about keys counts only as far as the organization's log says the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecurityContact {
    /// This contact.
    pub id: ContactId,
    /// The one organization they decide for.
    pub organization: OrganizationId,
    /// As shown to support and desk people.
    pub name: Name,
    /// Where they are reached by mail.
    pub email: Email,
    /// The number on file.
    pub phone: Phone,
    /// Without a key a contact can look but cannot decide.
    pub key: Option<PublicKey>,
    /// The setting's epoch when the contact was added. Whoever was added while support access was disabled cannot ask
    /// to enable it, or the vendor's own people could name a contact of theirs and let themselves in.
    pub since_epoch: u64,
    /// Since when contact and number have been on file.
    pub since: Timestamp,
    /// Whether this is the organization's first contact, named from the contract.
    pub from_contract: bool,
}

impl SecurityContact {
    /// From when on the number on file is good for a call-back: one from the contract at once, any other once it has
    /// been on file for `age` (threat model K9).
    #[must_use]
    pub fn number_good_from(&self, age: SignedDuration) -> Timestamp {
        if self.from_contract { self.since } else { self.since.saturating_add(age).unwrap_or(Timestamp::MAX) }
    }
}
