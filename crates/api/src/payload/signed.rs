//! A canonical text with its signature, as entries and rows hold it.

use byleave_domain::ids::{from_hex, parse_hex, to_hex};
use byleave_domain::signature::{Assertion, ByPasskey, Signature, SignedDelegation};
use serde::{Deserialize, Serialize};

/// A statement, an approval, an agreement or a word to lift, with its signature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignedRecord {
    /// The canonical text, such as `byleave_domain::statement` and `byleave_domain::approval` have.
    pub statement: String,
    /// Ed25519 signature of the signer's own key, 128 hex digits: over the text, or, where a passkey signed the text in the
    /// key's place, over `passkey.delegation`.
    pub signature: String,
    /// The passkey's signature, where one signed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub passkey: Option<PasskeyRecord>,
}

/// A passkey's signature over a canonical text (see `byleave_domain::signature`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PasskeyRecord {
    /// The key's word for the passkey, as text.
    pub delegation: String,
    /// `authenticatorData`, hex.
    pub authenticator_data: String,
    /// `clientDataJSON`.
    pub client_data: String,
    /// The signature over both, hex: DER for ES256, 64 bytes for EdDSA.
    pub signature: String,
}

impl SignedRecord {
    /// The record of a text and its signature.
    #[must_use]
    pub fn new(statement: String, signature: &Signature) -> Self {
        match signature {
            Signature::Key(bytes) => Self { statement, signature: to_hex(bytes), passkey: None },
            Signature::Passkey(by) => {
                let SignedDelegation { delegation, signature } = &by.delegation;
                let passkey = PasskeyRecord {
                    delegation: delegation.to_text(),
                    authenticator_data: to_hex(&by.used.authenticator_data),
                    client_data: String::from_utf8_lossy(&by.used.client_data).into_owned(),
                    signature: to_hex(&by.used.signature),
                };
                Self { statement, signature: to_hex(signature), passkey: Some(passkey) }
            }
        }
    }

    /// The signature, if it can be read. Whether it holds is another question.
    #[must_use]
    pub fn signature(&self) -> Option<Signature> {
        let signature = parse_hex(&self.signature)?;
        let Some(passkey) = &self.passkey else { return Some(Signature::Key(signature)) };
        let delegation = SignedDelegation { delegation: passkey.delegation.parse().ok()?, signature };
        let used = Assertion {
            client_data: passkey.client_data.clone().into_bytes(),
            authenticator_data: from_hex(&passkey.authenticator_data)?,
            signature: from_hex(&passkey.signature)?,
        };
        Some(Signature::Passkey(Box::new(ByPasskey { delegation, used })))
    }
}
