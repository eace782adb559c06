//! What a security contact says who signs the acknowledgement form: which form, by its SHA-256, and for which request.
//!
//! ```text
//! {"action":"disable","form_sha256":"…","nonce":"…","org":"org_…","request":"change_…","signer":"contact_…","v":1}
//! ```
//!
//! One line of JSON with its keys in order and nothing between them (RFC 8785). Signed is the SHA-256 of a title, LF and
//! these bytes.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::{Challenge, hex};

const TITLE: &str = "byleave.example/ack/v1";

/// Longest name in it, characters.
const NAME_CHARS_MAX: usize = 80;

/// Somebody's word that they have read and approve a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acknowledgement {
    /// What the form is about, such as `disable`.
    pub action: String,
    /// The SHA-256 of the form's bytes.
    pub form_sha256: [u8; 32],
    /// Random, and used once.
    pub nonce: [u8; 32],
    /// The organization's id.
    pub org: String,
    /// The change request's id.
    pub request: String,
    /// The security contact's id.
    pub signer: String,
}

/// A text that is no acknowledgement as this version writes it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the statement is not an acknowledgement as it is written here: {0}")]
pub struct InvalidAcknowledgement(String);

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields {
    action: String,
    form_sha256: String,
    nonce: String,
    org: String,
    request: String,
    signer: String,
    v: u8,
}

impl Acknowledgement {
    /// The statement, as it is shown and signed.
    ///
    /// # Errors
    /// [`InvalidAcknowledgement`] where a name could not be read back.
    pub fn to_text(&self) -> Result<String, InvalidAcknowledgement> {
        let Self { action, form_sha256, nonce, org, request, signer } = self.clone();
        for name in [&action, &org, &request, &signer] {
            let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
            if name.is_empty() || name.len() > NAME_CHARS_MAX || !name.chars().all(plain) {
                return Err(InvalidAcknowledgement(format!("`{name}` is no name")));
            }
        }
        let (form_sha256, nonce) = (hex(&form_sha256), hex(&nonce));
        let fields = Fields { action, form_sha256, nonce, org, request, signer, v: 1 };
        serde_json::to_string(&fields).map_err(|why| InvalidAcknowledgement(why.to_string()))
    }

    /// What the passkey signs.
    ///
    /// # Errors
    /// [`InvalidAcknowledgement`] where a name could not be read back.
    pub fn challenge(&self) -> Result<Challenge, InvalidAcknowledgement> {
        Ok(Challenge::document(&[TITLE.as_bytes(), b"\n", self.to_text()?.as_bytes()].concat()))
    }
}

impl FromStr for Acknowledgement {
    type Err = InvalidAcknowledgement;

    fn from_str(text: &str) -> Result<Self, InvalidAcknowledgement> {
        let invalid = |why: &dyn std::fmt::Display| InvalidAcknowledgement(why.to_string());
        let fields: Fields = serde_json::from_str(text).map_err(|why| invalid(&why))?;
        let read = Self {
            form_sha256: digits(&fields.form_sha256).ok_or_else(|| invalid(&"`form_sha256`"))?,
            nonce: digits(&fields.nonce).ok_or_else(|| invalid(&"`nonce`"))?,
            action: fields.action,
            org: fields.org,
            request: fields.request,
            signer: fields.signer,
        };
        // There is one way to write it, which has the one version too.
        if read.to_text()? == text { Ok(read) } else { Err(invalid(&"it is written otherwise")) }
    }
}

/// 64 hex digits; whether they are lower-case is seen when they are written again.
fn digits(text: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    if text.len() != 64 {
        return None;
    }
    for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(bytes)
}
