//! What holds for any bytes at all, for fuzzers and for the tests that replay what they found: a passkey that was made, a
//! passkey that was used, and a signed form as it is kept. The rules are said here once more, by other means, and what
//! fuzzers cannot do, which is to sign, is done for them.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::{Signer as _, SigningKey};
use minicbor::Encoder;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::{Assertion, Ceremony, Challenge, Evidence, PublicKey, Registration, RelyingParty, evidence};

const DOMAIN: &str = "localhost";
const ORIGIN: &str = "http://localhost:18443";
/// What was signed in the seeds: an acknowledgement with its title.
const SAID: &str = concat!(
    "byleave.example/ack/v1\n",
    r#"{"action":"disable","form_sha256":"1becf8edf51a4b31f76d36853c94c7d13445896b84c416f127dda9b7052cde3f","#,
    r#""nonce":"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f","org":"org_acme","#,
    r#""request":"req_7f3a","signer":"dana","v":1}"#,
);
/// The key of the seed that a browser signed with ES256.
const BROWSERS_KEY: &[u8] = b"\xa5\x01\x02\x03\x26\x20\x01\x21\x58\x20\x53\x16\x70\xf9\x62\x72\xbf\xb3\x07\xf3\xe1\x43\x2f\x9e\xa2\
    \x3e\xdd\x1c\x5e\x65\x72\x84\xd9\x5b\x7f\x0e\x3f\xa1\x58\xba\x8f\xb8\x22\x58\x20\x86\x6b\x30\x7e\xc4\x7b\x47\xd9\x5b\xe4\
    \x3d\xe3\xd8\x1d\xe0\xc2\xb4\x8a\x67\x3f\xb5\x86\xd1\x25\x52\xc8\x0a\xe7\x94\x65\x17\xee";
/// The signatures that there are of either key; nobody can make another.
const BROWSERS: &[u8] = include_bytes!("../../../fuzz/corpus/passkey_assertion/seed-0");
const OURS: &[u8] = include_bytes!("../../../fuzz/corpus/passkey_assertion/seed-1");

fn page() -> RelyingParty {
    RelyingParty { id: DOMAIN.to_owned(), origins: vec![ORIGIN.to_owned()] }
}

fn signing_key() -> SigningKey {
    SigningKey::from_bytes(&[9; 32])
}

/// [`signing_key`]'s other half as COSE.
fn cose() -> Vec<u8> {
    let head = [0xa4, 0x01, 0x01, 0x03, 0x27, 0x20, 0x06, 0x21, 0x58, 0x20];
    [&head, signing_key().verifying_key().as_bytes().as_slice()].concat()
}

/// The answer with a signature that holds, whatever it says.
fn signed(used: &Assertion) -> Assertion {
    let message = [used.authenticator_data.as_slice(), &Sha256::digest(&used.client_data)].concat();
    Assertion { signature: signing_key().sign(&message).to_bytes().to_vec(), ..used.clone() }
}

/// Client data, LF, and the rest.
fn halves(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    bytes.split_at_checked(bytes.iter().position(|byte| *byte == b'\n')?).and_then(|(client, rest)| {
        let (_, rest) = rest.split_first()?;
        Some((client, rest))
    })
}

/// Client data, LF, the signature's length in a byte, the signature, and authenticator data.
fn answer(bytes: &[u8]) -> Option<Assertion> {
    let (client_data, rest) = halves(bytes)?;
    let (length, rest) = rest.split_first()?;
    let (signature, data) = rest.split_at_checked(usize::from(*length))?;
    let [client_data, authenticator_data, signature] = [client_data, data, signature].map(<[u8]>::to_vec);
    Some(Assertion { client_data, authenticator_data, signature })
}

