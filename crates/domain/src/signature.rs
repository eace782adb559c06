//! What stands under a text that somebody decides with: their own key's signature, or that of a passkey which signs in the
//! key's place.
//!
//! A passkey signs nothing that anybody could read, and whoever runs the server says which passkey is whose. So it counts
//! as far as the person's own key, which the organization's log names, has said that it does: with a delegation.
//!
//! ```text
//! byleave/delegation/v1
//! passkey: passkey_…
//! public key: a5010203262001…
//! relying party: support.vendor.example
//! origin: https://support.vendor.example
//! issued: 2026-11-29T10:02:11Z
//! ```
//!
//! The chain (key, delegation, passkey, text) comes with the text, so whoever has the key can verify it without us.

use std::str::FromStr;

pub use byleave_passkey::Assertion;
use byleave_passkey::{Challenge, PublicKey as PasskeyKey, RelyingParty};
use ed25519_dalek::{Signature as Ed25519, VerifyingKey};
use jiff::Timestamp;

use crate::contact::PublicKey;
use crate::ids::{PasskeyId, from_hex, to_hex};
use crate::statement::{Fields, InvalidStatement, StatementRefused, canonical, fresh, sign_text};

const TITLE: &str = "byleave/delegation/v1";

/// A signature under a canonical text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Signature {
    /// The person's own key: Ed25519 (RFC 8032), 64 bytes.
    Key([u8; 64]),
    /// A passkey, for which the person's own key stands.
    Passkey(Box<ByPasskey>),
}

/// A passkey's signature, and what it rests on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ByPasskey {
    /// The key's word for the passkey.
    pub delegation: SignedDelegation,
    /// What the passkey signed: its challenge is the text's SHA-256.
    pub used: Assertion,
}

/// That a passkey signs in the place of somebody's own key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delegation {
    /// Our id of it.
    pub passkey: PasskeyId,
    /// Its key.
    pub public_key: PasskeyKey,
    /// The domain that it is for.
    pub relying_party: String,
    /// The pages on which it signs.
    pub origin: String,
    /// When it was signed, by the signer's clock, in whole seconds.
    pub issued: Timestamp,
}

/// A [`Delegation`] with a signature of the person's own key over [`Delegation::to_text`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedDelegation {
    /// What was signed.
    pub delegation: Delegation,
    /// Ed25519, 64 bytes.
    pub signature: [u8; 64],
}

impl From<[u8; 64]> for Signature {
    fn from(bytes: [u8; 64]) -> Self {
        Self::Key(bytes)
    }
}

impl Signature {
    /// Whether this is the signature of whoever has `key`, over `text`. Strict: no malleable signature, no weak key.
    ///
    /// # Errors
    /// [`StatementRefused`]: `NoKey`, `Signature` or `Passkey`.
    pub fn verify(&self, text: &str, key: Option<&PublicKey>) -> Result<(), StatementRefused> {
        match self {
            Self::Key(bytes) => by_key(text, bytes, key),
            Self::Passkey(by) => {
                by.delegation.verify(key)?;
                let Delegation { public_key, relying_party, origin, .. } = &by.delegation.delegation;
                let page = RelyingParty { id: relying_party.clone(), origins: vec![origin.clone()] };
                // Whether it counted on is asked when it is taken; later there is nothing to hold it against.
                let seen = page.verify(public_key, &Challenge::document(text.as_bytes()), 0, &by.used);
                seen.map(drop).map_err(StatementRefused::Passkey)
            }
        }
    }

    /// Which passkey signed, if one did.
    #[must_use]
    pub const fn passkey(&self) -> Option<PasskeyId> {
        match self {
            Self::Key(_) => None,
            Self::Passkey(by) => Some(by.delegation.delegation.passkey),
        }
    }
}

impl Delegation {
    /// The canonical bytes, as text.
    #[must_use]
    pub fn to_text(&self) -> String {
        format!(
            "{TITLE}\npasskey: {}\npublic key: {}\nrelying party: {}\norigin: {}\nissued: {}\n",
            self.passkey,
            to_hex(self.public_key.as_cose()),
            self.relying_party,
            self.origin,
            self.issued.strftime("%Y-%m-%dT%H:%M:%SZ"),
        )
    }

    /// Signs with the person's 32-byte Ed25519 seed.
    #[must_use]
    pub fn sign(self, seed: &[u8; 32]) -> SignedDelegation {
        let signature = sign_text(&self.to_text(), seed);
        SignedDelegation { delegation: self, signature }
    }
}

impl FromStr for Delegation {
    type Err = InvalidStatement;

    fn from_str(text: &str) -> Result<Self, InvalidStatement> {
        canonical(text, read, Self::to_text)
    }
}

fn read(text: &str) -> Result<Delegation, &str> {
    let mut fields = Fields::of(text, TITLE)?;
    let passkey = fields.next("passkey")?;
    let public_key = fields.next("public key")?;
    let relying_party = fields.next("relying party")?;
    let origin = fields.next("origin")?;
    let issued = fields.next("issued")?;
    Ok(Delegation {
        passkey: passkey.parse().map_err(|_| passkey)?,
        public_key: from_hex(public_key).as_deref().and_then(PasskeyKey::from_cose).ok_or(public_key)?,
        relying_party: relying_party.to_owned(),
        origin: origin.to_owned(),
        issued: issued.parse().map_err(|_| issued)?,
    })
}

impl SignedDelegation {
    /// Whether `key` signed exactly this.
    ///
    /// # Errors
    /// [`StatementRefused::NoKey`] or [`StatementRefused::Signature`].
    pub fn verify(&self, key: Option<&PublicKey>) -> Result<(), StatementRefused> {
        by_key(&self.delegation.to_text(), &self.signature, key)
    }

