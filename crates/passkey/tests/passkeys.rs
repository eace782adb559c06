//! A real browser's passkey, its registration and its signature, and what breaks each check.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on fails")]

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use byleave_passkey::{
    Acknowledgement, Assertion, Ceremony, Challenge, Evidence, NotProven, Origin, PublicKey, Refused,
    Registration, RelyingParty, SigningKey,
};
use serde_json::Value;

fn vector() -> Value {
    serde_json::from_str(include_str!("vectors/webauthn-vector.json")).unwrap()
}

fn bytes(value: &Value) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(value.as_str().unwrap()).unwrap()
}

fn page() -> RelyingParty {
    RelyingParty { id: "localhost".into(), origins: vec!["http://localhost:18443".into()] }
}

fn enrolling() -> Challenge {
    Challenge::ceremony(Ceremony::Enrol, &[7; 32])
}

/// The vector's, for a challenge of ours: what attests nothing signs nothing, so the browser's word can be put in.
fn registration() -> Registration {
    let vector = vector();
    let client = String::from_utf8(bytes(&vector["registration_client_data_json"])).unwrap();
    let mut parts: Vec<_> = client.split('"').map(str::to_owned).collect();
    let at = parts.iter().position(|part| part == "challenge").unwrap() + 2;
    parts[at] = enrolling().to_base64();
    Registration {
        client_data: parts.join("\"").into_bytes(),
        attestation: bytes(&vector["attestation_object"]),
    }
}

fn said() -> Acknowledgement {
    vector()["statement"].as_str().unwrap().parse().unwrap()
}

fn assertion() -> Assertion {
    let vector = vector();
    Assertion {
        client_data: bytes(&vector["assertion"]["client_data_json"]),
        authenticator_data: bytes(&vector["assertion"]["authenticator_data"]),
        signature: bytes(&vector["assertion"]["signature_der"]),
    }
}

fn key() -> PublicKey {
    let digits = vector()["credential_public_key_cose_hex"].as_str().unwrap().to_owned();
    let pairs = digits.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).unwrap());
    let cose: Vec<u8> = pairs.map(|pair| u8::from_str_radix(pair, 16).unwrap()).collect();
    PublicKey::from_cose(&cose).unwrap()
}

fn replaced(bytes: &[u8], from: &str, to: &str) -> Vec<u8> {
    let text = std::str::from_utf8(bytes).unwrap();
    assert!(text.contains(from), "{from}");
    text.replacen(from, to, 1).into_bytes()
}

/// The bytes with one place changed.
fn with(bytes: &[u8], place: usize, change: impl Fn(u8) -> u8) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    bytes[place] = change(bytes[place]);
    bytes
}

#[test]
fn a_real_signature_under_a_form_holds() {
    let seen = page().verify(&key(), &said().challenge().unwrap(), 1, &assertion()).unwrap();
    assert_eq!((seen.origin.as_str(), seen.flags.to_byte(), seen.counter), ("http://localhost:18443", 5, 2));
    assert_eq!(said().challenge().unwrap().to_base64(), vector()["challenge"].as_str().unwrap());
}

