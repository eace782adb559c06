//! What a provider can answer with that is none of its business: too much, redirects, nothing, another's name.

use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::*;

/// Answers every request with what `answer` makes of its first line and its own address.
async fn server(answer: impl Fn(&str, &str) -> String + Send + Sync + 'static) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let own = format!("http://{}", listener.local_addr().unwrap());
    let (issuer, asked) = (own.clone(), Arc::new(AtomicUsize::new(0)));
    let count = Arc::clone(&asked);
    let answer = Arc::new(answer);
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            let (answer, own, count) = (Arc::clone(&answer), own.clone(), Arc::clone(&count));
            tokio::spawn(async move {
                let mut bytes = vec![0; 16 * 1024];
                let read = socket.read(&mut bytes).await.unwrap_or(0);
                let text = String::from_utf8_lossy(bytes.get(..read).unwrap_or_default()).into_owned();
                count.fetch_add(1, Ordering::SeqCst);
                let _ =
                    socket.write_all(answer(text.lines().next().unwrap_or_default(), &own).as_bytes()).await;
            });
        }
    });
    (issuer, asked)
}

fn ok(body: &str) -> String {
    format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    )
}

fn metadata(issuer: &str, own: &str) -> String {
    ok(&format!(
        r#"{{"issuer": "{issuer}", "authorization_endpoint": "{own}/auth?ui=1", "token_endpoint": "{own}/token", "jwks_uri": "{own}/jwks"}}"#
    ))
}

/// Seconds, as they are set.
#[derive(Default)]
struct HandSet(AtomicI64);

impl Clock for HandSet {
    fn now(&self) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + self.0.load(Ordering::SeqCst)).unwrap()
    }
}

fn provider(issuer: &str) -> Provider {
    provider_at(issuer, Arc::default())
}

fn provider_at(issuer: &str, clock: Arc<HandSet>) -> Provider {
    let settings = Settings {
        issuer: issuer.to_owned(),
        client_id: "byleave".into(),
        client_secret: "of no secret".into(),
        scopes: vec!["openid".into(), "email".into()],
        groups_claim: "groups".into(),
        redirect_uri: "http://127.0.0.1:8080/sign-in/callback".into(),
    };
    Provider::new(settings, clock).unwrap()
}

fn ceremony() -> Ceremony {
    Ceremony {
        state: "s".into(),
        nonce: "n".into(),
        verifier: "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk".into(),
    }
}

#[tokio::test]
async fn a_browser_is_sent_with_everything_that_is_checked_later() {
    let answer = |line: &str, own: &str| {
        if line.contains("jwks") { ok(r#"{"keys": []}"#) } else { metadata(own, own) }
    };
    let (issuer, asked) = server(answer).await;
    let clock = Arc::new(HandSet::default());
    let provider = provider_at(&issuer, Arc::clone(&clock));
    let address = provider.address(&ceremony()).await.unwrap();
    // The challenge of RFC 7636, appendix B.
    assert_eq!(
        address.strip_prefix(&issuer).unwrap(),
        "/auth?ui=1&response_type=code&client_id=byleave&redirect_uri=http%3A%2F%2F127.0.0.1%3A8080%2Fsign-in%2Fcallback\
         &scope=openid+email&state=s&nonce=n&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256"
    );
    provider.address(&ceremony()).await.unwrap();
    assert_eq!(asked.load(Ordering::SeqCst), 2, "what is known is not asked again");
    // A token that names another key has the keys asked for once a minute at most.
    let unknown = "eyJhbGciOiJFZERTQSIsImtpZCI6ImsxIn0.e30.AA";
    for (second, questions) in [(0, 2), (59, 2), (60, 4), (119, 4)] {
        clock.0.store(second, Ordering::SeqCst);
        provider.logout(unknown, Timestamp::UNIX_EPOCH).await.unwrap_err();
        assert_eq!(asked.load(Ordering::SeqCst), questions, "{second}");
    }
    provider.address(&ceremony()).await.unwrap();
    assert_eq!(
        asked.load(Ordering::SeqCst),
        6,
        "whoever goes there is not told what was answered a minute ago"
    );
}

#[tokio::test]
async fn what_is_no_provider_is_not_asked_any_further() {
    let redirect =
        "HTTP/1.1 302 Found\r\nlocation: /elsewhere\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
    type Answer = fn(&str, &str) -> String;
    let rows: [(&str, usize, Answer); 5] = [
        ("another's name", 1, |_, own| metadata("https://login.vendor.example", own)),
        ("no document", 1, |_, _| ok("<html>")),
        ("too much", 1, |_, _| ok(&format!("\"{}\"", "x".repeat(ANSWER_BYTES_MAX)))),
        ("an error", 1, |_, _| "HTTP/1.1 500 No\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".into()),
        (
            "keys that are none",
            2,
            |line, own| if line.contains("jwks") { ok("{}") } else { metadata(own, own) },
        ),
    ];
    for (what, questions, answer) in rows {
        let (issuer, asked) = server(answer).await;
        let address = provider(&issuer).address(&ceremony()).await;
        assert!(matches!(address, Err(ProviderFailed::Unreachable(_))), "{what}: {address:?}");
        assert_eq!(asked.load(Ordering::SeqCst), questions, "{what}");
    }
    let (issuer, asked) = server(move |_, _| redirect.to_owned()).await;
    assert!(provider(&issuer).address(&ceremony()).await.is_err());
    assert_eq!(asked.load(Ordering::SeqCst), 1, "no redirect is followed");
    assert!(provider("http://127.0.0.1:9").address(&ceremony()).await.is_err(), "nobody there");
}

#[test]
fn a_provider_with_tls_has_no_address_without() {
    const ISSUER: &str = "https://login.vendor.example";
    for name in ["authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri"] {
        let with = |scheme: &str| {
            let address = |of: &str| {
                format!("{}://login.vendor.example/{of}", if of == name { scheme } else { "https" })
            };
            let said = serde_json::json!({
                "issuer": ISSUER, "authorization_endpoint": address("authorization_endpoint"),
                "token_endpoint": address("token_endpoint"), "userinfo_endpoint": address("userinfo_endpoint"),
                "jwks_uri": address("jwks_uri"),
            });
            serde_json::from_value::<Metadata>(said).unwrap().fault(ISSUER)
        };
        assert_eq!((with("https"), with("http")), (None, Some("names addresses without TLS")), "{name}");
    }
}

#[tokio::test]
async fn an_answer_of_another_provider_is_not_redeemed() {
    let answer = |line: &str, own: &str| match line {
        line if line.contains("jwks") => ok(r#"{"keys": []}"#),
        line if line.contains("token") => {
            "HTTP/1.1 400 No\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".into()
        }
        _ => {
            let told = r#""authorization_response_iss_parameter_supported": true, "jwks_uri""#;
            // Without its length, which is another now: it ends with the connection.
            metadata(own, own).replace(r#""jwks_uri""#, told).replace("content-length", "x-length")
        }
    };
    let (issuer, asked) = server(answer).await;
    let provider = provider(&issuer);
    let redeem = async |iss: Option<&str>| {
        provider.redeem(&ceremony(), "c", iss, Timestamp::UNIX_EPOCH).await.unwrap_err()
    };
    for iss in [None, Some("https://login.vendor.example")] {
        assert_eq!(redeem(iss).await, ProviderFailed::Refused("the answer is another provider's"), "{iss:?}");
    }
    assert_eq!(asked.load(Ordering::SeqCst), 2, "its code goes to nobody");
    assert_eq!(redeem(Some(&issuer)).await, ProviderFailed::Refused("the provider does not take the code"));
}
