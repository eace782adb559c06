//! What holds for any bytes at all, for fuzzers and for the tests that replay what they found: a key's word for a passkey.

use byleave_passkey::{Assertion, Challenge};
use ed25519_dalek::{Signer as _, SigningKey};

use crate::ids::to_hex;
use crate::signature::{ByPasskey, Delegation, Signature, SignedDelegation};
use crate::statement::public_key;

const DOMAIN: &str = "support.vendor.example";
const ORIGIN: &str = "https://support.vendor.example";
/// Of the person's own key, and of the passkey.
const SEEDS: [[u8; 32]; 2] = [[9; 32], [5; 32]];
const TEXT: &str = "a text\n";

/// A text is the one way to say a delegation or is none; and it makes a passkey count on the page and with the key that it
/// names, under the text that was signed, for the person who signed it.
///
/// # Panics
/// When it does not hold.
pub fn delegation(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Ok(delegation) = text.parse::<Delegation>() else { return };
    assert_eq!(delegation.to_text(), text);
    let lines: Vec<_> = text.split('\n').collect();
    assert!(matches!(lines.as_slice(), [_, _, _, _, _, _, ""]), "{lines:?}");
    let [own, passkey] = SEEDS;
    let (key, other) = (public_key(&own), public_key(&passkey));
    let signed = delegation.clone().sign(&own);
    assert!(signed.verify(Some(&key)).is_ok() && signed.verify(Some(&other)).is_err());
    let by = |delegation| Signature::Passkey(Box::new(ByPasskey { delegation, used: used(&passkey) }));
    let names_it = lines.get(2..5).is_some_and(|lines| {
        let ours =
            [("public key", cose_hex(&passkey)), ("relying party", DOMAIN.into()), ("origin", ORIGIN.into())];
        ours.iter().zip(lines).all(|((label, value), line)| *line == format!("{label}: {value}"))
    });
    let signature = by(signed.clone());
    assert_eq!(signature.verify(TEXT, Some(&key)).is_ok(), names_it, "{text}");
    assert!(signature.verify("", Some(&key)).is_err() && signature.verify(TEXT, Some(&other)).is_err());
    let origin = delegation.origin.clone() + "/";
    let others_word = Delegation { origin, ..delegation }.sign(&own).signature;
    let signature = by(SignedDelegation { signature: others_word, ..signed });
    assert!(signature.verify(TEXT, Some(&key)).is_err(), "another word's signature");
}

/// COSE, as authenticators give an Ed25519 key.
fn cose_hex(seed: &[u8; 32]) -> String {
    format!("a4010103272006215820{}", to_hex(&public_key(seed).0))
}

/// The passkey's answer under [`TEXT`], on the page at [`ORIGIN`].
fn used(seed: &[u8; 32]) -> Assertion {
    // A document's challenge is its SHA-256.
    let sha256 = |bytes: &[u8]| Challenge::document(bytes).as_bytes().to_vec();
    let challenge = Challenge::document(TEXT.as_bytes()).to_base64();
    let client_data = format!(r#"{{"type":"webauthn.get","challenge":"{challenge}","origin":"{ORIGIN}"}}"#);
    let authenticator_data = [sha256(DOMAIN.as_bytes()), vec![5, 0, 0, 0, 1]].concat();
    let message = [authenticator_data.clone(), sha256(client_data.as_bytes())].concat();
    let signature = SigningKey::from_bytes(seed).sign(&message).to_bytes().to_vec();
    Assertion { client_data: client_data.into_bytes(), authenticator_data, signature }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What fuzzers begin with, and what they have found.
    #[test]
    fn the_corpus_holds() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fuzz/corpus/delegation");
        let inputs =
            std::fs::read_dir(folder).unwrap().map(|file| std::fs::read(file.unwrap().path()).unwrap());
        let inputs: Vec<_> = inputs.collect();
        assert!(inputs.len() > 2);
        inputs.iter().for_each(|input| delegation(input));
        // Otherwise the property holds of nothing.
        let fine =
            |input: &Vec<u8>| std::str::from_utf8(input).is_ok_and(|text| text.parse::<Delegation>().is_ok());
        assert!(inputs.iter().any(fine));
    }
}
