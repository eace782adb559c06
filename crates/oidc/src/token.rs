//! What ID tokens (OpenID Connect Core 1.0, 3.1.3.7) and logout tokens (Back-Channel Logout 1.0, 2.6) have to be. The order is:
//! size, header, signature, then what the claims say; nothing of a claim is looked at before its signature holds. The
//! algorithms come from here and never from the token (RFC 8725, 3.1), and `jsonwebtoken` is kept from reading the clock.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use byleave_app::ports::{Logout, ProviderFailed};
use jiff::Timestamp;
use jsonwebtoken::jwk::{Jwk, KeyAlgorithm, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey, Header, Validation, decode, decode_header};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256, Sha512};

/// Bytes of a token at most.
const TOKEN_BYTES_MAX: usize = 32 * 1024;
/// What a provider may sign with. None of them takes a secret that both know, and `none` is none of them.
const ALGORITHMS: [Algorithm; 4] = [Algorithm::RS256, Algorithm::PS256, Algorithm::ES256, Algorithm::EdDSA];
/// Seconds that two clocks may differ.
const LEEWAY: i64 = 60;
/// Seconds since a token was made, at most: what came a longer way was kept by somebody.
const AGE_MAX: i64 = 600;
/// Characters of an identifier at most (Core, 2, of `sub`).
const IDENTIFIER_MAX: usize = 255;
/// Groups that are read, at most.
const GROUPS_MAX: usize = 1_000;
/// What makes a token one that logs somebody out.
const LOGOUT_EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// The provider's keys, those among them that somebody could have signed with.
#[derive(Debug, Clone, Default)]
pub(crate) struct Keys(Vec<Jwk>);

/// For whom tokens have to be.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Expected<'a> {
    pub issuer: &'a str,
    pub client_id: &'a str,
    pub now: Timestamp,
}

/// Whom the provider says somebody is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Told {
    pub subject: String,
    pub session: Option<String>,
    /// Where the provider says that it is verified.
    pub email: Option<String>,
    /// `None` where nothing is said of them.
    pub groups: Option<Vec<String>>,
}

/// What both kinds of token have.
#[derive(Deserialize)]
struct Claims {
    iss: String,
    aud: Audience,
    exp: i64,
    iat: i64,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Several(Vec<String>),
}

impl Keys {
    /// Reads a JWK set (RFC 7517, 5). Keys of kinds that nobody knows are passed over.
    pub fn read(json: &[u8]) -> Result<Self, ProviderFailed> {
        #[derive(Deserialize)]
        struct Set {
            keys: Vec<Value>,
            /// Without it a list of lists would be read, too.
            #[serde(flatten)]
            _rest: IgnoredAny,
        }
        let set: Set = serde_json::from_slice(json)
            .map_err(|_| ProviderFailed::Unreachable("its keys are no JWK set".to_owned()))?;
        let keys = set.keys.into_iter().filter_map(|key| serde_json::from_value::<Jwk>(key).ok());
        let signs =
            |key: &Jwk| key.common.public_key_use.as_ref().is_none_or(|u| *u == PublicKeyUse::Signature);
        Ok(Self(keys.filter(signs).collect()))
    }

    /// Whether `token` names a key that is not among these, so that asking for them anew may help.
    pub fn lack(&self, token: &str) -> bool {
        let named = decode_header(token).ok().and_then(|header| header.kid);
        named.is_some_and(|kid| !self.0.iter().any(|key| key.common.key_id.as_deref() == Some(&kid)))
    }

    /// The one key that `header` can mean.
    fn find(&self, header: &Header) -> Option<DecodingKey> {
        let fits = |key: &&Jwk| {
            let named = header.kid.is_none() || key.common.key_id == header.kid;
            named && key.common.key_algorithm.is_none_or(|own| is_for(own, header.alg))
        };
        let mut fitting = self.0.iter().filter(fits);
        let key = fitting.next().filter(|_| fitting.next().is_none())?;
        DecodingKey::from_jwk(key).ok()
    }
}

fn is_for(own: KeyAlgorithm, algorithm: Algorithm) -> bool {
    own.to_string() == format!("{algorithm:?}")
}

/// Whom an ID token is about. `access_token` came with it.
pub(crate) fn id_token(
    token: &str,
    keys: &Keys,
    expected: Expected<'_>,
    nonce: &str,
    access_token: &str,
    groups_claim: &str,
) -> Result<Told, ProviderFailed> {
    let (header, claims) = signed(token, keys, expected, &["JWT"])?;
    let text = |name: &str| claims.rest.get(name).and_then(Value::as_str);
    if text("nonce") != Some(nonce) {
        return Err(ProviderFailed::Refused("the ID token answers another sign-in"));
    }
    if let Some(said) = claims.rest.get("at_hash")
        && said.as_str() != Some(&half_hash(header.alg, access_token))
    {
        return Err(ProviderFailed::Refused("the ID token came with another access token"));
    }
    if claims.rest.contains_key("events") {
        return Err(ProviderFailed::Refused("the ID token is a logout token"));
    }
    let subject = identifier(text("sub")).ok_or(ProviderFailed::Refused("the ID token names nobody"))?;
    let session = text("sid").and_then(|sid| identifier(Some(sid)));
    let (email, groups) = more(&claims.rest, groups_claim);
    Ok(Told { subject, session, email, groups })
}

