//! Every check of a token, one row each: what is changed in a token that holds, and that it does not hold any more.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use jsonwebtoken::crypto::aws_lc;
use jsonwebtoken::{EncodingKey, encode};
use serde_json::json;

use super::*;

const ISSUER: &str = "https://login.vendor.example";
const NOW: i64 = 1_795_000_000;
const NONCE: &str = "n-1";
const ACCESS: &str = "access-1";

/// A provider's key, and what it signs.
struct Signer {
    key: EncodingKey,
    jwk: Value,
}

impl Signer {
    fn new(kid: &str) -> Self {
        let _ = aws_lc::DEFAULT_PROVIDER.install_default();
        let document = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).unwrap();
        let pair = Ed25519KeyPair::from_pkcs8(document.as_ref()).unwrap();
        let x = URL_SAFE_NO_PAD.encode(pair.public_key().as_ref());
        let jwk = json!({"kty": "OKP", "crv": "Ed25519", "x": x, "kid": kid, "use": "sig", "alg": "EdDSA"});
        Self { key: EncodingKey::from_ed_der(document.as_ref()), jwk }
    }

    fn sign(&self, header: &Header, claims: &Value) -> String {
        encode(header, claims, &self.key).unwrap()
    }
}

fn header() -> Header {
    Header { kid: Some("k1".into()), ..Header::new(Algorithm::EdDSA) }
}

fn expected() -> Expected<'static> {
    Expected { issuer: ISSUER, client_id: "byleave", now: Timestamp::from_second(NOW).unwrap() }
}

fn claims() -> Value {
    json!({
        "iss": ISSUER, "aud": "byleave", "sub": "u-7", "sid": "s-1", "exp": NOW + 300, "iat": NOW - 5,
        "nonce": NONCE, "at_hash": half_hash(Algorithm::EdDSA, ACCESS),
        "email": "sam@vendor.example", "email_verified": true, "groups": ["support", 7, "desk"],
    })
}

fn logout_claims() -> Value {
    json!({
        "iss": ISSUER, "aud": "byleave", "sub": "u-7", "sid": "s-1", "exp": NOW + 120, "iat": NOW, "jti": "j-1",
        "events": {LOGOUT_EVENT: {}},
    })
}

fn keys(of: &[&Value]) -> Keys {
    Keys::read(json!({"keys": of}).to_string().as_bytes()).unwrap()
}

/// The claims with members as in `other`; those that are null there are taken out.
fn with(mut claims: Value, other: Value) -> Value {
    for (name, value) in other.as_object().unwrap() {
        match value {
            Value::Null => drop(claims.as_object_mut().unwrap().remove(name)),
            value => claims[name] = value.clone(),
        }
    }
    claims
}

fn read(signer: &Signer, header: &Header, claims: &Value) -> Result<Told, ProviderFailed> {
    id_token(&signer.sign(header, claims), &keys(&[&signer.jwk]), expected(), NONCE, ACCESS, "groups")
}

#[test]
fn an_id_token_says_who_it_is() {
    let signer = Signer::new("k1");
    let told = read(&signer, &header(), &claims()).unwrap();
    let groups = Some(vec!["support".to_owned(), "desk".to_owned()]);
    let (subject, session) = ("u-7".to_owned(), Some("s-1".to_owned()));
    assert_eq!(told, Told { subject, session, email: Some("sam@vendor.example".into()), groups });
    for (what, other) in [
        ("without a hash of the access token", json!({"at_hash": null})),
        ("for us alone, in a list", json!({"aud": ["byleave"]})),
        ("for others, too, and made for us", json!({"aud": ["byleave", "other"], "azp": "byleave"})),
        ("a minute late, by clocks that differ", json!({"exp": NOW - 59})),
        ("a minute early", json!({"iat": NOW + 60})),
    ] {
        let token = read(&signer, &header(), &with(claims(), other));
        assert!(token.is_ok(), "{what}: {token:?}");
    }
    for (what, other) in [
        ("not verified", json!({"email_verified": false})),
        ("not said to be", json!({"email_verified": null})),
        ("said in words", json!({"email_verified": "true"})),
        ("no text", json!({"email": ["sam@vendor.example"]})),
    ] {
        assert_eq!(read(&signer, &header(), &with(claims(), other)).unwrap().email, None, "{what}");
    }
    for (said, groups) in
        [(json!("support"), Some(vec!["support".to_owned()])), (json!({}), None), (json!([]), Some(vec![]))]
    {
        assert_eq!(
            read(&signer, &header(), &with(claims(), json!({"groups": said}))).unwrap().groups,
            groups
        );
    }
}