/// An answer is believed only as the browser gave it, or where whoever has the key signed what follows every rule.
///
/// # Panics
/// When it does not hold.
pub fn assertion(bytes: &[u8]) {
    let Some(used) = answer(bytes) else { return };
    let challenge = Challenge::document(SAID.as_bytes());
    let holds = |page: &RelyingParty, cose: &[u8], challenge: &Challenge, used: &Assertion| {
        PublicKey::from_cose(cose).and_then(|key| page.verify(&key, challenge, 0, used).ok())
    };
    for (cose, only) in [(BROWSERS_KEY, BROWSERS), (&cose(), OURS)] {
        if holds(&page(), cose, &challenge, &used).is_some() {
            // ECDSA has two signatures for one message; what is signed is the same.
            let only = answer(only).map(|only| (only.client_data, only.authenticator_data));
            assert_eq!(only, Some((used.client_data.clone(), used.authenticator_data.clone())));
        }
    }
    let used = signed(&used);
    let Some(seen) = holds(&page(), &cose(), &challenge, &used) else { return };
    check_client(&used.client_data, "webauthn.get", challenge.as_bytes(), ORIGIN);
    check_data(&used.authenticator_data, DOMAIN);
    assert_eq!(seen.origin, ORIGIN);
    assert_eq!(used.authenticator_data.get(33..37), Some(seen.counter.to_be_bytes().as_slice()));
    let other_page = RelyingParty { origins: vec!["http://localhost".to_owned()], ..page() };
    let other_domain = RelyingParty { id: "vendor.example".to_owned(), ..page() };
    let sign_in = Challenge::ceremony(Ceremony::SignIn, &[0; 32]);
    for (page, key, challenge) in [
        (&other_page, cose().as_slice(), &challenge),
        (&other_domain, &cose(), &challenge),
        (&page(), BROWSERS_KEY, &challenge),
        (&page(), &cose(), &sign_in),
        (&page(), &cose(), &Challenge::document(b"")),
    ] {
        assert_eq!(holds(page, key, challenge, &used), None);
    }
    let again =
        PublicKey::from_cose(&cose()).map(|key| page().verify(&key, &challenge, seen.counter, &used).is_ok());
    assert_eq!(again, Some(seen.counter == 0), "a count is taken once");
}

/// A passkey is taken with what its authenticator said, byte by byte, for this page's question alone.
///
/// # Panics
/// When it does not hold.
pub fn registration(bytes: &[u8]) {
    let Some((client_data, attestation)) = halves(bytes) else { return };
    let made = Registration { client_data: client_data.to_vec(), attestation: attestation.to_vec() };
    let challenge = Challenge::ceremony(Ceremony::Enrol, &[7; 32]);
    let Ok(taken) = page().register(&challenge, &made) else { return };
    check_client(&made.client_data, "webauthn.create", challenge.as_bytes(), ORIGIN);
    let length = u16::try_from(taken.credential.len()).unwrap_or_default();
    assert!((1..=1023).contains(&length), "a credential id of {length} bytes");
    let data = [
        Sha256::digest(DOMAIN).as_slice(),
        &[taken.flags.to_byte()],
        &taken.counter.to_be_bytes(),
        &taken.aaguid,
        &length.to_be_bytes(),
        &taken.credential,
        taken.key.as_cose(),
    ]
    .concat();
    check_data(&data, DOMAIN);
    assert!(attestation.windows(data.len()).any(|part| part == data), "it was not said so");
    assert_eq!(PublicKey::from_cose(taken.key.as_cose()).as_ref(), Some(&taken.key));
    if taken.flags.to_byte() & 128 == 0 {
        let attestation = attesting_nothing(&data);
        assert_eq!(page().register(&challenge, &Registration { attestation, ..made.clone() }), Ok(taken));
    }
    let other_page = RelyingParty { origins: vec!["http://localhost".to_owned()], ..page() };
    let other_domain = RelyingParty { id: "vendor.example".to_owned(), ..page() };
    let add = Challenge::ceremony(Ceremony::Add, &[7; 32]);
    for (page, challenge) in [(other_page, &challenge), (other_domain, &challenge), (page(), &add)] {
        assert!(page.register(challenge, &made).is_err());
    }
}

/// An attestation object as browsers write it.
fn attesting_nothing(data: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes);
    // Writing into memory does not fail.
    let _ = (|| {
        let encoder = encoder.map(3)?.str("fmt")?.str("none")?.str("attStmt")?.map(0)?;
        encoder.str("authData")?.bytes(data).map(drop)
    })();
    bytes
}

/// A file is proof only of the form in it, of the statement in it and by the key in it.
///
/// # Panics
/// When it does not hold.
pub fn evidence(bytes: &[u8]) {
    check_proof(bytes);
    let Ok(read) = evidence::read(bytes) else { return };
    let assertion = signed(&read.assertion);
    let mut resigned = Evidence { assertion, ..read };
    resigned.passkey.public_key = cose();
    check_proof(&resigned.to_bytes().unwrap_or_default());
}