#[test]
fn each_check_of_a_signature_has_something_that_only_it_refuses() {
    let said = said().challenge().unwrap();
    let other_form = Acknowledgement { form_sha256: [1; 32], ..self::said() }.challenge().unwrap();
    let other_key = SigningPair::fresh().public();
    type Row = (&'static str, Refused, fn(&mut Assertion), fn(&mut RelyingParty));
    let same = |_: &mut RelyingParty| ();
    let rows: [Row; 13] = [
        ("no client data", Refused::Malformed("client data"), |a| a.client_data.truncate(40), same),
        (
            "a registration",
            Refused::Type,
            |a| a.client_data = replaced(&a.client_data, ".get", ".create"),
            same,
        ),
        (
            "another page",
            Refused::Origin,
            |_| (),
            |page| page.origins = vec!["http://localhost:18444".into()],
        ),
        (
            "a longer origin",
            Refused::Origin,
            |_| (),
            |page| page.origins = vec!["http://localhost:184".into()],
        ),
        (
            "a frame",
            Refused::CrossOrigin,
            |a| a.client_data = replaced(&a.client_data, "false", "true"),
            same,
        ),
        (
            "a frame that is named",
            Refused::CrossOrigin,
            |a| a.client_data = replaced(&a.client_data, "false", "false,\"topOrigin\":\"http://x.example\""),
            same,
        ),
        ("another domain", Refused::RelyingParty, |_| (), |page| page.id = "vendor.example".into()),
        (
            "nobody there",
            Refused::NotPresent,
            |a| a.authenticator_data = with(&a.authenticator_data, 32, |f| f & !1),
            same,
        ),
        (
            "not verified",
            Refused::NotVerified,
            |a| a.authenticator_data = with(&a.authenticator_data, 32, |f| f & !4),
            same,
        ),
        (
            "backed up, and cannot be",
            Refused::Flags,
            |a| a.authenticator_data = with(&a.authenticator_data, 32, |f| f | 16),
            same,
        ),
        (
            "something behind it",
            Refused::Malformed("authenticator data"),
            |a| a.authenticator_data.push(0),
            same,
        ),
        (
            "another count",
            Refused::Signature,
            |a| a.authenticator_data = with(&a.authenticator_data, 36, |_| 9),
            same,
        ),
        ("client data written otherwise", Refused::Signature, |a| a.client_data.push(b' '), same),
    ];
    for (what, refused, change, elsewhere) in rows {
        let (mut used, mut page) = (assertion(), page());
        change(&mut used);
        elsewhere(&mut page);
        assert_eq!(page.verify(&key(), &said, 0, &used), Err(refused), "{what}");
    }
    for (what, refused, key, challenge, counter) in [
        ("another form", Refused::Challenge, key(), other_form, 0),
        (
            "somebody who signs in",
            Refused::Challenge,
            key(),
            Challenge::ceremony(Ceremony::SignIn, &[7; 32]),
            0,
        ),
        ("another's passkey", Refused::Signature, other_key, said.clone(), 0),
        ("a second time", Refused::Counter, key(), said.clone(), 2),
        ("a copy that has counted less", Refused::Counter, key(), said.clone(), 3),
    ] {
        assert_eq!(page().verify(&key, &challenge, counter, &assertion()), Err(refused), "{what}");
    }
}

#[test]
fn no_changed_bit_of_a_signature_goes_unnoticed() {
    let said = said().challenge().unwrap();
    let parts: [fn(&mut Assertion) -> &mut Vec<u8>; 3] =
        [|a| &mut a.client_data, |a| &mut a.authenticator_data, |a| &mut a.signature];
    for (number, part) in parts.iter().enumerate() {
        for place in 0..part(&mut assertion()).len() * 8 {
            let mut used = assertion();
            part(&mut used)[place / 8] ^= 1 << (place % 8);
            assert!(page().verify(&key(), &said, 0, &used).is_err(), "part {number}, bit {place}");
        }
    }
}

#[test]
fn a_real_passkey_is_taken_as_it_was_made() {
    let made = page().register(&enrolling(), &registration()).unwrap();
    assert_eq!(made.credential, bytes(&vector()["credential_id"]));
    assert_eq!(made.key, key());
    assert_eq!((made.flags.to_byte(), made.counter), (0x45, 1));
    assert_eq!(made.aaguid, [1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 6, 7, 8]);
}

#[test]
fn each_check_of_a_registration_has_something_that_only_it_refuses() {
    // Where the authenticator data begins in the attestation: its last 164 bytes.
    const DATA: usize = 164;
    fn data(made: &mut Registration, place: usize, change: impl Fn(u8) -> u8) {
        let begin = made.attestation.len() - DATA;
        made.attestation = with(&made.attestation, begin + place, change);
    }
    type Row = (&'static str, Refused, fn(&mut Registration));
    let rows: [Row; 12] = [
        ("a signature", Refused::Type, |m| m.client_data = replaced(&m.client_data, ".create", ".get")),
        ("another page", Refused::Origin, |m| m.client_data = replaced(&m.client_data, "18443", "18444")),
        ("a frame", Refused::CrossOrigin, |m| m.client_data = replaced(&m.client_data, "false", "true")),
        ("another domain", Refused::RelyingParty, |m| data(m, 0, |b| b ^ 1)),
        ("nobody there", Refused::NotPresent, |m| data(m, 32, |f| f & !1)),
        ("not verified", Refused::NotVerified, |m| data(m, 32, |f| f & !4)),
        ("no key", Refused::Malformed("authenticator data"), |m| data(m, 32, |f| f & !64)),
        ("an endless id", Refused::Malformed("credential id"), |m| data(m, 53, |_| 4)),
        ("another algorithm", Refused::Key, |m| data(m, 91, |_| 0x27)),
        ("not on the curve", Refused::Key, |m| data(m, DATA - 1, |b| b ^ 1)),
        ("an attestation", Refused::Attestation, |m| {
            let place = m.attestation.windows(4).position(|four| four == b"none").unwrap();
            m.attestation[place..place + 4].copy_from_slice(b"fido");
        }),
        ("something behind it", Refused::Malformed("attestation"), |m| m.attestation.push(0)),
    ];
    for (what, refused, change) in rows {
        let mut made = registration();
        change(&mut made);
        assert_eq!(page().register(&enrolling(), &made), Err(refused), "{what}");
    }
    let another = Challenge::ceremony(Ceremony::Enrol, &[8; 32]);
    assert_eq!(page().register(&another, &registration()), Err(Refused::Challenge));
}

/// An authenticator in software, with an Ed25519 key.
struct SigningPair(ed25519_dalek::SigningKey);

impl SigningPair {
    fn fresh() -> Self {
        Self(ed25519_dalek::SigningKey::from_bytes(&[9; 32]))
    }

    fn public(&self) -> PublicKey {
        let head = [0xa4, 0x01, 0x01, 0x03, 0x27, 0x20, 0x06, 0x21, 0x58, 0x20];
        PublicKey::from_cose(&[&head, self.0.verifying_key().as_bytes().as_slice()].concat()).unwrap()
    }
}

#[test]
fn a_passkey_with_an_ed25519_key_signs_too_and_one_that_does_not_count_goes_on() {
    use ed25519_dalek::Signer as _;
    use sha2::{Digest as _, Sha256};
    let (pair, said) = (SigningPair::fresh(), said().challenge().unwrap());
    let mut used = assertion();
    used.authenticator_data[33..].fill(0);
    let hash = Sha256::digest(&used.client_data);
    used.signature = pair.0.sign(&[used.authenticator_data.as_slice(), &hash].concat()).to_bytes().to_vec();
    assert_eq!(page().verify(&pair.public(), &said, 0, &used).map(|seen| seen.counter), Ok(0));
    assert_eq!(page().verify(&pair.public(), &said, 5, &used), Err(Refused::Counter));
    used.signature[9] ^= 1;
    assert_eq!(page().verify(&pair.public(), &said, 0, &used), Err(Refused::Signature));
}

#[test]
fn a_key_has_one_encoding() {
    let cose = key().as_cose().to_vec();
    assert_eq!(PublicKey::from_cose(&cose), Some(key()));
    let longer = [cose.as_slice(), &[0]].concat();
    // The same number in two bytes, and members in another order.
    let long_number = [&[0xa5, 0x18, 0x01], &cose[2..]].concat();
    let turned = [&[0xa5, 0x03, 0x26, 0x01, 0x02], &cose[5..]].concat();
    let zero = [&[0xa4, 0x01, 0x01, 0x03, 0x27, 0x20, 0x06, 0x21, 0x58, 0x20], [0; 32].as_slice()].concat();
    for (what, bytes) in [
        ("something behind it", longer),
        ("a number written long", long_number),
        ("another order", turned),
        ("a weak point", zero),
        ("nothing", Vec::new()),
        ("no map", vec![0x01]),
        ("a map without end", vec![0xbf, 0xff]),
    ] {
        assert_eq!(PublicKey::from_cose(&bytes), None, "{what}");
    }
}

#[test]
fn what_signs_in_and_what_signs_a_document_are_never_the_same() {
    let all = [Ceremony::SignIn, Ceremony::Enrol, Ceremony::Add, Ceremony::StepUp];
    let all = all.map(|ceremony| Challenge::ceremony(ceremony, &[0; 32]));
    assert!(all.iter().all(|challenge| challenge.as_bytes().len() > 32));
    assert_eq!(Challenge::document(b"").as_bytes().len(), 32);
    assert_eq!(all.iter().collect::<std::collections::BTreeSet<_>>().len(), all.len());
}

#[test]
fn an_acknowledgement_reads_as_it_is_written_and_no_other_way() {
    let text = vector()["statement"].as_str().unwrap().to_owned();
    assert_eq!(said().to_text().unwrap(), text);
    for (from, to) in [
        ("{", "{ "),
        ("\"v\":1", "\"v\":2"),
        ("\"v\":1", "\"v\":1,\"w\":1"),
        ("1becf8", "1BECF8"),
        ("1becf8", "1becf"),
        ("1b", "+b"),
        ("\"dana\"", "\"da\\u006ea\""),
        ("\"dana\"", "\"\""),
        ("\"action\":\"disable\",", ""),
    ] {
        assert!(text.contains(from), "{from}");
        assert!(text.replacen(from, to, 1).parse::<Acknowledgement>().is_err(), "{from} -> {to}");
    }
    for name in ["Dana", "da na", "da\"na", ""] {
        assert!(Acknowledgement { signer: name.into(), ..said() }.to_text().is_err(), "`{name}`");
    }
    let longest = "a".repeat(81);
    assert!(Acknowledgement { signer: longest, ..said() }.to_text().is_err());
}

#[test]
fn every_part_of_what_is_said_is_signed() {
    let changes: [fn(&mut Acknowledgement); 6] = [
        |a| a.action = "enable".into(),
        |a| a.form_sha256[0] ^= 1,
        |a| a.nonce[31] ^= 1,
        |a| a.org = "org_other".into(),
        |a| a.request = "req_other".into(),
        |a| a.signer = "eve".into(),
    ];
    for (number, change) in changes.iter().enumerate() {
        let mut other = said();
        change(&mut other);
        let refused = page().verify(&key(), &other.challenge().unwrap(), 0, &assertion());
        assert_eq!(refused, Err(Refused::Challenge), "{number}");
    }
}

/// A form signed in software, as it is kept.
fn kept() -> Evidence {
    use ed25519_dalek::Signer as _;
    use sha2::{Digest as _, Sha256};
    let (pair, form) = (SigningPair::fresh(), b"%PDF-1.7 a form".to_vec());
    let said = Acknowledgement { form_sha256: Sha256::digest(&form).into(), ..said() };
    let challenge = said.challenge().unwrap().to_base64();
    let client =
        format!(r#"{{"type":"webauthn.get","challenge":"{challenge}","origin":"http://localhost:18443"}}"#);
    let mut used = Assertion { client_data: client.into_bytes(), ..assertion() };
    let hash = Sha256::digest(&used.client_data);
    used.signature = pair.0.sign(&[used.authenticator_data.as_slice(), &hash].concat()).to_bytes().to_vec();
    Evidence {
        form,
        statement: said.to_text().unwrap(),
        assertion: used,
        passkey: SigningKey {
            id: "passkey_01".into(),
            credential: vec![1, 2, 3],
            public_key: pair.public().as_cose().to_vec(),
            aaguid: [0; 16],
            flags: byleave_passkey::Flags::from_byte(0x45),
            registered_at: "2026-11-01T08:00:00Z".into(),
            registered_by: "link".into(),
            entry: 12,
        },
        origin: Origin { relying_party: "localhost".into(), origin: "http://localhost:18443".into() },
        signed_at: "2026-11-28T22:00:00Z".into(),
    }
}

#[test]
fn kept_evidence_verifies_and_whatever_of_it_was_signed_cannot_be_changed() {
    let bytes = kept().to_bytes().unwrap();
    let (evidence, said, seen) = Evidence::verify(&bytes).unwrap();
    assert_eq!((evidence, said.signer.as_str(), seen.counter), (kept(), "dana", 2));
    type Row = (&'static str, fn(&mut Evidence), fn(&NotProven) -> bool);
    let rows: [Row; 7] = [
        ("another form", |e| e.form.push(b' '), |why| matches!(why, NotProven::Form { .. })),
        (
            "another request",
            |e| e.statement = e.statement.replace("req_7f3a", "req_7f3b"),
            |why| matches!(why, NotProven::Signature(Refused::Challenge)),
        ),
        ("no statement", |e| e.statement = "yes".into(), |why| matches!(why, NotProven::Statement(_))),
        (
            "another key",
            |e| e.passkey.public_key = key().as_cose().to_vec(),
            |why| matches!(why, NotProven::Signature(Refused::Signature)),
        ),
        (
            "another page",
            |e| e.origin.origin = "http://localhost".into(),
            |why| matches!(why, NotProven::Signature(Refused::Origin)),
        ),
        (
            "another domain",
            |e| e.origin.relying_party = "vendor.example".into(),
            |why| matches!(why, NotProven::Signature(Refused::RelyingParty)),
        ),
        ("no key", |e| e.passkey.public_key.clear(), |why| matches!(why, NotProven::Signature(Refused::Key))),
    ];
    for (what, change, fits) in rows {
        let mut evidence = kept();
        change(&mut evidence);
        let why = Evidence::verify(&evidence.to_bytes().unwrap()).unwrap_err();
        assert!(fits(&why), "{what}: {why}");
    }
    let spaced = [bytes.as_slice(), b"\n"].concat();
    assert_eq!(Evidence::verify(&spaced), Err(NotProven::Rewritten));
    assert!(matches!(Evidence::verify(b"{}"), Err(NotProven::Unreadable(_))));
}
