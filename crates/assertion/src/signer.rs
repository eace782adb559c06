//! Signs assertions. The key is parsed once, since the gateway signs one assertion for each request; `jsonwebtoken`
//! parses its key at each call, so the compact form of RFC 7515 is put together here. Absent: where seeds are kept.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;

use crate::{Assertion, TYPE};

/// The gateway's signing key.
pub struct Signer {
    key: Ed25519KeyPair,
    /// The JOSE header with its dot: the same for each assertion.
    header: String,
    kid: String,
}

/// The seed was not taken as an Ed25519 key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("seed is not an Ed25519 key")]
pub struct SeedRejected;

impl Signer {
    /// The key that belongs to a seed (RFC 8032, 5.1.5). Its `kid` is the key's thumbprint (RFC 7638), so the same seed
    /// always has the same one.
    ///
    /// # Errors
    /// [`SeedRejected`] when the cryptographic library refuses the seed; it takes any 32 bytes.
    pub fn from_seed(seed: &[u8; 32]) -> Result<Self, SeedRejected> {
        let key = Ed25519KeyPair::from_seed_unchecked(seed).map_err(|_| SeedRejected)?;
        // RFC 7638: members in lexicographic order, no white space. `x` is base64url, so it needs no escaping.
        let canonical = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{}"}}"#, x_of(&key));
        let kid = URL_SAFE_NO_PAD.encode(digest(&SHA256, canonical.as_bytes()));
        let header = json!({"alg": "EdDSA", "kid": kid, "typ": TYPE}).to_string();
        Ok(Self { key, header: URL_SAFE_NO_PAD.encode(header) + ".", kid })
    }

    /// The header value for these claims. They are signed as they stand; a [`Verifier`](crate::Verifier) refuses a life
    /// over [`LIFE_SECONDS`](crate::LIFE_SECONDS).
    #[must_use]
    pub fn sign(&self, assertion: &Assertion) -> String {
        #[expect(clippy::expect_used, reason = "a struct of strings and integers always has a JSON form")]
        let claims = serde_json::to_vec(assertion).expect("claims have a JSON form");
        let mut token = self.header.clone();
        URL_SAFE_NO_PAD.encode_string(claims, &mut token);
        let signature = self.key.sign(token.as_bytes());
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(signature, &mut token);
        token
    }

    /// The public key as a JWK set (RFC 7517, RFC 8037), to be served at `/oauth2/jwks`.
    #[must_use]
    pub fn jwks(&self) -> String {
        json!({"keys": [{
            "kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA", "kid": self.kid, "x": x_of(&self.key),
        }]})
        .to_string()
    }
}

/// Prints the key's id and never the key.
impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Signer({})", self.kid)
    }
}

fn x_of(key: &Ed25519KeyPair) -> String {
    URL_SAFE_NO_PAD.encode(key.public_key())
}
