//! Asks an application directly, as somebody who goes past the gateway would, and says what came of it: whether it answers
//! without the gateway at all, and whether it verifies the assertion.
//!
//! Only what the vendor declared as a tool is asked, with GET, and nothing of the answers but their status is looked at.

use std::time::Duration;

use byleave_api::v1::{ToolCheck, ToolProbe};
use byleave_app::clock::SystemEntropy;
use byleave_app::ports::Entropy as _;
use byleave_assertion::{Act, Assertion, LIFE_SECONDS, Signer};
use byleave_domain::tool::{Isolation, Tool};
use reqwest::redirect::Policy;

use crate::failure::Failure;

/// Each answer must begin within this.
const ANSWER_MAX: Duration = Duration::from_secs(5);

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

/// Asks `tool`'s upstream for `/` in every way that has to be refused.
///
/// # Errors
/// No request can be made from here at all.
pub async fn check(tool: &Tool, signers: &Signers<'_>) -> Result<ToolCheck, Failure> {
    let client = reqwest::Client::builder()
        .redirect(Policy::none())
        .timeout(ANSWER_MAX)
        .build()
        .map_err(Failure::new)?;
    let mut requests = Vec::new();
    for (request, assertion) in attempts(tool, signers) {
        requests.push(probe(&client, &tool.upstream, request, assertion).await);
    }
    let answered = requests.iter().find(|probe| probe.outcome == "answered");
    let unreached = requests.iter().any(|probe| probe.outcome == "unreachable");
    let verified = tool.isolation == Isolation::UpstreamVerified;
    Ok(ToolCheck {
        tool: tool.slug.to_string(),
        upstream: tool.upstream.clone(),
        isolation: word(&tool.isolation).to_owned(),
        contradicted: verified && answered.is_some(),
        meaning: meaning(tool, answered, unreached),
        requests,
    })
}

const fn word(isolation: &Isolation) -> &'static str {
    match isolation {
        Isolation::UpstreamVerified => "upstream-verified",
        Isolation::Injected(_) => "injected",
        Isolation::Shared { .. } => "shared",
    }
}

/// A signer whose key nobody knows.
///
/// # Errors
/// There is no randomness.
pub fn somebody_else() -> Result<Signer, Failure> {
    let mut seed = [0; 32];
    SystemEntropy.fill(&mut seed);
    Signer::from_seed(&seed).map_err(Failure::new)
}

fn attempts(tool: &Tool, signers: &Signers<'_>) -> Vec<(&'static str, Option<String>)> {
    let slug = tool.slug.as_str();
    let claims = |audience: &str, issued| assertion(signers.issuer, audience, issued);
    let mut all = vec![
        ("without an assertion", None),
        ("with a forged assertion", Some(signers.foreign.sign(&claims(slug, signers.now)))),
    ];
    if let Some(own) = signers.own {
        let other = format!("not-{slug}");
        all.push(("with an expired assertion", Some(own.sign(&claims(slug, signers.now - 3600)))));
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
        organization: "check".to_owned(),
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

async fn probe(
    client: &reqwest::Client,
    upstream: &str,
    request: &str,
    assertion: Option<String>,
) -> ToolProbe {
    let mut asked = client.get(format!("{upstream}/"));
    if let Some(assertion) = assertion {
        asked = asked.header("byleave-assertion", assertion);
    }
    let status = asked.send().await.ok().map(|answer| answer.status().as_u16());
    let outcome = match status {
        None => "unreachable",
        Some(401 | 403) => "refused",
        Some(_) => "answered",
    };
    ToolProbe { request: request.to_owned(), status, outcome: outcome.to_owned() }
}

fn meaning(tool: &Tool, answered: Option<&ToolProbe>, unreached: bool) -> String {
    let Tool { upstream, isolation, .. } = tool;
    match (isolation, answered) {
        (Isolation::UpstreamVerified, Some(probe)) => format!(
            "NOT VERIFIED: it is said to verify the assertion, and answers a request {}. Whoever reaches `{upstream}` \
             gets in without Byleave.",
            probe.request
        ),
        (_, Some(_)) => format!(
            "It answers without Byleave: whoever reaches `{upstream}` past the gateway gets in, unrecorded. Let nobody \
             but the gateway reach it."
        ),
        (_, None) if unreached => format!(
            "`{upstream}` is not reached from here, so that nobody here gets past the gateway. (Or it is down.)"
        ),
        (_, None) => "It refuses whatever does not come through the gateway.".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use byleave_domain::ids::ToolId;
    use byleave_domain::tool::Requirement;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;

    /// An upstream that answers as `answer` says of what it was sent.
    async fn upstream(answer: fn(&str) -> u16) -> String {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move {
            while let Ok((mut tcp, _)) = listener.accept().await {
                let mut head = vec![];
                while !head.ends_with(b"\r\n\r\n") {
                    head.push(tcp.read_u8().await.unwrap());
                }
                let status = answer(&String::from_utf8(head).unwrap().to_lowercase());
                let text = format!("HTTP/1.1 {status} X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
                tcp.write_all(text.as_bytes()).await.unwrap();
            }
        });
        origin
    }

    async fn checked(isolation: Isolation, upstream: String) -> (Vec<String>, bool, String) {
        let tool = Tool {
            id: ToolId::from_bytes([1; 16]),
            slug: "metrics".parse().unwrap(),
            name: "Metrics".parse().unwrap(),
            upstream,
            isolation,
            reason: Requirement::Required,
            case: Requirement::Optional,
            assets: vec![],
        };
        let (own, foreign) = (Signer::from_seed(&[1; 32]).unwrap(), Signer::from_seed(&[2; 32]).unwrap());
        let (issuer, now) = ("http://127.0.0.1:8080", 1_700_000_000);
        let signers = Signers { own: Some(&own), foreign: &foreign, issuer, now };
        let check = check(&tool, &signers).await.unwrap();
        assert_eq!(check.requests.len(), 4);
        let outcomes = check.requests.into_iter().map(|probe| probe.outcome).collect();
        (outcomes, check.contradicted, check.meaning)
    }

    #[tokio::test]
    async fn what_answers_past_the_gateway_is_told() {
        let verified = || Isolation::UpstreamVerified;
        let refuses = upstream(|_| 401).await;
        let (outcomes, contradicted, meaning) = checked(verified(), refuses).await;
        assert_eq!((outcomes, contradicted), (vec!["refused".to_owned(); 4], false));
        assert!(meaning.starts_with("It refuses"), "{meaning}");

        let open = upstream(|_| 200).await;
        let (_, contradicted, meaning) = checked(verified(), open.clone()).await;
        assert!(contradicted && meaning.contains("answers a request without an assertion"), "{meaning}");
        let (_, contradicted, meaning) = checked(Isolation::Shared { accepted: true }, open).await;
        assert!(!contradicted && meaning.contains("unrecorded"), "{meaning}");

        // One that looks whether there is an assertion, and not at what it says.
        let careless = upstream(|head| if head.contains("byleave-assertion") { 200 } else { 401 }).await;
        let (outcomes, contradicted, meaning) = checked(verified(), careless).await;
        assert_eq!(outcomes, ["refused", "answered", "answered", "answered"]);
        assert!(contradicted && meaning.contains("with a forged assertion"), "{meaning}");

        let gone = "http://127.0.0.1:9".to_owned();
        let (outcomes, contradicted, meaning) = checked(verified(), gone).await;
        assert_eq!((outcomes, contradicted), (vec!["unreachable".to_owned(); 4], false));
        assert!(meaning.contains("not reached from here"), "{meaning}");
    }
}
