//! What the authenticator itself says (WebAuthn §6.1): for whom, how, how often, and when one is registered, its key.

use minicbor::Decoder;

use crate::ceremony::Refused;
use crate::{CREDENTIAL_BYTES_MAX, PublicKey};

/// How somebody was there, and what kind of passkey it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Flags(u8);

impl Flags {
    /// The byte as the authenticator signs it.
    #[must_use]
    pub const fn from_byte(byte: u8) -> Self {
        Self(byte)
    }

    /// The byte.
    #[must_use]
    pub const fn to_byte(self) -> u8 {
        self.0
    }

    /// Somebody touched it (UP).
    #[must_use]
    pub const fn is_present(self) -> bool {
        self.0 & 1 != 0
    }

    /// It made sure who: by a PIN, a finger, a face (UV).
    #[must_use]
    pub const fn is_verified(self) -> bool {
        self.0 & 4 != 0
    }

    /// The passkey may be copied to a provider (BE).
    #[must_use]
    pub const fn may_be_backed_up(self) -> bool {
        self.0 & 8 != 0
    }

    /// It is, at present (BS).
    #[must_use]
    pub const fn is_backed_up(self) -> bool {
        self.0 & 16 != 0
    }

    const fn has_key(self) -> bool {
        self.0 & 64 != 0
    }

    const fn has_extensions(self) -> bool {
        self.0 & 128 != 0
    }
}

/// Authenticator data, read whole: nothing may be left over.
pub(crate) struct Data {
    pub relying_party: [u8; 32],
    pub flags: Flags,
    pub counter: u32,
    pub registered: Option<Attested>,
}

/// The passkey in what comes when one is registered.
pub(crate) struct Attested {
    pub aaguid: [u8; 16],
    pub credential: Vec<u8>,
    pub key: PublicKey,
}

impl Data {
    pub fn read(bytes: &[u8]) -> Result<Self, Refused> {
        let short = Refused::Malformed("authenticator data");
        let (relying_party, rest) = bytes.split_first_chunk().ok_or(short)?;
        let (flags, rest) = rest.split_first().ok_or(short)?;
        let (counter, mut rest) = rest.split_first_chunk().ok_or(short)?;
        let flags = Flags(*flags);
        let registered = if flags.has_key() { Some(attested(&mut rest)?) } else { None };
        if flags.has_extensions() {
            let end = item(rest).ok_or(short)?;
            rest = rest.get(end..).ok_or(short)?;
        }
        if !rest.is_empty() {
            return Err(short);
        }
        let counter = u32::from_be_bytes(*counter);
        Ok(Self { relying_party: *relying_party, flags, counter, registered })
    }
}

fn attested(rest: &mut &[u8]) -> Result<Attested, Refused> {
    let short = Refused::Malformed("authenticator data");
    let (aaguid, after) = rest.split_first_chunk().ok_or(short)?;
    let (length, after) = after.split_first_chunk().ok_or(short)?;
    let length = usize::from(u16::from_be_bytes(*length));
    if length == 0 || length > CREDENTIAL_BYTES_MAX {
        return Err(Refused::Malformed("credential id"));
    }
    let (credential, after) = after.split_at_checked(length).ok_or(short)?;
    let (key, after) = after.split_at_checked(item(after).ok_or(short)?).ok_or(short)?;
    *rest = after;
    let key = PublicKey::from_cose(key).ok_or(Refused::Key)?;
    Ok(Attested { aaguid: *aaguid, credential: credential.to_vec(), key })
}

/// How long the CBOR item is that begins here.
fn item(bytes: &[u8]) -> Option<usize> {
    let mut decoder = Decoder::new(bytes);
    decoder.skip().ok()?;
    Some(decoder.position())
}
