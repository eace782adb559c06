//! Security contacts: the people who may decide for an organization, and the keys that people sign with.

use jiff::{SignedDuration, Timestamp};

use crate::change_request::{Call, CallOutcome};
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
    /// Since when the number has been on file.
    pub number_since: Timestamp,
    /// Whether this is the organization's first contact with the number that the contract has.
    pub from_contract: bool,
    /// The calls to the number on file that the contact answered as who they are, with words or without.
    pub calls: Vec<Call>,
}

/// Why somebody who was a security contact, or was to be one, is not erased.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ContactErasureRefused {
    /// They are one.
    #[error("they are a security contact of the organization; they have to be replaced first")]
    OnFile,
    /// They may become one.
    #[error("a change of contacts about them is open; it has to end first")]
    ChangeOpen,
    /// Without their key the setting would not be proven, and the organization closed.
    #[error("the setting in force rests on their signature; they can be erased once it has changed")]
    SettingRests,
    /// Nobody takes their own traces away.
    #[error("their address is your own; another desk person has to do it")]
    OwnRecord,
}

/// After how long a contact has to be called again.
pub const RECONFIRM_AFTER: SignedDuration = SignedDuration::from_hours(24 * 180);

/// What a contact is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ContactStanding {
    /// Named, but not called back by two desk people. Can disable, and cannot stand behind enabling.
    Unconfirmed,
    /// Called back, the last time then.
    Confirmed(Timestamp),
    /// Confirmed, but too long ago; a call confirms it again. As good as unconfirmed until then.
    Due(Timestamp),
}

impl ContactStanding {
    /// The word in `/v1` and on pages.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unconfirmed => "unconfirmed",
            Self::Confirmed(_) => "confirmed",
            Self::Due(_) => "due",
        }
    }
}

impl SecurityContact {
    /// From when on the number on file is good for a call-back: one from the contract at once, any other once it has
    /// been on file for `age` (threat model K9).
    #[must_use]
    pub fn number_good_from(&self, age: SignedDuration) -> Timestamp {
        if self.from_contract {
            self.number_since
        } else {
            self.number_since.saturating_add(age).unwrap_or(Timestamp::MAX)
        }
    }

    /// What the contact is worth at `now`: called back by two desk people, and the last time not too long ago.
    #[must_use]
    pub fn standing(&self, now: Timestamp) -> ContactStanding {
        let Some(first) = self.calls.first() else { return ContactStanding::Unconfirmed };
        let Some(last) = self.calls.last() else { return ContactStanding::Unconfirmed };
        if self.calls.iter().all(|call| call.by == first.by) {
            ContactStanding::Unconfirmed
        } else if now.duration_since(last.at) >= RECONFIRM_AFTER {
            ContactStanding::Due(last.at)
        } else {
            ContactStanding::Confirmed(last.at)
        }
    }

    /// A desk person called the number on file.
    pub fn called(&mut self, call: Call) {
        match call.outcome {
            CallOutcome::Confirmed => self.calls.push(call),
            CallOutcome::NotReached => {}
            // Somebody else answers there, or the words were wrong: what was known of the number is worth nothing.
            CallOutcome::Denied => self.calls.clear(),
        }
    }

    /// Another number is on file from `at` on. It has to prove itself anew.
    pub fn number_changed(&mut self, phone: Phone, at: Timestamp) {
        self.phone = phone;
        self.number_since = at;
        self.from_contract = false;
        self.calls.clear();
    }
}
