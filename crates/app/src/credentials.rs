//! Secrets that stand for somebody: one-time sign-in links here, sessions in [`sessions`](crate::sessions), bearer tokens in
//! [`tokens`](crate::tokens).
//!
//! A secret is 256 random bits, shown once; only its SHA-256 is kept, so neither the database nor a comparison's
//! duration gives one away. A credential only shows things and enters tools; what decides for an organization is a
//! security contact's signature (threat model K7).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use byleave_domain::ids::{ContactId, DeskPersonId, OrganizationId, SubjectId};
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest as _, Sha256};

use crate::ports::Entropy;

/// How long a sign-in link works, if it is not used before.
pub const LINK_LIFE: SignedDuration = SignedDuration::from_hours(24);

/// A secret as it is shown, once. Its `Debug` does not.
#[derive(Clone)]
pub struct Secret(String);

impl Secret {
    /// Makes one: `bl_` and 43 characters.
    #[must_use]
    pub fn fresh(entropy: &dyn Entropy) -> Self {
        let mut bytes = [0; 32];
        entropy.fill(&mut bytes);
        Self(format!("bl_{}", URL_SAFE_NO_PAD.encode(bytes)))
    }

    /// The characters, to be shown or sent.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// What is kept of it.
    #[must_use]
    pub fn hash(&self) -> [u8; 32] {
        hash(&self.0)
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// What is kept of a presented secret.
#[must_use]
pub fn hash(presented: &str) -> [u8; 32] {
    Sha256::digest(presented.as_bytes()).into()
}

/// What a secret is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CredentialKind {
    /// Signs in once.
    SignInLink,
}

/// Whom a credential stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Holder {
    /// The vendor's administrator: organizations, contacts, people, tools. No setting, no visit.
    Admin,
    /// A desk person.
    DeskPerson(DeskPersonId),
    /// A security contact.
    Contact(ContactId),
    /// A support person or service.
    Subject(SubjectId),
    /// An organization's own programs: they read what its contacts read.
    Organization(OrganizationId),
}

/// A sign-in link as kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credential {
    /// SHA-256 of the secret.
    pub hash: [u8; 32],
    /// What it is for.
    pub kind: CredentialKind,
    /// Whom it stands for.
    pub holder: Holder,
    /// From when on it no longer works.
    pub expires_at: Timestamp,
}
