//! Asks an application directly, as somebody who goes past the gateway would, and says what came of it: whether it answers
//! without the gateway at all, and whether it verifies the assertion.
//!
//! Only what the vendor declared as a tool is asked, with GET, and nothing of the answers but their status is looked at.
//! What could not be found out is never taken for a refusal. Not reached is what the network says (nobody listens, no such
//! name, no way there); whatever else is no answer is unclear.

use std::io::ErrorKind;
use std::time::Duration;

use byleave_api::v1::{self, ToolCheck, ToolProbe};
use byleave_app::clock::SystemEntropy;
use byleave_app::ports::Entropy as _;
use byleave_assertion::{Act, Assertion, LIFE_SECONDS, Signer};
use byleave_domain::tool::{Isolation, Tool};
use reqwest::redirect::Policy;
use reqwest::{Client, Url};
use serde::Serialize;
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;

use crate::client::innermost;
use crate::failure::Failure;

/// A connection must be there within this.
const CONNECT_MAX: Duration = Duration::from_secs(3);
/// Each answer must begin within this.
const ANSWER_MAX: Duration = Duration::from_secs(5);

/// A tool, as far as it matters to who asks it.
#[derive(Clone, Copy)]
pub struct Asked<'a> {
    slug: &'a str,
    upstream: &'a str,
    /// As declared; it may be a word that only a newer version knows.
    isolation: &'a str,
}

impl<'a> From<&'a Tool> for Asked<'a> {
    fn from(tool: &'a Tool) -> Self {
        let isolation = match tool.isolation {
            Isolation::UpstreamVerified => "upstream-verified",
            Isolation::Injected(_) => "injected",
            Isolation::Shared { .. } => "shared",
        };
        Self { slug: tool.slug.as_str(), upstream: &tool.upstream, isolation }
    }
}

impl<'a> From<&'a v1::Tool> for Asked<'a> {
    fn from(tool: &'a v1::Tool) -> Self {
        Self { slug: &tool.slug, upstream: &tool.upstream, isolation: &tool.isolation }
    }
}

/// Where a tool is asked from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum AskedFrom {
    /// Where the gateway runs: it has to be reached from there.
    Gateway,
    /// Where the command runs, such as a support person's computer.
    Here,
}

/// Who signs the assertions that a check sends.
pub struct Signers<'a> {
    /// The deployment's own; without it, only what anybody could send is sent.
    pub own: Option<&'a Signer>,
    /// Somebody else's.
    pub foreign: &'a Signer,
    /// The control plane's base URL.
    pub issuer: &'a str,
    /// Now, seconds since the epoch.
    pub now: i64,
}

/// What came of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Outcome {
    Refused(u16),
    Answered(u16),
    /// Why there was no connection.
    Unreachable(String),
    /// Why nobody knows.
    Unclear(String),
}

impl Outcome {
    const fn word(&self) -> &'static str {
        match self {
            Self::Refused(_) => "refused",
            Self::Answered(_) => "answered",
            Self::Unreachable(_) => "unreachable",
            Self::Unclear(_) => "unclear",
        }
    }

    const fn status(&self) -> Option<u16> {
        match self {
            Self::Refused(status) | Self::Answered(status) => Some(*status),
            Self::Unreachable(_) | Self::Unclear(_) => None,
        }
    }
}

/// Asks a tool's upstream for `/` in every way that has to be refused.
///
/// # Errors
/// No request can be made from here at all.
pub async fn check(asked: Asked<'_>, from: AskedFrom, signers: &Signers<'_>) -> Result<ToolCheck, Failure> {
    let outcomes = outcomes(asked, signers).await?;
    let answered = outcomes.iter().any(|(_, outcome)| matches!(outcome, Outcome::Answered(_)));
    let probe = |(request, outcome): &(&str, Outcome)| ToolProbe {
        request: (*request).to_owned(),
        status: outcome.status(),
        outcome: outcome.word().to_owned(),
    };
    Ok(ToolCheck {
        tool: asked.slug.to_owned(),
        upstream: asked.upstream.to_owned(),
        isolation: asked.isolation.to_owned(),
        checked: outcomes.iter().all(|(_, outcome)| outcome.status().is_some()),
        contradicted: asked.isolation == VERIFIED && answered,
        meaning: meaning(asked, from, &outcomes),
        requests: outcomes.iter().map(probe).collect(),
    })
}

