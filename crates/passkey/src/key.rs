//! Public keys as authenticators give them: COSE_Key (RFC 9052 §7) of ES256 or EdDSA, in the one encoding that CTAP2 has
//! for each. Whatever differs from that by a byte is no key, so that the stored bytes are the key.

use ed25519_dalek as ed25519;
use minicbor::{Decoder, Encoder};
use p256::ecdsa::signature::Verifier as _;
use p256::ecdsa::{Signature, VerifyingKey};

/// A passkey's public key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey {
    cose: Vec<u8>,
    key: Key,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Key {
    Es256(VerifyingKey),
    EdDsa(ed25519::VerifyingKey),
}

impl PublicKey {
    /// What authenticators are asked for (COSE algorithms), the first one first: Ed25519, and ECDSA on P-256 with SHA-256.
    pub const ALGORITHMS: [i64; 2] = [-8, -7];

    /// Reads a COSE key. `None` where it is of another kind, not a point that anybody can sign with, or encoded otherwise.
    #[must_use]
    pub fn from_cose(bytes: &[u8]) -> Option<Self> {
        let fields = fields(bytes).ok()?;
        let key = match fields {
            Fields { kty: 2, alg: -7, crv: 1, x, y: Some(y) } => {
                let point = [&[4], x.as_slice(), &y].concat();
                Key::Es256(VerifyingKey::from_sec1_bytes(&point).ok()?)
            }
            Fields { kty: 1, alg: -8, crv: 6, x, y: None } => {
                let key = ed25519::VerifyingKey::from_bytes(&x).ok()?;
                Key::EdDsa((!key.is_weak()).then_some(key)?)
            }
            _ => return None,
        };
        (encoded(&fields) == bytes).then(|| Self { cose: bytes.to_vec(), key })
    }

    /// The COSE key, byte by byte as it came.
    #[must_use]
    pub fn as_cose(&self) -> &[u8] {
        &self.cose
    }

    /// Whether `signature` is this key's over `message`.
    pub(crate) fn signed(&self, message: &[u8], signature: &[u8]) -> bool {
        match &self.key {
            Key::Es256(key) => {
                Signature::from_der(signature).is_ok_and(|signature| key.verify(message, &signature).is_ok())
            }
            Key::EdDsa(key) => ed25519::Signature::from_slice(signature)
                .is_ok_and(|signature| key.verify_strict(message, &signature).is_ok()),
        }
    }
}

struct Fields {
    kty: i64,
    alg: i64,
    crv: i64,
    x: [u8; 32],
    y: Option<[u8; 32]>,
}

fn fields(bytes: &[u8]) -> Result<Fields, minicbor::decode::Error> {
    let wrong = || minicbor::decode::Error::message("not a key of a kind that is taken");
    let mut decoder = Decoder::new(bytes);
    let (mut kty, mut alg, mut crv, mut x, mut y) = (None, None, None, None, None);
    for _ in 0..decoder.map()?.ok_or_else(wrong)? {
        match decoder.i64()? {
            1 => kty = Some(decoder.i64()?),
            3 => alg = Some(decoder.i64()?),
            -1 => crv = Some(decoder.i64()?),
            -2 => x = Some(decoder.bytes()?.try_into().map_err(|_| wrong())?),
            -3 => y = Some(decoder.bytes()?.try_into().map_err(|_| wrong())?),
            _ => return Err(wrong()),
        }
    }
    let missing = wrong;
    Ok(Fields {
        kty: kty.ok_or_else(missing)?,
        alg: alg.ok_or_else(missing)?,
        crv: crv.ok_or_else(missing)?,
        x: x.ok_or_else(missing)?,
        y,
    })
}

/// The one encoding that there is (CTAP2 canonical CBOR).
fn encoded(fields: &Fields) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes);
    let length = if fields.y.is_some() { 5 } else { 4 };
    // Writing into memory does not fail; a key that were cut off would not be equal to what came.
    let _ = (|| {
        let encoder = encoder.map(length)?.i64(1)?.i64(fields.kty)?.i64(3)?.i64(fields.alg)?;
        let encoder = encoder.i64(-1)?.i64(fields.crv)?.i64(-2)?.bytes(&fields.x)?;
        match &fields.y {
            Some(y) => encoder.i64(-3)?.bytes(y).map(drop),
            None => Ok(()),
        }
    })();
    bytes
}
