//! What an authenticator signs over. A document's challenge is a hash and 32 bytes long; any other has a title in front
//! of its randomness and is longer. So no signature that signs in can be shown as one under a document, nor the reverse.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

/// What is signed over in one ceremony.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Challenge(Vec<u8>);

/// A ceremony in which nothing is signed but that somebody is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Ceremony {
    /// Somebody signs in.
    SignIn,
    /// A passkey is registered.
    Enrol,
    /// Whoever has a passkey wants to add another.
    Add,
    /// Whoever is signed in shows that it is they who want to decide.
    StepUp,
}

impl Ceremony {
    const fn title(self) -> &'static str {
        match self {
            Self::SignIn => "byleave.example/sign-in/v1",
            Self::Enrol => "byleave.example/enrol/v1",
            Self::Add => "byleave.example/add/v1",
            Self::StepUp => "byleave.example/step-up/v1",
        }
    }
}

impl Challenge {
    /// Of a document: the SHA-256 of its bytes. These have a title of their own, and something that no two share.
    #[must_use]
    pub fn document(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).to_vec())
    }

    /// Of a ceremony without a document: its title, LF, and fresh random bytes.
    #[must_use]
    pub fn ceremony(what: Ceremony, random: &[u8; 32]) -> Self {
        Self([what.title().as_bytes(), b"\n", random].concat())
    }

    /// The bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// As `clientDataJSON` has it: base64url without padding.
    #[must_use]
    pub fn to_base64(&self) -> String {
        URL_SAFE_NO_PAD.encode(&self.0)
    }
}
