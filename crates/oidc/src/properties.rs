//! What holds for any bytes at all, for fuzzers and for the tests that replay what they found: ID tokens, logout tokens, what
//! a provider says of itself, and its keys. The rules are said here once more, on the claims as any JSON, and what fuzzers
//! cannot do, which is to sign, is done for them.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use jsonwebtoken::crypto::{aws_lc, sign};
use jsonwebtoken::{Algorithm, EncodingKey};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha512};

use crate::provider::Metadata;
use crate::token::{self, Expected, Keys};

const ISSUER: &str = "https://login.vendor.example";
const CLIENT: &str = "byleave";
const NOW: i64 = 1_795_000_000;
const NONCE: &str = "n-1";
const ACCESS: &str = "access-1";
const LOGOUT_EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";
/// The key of RFC 8037, A.1, which everybody has: PKCS #8, and as a JWK has it.
const PRIVATE: &[u8] = b"\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20\
    \x9d\x61\xb1\x9d\xef\xfd\x5a\x60\xba\x84\x4a\xf4\x92\xec\x2c\xc4\x44\x49\xc5\x69\x7b\x32\x69\x19\x70\x3b\xac\x03\x1c\xae\x7f\x60";
const PUBLIC: &str = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
/// The tokens that the provider has signed; nobody can sign another.
const ID_TOKEN: &str = include_str!("../../../fuzz/corpus/id_token/seed-0");
const LOGOUT_TOKEN: &str = include_str!("../../../fuzz/corpus/logout_token/seed-0");

fn expected() -> Option<Expected<'static>> {
    let now = Timestamp::from_second(NOW).ok()?;
    Some(Expected { issuer: ISSUER, client_id: CLIENT, now })
}

fn keys() -> Option<Keys> {
    let _ = aws_lc::DEFAULT_PROVIDER.install_default();
    let key = json!({"kty": "OKP", "crv": "Ed25519", "x": PUBLIC, "kid": "k1", "use": "sig", "alg": "EdDSA"});
    Keys::read(json!({ "keys": [key] }).to_string().as_bytes()).ok()
}

/// A token of the provider's with this header and these claims: JSON, LF, JSON.
fn signed(text: &str) -> Option<String> {
    let (header, claims) = text.split_once('\n')?;
    let said = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
    let signature = sign(said.as_bytes(), &EncodingKey::from_ed_der(PRIVATE), Algorithm::EdDSA).ok()?;
    Some(format!("{said}.{signature}"))
}

/// Claims of a token that is taken, after the rules that hold for both kinds.
fn check(token: &str, types: &[&str]) -> Value {
    let part = |number: usize| {
        let text = token.split('.').nth(number).unwrap_or_default();
        serde_json::from_slice::<Value>(&URL_SAFE_NO_PAD.decode(text).unwrap_or_default()).unwrap_or_default()
    };
    let (header, claims) = (part(0), part(1));
    assert_eq!(header.get("alg"), Some(&json!("EdDSA")));
    assert!(header.get("kid").is_none_or(|kid| kid.is_null() || kid == "k1"), "{header}");
    assert!(header.get("crit").is_none_or(Value::is_null), "{header}");
    let of_type = |own: &str| types.contains(&own.to_ascii_lowercase().as_str());
    assert!(
        header.get("typ").is_none_or(|own| own.is_null() || own.as_str().is_some_and(of_type)),
        "{header}"
    );
    assert_eq!(claims.get("iss"), Some(&json!(ISSUER)));
    let audience = claims.get("aud").cloned().unwrap_or_default();
    let azp = claims.get("azp");
    let several = audience.as_array().is_some_and(|all| all.len() > 1);
    assert!(
        audience == CLIENT || audience.as_array().is_some_and(|all| all.contains(&json!(CLIENT))),
        "{claims}"
    );
    assert!(azp.map_or(!several, |azp| azp == CLIENT), "{claims}");
    let time = |name: &str| claims.get(name).and_then(Value::as_i64).unwrap_or(i64::MIN);
    assert!(time("exp") > NOW - 60 && (NOW - 600..=NOW + 60).contains(&time("iat")), "{claims}");
    claims
}

fn text<'a>(claims: &'a Value, name: &str) -> Option<&'a str> {
    claims.get(name).and_then(Value::as_str)
}

fn is_name(text: &str) -> bool {
    (1..=255).contains(&text.len())
}

/// An ID token is taken only as the provider signed it, and only where it follows every rule; and of it is told what it says.
///
/// # Panics
/// When it does not hold.
pub fn id_token(bytes: &[u8]) {
    let (Ok(input), Some(keys), Some(expected)) = (std::str::from_utf8(bytes), keys(), expected()) else {
        return;
    };
    let read = |token: &str, nonce: &str| token::id_token(token, &keys, expected, nonce, ACCESS, "groups");
    assert!(read(input, NONCE).is_err() || input == ID_TOKEN, "forged: {input}");
    let Some(token) = signed(input) else { return };
    let Ok(told) = read(&token, NONCE) else { return };
    let claims = check(&token, &["jwt"]);
    assert_eq!(text(&claims, "nonce"), Some(NONCE));
    assert!(read(&token, "n-2").is_err());
    let hash = Sha512::digest(ACCESS);
    let (half, _) = hash.split_at(32);
    assert!(claims.get("at_hash").is_none_or(|said| *said == URL_SAFE_NO_PAD.encode(half)), "{claims}");
    assert_eq!(claims.get("events"), None);
    assert!(is_name(&told.subject) && text(&claims, "sub") == Some(&told.subject), "{claims}");
    assert_eq!(told.session.as_deref(), text(&claims, "sid").filter(|sid| is_name(sid)));
    let verified = claims.get("email_verified") == Some(&json!(true));
    assert_eq!(told.email.as_deref(), text(&claims, "email").filter(|_| verified));
    let said = |group: &String| match claims.get("groups") {
        Some(Value::Array(all)) => all.contains(&json!(group)),
        one => one == Some(&json!(group)),
    };
    assert!(told.groups.unwrap_or_default().iter().all(said), "{claims}");
}

