//! Whatever is wrong with an assertion, the verifier refuses it, and says which rule it breaks.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on fails")]

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use byleave_assertion::{
    Act, Assertion, KeysRejected, LEEWAY_SECONDS, LIFE_SECONDS, Refused, Signer, TYPE, VALUE_BYTES_MAX,
    Verifier,
};
use jiff::Timestamp;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};

const ISSUER: &str = "https://byleave.vendor.example";
const NOW: i64 = 1_790_000_000;

#[test]
fn a_genuine_assertion_holds_and_comes_back_whole() {
    assert_eq!(verify(&signer().sign(&genuine()), NOW), Ok(genuine()));
}

#[test]
fn another_key_is_refused_with_its_own_id_and_with_a_borrowed_one() {
    let stranger = Signer::from_seed(&[2; 32]).unwrap();
    let token = stranger.sign(&genuine());
    assert_eq!(verify(&token, NOW), Err(Refused::UnknownKey));

    let borrowed = token_with(&header(), &serde_json::to_value(genuine()).unwrap(), 2);
    assert_eq!(verify(&borrowed, NOW), Err(Refused::WrongSignature));
}

#[test]
fn audience_and_issuer_must_be_ours() {
    assert_eq!(verify_with(|a| a.aud = "user-lookup".into()), Err(Refused::WrongAudience));
    assert_eq!(verify_with(|a| a.iss = format!("{ISSUER}/")), Err(Refused::WrongIssuer));
}

#[test]
fn time_is_held_to_the_second() {
    let token = signer().sign(&genuine());
    let last = NOW + LIFE_SECONDS + LEEWAY_SECONDS - 1;
    assert!(verify(&token, last).is_ok());
    assert_eq!(verify(&token, last + 1), Err(Refused::Expired));
    assert!(verify(&token, NOW - LEEWAY_SECONDS).is_ok());
    assert_eq!(verify(&token, NOW - LEEWAY_SECONDS - 1), Err(Refused::NotYet));
}

#[test]
fn a_life_over_the_limit_is_refused_even_with_a_good_signature() {
    assert_eq!(verify_with(|a| a.exp += 1), Err(Refused::WrongLife));
    assert_eq!(verify_with(|a| a.exp = a.iat - 1), Err(Refused::WrongLife));
    assert_eq!(verify_with(|a| (a.iat, a.exp) = (i64::MIN, i64::MAX)), Err(Refused::WrongLife));
}

#[test]
fn the_algorithm_is_never_taken_from_the_token() {
    let claims = serde_json::to_value(genuine()).unwrap();
    let body = |header: Value| format!("{}.{}", part(&header), part(&claims));
    let none = body(json!({"alg": "none", "kid": kid(), "typ": TYPE}));
    assert_eq!(verify(&format!("{none}."), NOW), Err(Refused::Malformed));

    // The public key taken as the secret of an HMAC, the classic confusion.
    let mut hs256 = Header::new(Algorithm::HS256);
    (hs256.kid, hs256.typ) = (Some(kid()), Some(TYPE.into()));
    for secret in [URL_SAFE_NO_PAD.decode(x()).unwrap(), x().into_bytes(), signer().jwks().into_bytes()] {
        let token = encode(&hs256, &claims, &EncodingKey::from_secret(&secret)).unwrap();
        assert_eq!(verify(&token, NOW), Err(Refused::WrongAlgorithm));
    }
}

#[test]
fn a_changed_claim_breaks_the_signature() {
    let token = signer().sign(&genuine());
    let [header, _, signature] = token.split('.').collect::<Vec<_>>()[..] else { panic!("not three parts") };
    for (claim, value) in [
        ("sub", json!("org_0000000000000000000000000000000b")),
        ("organization", json!("globex")),
        ("aud", json!("user-lookup")),
        ("exp", json!(NOW + 3600)),
        ("act", json!({"sub": "person_02", "name": "Somebody Else", "employer": "Northwind Cloud"})),
    ] {
        let mut claims = serde_json::to_value(genuine()).unwrap();
        claims[claim] = value;
        let changed = format!("{header}.{}.{signature}", part(&claims));
        assert_eq!(verify(&changed, NOW), Err(Refused::WrongSignature), "{claim}");
    }
}

#[test]
fn any_flipped_bit_is_refused() {
    let token = signer().sign(&genuine()).into_bytes();
    for index in 0..token.len() {
        let mut changed = token.clone();
        changed[index] ^= 1;
        let changed = String::from_utf8(changed).unwrap();
        assert!(verify(&changed, NOW).is_err(), "byte {index}");
    }
}

#[test]
fn another_type_or_an_unknown_critical_extension_is_refused() {
    let claims = serde_json::to_value(genuine()).unwrap();
    let refused_as_type = |edit: fn(&mut Value)| {
        let mut header = header();
        edit(&mut header);
        assert_eq!(verify(&token_with(&header, &claims, 1), NOW), Err(Refused::WrongType), "{header}");
    };
    refused_as_type(|header| header["typ"] = json!("JWT"));
    refused_as_type(|header| header["typ"] = json!("secevent+jwt"));
    refused_as_type(|header| header["typ"] = Value::Null);
    refused_as_type(|header| header["crit"] = json!(["b64"]));
    assert!(verify(&token_with(&header(), &claims, 1), NOW).is_ok(), "the helper signs as the signer does");
}