#[test]
fn an_id_token_that_is_not_the_providers_word_to_us_now_is_none() {
    let signer = Signer::new("k1");
    let refused = [
        ("another issuer", json!({"iss": "https://login.vendor.example/"})),
        ("no issuer", json!({"iss": null})),
        ("issuers", json!({"iss": [ISSUER]})),
        ("another audience", json!({"aud": "other"})),
        ("no audience", json!({"aud": null})),
        ("nobody", json!({"aud": []})),
        ("several, made for nobody in particular", json!({"aud": ["byleave", "other"]})),
        ("several, made for another", json!({"aud": ["byleave", "other"], "azp": "other"})),
        ("us, made for another", json!({"azp": "other"})),
        ("us, made for something that is no name", json!({"azp": 7})),
        ("over", json!({"exp": NOW - 60})),
        ("no end", json!({"exp": null})),
        ("an end in words", json!({"exp": "2030-01-01"})),
        ("from the future", json!({"iat": NOW + 61})),
        ("kept", json!({"iat": NOW - AGE_MAX - 1})),
        ("no beginning", json!({"iat": null})),
        ("another sign-in's", json!({"nonce": "n-2"})),
        ("no sign-in's", json!({"nonce": null})),
        ("another access token", json!({"at_hash": half_hash(Algorithm::EdDSA, "access-2")})),
        ("a hash that is none", json!({"at_hash": 7})),
        ("nobody's", json!({"sub": null})),
        ("an empty name", json!({"sub": ""})),
        ("a number for a name", json!({"sub": 7})),
        ("a name without end", json!({"sub": "u".repeat(256)})),
        ("a logout token", json!({"events": {LOGOUT_EVENT: {}}})),
    ];
    for (what, other) in refused {
        let token = read(&signer, &header(), &with(claims(), other));
        assert!(matches!(token, Err(ProviderFailed::Refused(_))), "{what}: {token:?}");
    }
}

#[test]
fn a_token_is_signed_by_the_provider_in_a_way_that_is_taken() {
    let (signer, other) = (Signer::new("k1"), Signer::new("k2"));
    let good = signer.sign(&header(), &claims());
    let [head, body, signature] = good.split('.').collect::<Vec<_>>().try_into().unwrap();
    let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let hmac = {
        let secret = EncodingKey::from_secret(signer.jwk["x"].as_str().unwrap().as_bytes());
        encode(&Header { kid: Some("k1".into()), ..Header::new(Algorithm::HS256) }, &claims(), &secret)
            .unwrap()
    };
    let refused = [
        ("another's key under the same name", other.sign(&header(), &claims())),
        ("a name that nobody has", signer.sign(&Header { kid: Some("k9".into()), ..header() }, &claims())),
        ("other claims", format!("{head}.{}.{signature}", part(with(claims(), json!({"sub": "u-8"}))))),
        ("no signature", format!("{head}.{body}.")),
        ("two parts", format!("{head}.{body}")),
        ("none", format!("{}.{body}.", part(json!({"alg": "none", "kid": "k1"})))),
        ("None", format!("{}.{body}.{signature}", part(json!({"alg": "None", "kid": "k1"})))),
        (
            "another algorithm than the key's",
            format!("{}.{body}.{signature}", part(json!({"alg": "ES256", "kid": "k1"}))),
        ),
        ("a secret that is the public key", hmac),
        ("another kind of token", signer.sign(&Header { typ: Some("at+jwt".into()), ..header() }, &claims())),
        (
            "a logout token's type",
            signer.sign(&Header { typ: Some("logout+jwt".into()), ..header() }, &claims()),
        ),
        (
            "critical extensions",
            format!("{}.{body}.{signature}", part(json!({"alg": "EdDSA", "kid": "k1", "crit": ["exp"]}))),
        ),
        ("no token", "x".to_owned()),
        ("too long", format!("{good}{}", "A".repeat(TOKEN_BYTES_MAX))),
    ];
    let set = keys(&[&signer.jwk]);
    let ask = |token: &str, keys: &Keys| id_token(token, keys, expected(), NONCE, ACCESS, "groups");
    for (what, token) in refused {
        let read = ask(&token, &set);
        assert!(matches!(read, Err(ProviderFailed::Refused(_))), "{what}: {read:?}");
    }
    let anonymous = signer.sign(&Header { kid: None, ..header() }, &claims());
    let mine = with(signer.jwk.clone(), json!({"use": "enc"}));
    for (what, token, set, taken) in [
        ("named", &good, vec![&other.jwk, &signer.jwk], true),
        ("unnamed, and there is one", &anonymous, vec![&signer.jwk], true),
        ("unnamed, and there are two", &anonymous, vec![&other.jwk, &signer.jwk], false),
        ("named, and two are", &good, vec![&signer.jwk, &signer.jwk], false),
        ("for encryption", &good, vec![&mine], false),
        ("none", &good, vec![], false),
        ("beside one of a kind that nobody knows", &good, vec![&json!({"kty": "new"}), &signer.jwk], true),
    ] {
        assert_eq!(ask(token, &keys(&set)).is_ok(), taken, "{what}");
    }
    assert!(Keys::read(b"{}").is_err());
    assert!(!set.lack(&good) && keys(&[&other.jwk]).lack(&good) && !set.lack(&anonymous));
}