/// A logout token is taken only as the provider signed it, and only where it follows every rule; it is never an ID token.
///
/// # Panics
/// When it does not hold.
pub fn logout_token(bytes: &[u8]) {
    let (Ok(input), Some(keys), Some(expected)) = (std::str::from_utf8(bytes), keys(), expected()) else {
        return;
    };
    let read = |token: &str| token::logout_token(token, &keys, expected);
    assert!(read(input).is_err() || input == LOGOUT_TOKEN, "forged: {input}");
    let Some(token) = signed(input) else { return };
    let Ok(logout) = read(&token) else { return };
    let claims = check(&token, &["jwt", "logout+jwt"]);
    assert!(
        claims.get("events").and_then(|all| all.get(LOGOUT_EVENT)).is_some_and(Value::is_object),
        "{claims}"
    );
    assert_eq!(claims.get("nonce"), None);
    let name = |name: &str| text(&claims, name).filter(|text| is_name(text)).map(str::to_owned);
    assert_eq!((Some(logout.id), logout.subject.clone()), (name("jti"), name("sub")));
    assert_eq!(logout.session, name("sid"));
    assert!(logout.subject.is_some() || logout.session.is_some(), "{claims}");
    // It is remembered for as long as it would be taken.
    assert_eq!(Some(logout.until.as_second() - 660), claims.get("iat").and_then(Value::as_i64));
    assert!(token::id_token(&token, &keys, expected, NONCE, ACCESS, "groups").is_err());
}

/// What a provider says of itself counts where it is this provider's, and every place it names has TLS.
///
/// # Panics
/// When it does not hold.
pub fn configuration(bytes: &[u8]) {
    let Ok(metadata) = serde_json::from_slice::<Metadata>(bytes) else { return };
    if metadata.fault(ISSUER).is_some() {
        return;
    }
    let said: Value = serde_json::from_slice(bytes).unwrap_or_default();
    assert_eq!(said.get("issuer"), Some(&json!(ISSUER)));
    let with_tls =
        |text: &str| text.trim().get(..6).is_some_and(|scheme| scheme.eq_ignore_ascii_case("https:"));
    for name in ["authorization_endpoint", "token_endpoint", "jwks_uri"] {
        assert!(text(&said, name).is_some_and(with_tls), "{name}: {said}");
    }
    assert!(text(&said, "userinfo_endpoint").is_none_or(with_tls), "{said}");
    assert!(metadata.fault("https://other.vendor.example").is_some());
}

/// A token is taken with a set of keys only where that names the provider's own, once, to sign with.
///
/// # Panics
/// When it does not hold.
pub fn keys_of(bytes: &[u8]) {
    let _ = aws_lc::DEFAULT_PROVIDER.install_default();
    let (Ok(keys), Some(expected)) = (Keys::read(bytes), expected()) else { return };
    if token::id_token(ID_TOKEN, &keys, expected, NONCE, ACCESS, "groups").is_err() {
        return;
    }
    assert!(!keys.lack(ID_TOKEN));
    let set: Value = serde_json::from_slice(bytes).unwrap_or_default();
    let ours = |key: &&Value| {
        let or_nothing =
            |name: &str, word: &str| key.get(name).is_none_or(|own| own.is_null() || own == word);
        let is = |name: &str, word: &str| text(key, name) == Some(word);
        is("kty", "OKP")
            && is("crv", "Ed25519")
            && is("x", PUBLIC)
            && is("kid", "k1")
            && or_nothing("use", "sig")
            && or_nothing("alg", "EdDSA")
    };
    let all = set.get("keys").and_then(Value::as_array);
    assert_eq!(all.map(|all| all.iter().filter(ours).count()), Some(1), "{set}");
}

#[cfg(test)]
mod tests {
    use super::*;

    type Property = fn(&[u8]);

    const ALL: [(&str, Property); 4] = [
        ("id_token", id_token),
        ("logout_token", logout_token),
        ("provider_configuration", configuration),
        ("provider_keys", keys_of),
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
    fn all_hold_for_what_is_nearly_a_providers() {
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
    fn some_of_it_is_a_providers() {
        let (keys, expected) = (keys().unwrap(), expected().unwrap());
        let id = |token: &str, keys: &Keys| {
            token::id_token(token, keys, expected, NONCE, ACCESS, "groups").is_ok()
        };
        let logout = |token: &str| token::logout_token(token, &keys, expected).is_ok();
        assert!(id(ID_TOKEN, &keys) && logout(LOGOUT_TOKEN));
        let resigned = |name: &str, taken: &dyn Fn(&str) -> bool| {
            let tokens =
                corpus(name).into_iter().filter_map(|bytes| signed(std::str::from_utf8(&bytes).ok()?));
            tokens.filter(|token| taken(token)).count()
        };
        assert!(resigned("id_token", &|token| id(token, &keys)) > 1 && resigned("logout_token", &logout) > 1);
        assert!(corpus("provider_keys").iter().any(|set| id(ID_TOKEN, &Keys::read(set).unwrap())));
        let fine = |said: &Vec<u8>| {
            serde_json::from_slice::<Metadata>(said).is_ok_and(|all| all.fault(ISSUER).is_none())
        };
        assert!(corpus("provider_configuration").iter().any(fine));
    }
}