fn check_proof(bytes: &[u8]) {
    let Ok((evidence, said, seen)) = Evidence::verify(bytes) else { return };
    assert_eq!(evidence.to_bytes().as_deref(), Ok(bytes));
    assert_eq!(said.to_text().as_ref(), Ok(&evidence.statement));
    assert_eq!(said.form_sha256, *Sha256::digest(&evidence.form));
    let title = ["byleave.example/ack/v1\n", &evidence.statement].concat();
    let (used, origin) = (&evidence.assertion, &evidence.origin);
    check_client(&used.client_data, "webauthn.get", &Sha256::digest(title), &origin.origin);
    check_data(&used.authenticator_data, &origin.relying_party);
    assert_eq!(seen.origin, origin.origin);
    let changes: [fn(&mut Evidence); 6] = [
        |e| e.form.push(b' '),
        |e| e.statement = e.statement.replace("\"nonce\":\"0", "\"nonce\":\"1"),
        |e| e.passkey.public_key = BROWSERS_KEY.to_vec(),
        |e| e.origin.origin.push('0'),
        |e| e.origin.relying_party.push('0'),
        |e| e.assertion.client_data.push(b' '),
    ];
    for (number, change) in changes.iter().enumerate() {
        let mut other = evidence.clone();
        change(&mut other);
        let proven = Evidence::verify(&other.to_bytes().unwrap_or_default()).is_ok();
        assert!(!proven || other == evidence, "change {number}");
    }
}

/// What a browser says was done, read as any JSON.
fn check_client(client_data: &[u8], kind: &str, challenge: &[u8], origin: &str) {
    let said: Value = serde_json::from_slice(client_data).unwrap_or_default();
    let text = |name: &str| said.get(name).and_then(Value::as_str);
    assert_eq!((text("type"), text("origin")), (Some(kind), Some(origin)));
    assert_eq!(text("challenge"), Some(URL_SAFE_NO_PAD.encode(challenge).as_str()));
    assert_ne!(said.get("crossOrigin"), Some(&Value::Bool(true)));
    assert!(said.get("topOrigin").is_none_or(Value::is_null));
}

/// What an authenticator says: for which domain, that somebody was there and who, and nothing that cannot be.
fn check_data(data: &[u8], domain: &str) {
    assert_eq!(data.get(..32), Some(Sha256::digest(domain).as_slice()));
    let flags = data.get(32).copied().unwrap_or_default();
    assert_eq!(flags & 0b101, 0b101, "somebody was there, and it is known who");
    assert_ne!(flags & 0b1_1000, 0b1_0000, "backed up, and cannot be");
    assert!(flags & 0b1100_0000 != 0 || data.len() == 37, "something is behind it");
}

#[cfg(test)]
mod tests {
    use super::*;

    type Property = fn(&[u8]);

    const ALL: [(&str, Property); 3] = [
        ("passkey_registration", registration),
        ("passkey_assertion", assertion),
        ("passkey_evidence", evidence),
    ];

    fn corpus(name: &str) -> Vec<Vec<u8>> {
        let folder = format!("{}/../../fuzz/corpus/{name}", env!("CARGO_MANIFEST_DIR"));
        std::fs::read_dir(folder).unwrap().map(|file| std::fs::read(file.unwrap().path()).unwrap()).collect()
    }

    /// What fuzzers begin with, and what they have found.
    #[test]
    fn the_corpora_hold() {
        for (name, holds) in ALL {
            let inputs = corpus(name);
            assert!(inputs.len() > 2, "{name}");
            inputs.iter().for_each(|input| holds(input));
        }
    }

    /// With a bit turned in any of its bytes, each seed is still refused or follows every rule.
    #[test]
    fn all_hold_for_what_is_nearly_a_passkeys() {
        for (name, holds) in ALL {
            for seed in corpus(name) {
                for place in 0..seed.len() {
                    let mut bytes = seed.clone();
                    bytes[place] ^= 1 << (place % 8);
                    holds(&bytes);
                }
            }
        }
    }

    /// Otherwise the properties above hold of nothing.
    #[test]
    fn some_of_it_is_a_passkeys() {
        let challenge = Challenge::document(SAID.as_bytes());
        for (cose, seed) in [(BROWSERS_KEY, BROWSERS), (&cose(), OURS)] {
            let key = PublicKey::from_cose(cose).unwrap();
            assert!(page().verify(&key, &challenge, 0, &answer(seed).unwrap()).is_ok());
        }
        let enrolling = Challenge::ceremony(Ceremony::Enrol, &[7; 32]);
        let made = |bytes: Vec<u8>| {
            let (client_data, attestation) = halves(&bytes).unwrap();
            Registration { client_data: client_data.to_vec(), attestation: attestation.to_vec() }
        };
        let taken = |bytes| page().register(&enrolling, &made(bytes)).is_ok();
        assert!(corpus("passkey_registration").into_iter().any(taken));
        assert!(corpus("passkey_evidence").iter().any(|bytes| Evidence::verify(bytes).is_ok()));
    }
}