/// Verified address and groups, as an ID token and the userinfo endpoint tell of them.
pub(crate) fn more(claims: &Map<String, Value>, groups_claim: &str) -> (Option<String>, Option<Vec<String>>) {
    let verified = claims.get("email_verified") == Some(&Value::Bool(true));
    let email = claims.get("email").and_then(Value::as_str).filter(|_| verified).map(ToOwned::to_owned);
    let groups = match claims.get(groups_claim) {
        Some(Value::Array(all)) => {
            Some(all.iter().take(GROUPS_MAX).filter_map(Value::as_str).map(ToOwned::to_owned).collect())
        }
        Some(Value::String(one)) => Some(vec![one.clone()]),
        _ => None,
    };
    (email, groups)
}

/// Whom a logout token logs out.
pub(crate) fn logout_token(
    token: &str,
    keys: &Keys,
    expected: Expected<'_>,
) -> Result<Logout, ProviderFailed> {
    let (_, claims) = signed(token, keys, expected, &["JWT", "logout+jwt"])?;
    let identified = |name: &str| identifier(claims.rest.get(name).and_then(Value::as_str));
    let event = claims.rest.get("events").and_then(|events| events.get(LOGOUT_EVENT));
    if !event.is_some_and(Value::is_object) {
        return Err(ProviderFailed::Refused("the token is no logout token: it names no such event"));
    }
    if claims.rest.contains_key("nonce") {
        return Err(ProviderFailed::Refused("the token is no logout token: it has a nonce"));
    }
    let id = identified("jti").ok_or(ProviderFailed::Refused("the logout token has no id"))?;
    let (subject, session) = (identified("sub"), identified("sid"));
    if subject.is_none() && session.is_none() {
        return Err(ProviderFailed::Refused("the logout token names neither a person nor a session"));
    }
    let last = claims.iat.saturating_add(AGE_MAX + LEEWAY);
    let until = Timestamp::from_second(last).map_err(|_| ProviderFailed::Refused("the token has no time"))?;
    Ok(Logout { id, until, subject, session })
}

/// A token that the provider signed for us, and whose time it is.
fn signed(
    token: &str,
    keys: &Keys,
    expected: Expected<'_>,
    types: &[&str],
) -> Result<(Header, Claims), ProviderFailed> {
    let refused = |why| Err(ProviderFailed::Refused(why));
    if token.len() > TOKEN_BYTES_MAX {
        return refused("the token is too long");
    }
    let Ok(header) = decode_header(token) else { return refused("the token is none, or is not signed") };
    let of_type = |own: &str| types.iter().any(|known| known.eq_ignore_ascii_case(own));
    if header.crit.is_some() || !header.typ.as_deref().is_none_or(of_type) {
        return refused("the token is of another kind");
    }
    if !ALGORITHMS.contains(&header.alg) {
        return refused("the token is signed in a way that is not taken");
    }
    let Some(key) = keys.find(&header) else {
        return refused("the token is signed with a key that is not the provider's");
    };
    let mut validation = Validation::new(header.alg);
    // Checked below, against the time and names that the caller passes.
    (validation.validate_exp, validation.validate_aud) = (false, false);
    validation.required_spec_claims.clear();
    let Ok(read) = decode::<Claims>(token, &key, &validation) else {
        return refused("the token's signature does not hold, or a claim is missing");
    };
    let claims = read.claims;
    if claims.iss != expected.issuer {
        return refused("the token is another provider's");
    }
    let azp = claims.rest.get("azp");
    let party_is_us = azp.is_some_and(|azp| azp == expected.client_id);
    let for_us = match &claims.aud {
        Audience::One(one) => one == expected.client_id && (azp.is_none() || party_is_us),
        Audience::Several(all) => {
            let alone = all.len() == 1 && azp.is_none();
            all.iter().any(|one| one == expected.client_id) && (alone || party_is_us)
        }
    };
    if !for_us {
        return refused("the token is for another application");
    }
    let now = expected.now.as_second();
    if now >= claims.exp.saturating_add(LEEWAY) {
        return refused("the token's time is over");
    }
    if claims.iat > now.saturating_add(LEEWAY) {
        return refused("the token is from the future; compare the clocks");
    }
    if now.saturating_sub(claims.iat) > AGE_MAX {
        return refused("the token was made too long ago");
    }
    Ok((header, claims))
}

fn identifier(text: Option<&str>) -> Option<String> {
    text.filter(|text| !text.is_empty() && text.len() <= IDENTIFIER_MAX).map(ToOwned::to_owned)
}

/// The left half of a token's hash (Core, 3.1.3.6), by the hash that its signature has.
fn half_hash(algorithm: Algorithm, token: &str) -> String {
    let hash = match algorithm {
        Algorithm::EdDSA => Sha512::digest(token).to_vec(),
        _ => Sha256::digest(token).to_vec(),
    };
    let (left, _) = hash.split_at(hash.len() / 2);
    URL_SAFE_NO_PAD.encode(left)
}

#[cfg(test)]
mod tests;