const VERIFIED: &str = "upstream-verified";

/// A signer whose key nobody knows.
///
/// # Errors
/// There is no randomness.
pub fn somebody_else() -> Result<Signer, Failure> {
    let mut seed = [0; 32];
    SystemEntropy.fill(&mut seed);
    Signer::from_seed(&seed).map_err(Failure::new)
}

async fn outcomes(asked: Asked<'_>, signers: &Signers<'_>) -> Result<Vec<(&'static str, Outcome)>, Failure> {
    let attempts = attempts(asked, signers);
    // As the gateway speaks to it: HTTP/2 without TLS is known beforehand.
    let (origin, is_h2c) = match asked.upstream.strip_prefix("h2c://") {
        Some(authority) => (format!("http://{authority}"), true),
        None => (asked.upstream.to_owned(), false),
    };
    let reached = match Url::parse(&origin) {
        Ok(url) => knock(&url).await.map(|()| url),
        Err(why) => Err(Outcome::Unclear(why.to_string())),
    };
    let url = match reached {
        Ok(url) => url,
        Err(outcome) => {
            return Ok(attempts.into_iter().map(|(request, _)| (request, outcome.clone())).collect());
        }
    };
    let client = client(is_h2c)?;
    // At once, so that an application that never answers is waited for once.
    let sent: Vec<_> = attempts
        .into_iter()
        .map(|(request, assertion)| (request, tokio::spawn(ask(client.clone(), url.clone(), assertion))))
        .collect();
    let mut outcomes = Vec::new();
    for (request, answer) in sent {
        outcomes.push((request, answer.await.unwrap_or_else(|why| Outcome::Unclear(why.to_string()))));
    }
    Ok(outcomes)
}

fn client(is_h2c: bool) -> Result<Client, Failure> {
    let builder = Client::builder()
        .redirect(Policy::none())
        .timeout(ANSWER_MAX)
        // A proxy of the environment's would answer for the application, or refuse in its place.
        .no_proxy()
        // Whoever goes past the gateway does not look at certificates either: any answer at all is a way in. Nothing secret
        // is sent, and nothing of the answer is believed.
        .tls_danger_accept_invalid_certs(true)
        .tls_danger_accept_invalid_hostnames(true);
    let builder = if is_h2c { builder.http2_prior_knowledge() } else { builder };
    builder.build().map_err(Failure::new)
}

fn attempts(asked: Asked<'_>, signers: &Signers<'_>) -> Vec<(&'static str, Option<String>)> {
    let claims = |audience: &str, issued| assertion(signers.issuer, audience, issued);
    let forged = signers.foreign.sign(&claims(asked.slug, signers.now));
    let mut all = vec![("without an assertion", None), ("with a forged assertion", Some(forged))];
    if let Some(own) = signers.own {
        // No slug: another tool that is called so cannot exist.
        let other = format!("!{}", asked.slug);
        all.push(("with an expired assertion", Some(own.sign(&claims(asked.slug, signers.now - 3600)))));
        all.push(("with another tool's assertion", Some(own.sign(&claims(&other, signers.now)))));
    }
    all
}

/// About nobody, at no organization: were it believed, it would open nothing that exists.
fn assertion(issuer: &str, audience: &str, issued: i64) -> Assertion {
    let nobody = "0".repeat(32);
    Assertion {
        iss: issuer.to_owned(),
        aud: audience.to_owned(),
        sub: format!("org_{nobody}"),
        // No slug: no organization can be called so.
        organization: "!check".to_owned(),
        act: Act {
            sub: format!("person_{nobody}"),
            name: "Bypass check".to_owned(),
            employer: "Byleave".to_owned(),
        },
        visit: format!("visit_{nobody}"),
        jti: format!("decision_{nobody}"),
        iat: issued,
        exp: issued + LIFE_SECONDS,
    }
}