#[test]
fn every_claim_is_required_and_none_may_come_twice() {
    for claim in ["iss", "aud", "sub", "organization", "act", "visit", "jti", "iat", "exp"] {
        let mut claims = serde_json::to_value(genuine()).unwrap();
        claims.as_object_mut().unwrap().remove(claim);
        assert_eq!(verify(&token_with(&header(), &claims, 1), NOW), Err(Refused::Malformed), "{claim}");
    }
    let claims = serde_json::to_string(&genuine()).unwrap();
    let twice = claims.replacen('{', r#"{"sub":"org_0000000000000000000000000000000b","#, 1);
    let token = sign_parts(&part(&header()), &URL_SAFE_NO_PAD.encode(twice), 1);
    assert_eq!(verify(&token, NOW), Err(Refused::Malformed));

    let mut several = serde_json::to_value(genuine()).unwrap();
    several["aud"] = json!(["system-log", "user-lookup"]);
    assert_eq!(verify(&token_with(&header(), &several, 1), NOW), Err(Refused::Malformed));
}

#[test]
fn an_over_long_value_is_not_looked_at() {
    let long = |padding: usize| {
        let mut assertion = genuine();
        assertion.act.name = "n".repeat(padding);
        signer().sign(&assertion)
    };
    assert!(long(4096).len() > VALUE_BYTES_MAX);
    assert_eq!(verify(&long(4096), NOW), Err(Refused::TooLong));
    assert!(long(2048).len() <= VALUE_BYTES_MAX);
    assert!(verify(&long(2048), NOW).is_ok());
}

#[test]
fn nonsense_is_malformed() {
    for value in ["", ".", "..", "...", "a.b.c", "é", "Bearer x", "eyJ.eyJ.x"] {
        assert_eq!(verify(value, NOW), Err(Refused::Malformed), "{value:?}");
    }
}

#[test]
fn key_sets_are_read_with_care() {
    let verifier = |keys: &str| Verifier::from_jwks(keys, ISSUER, "system-log").map(|_| ());
    assert!(matches!(verifier("{"), Err(KeysRejected::Malformed(_))));
    assert!(matches!(verifier(r#"{"keys":[]}"#), Err(KeysRejected::None)));
    let mut set: Value = serde_json::from_str(&signer().jwks()).unwrap();
    let ours = set["keys"][0].clone();

    for (member, value) in
        [("crv", json!("X25519")), ("x", json!("AAAA")), ("kid", Value::Null), ("use", json!("enc"))]
    {
        let mut other = ours.clone();
        other[member] = value;
        assert!(
            matches!(verifier(&json!({"keys": [other]}).to_string()), Err(KeysRejected::None)),
            "{member}"
        );
    }

    let keys = set["keys"].as_array_mut().unwrap();
    keys.insert(0, json!({"kty": "something new", "kid": "1"}));
    assert!(verifier(&set.to_string()).is_ok(), "keys of other kinds are passed over");
    set["keys"].as_array_mut().unwrap().push(ours);
    assert!(matches!(verifier(&set.to_string()), Err(KeysRejected::Repeated(_))));
}

/// RFC 8037, appendices A.1 to A.3: the same key, its JWK and its thumbprint, computed by somebody else.
#[test]
fn keys_and_ids_agree_with_rfc_8037() {
    let seed = URL_SAFE_NO_PAD.decode("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A").unwrap();
    let signer = Signer::from_seed(&seed.try_into().unwrap()).unwrap();
    let set: Value = serde_json::from_str(&signer.jwks()).unwrap();
    assert_eq!(set["keys"][0]["x"], "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo");
    assert_eq!(set["keys"][0]["kid"], "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    assert!(!format!("{signer:?}").contains("nWGx"));
}

fn genuine() -> Assertion {
    Assertion {
        iss: ISSUER.into(),
        aud: "system-log".into(),
        sub: "org_0000000000000000000000000000000a".into(),
        organization: "acme".into(),
        act: Act { sub: "person_01".into(), name: "Ines Okafor".into(), employer: "Northwind Cloud".into() },
        visit: "visit_01".into(),
        jti: "decision_01".into(),
        iat: NOW,
        exp: NOW + LIFE_SECONDS,
    }
}

fn signer() -> Signer {
    Signer::from_seed(&[1; 32]).unwrap()
}

fn verify(token: &str, now: i64) -> Result<Assertion, Refused> {
    let verifier = Verifier::from_jwks(&signer().jwks(), ISSUER, "system-log").unwrap();
    verifier.verify(token, Timestamp::from_second(now).unwrap())
}

fn verify_with(edit: fn(&mut Assertion)) -> Result<Assertion, Refused> {
    let mut assertion = genuine();
    edit(&mut assertion);
    verify(&signer().sign(&assertion), NOW)
}

fn x() -> String {
    let set: Value = serde_json::from_str(&signer().jwks()).unwrap();
    set["keys"][0]["x"].as_str().unwrap().to_owned()
}

fn kid() -> String {
    let set: Value = serde_json::from_str(&signer().jwks()).unwrap();
    set["keys"][0]["kid"].as_str().unwrap().to_owned()
}

fn header() -> Value {
    json!({"alg": "EdDSA", "kid": kid(), "typ": TYPE})
}

fn part(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

/// A token with any header and claims, signed by `jsonwebtoken` with the key of `[seed; 32]`.
fn token_with(header: &Value, claims: &Value, seed: u8) -> String {
    sign_parts(&part(header), &part(claims), seed)
}

fn sign_parts(header: &str, claims: &str, seed: u8) -> String {
    // PKCS#8 v1 around an Ed25519 seed (RFC 8410, 7).
    let mut der = vec![0x30, 0x2e, 0x02, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20];
    der.extend([seed; 32]);
    let body = format!("{header}.{claims}");
    let key = EncodingKey::from_ed_der(&der);
    let signature = jsonwebtoken::crypto::sign(body.as_bytes(), &key, Algorithm::EdDSA).unwrap();
    format!("{body}.{signature}")
}
