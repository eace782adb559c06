//! What is asked of the provider. Each question is bounded in time and each answer in size; no redirect is followed, and nothing
//! is asked over plain HTTP but on this machine.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use byleave_app::ports::{Ceremony, Clock, Identity, IdentityProvider, Logout, ProviderFailed};
use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::crypto::aws_lc;
use reqwest::header::{ACCEPT, CONTENT_TYPE};
use reqwest::{Client, RequestBuilder, Url};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};
use tokio::sync::Mutex;

use crate::token::{self, Expected, Keys, Told};

/// Longest that one question may take.
const QUESTION_MAX: Duration = Duration::from_secs(5);
/// Bytes of an answer at most.
const ANSWER_BYTES_MAX: usize = 256 * 1024;
/// How long what the provider says of itself is believed by whoever comes back from it.
const KNOWN_FOR: SignedDuration = SignedDuration::from_secs(600);
/// And by whoever goes there: of a provider that does not answer they are told here.
const ANSWERED_WITHIN: SignedDuration = SignedDuration::from_secs(10);
/// For a key that a token names and nobody knows the provider is asked no more often.
const KEYS_EVERY: SignedDuration = SignedDuration::from_secs(60);

/// Which provider, and what we are to it.
#[derive(Clone)]
pub struct Settings {
    /// The provider's name, an address.
    pub issuer: String,
    /// Ours, at the provider.
    pub client_id: String,
    /// By which the provider knows us.
    pub client_secret: String,
    /// What is asked for, `openid` among it.
    pub scopes: Vec<String>,
    /// The claim that lists groups.
    pub groups_claim: String,
    /// Where the provider sends browsers back to.
    pub redirect_uri: String,
}

/// The provider.
pub struct Provider {
    settings: Settings,
    clock: Arc<dyn Clock>,
    client: Client,
    memory: Mutex<Memory>,
}

/// What the provider has said of itself, and how it was when it was asked last.
#[derive(Default)]
struct Memory {
    known: Option<Known>,
    asked: Option<(Timestamp, Result<(), ProviderFailed>)>,
}

#[derive(Clone)]
struct Known {
    metadata: Metadata,
    keys: Keys,
}

/// OpenID Connect Discovery 1.0, 3; RFC 9207, 3.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Metadata {
    issuer: String,
    authorization_endpoint: Address,
    token_endpoint: Address,
    userinfo_endpoint: Option<Address>,
    jwks_uri: Address,
    token_endpoint_auth_methods_supported: Option<Vec<String>>,
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
    /// Without it a list of the values would be read, too.
    #[serde(flatten)]
    _rest: IgnoredAny,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "String")]
struct Address(Url);

impl TryFrom<String> for Address {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse().map(Self).map_err(|why| format!("`{text}` is no address: {why}"))
    }
}

#[derive(Deserialize)]
struct Tokens {
    id_token: String,
    access_token: String,
    #[serde(flatten)]
    _rest: IgnoredAny,
}

impl Metadata {
    /// Why this is not what `issuer` says of itself.
    pub fn fault(&self, issuer: &str) -> Option<&'static str> {
        let endpoints = [&self.authorization_endpoint, &self.token_endpoint, &self.jwks_uri];
        let mut endpoints = endpoints.into_iter().chain(&self.userinfo_endpoint);
        // Plain HTTP is for a provider on this machine, which its name says.
        let fits = |Address(url): &Address| {
            url.scheme() == "https" || (url.scheme() == "http" && issuer.starts_with("http:"))
        };
        match self {
            Self { issuer: own, .. } if own != issuer => Some("is another provider's"),
            _ if !endpoints.all(fits) => Some("names addresses without TLS"),
            _ => None,
        }
    }
}

impl Provider {
    /// A provider that is asked once somebody signs in.
    ///
    /// # Errors
    /// When no client can be made: this machine has no certificates of authorities.
    pub fn new(settings: Settings, clock: Arc<dyn Clock>) -> Result<Self, ProviderFailed> {
        // Err means that the process has a provider of cryptography already, which is as good.
        let _ = aws_lc::DEFAULT_PROVIDER.install_default();
        let client = Client::builder().timeout(QUESTION_MAX).redirect(reqwest::redirect::Policy::none());
        let client = client.build().map_err(|why| ProviderFailed::Unreachable(why.to_string()))?;
        Ok(Self { settings, clock, client, memory: Mutex::default() })
    }

