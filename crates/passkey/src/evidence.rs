//! What is kept of a form that was signed with a passkey: one file with the form in it, from which anybody can verify the
//! signature without us and for years.
//!
//! What the passkey itself cannot vouch for (when it was registered, by which way, the time of the signature) is as true
//! as the organization's log, which has the file's SHA-256.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::{
    Acknowledgement, Assertion, Flags, InvalidAcknowledgement, PublicKey, Refused, RelyingParty, Seen, hex,
};

/// A signed acknowledgement form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    /// The form, byte by byte.
    pub form: Vec<u8>,
    /// What was signed, as it was shown.
    pub statement: String,
    /// The signature.
    pub assertion: Assertion,
    /// By which passkey.
    pub passkey: SigningKey,
    /// On which page.
    pub origin: Origin,
    /// When, by the server's clock: RFC 3339 in UTC.
    pub signed_at: String,
}

/// A passkey, as it was on file when it signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SigningKey {
    /// Our id of it.
    pub id: String,
    /// The authenticator's.
    pub credential: Vec<u8>,
    /// Its key, COSE.
    pub public_key: Vec<u8>,
    /// Which model it says that it is.
    pub aaguid: [u8; 16],
    /// How it was made.
    pub flags: Flags,
    /// When it was registered: RFC 3339 in UTC.
    pub registered_at: String,
    /// By which way: `link`, or `passkey` where another one of the same person's vouched for it.
    pub registered_by: String,
    /// The place in the organization's log that tells of it.
    pub entry: u64,
}

/// Where a passkey was used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// The domain that it is for.
    pub relying_party: String,
    /// The page's origin.
    pub origin: String,
}

/// Why a file proves nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotProven {
    /// It is another kind of file.
    #[error("this is not a form signed with a passkey: {0}")]
    Unreadable(String),
    /// It was written otherwise than this version writes it.
    #[error("the file is not written as it was when it was kept")]
    Rewritten,
    /// What is said to have been signed is no acknowledgement.
    #[error(transparent)]
    Statement(#[from] InvalidAcknowledgement),
    /// Another form.
    #[error("the form has the SHA-256 {found}, and what was signed names {signed}")]
    Form {
        /// In the statement.
        signed: String,
        /// Of the form.
        found: String,
    },
    /// The passkey did not sign it.
    #[error(transparent)]
    Signature(#[from] Refused),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    authenticator_data: String,
    client_data_json: String,
    form: String,
    origin: String,
    passkey: PasskeyInFile,
    relying_party: String,
    signature: String,
    signed_at: String,
    statement: String,
    v: u8,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PasskeyInFile {
    aaguid: String,
    credential: String,
    entry: u64,
    flags: u8,
    id: String,
    public_key: String,
    registered_at: String,
    registered_by: String,
}

impl Evidence {
    /// What its bytes are.
    pub const MEDIA_TYPE: &'static str = "application/vnd.byleave.signed-form+json";

    /// The file: one line of JSON.
    ///
    /// # Errors
    /// [`NotProven::Unreadable`] where it cannot be written.
    pub fn to_bytes(&self) -> Result<Vec<u8>, NotProven> {
        let text = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let file = File {
            authenticator_data: text(&self.assertion.authenticator_data),
            client_data_json: text(&self.assertion.client_data),
            form: text(&self.form),
            origin: self.origin.origin.clone(),
            passkey: PasskeyInFile {
                aaguid: hex(&self.passkey.aaguid),
                credential: text(&self.passkey.credential),
                entry: self.passkey.entry,
                flags: self.passkey.flags.to_byte(),
                id: self.passkey.id.clone(),
                public_key: text(&self.passkey.public_key),
                registered_at: self.passkey.registered_at.clone(),
                registered_by: self.passkey.registered_by.clone(),
            },
            relying_party: self.origin.relying_party.clone(),
            signature: text(&self.assertion.signature),
            signed_at: self.signed_at.clone(),
            statement: self.statement.clone(),
            v: 1,
        };
        serde_json::to_vec(&file).map_err(|why| NotProven::Unreadable(why.to_string()))
    }

    /// Reads a file, and verifies that the passkey in it signed the form in it. Whether they are the ones that were kept,
    /// only a log says.
    ///
    /// # Errors
    /// [`NotProven`].
    pub fn verify(bytes: &[u8]) -> Result<(Self, Acknowledgement, Seen), NotProven> {
        let evidence = read(bytes)?;
        if evidence.to_bytes()? != bytes {
            return Err(NotProven::Rewritten);
        }
        let said: Acknowledgement = evidence.statement.parse()?;
        let found: [u8; 32] = Sha256::digest(&evidence.form).into();
        if found != said.form_sha256 {
            return Err(NotProven::Form { signed: hex(&said.form_sha256), found: hex(&found) });
        }
        let key = PublicKey::from_cose(&evidence.passkey.public_key).ok_or(Refused::Key)?;
        let Origin { relying_party: id, origin } = evidence.origin.clone();
        let page = RelyingParty { id, origins: vec![origin] };
        let seen = page.verify(&key, &said.challenge()?, 0, &evidence.assertion)?;
        Ok((evidence, said, seen))
    }
}

pub(crate) fn read(bytes: &[u8]) -> Result<Evidence, NotProven> {
    let unread = |why: &dyn std::fmt::Display| NotProven::Unreadable(why.to_string());
    let file: File = serde_json::from_slice(bytes).map_err(|why| unread(&why))?;
    if file.v != 1 {
        return Err(unread(&format!("version {} is not known here", file.v)));
    }
    let part = |text: &str| URL_SAFE_NO_PAD.decode(text).map_err(|why| unread(&why));
    let PasskeyInFile { aaguid, .. } = &file.passkey;
    let aaguid = u128::from_str_radix(aaguid, 16).map_err(|why| unread(&why))?.to_be_bytes();
    Ok(Evidence {
        form: part(&file.form)?,
        assertion: Assertion {
            client_data: part(&file.client_data_json)?,
            authenticator_data: part(&file.authenticator_data)?,
            signature: part(&file.signature)?,
        },
        passkey: SigningKey {
            id: file.passkey.id,
            credential: part(&file.passkey.credential)?,
            public_key: part(&file.passkey.public_key)?,
            aaguid,
            flags: Flags::from_byte(file.passkey.flags),
            registered_at: file.passkey.registered_at,
            registered_by: file.passkey.registered_by,
            entry: file.passkey.entry,
        },
        origin: Origin { relying_party: file.relying_party, origin: file.origin },
        signed_at: file.signed_at,
        statement: file.statement,
    })
}