/// Whether there is a connection at all, which only the network can deny.
async fn knock(url: &Url) -> Result<(), Outcome> {
    let host = url.host_str().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
    let port = url.port_or_known_default().unwrap_or_default();
    let connected = async {
        let addresses = lookup_host((host, port)).await.map_err(unfound)?;
        let addresses: Vec<_> = addresses.collect();
        TcpStream::connect(addresses.as_slice()).await.map_err(unconnected)
    };
    let slow = || format!("there was no connection within {} s", CONNECT_MAX.as_secs());
    timeout(CONNECT_MAX, connected).await.map_err(|_| Outcome::Unreachable(slow()))?.map(drop)
}

/// A name that does not exist leads nowhere. That nobody answered who would know it says nothing.
fn unfound(why: std::io::Error) -> Outcome {
    let why = why.to_string();
    // What the resolver of the system says; it has no kinds.
    let unknown =
        ["not known", "No address associated", "does not resolve"].iter().any(|said| why.contains(said));
    if unknown { Outcome::Unreachable(why) } else { Outcome::Unclear(why) }
}

fn unconnected(why: std::io::Error) -> Outcome {
    match why.kind() {
        ErrorKind::ConnectionRefused
        | ErrorKind::HostUnreachable
        | ErrorKind::NetworkUnreachable
        | ErrorKind::TimedOut => Outcome::Unreachable(why.to_string()),
        _ => Outcome::Unclear(why.to_string()),
    }
}

async fn ask(client: Client, url: Url, assertion: Option<String>) -> Outcome {
    let mut request = client.get(url);
    if let Some(assertion) = assertion {
        request = request.header(byleave_assertion::HEADER_NAME, assertion);
    }
    match request.send().await {
        Ok(answer) => match answer.status().as_u16() {
            status @ (401 | 403) => Outcome::Refused(status),
            status => Outcome::Answered(status),
        },
        Err(why) => Outcome::Unclear(innermost(&why)),
    }
}