#[test]
fn a_logout_token_says_whom_it_logs_out() {
    let signer = Signer::new("k1");
    let read = |header: &Header, claims: &Value| {
        logout_token(&signer.sign(header, claims), &keys(&[&signer.jwk]), expected())
    };
    let until = Timestamp::from_second(NOW + AGE_MAX + LEEWAY).unwrap();
    let said = |subject: Option<&str>, session: Option<&str>| {
        let [subject, session] = [subject, session].map(|text| text.map(ToOwned::to_owned));
        Ok(Logout { id: "j-1".into(), until, subject, session })
    };
    let typed = |typ: Option<&str>| Header { typ: typ.map(Into::into), ..header() };
    for typ in [Some("logout+jwt"), Some("JWT"), None] {
        assert_eq!(read(&typed(typ), &logout_claims()), said(Some("u-7"), Some("s-1")), "{typ:?}");
    }
    assert_eq!(read(&header(), &with(logout_claims(), json!({"sid": null}))), said(Some("u-7"), None));
    assert_eq!(read(&header(), &with(logout_claims(), json!({"sub": null}))), said(None, Some("s-1")));
    for (what, other) in [
        ("nobody", json!({"sub": null, "sid": null})),
        ("no events", json!({"events": null})),
        ("another event", json!({"events": {"urn:other": {}}})),
        ("an event that is no object", json!({"events": {LOGOUT_EVENT: true}})),
        ("events in a list", json!({"events": [LOGOUT_EVENT]})),
        ("a nonce", json!({"nonce": NONCE})),
        ("no id", json!({"jti": null})),
        ("another issuer", json!({"iss": "https://evil.example"})),
        ("another audience", json!({"aud": "other"})),
        ("over", json!({"exp": NOW - 60})),
        ("no end", json!({"exp": null})),
        ("no beginning", json!({"iat": null})),
        ("kept", json!({"iat": NOW - AGE_MAX - 1})),
        ("from the future", json!({"iat": NOW + 61})),
    ] {
        let token = read(&header(), &with(logout_claims(), other));
        assert!(matches!(token, Err(ProviderFailed::Refused(_))), "{what}: {token:?}");
    }
    let token = read(&typed(Some("at+jwt")), &logout_claims());
    assert!(matches!(token, Err(ProviderFailed::Refused(_))), "{token:?}");
    let token = Signer::new("k1").sign(&header(), &logout_claims());
    assert!(logout_token(&token, &keys(&[&signer.jwk]), expected()).is_err(), "another's signature");
}