    fn expected(&self, now: Timestamp) -> Expected<'_> {
        Expected { issuer: &self.settings.issuer, client_id: &self.settings.client_id, now }
    }

    async fn tokens(
        &self,
        metadata: &Metadata,
        ceremony: &Ceremony,
        code: &str,
    ) -> Result<Tokens, ProviderFailed> {
        let Settings { client_id, client_secret, redirect_uri, .. } = &self.settings;
        let mut fields = vec![
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", redirect_uri),
            ("code_verifier", &ceremony.verifier),
        ];
        // What is not told is `client_secret_basic` (Discovery, 3).
        let methods = metadata.token_endpoint_auth_methods_supported.as_ref();
        let basic = methods.is_none_or(|all| all.iter().any(|method| method == "client_secret_basic"));
        if !basic {
            fields.extend([("client_id", client_id.as_str()), ("client_secret", client_secret)]);
        }
        let mut request = self.client.post(metadata.token_endpoint.0.clone());
        if basic {
            request = request.basic_auth(encoded(client_id), Some(encoded(client_secret)));
        }
        let body = serde_urlencoded::to_string(fields)
            .map_err(|why| ProviderFailed::Unreachable(why.to_string()))?;
        let request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(body);
        let (status, answer) = ask(request).await?;
        if status == 400 {
            return Err(ProviderFailed::Refused("the provider does not take the code"));
        }
        read(status, &answer)
    }

    /// What is missing in the ID token is told at the userinfo endpoint, of the same person (Core, 5.3.2).
    async fn ask_more(
        &self,
        metadata: &Metadata,
        access: &str,
        told: &mut Told,
    ) -> Result<(), ProviderFailed> {
        let Some(Address(endpoint)) = metadata.userinfo_endpoint.clone() else { return Ok(()) };
        let (status, answer) = ask(self.client.get(endpoint).bearer_auth(access)).await?;
        let claims: Map<String, Value> = read(status, &answer)?;
        if claims.get("sub").and_then(Value::as_str) != Some(&told.subject) {
            return Err(ProviderFailed::Refused("the provider tells of another person"));
        }
        let (email, groups) = token::more(&claims, &self.settings.groups_claim);
        told.email = told.email.take().or(email);
        told.groups = told.groups.take().or(groups);
        Ok(())
    }

    /// What the provider says of itself, within the last `age`. Whoever asks meanwhile waits, so that one asks for all.
    async fn known(&self, age: SignedDuration) -> Result<Known, ProviderFailed> {
        let mut memory = self.memory.lock().await;
        let asked = memory.asked.clone().filter(|(at, _)| self.clock.now().duration_since(*at) < age);
        let answer = match asked {
            Some((_, answer)) => answer,
            None => {
                let answer = self.discover().await.map(|found| memory.known = Some(found));
                memory.asked = Some((self.clock.now(), answer.clone()));
                answer
            }
        };
        answer?;
        memory.known.clone().ok_or_else(|| ProviderFailed::Unreachable("it has said nothing".to_owned()))
    }

    /// Its keys, asked for anew where `token` names another. A provider that does not answer now has those that it had.
    async fn keys_for(&self, token: &str) -> Result<Keys, ProviderFailed> {
        let known = match self.known(KNOWN_FOR).await {
            Ok(known) => known,
            Err(why) => self.memory.lock().await.known.clone().ok_or(why)?,
        };
        if !known.keys.lack(token) {
            return Ok(known.keys);
        }
        Ok(self.known(KEYS_EVERY).await?.keys)
    }

    async fn discover(&self) -> Result<Known, ProviderFailed> {
        let place =
            format!("{}/.well-known/openid-configuration", self.settings.issuer.trim_end_matches('/'));
        let (status, answer) = ask(self.client.get(place)).await?;
        let metadata: Metadata = read(status, &answer)?;
        if let Some(why) = metadata.fault(&self.settings.issuer) {
            return Err(ProviderFailed::Unreachable(format!("its configuration {why}")));
        }
        let keys = self.keys(&metadata).await?;
        Ok(Known { metadata, keys })
    }

    async fn keys(&self, metadata: &Metadata) -> Result<Keys, ProviderFailed> {
        let (status, answer) = ask(self.client.get(metadata.jwks_uri.0.clone())).await?;
        if status != 200 {
            return Err(ProviderFailed::Unreachable(format!("its keys are answered {status}")));
        }
        Keys::read(&answer)
    }
}

