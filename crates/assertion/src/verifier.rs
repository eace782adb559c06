//! Verifies assertions. The order is: size, header, signature, then what the claims say; nothing of a claim is looked at
//! before its signature holds. The algorithm comes from here and never from the token (RFC 8725, 3.1), and
//! `jsonwebtoken` is kept from reading the clock.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jsonwebtoken::crypto::aws_lc;
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde::Deserialize;

use crate::{Assertion, LEEWAY_SECONDS, LIFE_SECONDS, TYPE, VALUE_BYTES_MAX};

/// Verifies assertions of one control plane for one tool. Cheap to share; holds public keys only.
#[derive(Clone)]
pub struct Verifier {
    keys: BTreeMap<String, DecodingKey>,
    validation: Validation,
}

/// Why a set of keys cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeysRejected {
    /// The text is not a JWK set.
    #[error("keys are not a JWK set")]
    Malformed(#[source] serde_json::Error),
    /// One `kid` stands for two keys, so it could not be said which of them signed.
    #[error("key id `{0}` occurs twice")]
    Repeated(String),
    /// No Ed25519 signing key with a `kid` is among them.
    #[error("no Ed25519 key with an id among the keys")]
    None,
}

/// Why an assertion is refused. The request that carried it is answered 401 and must not be served.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Over [`VALUE_BYTES_MAX`].
    #[error("assertion is over {VALUE_BYTES_MAX} bytes")]
    TooLong,
    /// Not a JWT, an algorithm nobody knows (`none` is one), or a claim is missing or of the wrong kind.
    #[error("assertion is malformed")]
    Malformed,
    /// A JWT made for another purpose, or one with critical extensions (`crit`) that this version does not know.
    #[error("token is not of type `{TYPE}`")]
    WrongType,
    /// Signed with another algorithm than EdDSA.
    #[error("assertion is not signed with EdDSA")]
    WrongAlgorithm,
    /// No `kid`, or one that is not among the keys: fetch them again before giving up, for keys change.
    #[error("assertion is signed by an unknown key")]
    UnknownKey,
    /// The signature does not fit header, claims and key.
    #[error("signature of the assertion is wrong")]
    WrongSignature,
    /// Another control plane's.
    #[error("assertion is from another issuer")]
    WrongIssuer,
    /// Meant for another tool.
    #[error("assertion is for another tool")]
    WrongAudience,
    /// Its life is over.
    #[error("assertion has expired")]
    Expired,
    /// Signed in the future: the two clocks differ by more than [`LEEWAY_SECONDS`].
    #[error("assertion is not valid yet")]
    NotYet,
    /// Its life is longer than [`LIFE_SECONDS`], or negative.
    #[error("assertion claims a life outside 0 to {LIFE_SECONDS} s")]
    WrongLife,
}

impl Verifier {
    /// A verifier for the assertions that `issuer` (the control plane's base URL) makes for `audience` (the tool's slug),
    /// with the keys from the control plane's `/oauth2/jwks`. Keys of other kinds in the set are passed over (RFC 7517, 5).
    ///
    /// # Errors
    /// [`KeysRejected`] says what is wrong with the set; the application should keep the keys it has, or not start.
    pub fn from_jwks(json: &str, issuer: &str, audience: &str) -> Result<Self, KeysRejected> {
        // Err means that the process has a provider already, which is as good.
        let _ = aws_lc::DEFAULT_PROVIDER.install_default();
        let set: KeySet = serde_json::from_str(json).map_err(KeysRejected::Malformed)?;
        let mut keys = BTreeMap::new();
        for (kid, key) in set.keys.into_iter().filter_map(Key::signing) {
            if keys.insert(kid.clone(), key).is_some() {
                return Err(KeysRejected::Repeated(kid));
            }
        }
        if keys.is_empty() {
            return Err(KeysRejected::None);
        }
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_issuer(&[issuer]);
        validation.set_audience(&[audience]);
        validation.set_required_spec_claims(&["iss", "aud", "sub", "exp"]);
        validation.validate_exp = false; // checked below, against the time that the caller passes
        Ok(Self { keys, validation })
    }

    /// The claims of a header value, if it holds at `now`.
    ///
    /// # Errors
    /// [`Refused`] names the first rule that it breaks.
    pub fn verify(&self, header_value: &str, now: Timestamp) -> Result<Assertion, Refused> {
        if header_value.len() > VALUE_BYTES_MAX {
            return Err(Refused::TooLong);
        }
        let header = decode_header(header_value).map_err(|_| Refused::Malformed)?;
        if header.typ.as_deref() != Some(TYPE) || header.crit.is_some() {
            return Err(Refused::WrongType);
        }
        let key = header.kid.and_then(|kid| self.keys.get(&kid)).ok_or(Refused::UnknownKey)?;
        let assertion = decode::<Assertion>(header_value, key, &self.validation)
            .map_err(|error| match error.kind() {
                ErrorKind::InvalidAlgorithm => Refused::WrongAlgorithm,
                ErrorKind::InvalidSignature => Refused::WrongSignature,
                ErrorKind::InvalidIssuer => Refused::WrongIssuer,
                ErrorKind::InvalidAudience => Refused::WrongAudience,
                _ => Refused::Malformed,
            })?
            .claims;
        check_time(&assertion, now.as_second())?;
        Ok(assertion)
    }
}

fn check_time(assertion: &Assertion, now: i64) -> Result<(), Refused> {
    if !(0..=LIFE_SECONDS).contains(&assertion.exp.saturating_sub(assertion.iat)) {
        return Err(Refused::WrongLife);
    }
    if assertion.iat > now.saturating_add(LEEWAY_SECONDS) {
        return Err(Refused::NotYet);
    }
    if now >= assertion.exp.saturating_add(LEEWAY_SECONDS) {
        return Err(Refused::Expired);
    }
    Ok(())
}

#[derive(Deserialize)]
struct KeySet {
    keys: Vec<Key>,
}

/// The members of a JWK that matter here; all may be missing in keys of other kinds.
#[derive(Deserialize)]
struct Key {
    crv: Option<String>,
    kid: Option<String>,
    x: Option<String>,
    #[serde(rename = "use")]
    purpose: Option<String>,
}

impl Key {
    /// Its id and the key, if it is an Ed25519 key for signatures.
    fn signing(self) -> Option<(String, DecodingKey)> {
        let for_signatures = self.purpose.is_none_or(|purpose| purpose == "sig");
        if self.crv.as_deref() != Some("Ed25519") || !for_signatures {
            return None;
        }
        let key = DecodingKey::from_ed_components(&self.x?).ok()?;
        (key.try_get_as_bytes().ok()?.len() == 32).then_some((self.kid?, key))
    }
}
