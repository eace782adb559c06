//! How browsers are asked for a passkey, and how they send what came of it: JSON with bytes as base64url, as
//! `parseCreationOptionsFromJSON` and its like have it (WebAuthn §5.1.8).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;

use crate::{Challenge, PublicKey, RelyingParty};

/// How long a browser waits for somebody, milliseconds.
const WAIT_MS: u32 = 300_000;

/// Whose passkey is to be made.
#[derive(Debug, Clone, Copy)]
pub struct Person<'a> {
    /// What the passkey says of whose it is: no name, and nothing about them.
    pub handle: &'a [u8],
    /// What the browser shows.
    pub name: &'a str,
}

/// Bytes as a page sends them: base64url without padding.
#[must_use]
pub fn from_base64(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

impl RelyingParty {
    /// Asks for a passkey to be made that is found without a name, and makes sure who uses it; none of `known` is made again.
    #[must_use]
    pub fn to_make<'a>(
        &self,
        vendor: &str,
        person: Person<'_>,
        challenge: &Challenge,
        known: impl Iterator<Item = &'a [u8]>,
    ) -> String {
        json!({
            "challenge": challenge.to_base64(),
            "rp": { "id": self.id, "name": vendor },
            "user": {
                "id": URL_SAFE_NO_PAD.encode(person.handle), "name": person.name, "displayName": person.name,
            },
            "pubKeyCredParams": PublicKey::ALGORITHMS.map(|alg| json!({ "type": "public-key", "alg": alg })),
            "excludeCredentials": credentials(known),
            "authenticatorSelection": {
                "residentKey": "required", "requireResidentKey": true, "userVerification": "required",
            },
            "attestation": "none",
            "timeout": WAIT_MS,
        })
        .to_string()
    }

    /// Asks for one of these passkeys to sign a text. The challenge is the text's SHA-256, which whoever asks puts in.
    #[must_use]
    pub fn to_sign<'a>(&self, these: impl Iterator<Item = &'a [u8]>) -> String {
        json!({
            "rpId": self.id,
            "allowCredentials": credentials(these),
            "userVerification": "required",
            "timeout": WAIT_MS,
        })
        .to_string()
    }

    /// Asks for one of these passkeys to be used; for any, where there are none.
    #[must_use]
    pub fn to_use<'a>(&self, challenge: &Challenge, these: impl Iterator<Item = &'a [u8]>) -> String {
        json!({
            "challenge": challenge.to_base64(),
            "rpId": self.id,
            "allowCredentials": credentials(these),
            "userVerification": "required",
            "timeout": WAIT_MS,
        })
        .to_string()
    }
}

fn credentials<'a>(these: impl Iterator<Item = &'a [u8]>) -> Vec<serde_json::Value> {
    these.map(|id| json!({ "type": "public-key", "id": URL_SAFE_NO_PAD.encode(id) })).collect()
}