#[async_trait]
impl IdentityProvider for Provider {
    fn issuer(&self) -> &str {
        &self.settings.issuer
    }

    async fn address(&self, ceremony: &Ceremony) -> Result<String, ProviderFailed> {
        let Address(mut address) = self.known(ANSWERED_WITHIN).await?.metadata.authorization_endpoint;
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(&ceremony.verifier));
        let scopes = self.settings.scopes.join(" ");
        address.query_pairs_mut().extend_pairs([
            ("response_type", "code"),
            ("client_id", &self.settings.client_id),
            ("redirect_uri", &self.settings.redirect_uri),
            ("scope", &scopes),
            ("state", &ceremony.state),
            ("nonce", &ceremony.nonce),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ]);
        Ok(address.into())
    }

    async fn redeem(
        &self,
        ceremony: &Ceremony,
        code: &str,
        iss: Option<&str>,
        now: Timestamp,
    ) -> Result<Identity, ProviderFailed> {
        let Known { metadata, .. } = self.known(KNOWN_FOR).await?;
        let required = metadata.authorization_response_iss_parameter_supported;
        if iss.map_or(required, |iss| iss != self.settings.issuer) {
            return Err(ProviderFailed::Refused("the answer is another provider's"));
        }
        let tokens = self.tokens(&metadata, ceremony, code).await?;
        let keys = self.keys_for(&tokens.id_token).await?;
        let (access, claim) = (&tokens.access_token, &self.settings.groups_claim);
        let mut told =
            token::id_token(&tokens.id_token, &keys, self.expected(now), &ceremony.nonce, access, claim)?;
        if told.groups.is_none() || told.email.is_none() {
            self.ask_more(&metadata, access, &mut told).await?;
        }
        let Told { subject, session, email, groups } = told;
        Ok(Identity { subject, session, email, groups: groups.unwrap_or_default() })
    }

    async fn logout(&self, token: &str, now: Timestamp) -> Result<Logout, ProviderFailed> {
        let keys = self.keys_for(token).await?;
        token::logout_token(token, &keys, self.expected(now))
    }
}

/// As a client's name and secret stand in a header (RFC 6749, 2.3.1).
fn encoded(text: &str) -> String {
    let pair = serde_urlencoded::to_string([("", text)]).unwrap_or_default();
    pair.trim_start_matches('=').to_owned()
}

/// Status and body.
async fn ask(request: RequestBuilder) -> Result<(u16, Vec<u8>), ProviderFailed> {
    let unreachable = |why: reqwest::Error| ProviderFailed::Unreachable(why.without_url().to_string());
    let mut response = request.header(ACCEPT, "application/json").send().await.map_err(unreachable)?;
    let (status, mut body) = (response.status().as_u16(), Vec::new());
    while let Some(bytes) = response.chunk().await.map_err(unreachable)? {
        body.extend_from_slice(&bytes);
        if body.len() > ANSWER_BYTES_MAX {
            return Err(ProviderFailed::Unreachable(format!(
                "an answer has more than {ANSWER_BYTES_MAX} bytes"
            )));
        }
    }
    Ok((status, body))
}

fn read<T: for<'de> Deserialize<'de>>(status: u16, answer: &[u8]) -> Result<T, ProviderFailed> {
    if status != 200 {
        return Err(ProviderFailed::Unreachable(format!("it answered {status}")));
    }
    serde_json::from_slice(answer)
        .map_err(|why| ProviderFailed::Unreachable(format!("it answered what cannot be read: {why}")))
}

#[cfg(test)]
mod tests;