fn meaning(asked: Asked<'_>, from: AskedFrom, outcomes: &[(&str, Outcome)]) -> String {
    let upstream = asked.upstream;
    let mut open = outcomes.iter().filter(|(_, outcome)| matches!(outcome, Outcome::Answered(_)));
    if let Some((request, _)) = open.next() {
        return match asked.isolation {
            VERIFIED => format!(
                "NOT VERIFIED: it is said to verify the assertion, and answers a request {request}. Whoever reaches \
                 `{upstream}` gets in without Byleave."
            ),
            _ => format!(
                "It answers without Byleave: whoever reaches `{upstream}` past the gateway gets in, unrecorded. Let \
                 nobody but the gateway reach it."
            ),
        };
    }
    match (outcomes.iter().find(|(_, outcome)| outcome.status().is_none()).map(|(_, outcome)| outcome), from)
    {
        (Some(Outcome::Unreachable(why)), AskedFrom::Here) => format!(
            "`{upstream}` is not reached from here ({why}), so that nobody here gets past the gateway. (Or it is down.)"
        ),
        (Some(Outcome::Unreachable(why)), AskedFrom::Gateway) => format!(
            "NOT CHECKED: `{upstream}` is not reached from where the gateway runs ({why}), so that nothing was asked. \
             Nobody can use the tool either."
        ),
        (Some(Outcome::Unclear(why)), _) => format!(
            "NOT CHECKED: `{upstream}` gave no answer that can be read ({why}), so that nobody knows whether it answers \
             without Byleave."
        ),
        _ => "Each request was refused. Whether for lack of a valid assertion, or because it wants everybody to sign in to \
              it, cannot be told from here; in the second case whoever can sign in gets in without Byleave."
            .to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::sync::Arc;

    use base64::Engine as _;
    use base64::prelude::BASE64_URL_SAFE_NO_PAD as URL_SAFE_NO_PAD;
    use byleave_domain::text::Slug;
    use rustls::pki_types::PrivateKeyDer;
    use rustls::{ServerConfig, ServerConnection, StreamOwned};

    use super::*;

    /// Listens, and hands every connection to `serve`.
    fn listen(serve: impl Fn(std::net::TcpStream) + Send + 'static) -> String {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let authority = listener.local_addr().unwrap().to_string();
        std::thread::spawn(move || listener.incoming().flatten().for_each(serve));
        authority
    }

    /// Answers over whatever carries HTTP/1.1 as `answer` says of the head; nothing to whoever sends none.
    fn one(mut stream: impl std::io::Read + std::io::Write, answer: fn(&str) -> u16) {
        let mut head = vec![];
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            match stream.read(&mut byte) {
                Ok(1) => head.extend(byte),
                _ => return,
            }
        }
        let status = answer(&String::from_utf8(head).unwrap().to_lowercase());
        let text = format!("HTTP/1.1 {status} X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        stream.write_all(text.as_bytes()).unwrap();
        let _ = stream.flush();
    }

    fn upstream(answer: fn(&str) -> u16) -> String {
        format!("http://{}", listen(move |tcp| one(tcp, answer)))
    }

    /// Shows a certificate that nobody vouches for, and that is for another name.
    fn self_signed(answer: fn(&str) -> u16) -> String {
        let own = rcgen::generate_simple_self_signed(["elsewhere.example".to_owned()]).unwrap();
        let key = PrivateKeyDer::Pkcs8(own.signing_key.serialize_der().into());
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let config = config.unwrap().with_no_client_auth();
        let config = Arc::new(config.with_single_cert(vec![own.cert.der().clone()], key).unwrap());
        let serve =
            move |tcp| one(StreamOwned::new(ServerConnection::new(config.clone()).unwrap(), tcp), answer);
        format!("https://{}", listen(serve))
    }

    /// Speaks HTTP/2 from the first byte and nothing else: settings, and to every head a head with this status.
    fn h2c(status: [u8; 3]) -> String {
        let serve = move |mut tcp: std::net::TcpStream| {
            let mut preface = [0; 24];
            if tcp.read_exact(&mut preface).is_err() || !preface.starts_with(b"PRI * HTTP/2.0") {
                return;
            }
            let _ = tcp.write_all(&[0, 0, 0, 4, 0, 0, 0, 0, 0]);
            let mut frame = [0; 9];
            while tcp.read_exact(&mut frame).is_ok() {
                let [_, high, low, kind, _, stream @ ..] = frame;
                let length = u16::from_be_bytes([high, low]);
                std::io::copy(&mut (&mut tcp).take(length.into()), &mut std::io::sink()).unwrap();
                if kind == 1 {
                    let head = [&[0, 0, 5, 1, 5], &stream[..], &[8, 3], &status[..]].concat();
                    let _ = tcp.write_all(&head);
                }
            }
        };
        format!("h2c://{}", listen(serve))
    }

    async fn checked(isolation: &str, upstream: &str, from: AskedFrom) -> (Vec<String>, ToolCheck) {
        let (own, foreign) = (Signer::from_seed(&[1; 32]).unwrap(), Signer::from_seed(&[2; 32]).unwrap());
        let (issuer, now) = ("http://127.0.0.1:8080", 1_700_000_000);
        let signers = Signers { own: Some(&own), foreign: &foreign, issuer, now };
        let check = check(Asked { slug: "metrics", upstream, isolation }, from, &signers).await.unwrap();
        assert_eq!(check.requests.len(), 4);
        (check.requests.iter().map(|probe| probe.outcome.clone()).collect(), check)
    }

    #[tokio::test]
    async fn what_answers_past_the_gateway_is_told() {
        let refuses = upstream(|_| 401);
        let (outcomes, check) = checked(VERIFIED, &refuses, AskedFrom::Gateway).await;
        assert_eq!(
            (outcomes, check.contradicted, check.checked),
            (vec!["refused".to_owned(); 4], false, true)
        );
        // It may ask everybody to sign in, and let in whoever does.
        assert!(check.meaning.starts_with("Each request was refused."), "{}", check.meaning);
        assert!(check.meaning.contains("cannot be told from here"), "{}", check.meaning);

        let open = upstream(|_| 200);
        let (_, check) = checked(VERIFIED, &open, AskedFrom::Gateway).await;
        let meaning = &check.meaning;
        assert!(
            check.contradicted && meaning.contains("answers a request without an assertion"),
            "{meaning}"
        );
        let (_, check) = checked("shared", &open, AskedFrom::Here).await;
        assert!(!check.contradicted && check.meaning.contains("unrecorded"), "{}", check.meaning);

        // One that looks whether there is an assertion, and not at what it says.
        let careless = upstream(|head| if head.contains("byleave-assertion") { 200 } else { 401 });
        let (outcomes, check) = checked(VERIFIED, &careless, AskedFrom::Here).await;
        assert_eq!(outcomes, ["refused", "answered", "answered", "answered"]);
        let meaning = &check.meaning;
        assert!(check.contradicted && meaning.contains("with a forged assertion"), "{meaning}");
    }

    /// What is sent is about nobody: an application that believes it opens nothing that exists, and no other tool's.
    #[test]
    fn no_assertion_of_a_check_is_one_for_an_organization_or_another_tool() {
        let (own, foreign) = (Signer::from_seed(&[1; 32]).unwrap(), Signer::from_seed(&[2; 32]).unwrap());
        let signers = Signers {
            own: Some(&own),
            foreign: &foreign,
            issuer: "http://127.0.0.1:8080",
            now: 1_700_000_000,
        };
        let asked = Asked { slug: "metrics", upstream: "", isolation: VERIFIED };
        let sent: Vec<_> =
            attempts(asked, &signers).into_iter().filter_map(|(_, assertion)| assertion).collect();
        assert_eq!(sent.len(), 3);
        for assertion in sent {
            let claims = URL_SAFE_NO_PAD.decode(assertion.split('.').nth(1).unwrap()).unwrap();
            let claims: Assertion = serde_json::from_slice(&claims).unwrap();
            assert!(claims.organization.parse::<Slug>().is_err(), "{}", claims.organization);
            assert!(claims.aud == asked.slug || claims.aud.parse::<Slug>().is_err(), "{}", claims.aud);
        }
    }

    /// Whatever carries the answer, it is one.
    #[tokio::test]
    async fn it_is_asked_as_the_gateway_speaks_to_it_and_whoever_answers_is_heard() {
        for (upstream, outcome) in [
            (h2c(*b"200"), "answered"),
            (h2c(*b"401"), "refused"),
            (self_signed(|_| 200), "answered"),
            (self_signed(|_| 403), "refused"),
        ] {
            let (outcomes, check) = checked(VERIFIED, &upstream, AskedFrom::Gateway).await;
            assert_eq!(outcomes, [outcome; 4], "{upstream}: {}", check.meaning);
            assert_eq!((check.checked, check.contradicted), (true, outcome == "answered"), "{upstream}");
        }
    }

    #[tokio::test]
    async fn what_could_not_be_found_out_is_no_refusal() {
        let gone = "http://127.0.0.1:9".to_owned();
        let nowhere = "http://nowhere.invalid".to_owned();
        let closes = format!("http://{}", listen(drop));
        let greets = listen(|mut tcp| {
            let _ = tcp.write_all(b"220 mail.example ready\r\n");
            let _ = std::io::copy(&mut tcp, &mut std::io::sink());
        });
        for (upstream, outcome) in [
            (gone, "unreachable"),
            (nowhere, "unreachable"),
            (closes, "unclear"),
            (format!("http://{greets}"), "unclear"),
            (format!("h2c://{}", listen(drop)), "unclear"),
            (format!("https://{greets}"), "unclear"),
            ("http://[1".to_owned(), "unclear"),
        ] {
            for from in [AskedFrom::Gateway, AskedFrom::Here] {
                let (outcomes, check) = checked(VERIFIED, &upstream, from).await;
                assert_eq!(outcomes, [outcome; 4], "{upstream}: {}", check.meaning);
                assert_eq!((check.checked, check.contradicted), (false, false), "{upstream}");
                let fine = from == AskedFrom::Here && outcome == "unreachable";
                assert_eq!(
                    check.meaning.starts_with("NOT CHECKED: "),
                    !fine,
                    "{upstream}: {}",
                    check.meaning
                );
                assert!(check.requests.iter().all(|probe| probe.status.is_none()), "{upstream}");
            }
        }
    }

    #[tokio::test]
    async fn an_application_that_never_answers_is_waited_for_once() {
        let begun = std::time::Instant::now();
        let kept = std::sync::Mutex::new(vec![]);
        let silent = format!("http://{}", listen(move |tcp| kept.lock().unwrap().push(tcp)));
        let (outcomes, _) = checked(VERIFIED, &silent, AskedFrom::Gateway).await;
        assert_eq!(outcomes, ["unclear"; 4]);
        assert!(begun.elapsed() < 2 * ANSWER_MAX, "{:?}", begun.elapsed());
    }
}