    /// Whether it was made recently enough to be taken at `now`.
    ///
    /// # Errors
    /// [`StatementRefused::Stale`].
    pub fn fresh(&self, now: Timestamp) -> Result<(), StatementRefused> {
        fresh(self.delegation.issued, now)
    }
}

fn by_key(text: &str, signature: &[u8; 64], key: Option<&PublicKey>) -> Result<(), StatementRefused> {
    let key = key.and_then(|key| VerifyingKey::from_bytes(&key.0).ok()).ok_or(StatementRefused::NoKey)?;
    key.verify_strict(text.as_bytes(), &Ed25519::from_bytes(signature))
        .map_err(|_| StatementRefused::Signature)
}

#[cfg(test)]
mod tests {
    use ed25519_dalek::{Signer as _, SigningKey};
    use sha2::{Digest as _, Sha256};

    use super::*;
    use crate::statement::public_key;

    const ORIGIN: &str = "https://support.vendor.example";

    /// COSE, as authenticators give an Ed25519 key.
    fn passkey(seed: u8) -> PasskeyKey {
        let key = public_key(&[seed; 32]).0;
        let head = [0xa4, 0x01, 0x01, 0x03, 0x27, 0x20, 0x06, 0x21, 0x58, 0x20];
        PasskeyKey::from_cose(&[head.as_slice(), &key].concat()).unwrap()
    }

    fn delegation() -> Delegation {
        Delegation {
            passkey: PasskeyId::from_bytes([1; 16]),
            public_key: passkey(5),
            relying_party: "support.vendor.example".into(),
            origin: ORIGIN.into(),
            issued: Timestamp::from_second(1_800_000_000).unwrap(),
        }
    }

    fn used(text: &str, origin: &str, flags: u8) -> Assertion {
        let challenge = Challenge::document(text.as_bytes()).to_base64();
        let client_data =
            format!(r#"{{"type":"webauthn.get","challenge":"{challenge}","origin":"{origin}"}}"#)
                .into_bytes();
        let domain = Sha256::digest("support.vendor.example");
        let authenticator_data = [domain.as_slice(), &[flags, 0, 0, 0, 1]].concat();
        let message = [authenticator_data.as_slice(), &Sha256::digest(&client_data)].concat();
        let signature = SigningKey::from_bytes(&[5; 32]).sign(&message).to_bytes().to_vec();
        Assertion { client_data, authenticator_data, signature }
    }

    fn by(delegation: SignedDelegation, used: Assertion) -> Signature {
        Signature::Passkey(Box::new(ByPasskey { delegation, used }))
    }

    #[test]
    fn a_delegation_reads_as_it_prints_and_no_other_way() {
        let text = delegation().to_text();
        assert_eq!(text.parse(), Ok(delegation()));
        for (from, to) in [
            ("v1", "v2"),
            ("public key: a4", "public key: A4"),
            ("public key: a4", "public key: a5"),
            ("Z\n", "Z"),
            ("Z\n", "Z\n\n"),
            ("Z\n", "+00:00\n"),
            ("origin: ", "origin:"),
            ("passkey_01", "contact_01"),
            ("\n", "\r\n"),
        ] {
            assert!(text.replacen(from, to, 1).parse::<Delegation>().is_err(), "{from} -> {to}");
        }
    }

    #[test]
    fn a_passkey_signs_in_the_place_of_the_key_that_says_so_and_of_no_other() {
        let (key, other) = (public_key(&[9; 32]), public_key(&[8; 32]));
        let good = || (delegation().sign(&[9; 32]), used("a text", ORIGIN, 5));
        let signature = by(good().0, good().1);
        assert_eq!(signature.verify("a text", Some(&key)), Ok(()));
        assert_eq!(signature.passkey(), Some(delegation().passkey));
        assert_eq!(signature.verify("a text", Some(&other)), Err(StatementRefused::Signature));
        assert_eq!(signature.verify("a text", None), Err(StatementRefused::NoKey));
        let another = Err(StatementRefused::Passkey(byleave_passkey::Refused::Challenge));
        assert_eq!(signature.verify("another text", Some(&key)), another);
        let changes: [fn(&mut Delegation); 5] = [
            |d| d.passkey = PasskeyId::from_bytes([2; 16]),
            |d| d.public_key = passkey(6),
            |d| d.relying_party = "vendor.example".into(),
            |d| d.origin = "https://vendor.example".into(),
            |d| d.issued = Timestamp::UNIX_EPOCH,
        ];
        for (number, change) in changes.iter().enumerate() {
            let (mut delegation, used) = good();
            change(&mut delegation.delegation);
            let refused = by(delegation, used).verify("a text", Some(&key));
            assert_eq!(refused, Err(StatementRefused::Signature), "field {number}");
        }
        let passkey = StatementRefused::Passkey;
        for (what, signature, why) in [
            ("another text", by(good().0, used("a test", ORIGIN, 5)), byleave_passkey::Refused::Challenge),
            ("another page", by(good().0, used("a text", "https://x", 5)), byleave_passkey::Refused::Origin),
            ("not verified", by(good().0, used("a text", ORIGIN, 1)), byleave_passkey::Refused::NotVerified),
            (
                "another passkey's",
                by(Delegation { public_key: self::passkey(6), ..delegation() }.sign(&[9; 32]), good().1),
                byleave_passkey::Refused::Signature,
            ),
        ] {
            assert_eq!(signature.verify("a text", Some(&key)), Err(passkey(why)), "{what}");
        }
        // A key's word for a passkey is no word about anything else, nor the reverse.
        let said = delegation().sign(&[9; 32]);
        assert!(Signature::Key(said.signature).verify("a text", Some(&key)).is_err());
    }
}
