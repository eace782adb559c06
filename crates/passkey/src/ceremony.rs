//! Registrations and assertions, checked in the order in which the reference has it: what the browser says was done,
//! where and for whom; what the authenticator says; its signature; and last whether it is the newest.

use minicbor::Decoder;
use serde::Deserialize;
use serde::de::IgnoredAny;
use sha2::{Digest as _, Sha256};

use crate::authenticator::{Attested, Data};
use crate::{Challenge, Flags, PART_BYTES_MAX, PublicKey};

/// For whom passkeys are: a domain, and the exact origins of the pages that may use them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RelyingParty {
    /// The domain, such as `support.vendor.example`.
    pub id: String,
    /// Origins, such as `https://support.vendor.example`; compared as they are.
    pub origins: Vec<String>,
}

/// What a browser sends of a passkey that it has made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registration {
    /// `clientDataJSON`, byte by byte.
    pub client_data: Vec<u8>,
    /// `attestationObject`, CBOR.
    pub attestation: Vec<u8>,
}

/// A passkey that was made here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registered {
    /// Its id, as the authenticator gives it: up to 1023 bytes.
    pub credential: Vec<u8>,
    /// Its key.
    pub key: PublicKey,
    /// Which model the authenticator says that it is; zeros for none, and nothing proves it.
    pub aaguid: [u8; 16],
    /// How it was made.
    pub flags: Flags,
    /// Its signatures so far; 0 for ever where it does not count.
    pub counter: u32,
}

/// What a browser sends of a passkey that was used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assertion {
    /// `clientDataJSON`, byte by byte.
    pub client_data: Vec<u8>,
    /// `authenticatorData`.
    pub authenticator_data: Vec<u8>,
    /// The signature: DER for ES256, 64 bytes for EdDSA.
    pub signature: Vec<u8>,
}

/// What an assertion has shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// On which page.
    pub origin: String,
    /// How somebody was there.
    pub flags: Flags,
    /// The passkey's signatures so far.
    pub counter: u32,
}

/// Why what a browser sent is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// It cannot be read.
    #[error("the passkey's {0} cannot be read")]
    Malformed(&'static str),
    /// It comes of another ceremony.
    #[error("the passkey's answer is of another kind than what was asked for")]
    Type,
    /// It answers something else.
    #[error("the passkey's answer is not to this page's question; load the page again")]
    Challenge,
    /// It was made on another page.
    #[error("the passkey was used on a page of another address")]
    Origin,
    /// It was made in a frame of somebody else's page.
    #[error("the passkey was used in a page within somebody else's page")]
    CrossOrigin,
    /// It is for another domain.
    #[error("the passkey is for another domain")]
    RelyingParty,
    /// Nobody was there.
    #[error("nobody was at the passkey")]
    NotPresent,
    /// Whoever was there did not show that it is theirs.
    #[error(
        "the passkey did not make sure who uses it; set up a PIN, fingerprint or face for it, and try again"
    )]
    NotVerified,
    /// It says that it is backed up and that it cannot be.
    #[error("the passkey says of itself what cannot be")]
    Flags,
    /// The signature does not fit.
    #[error("the passkey's signature is wrong")]
    Signature,
    /// It has signed less often than before: there may be two of it.
    #[error("the passkey has counted backwards, so there may be a copy of it; remove it, and tell the desk")]
    Counter,
    /// A statement about the authenticator came, which nobody asked for.
    #[error("the passkey came with an attestation, which is not asked for")]
    Attestation,
    /// Its key is of another kind.
    #[error("the passkey's key is of a kind that is not taken; ES256 and EdDSA are")]
    Key,
}

/// `clientDataJSON` (WebAuthn §5.8.1), an object. What else is in it is left alone.
#[derive(Deserialize)]
struct ClientData {
    r#type: String,
    challenge: String,
    origin: String,
    #[serde(rename = "crossOrigin", default)]
    cross_origin: Option<bool>,
    #[serde(rename = "topOrigin", default)]
    top_origin: Option<serde_json::Value>,
    /// Without it a list of the values would be read, too.
    #[serde(flatten)]
    _rest: IgnoredAny,
}

