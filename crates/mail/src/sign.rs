//! DKIM signatures under what is sent (RFC 6376), with a key of the deployment; and the record that its domain publishes.

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::KeyPair as _;
use mail_auth::common::crypto::{Ed25519Key, RsaKey, Sha256, SigningKey};
use mail_auth::common::headers::HeaderWriter as _;
use mail_auth::dkim::{Canonicalization, DkimSigner};
use thiserror::Error;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;

use crate::compose::base64;

/// The fields that are signed, as far as they are there. Those that change what a letter is are all of them.
const SIGNED: &[&str] = &[
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "In-Reply-To",
    "References",
    "Auto-Submitted",
    "MIME-Version",
    "Content-Type",
];

/// Bits of a key, at least (RFC 8301).
const RSA_BYTES_MIN: usize = 2048 / 8;

/// Signs for one domain.
pub struct Signer {
    domain: String,
    selector: String,
    key: Key,
}

enum Key {
    Rsa(Vec<u8>, KeyPair),
    Ed25519(Vec<u8>),
}

/// Why a key cannot sign.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum InvalidKey {
    /// Not a private key in PEM.
    #[error("this is no private key in PEM (PKCS #8), RSA or Ed25519")]
    Form,
    /// Verifiers count it as none.
    #[error("the RSA key is shorter than 2048 bits, and verifiers would not count it")]
    Short,
    /// The library refused.
    #[error("the key cannot sign: {0}")]
    Refused(String),
}

impl Signer {
    /// A signer with this private key.
    ///
    /// # Errors
    /// [`InvalidKey`].
    pub fn new(domain: &str, selector: &str, pem: &str) -> Result<Self, InvalidKey> {
        let der = PrivateKeyDer::from_pem_slice(pem.as_bytes()).map_err(|_| InvalidKey::Form)?;
        let PrivateKeyDer::Pkcs8(der) = der else { return Err(InvalidKey::Form) };
        let der = der.secret_pkcs8_der().to_vec();
        let key = match KeyPair::from_pkcs8(&der) {
            Ok(pair) if pair.public_modulus_len() < RSA_BYTES_MIN => return Err(InvalidKey::Short),
            Ok(pair) => Key::Rsa(der, pair),
            Err(_) => {
                Ed25519Key::from_pkcs8_maybe_unchecked_der(&der).map_err(|_| InvalidKey::Form)?;
                Key::Ed25519(der)
            }
        };
        Ok(Self { domain: domain.to_owned(), selector: selector.to_owned(), key })
    }

    /// The message with its signature on top. Our bodies end in a boundary, never in white space, which the library would
    /// hash in another way than verifiers do.
    ///
    /// # Errors
    /// [`InvalidKey::Refused`].
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>, InvalidKey> {
        let refused = |why: mail_auth::Error| InvalidKey::Refused(why.to_string());
        match &self.key {
            Key::Rsa(der, _) => {
                let der = PrivateKeyDer::Pkcs8(der.clone().into());
                self.sign_with(RsaKey::<Sha256>::from_key_der(der).map_err(refused)?, message)
            }
            Key::Ed25519(der) => {
                let key = Ed25519Key::from_pkcs8_maybe_unchecked_der(der).map_err(refused)?;
                self.sign_with(key, message)
            }
        }
    }

    fn sign_with<K: SigningKey>(&self, key: K, message: &[u8]) -> Result<Vec<u8>, InvalidKey> {
        let text = String::from_utf8_lossy(message);
        let header = text.split("\r\n\r\n").next().unwrap_or_default().to_lowercase();
        let there = |name: &&&str| {
            let name = format!("{}:", name.to_lowercase());
            header.lines().any(|line| line.starts_with(&name))
        };
        let signer = DkimSigner::from_key(key)
            .domain(self.domain.clone())
            .selector(self.selector.clone())
            .headers(SIGNED.iter().filter(there).map(|name| (*name).to_owned()))
            .header_canonicalization(Canonicalization::Relaxed)
            .body_canonicalization(Canonicalization::Relaxed);
        let signature = signer.sign(message).map_err(|why| InvalidKey::Refused(why.to_string()))?;
        Ok([signature.to_header().as_bytes(), message].concat())
    }

    /// The name and the text of the record that the domain has to publish.
    ///
    /// # Errors
    /// [`InvalidKey::Refused`].
    pub fn record(&self) -> Result<(String, String), InvalidKey> {
        let refused = |_| InvalidKey::Refused("it has no public half".to_owned());
        let (kind, public) = match &self.key {
            Key::Rsa(_, pair) => {
                let der = AsDer::<PublicKeyX509Der<'_>>::as_der(pair.public_key()).map_err(refused)?;
                ("rsa", der.as_ref().to_vec())
            }
            Key::Ed25519(der) => {
                let key = Ed25519Key::from_pkcs8_maybe_unchecked_der(der);
                ("ed25519", key.map_err(|why| InvalidKey::Refused(why.to_string()))?.public_key())
            }
        };
        let name = format!("{}._domainkey.{}", self.selector, self.domain);
        Ok((name, format!("v=DKIM1; k={kind}; p={}", base64(&public))))
    }
}

/// A new RSA key of 2048 bits in PEM: every verifier knows its kind, as is not so of Ed25519.
///
/// # Errors
/// [`InvalidKey::Refused`].
pub fn new_key() -> Result<String, InvalidKey> {
    let refused = |_| InvalidKey::Refused("no key could be made".to_owned());
    let pair = KeyPair::generate(KeySize::Rsa2048).map_err(refused)?;
    let der = AsDer::<Pkcs8V1Der<'_>>::as_der(&pair).map_err(refused)?;
    let text = base64(der.as_ref());
    let mut pem = String::from("-----BEGIN PRIVATE KEY-----");
    for (place, c) in text.chars().enumerate() {
        pem.push_str(if place % 64 == 0 { "\n" } else { "" });
        pem.push(c);
    }
    Ok(pem + "\n-----END PRIVATE KEY-----\n")
}