impl RelyingParty {
    /// Takes a passkey that was made for `challenge`.
    ///
    /// # Errors
    /// [`Refused`], with the first that does not hold.
    pub fn register(&self, challenge: &Challenge, made: &Registration) -> Result<Registered, Refused> {
        self.client(&made.client_data, "webauthn.create", challenge)?;
        let data = Data::read(&attestation(&made.attestation)?)?;
        self.there(&data)?;
        let Attested { aaguid, credential, key } =
            data.registered.ok_or(Refused::Malformed("authenticator data"))?;
        Ok(Registered { credential, key, aaguid, flags: data.flags, counter: data.counter })
    }

    /// Whether the passkey with this key answered `challenge`. `counter` is the one that it showed last.
    ///
    /// # Errors
    /// [`Refused`], with the first that does not hold.
    pub fn verify(
        &self,
        key: &PublicKey,
        challenge: &Challenge,
        counter: u32,
        used: &Assertion,
    ) -> Result<Seen, Refused> {
        let origin = self.client(&used.client_data, "webauthn.get", challenge)?;
        let data = Data::read(part(&used.authenticator_data, "authenticator data")?)?;
        self.there(&data)?;
        let hash = Sha256::digest(&used.client_data);
        let message = [used.authenticator_data.as_slice(), &hash].concat();
        if !key.signed(&message, part(&used.signature, "signature")?) {
            return Err(Refused::Signature);
        }
        // One that does not count says 0 each time.
        if (data.counter, counter) != (0, 0) && data.counter <= counter {
            return Err(Refused::Counter);
        }
        Ok(Seen { origin, flags: data.flags, counter: data.counter })
    }

    /// Looks at what the browser says; on which of our pages it was.
    fn client(&self, bytes: &[u8], kind: &str, challenge: &Challenge) -> Result<String, Refused> {
        let read = serde_json::from_slice::<ClientData>(part(bytes, "client data")?);
        let data = read.map_err(|_| Refused::Malformed("client data"))?;
        if data.r#type != kind {
            return Err(Refused::Type);
        }
        if data.challenge != challenge.to_base64() {
            return Err(Refused::Challenge);
        }
        if !self.origins.contains(&data.origin) {
            return Err(Refused::Origin);
        }
        if data.cross_origin == Some(true) || data.top_origin.is_some() {
            return Err(Refused::CrossOrigin);
        }
        Ok(data.origin)
    }

    fn there(&self, data: &Data) -> Result<(), Refused> {
        if data.relying_party != *Sha256::digest(&self.id) {
            return Err(Refused::RelyingParty);
        }
        if !data.flags.is_present() {
            return Err(Refused::NotPresent);
        }
        if !data.flags.is_verified() {
            return Err(Refused::NotVerified);
        }
        if data.flags.is_backed_up() && !data.flags.may_be_backed_up() {
            return Err(Refused::Flags);
        }
        Ok(())
    }
}

/// The authenticator data in an attestation object that attests nothing.
fn attestation(bytes: &[u8]) -> Result<Vec<u8>, Refused> {
    let unread = |_| Refused::Malformed("attestation");
    let mut decoder = Decoder::new(part(bytes, "attestation")?);
    let (mut format, mut statement, mut data) = (None, None, None);
    let fields = decoder.map().map_err(unread)?;
    for _ in 0..fields.ok_or(Refused::Malformed("attestation"))? {
        match decoder.str().map_err(unread)? {
            "fmt" => format = Some(decoder.str().map_err(unread)?),
            "attStmt" => {
                statement = decoder.map().map_err(unread)?;
                if statement != Some(0) {
                    return Err(Refused::Attestation);
                }
            }
            "authData" => data = Some(decoder.bytes().map_err(unread)?),
            _ => return Err(Refused::Malformed("attestation")),
        }
    }
    if decoder.position() != bytes.len() {
        return Err(Refused::Malformed("attestation"));
    }
    if format != Some("none") || statement != Some(0) {
        return Err(Refused::Attestation);
    }
    data.map(<[u8]>::to_vec).ok_or(Refused::Malformed("attestation"))
}

fn part<'a>(bytes: &'a [u8], what: &'static str) -> Result<&'a [u8], Refused> {
    if bytes.len() > PART_BYTES_MAX { Err(Refused::Malformed(what)) } else { Ok(bytes) }
}
