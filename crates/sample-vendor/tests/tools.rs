//! The three tools over real sockets: nothing without an assertion, nothing of another organization with one.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use byleave_assertion::{Act, Assertion, HEADER_NAME, LIFE_SECONDS, Signer};
use byleave_sample_vendor::{BackOffice, Config, Keys, Organization, ServeError, Tool};
use futures_util::{SinkExt, StreamExt};
use jiff::Timestamp;
use reqwest::{RequestBuilder, StatusCode};
use serde_json::Value;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Error as WsError, Message};

const ISSUER: &str = "http://127.0.0.1:8080";
const EVENTS: u32 = 1500;
const PATIENCE: Duration = Duration::from_secs(10);

/// Every route, so that a new one is not forgotten below.
const ROUTES: [(Tool, &[&str]); 3] = [
    (
        Tool::SystemLog,
        &[
            "/",
            "/search",
            "/export.ndjson",
            "/api/v1/logs",
            "/live",
            "/assets/style.css",
            "/assets/tail.js",
            "/nothing",
        ],
    ),
    (
        Tool::UserLookup,
        &["/", "/person", "/api/v1/users", "/api/v1/users/1", "/assets/style.css", "/nothing"],
    ),
    (Tool::Diagnostics, &["/", "/ws", "/assets/style.css", "/assets/console.js", "/nothing"]),
];

#[tokio::test]
async fn nothing_is_served_without_a_valid_assertion() {
    let office = Office::open();
    for (tool, paths) in ROUTES {
        let served = office.serve(tool).await;
        for path in paths {
            let mut stale = assertion(tool, "acme");
            (stale.iat, stale.exp) = (stale.iat - 60, stale.exp - 60);
            let other_tool = if tool == Tool::SystemLog { Tool::UserLookup } else { Tool::SystemLog };
            let values =
                [signer().sign(&stale), signer().sign(&assertion(other_tool, "acme")), "x".to_owned()];
            let twice = signer().sign(&assertion(tool, "acme"));
            let requests = [
                served.bare(path),
                served.bare(path).header(HEADER_NAME, &values[0]),
                served.bare(path).header(HEADER_NAME, &values[1]),
                served.bare(path).header(HEADER_NAME, &values[2]),
                served.bare(path).header(HEADER_NAME, &twice).header(HEADER_NAME, &twice),
            ];
            for (number, request) in requests.into_iter().enumerate() {
                let answer = request.send().await.unwrap();
                assert_eq!(answer.status(), StatusCode::UNAUTHORIZED, "{tool:?} {path} {number}");
                let text = answer.text().await.unwrap();
                assert!(text.starts_with("This tool is only reached through Byleave: "), "{text}");
            }
        }
    }
}

#[tokio::test]
async fn an_organization_that_is_not_served_is_refused() {
    let served = Office::open().serve(Tool::SystemLog).await;
    let mut unknown = assertion(Tool::SystemLog, "acme");
    unknown.sub = "org_ffffffffffffffffffffffffffffffff".into();
    let answer = served.bare("/").header(HEADER_NAME, signer().sign(&unknown)).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn keys_that_cannot_be_used_end_serving_at_once() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let keys = Keys { jwks: r#"{"keys":[]}"#.into(), issuer: ISSUER.into() };
    let ended = Office::open().0.serve(listener, Tool::SystemLog, &keys).await;
    assert!(matches!(ended, Err(ServeError::Keys { .. })));
}

#[tokio::test]
async fn the_global_search_stays_in_the_asserted_organization() {
    let served = Office::open().serve(Tool::SystemLog).await;
    for (asserted, other) in [("acme", "globex"), ("globex", "acme")] {
        for query in ["", "q=sign", "organization=", &format!("organization={asserted}&q=user")] {
            let page = served.text(&format!("/search?{query}"), asserted).await;
            assert!(page.contains(&format!("@{asserted}.example")), "{query}");
            assert!(!page.contains(&format!("{other}.example")), "{query}");
        }
        // Its words find nobody elsewhere, even by the other's own name.
        let page = served.text(&format!("/search?q={other}.example"), asserted).await;
        assert!(page.contains("No event matches."));

        for named in [other, &id(other), "nobody", "ACME", "%25"] {
            let answer = served.get(&format!("/search?organization={named}"), asserted).send().await.unwrap();
            assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{named}");
            let page = answer.text().await.unwrap();
            assert!(page.contains("let you in for") && !page.contains(".example"), "{page}");
        }
    }
}

#[tokio::test]
async fn pages_json_and_export_hold_one_organization_alone() {
    let office = Office::open();
    for (tool, paths) in [
        (Tool::SystemLog, ["/", "/api/v1/logs?limit=1000", "/export.ndjson"]),
        (Tool::UserLookup, ["/", "/api/v1/users", "/?q=active"]),
    ] {
        let served = office.serve(tool).await;
        for path in paths {
            let page = served.text(path, "acme").await;
            assert!(page.contains("@acme.example"), "{path}");
            assert!(!page.contains("globex") && !page.contains("initech"), "{path}");
        }
    }
}

#[tokio::test]
async fn paging_covers_every_event_once_in_both_orders() {
    let served = Office::open().serve(Tool::SystemLog).await;
    for order in ["ASCENDING", "DESCENDING"] {
        let start = "since=2000-01-01T00:00:00Z&until=2100-01-01T00:00:00Z&limit=137";
        let mut next = Some(format!("logs?{start}&sortOrder={order}"));
        let (mut seen, mut published) = (BTreeSet::new(), Vec::new());
        while let Some(link) = next {
            let answer = served.get(&format!("/api/v1/{link}"), "acme").send().await.unwrap();
            next = relation(&answer, "next");
            assert!(relation(&answer, "self").is_some());
            for event in answer.json::<Vec<Value>>().await.unwrap() {
                assert!(seen.insert(event["uuid"].as_str().unwrap().to_owned()), "twice");
                published.push(event["published"].as_str().unwrap().to_owned());
            }
        }
        assert_eq!(seen.len(), EVENTS as usize);
        assert!(if order == "ASCENDING" {
            published.is_sorted()
        } else {
            published.iter().rev().is_sorted()
        });
    }
}

#[tokio::test]
async fn the_page_can_be_turned_to_the_oldest_event() {
    let served = Office::open().serve(Tool::SystemLog).await;
    let (mut rows, mut next) = (0, Some("/".to_owned()));
    while let Some(path) = next {
        let page = served.text(&path, "acme").await;
        rows += page.matches("<tr class=").count();
        next =
            page.split("rel=\"next\" href=\".").nth(1).map(|rest| rest.split('"').next().unwrap().to_owned());
        next = next.map(|path| path.replace("&#38;", "&"));
    }
    assert_eq!(rows, EVENTS as usize);
}

#[tokio::test]
async fn polling_never_ends_and_a_default_answer_reaches_back_a_week() {
    let served = Office::open().serve(Tool::SystemLog).await;
    let answer = served.get("/api/v1/logs?limit=1000", "acme").send().await.unwrap();
    let next = relation(&answer, "next").unwrap();
    let week = answer.json::<Vec<Value>>().await.unwrap().len();
    let expected = EVENTS as usize * 7 / 30;
    assert!(week.abs_diff(expected) <= 1, "{week} against {expected}");

    let empty = served.get(&format!("/api/v1/{next}"), "acme").send().await.unwrap();
    assert_eq!(relation(&empty, "next"), Some(next));
    assert_eq!(empty.text().await.unwrap(), "[]");
}

#[tokio::test]
async fn a_search_needs_all_words_and_severity_narrows_it() {
    let served = Office::open().serve(Tool::SystemLog).await;
    let events = |query: &'static str| {
        let request =
            served.get(&format!("/api/v1/logs?since=2000-01-01T00:00:00Z&limit=1000&{query}"), "acme");
        async move { request.send().await.unwrap().json::<Vec<Value>>().await.unwrap() }
    };
    let found = events("q=MFA+invalid_CODE").await;
    assert!(!found.is_empty());
    for event in &found {
        assert_eq!(event["eventType"], "user.authentication.auth_via_mfa");
        assert_eq!(event["outcome"]["reason"], "INVALID_CODE");
        assert_eq!(event["severity"], "WARN");
    }
    assert!(events("q=mfa+no-such-word").await.is_empty());
    // Characters that mean something to SQL's LIKE or to JSON are letters like others.
    assert!(events("q=%25").await.is_empty());
    assert!(events("q=%22%5D").await.is_empty());

    let page = served.text("/?severity=ERROR", "acme").await;
    assert!(page.contains("<tr class=\"ERROR\"") && !page.contains("<tr class=\"INFO\""));
}

#[tokio::test]
async fn bad_parameters_are_named() {
    let served = Office::open().serve(Tool::SystemLog).await;
    for (query, named) in [
        ("limit=1001", "1001"),
        ("limit=x", "limit"),
        ("since=yesterday", "yesterday"),
        ("sortOrder=UP", "UP"),
        ("after=1", "bad cursor"),
        ("filter=x", "filter"),
        ("q=a+b+c+d+e+f+g+h+i+j+k", "10 words"),
    ] {
        let answer = served.get(&format!("/api/v1/logs?{query}"), "acme").send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST, "{query}");
        let problem: Value = answer.json().await.unwrap();
        assert_eq!(problem["errorCode"], "E0000001");
        assert!(problem["errorSummary"].as_str().unwrap().contains(named), "{problem}");
    }
}

#[tokio::test]
async fn an_export_is_one_event_a_line_and_ends() {
    let served = Office::open().serve(Tool::SystemLog).await;
    let body = served.text("/export.ndjson", "acme").await;
    let ids: BTreeSet<String> =
        body.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["uuid"].to_string()).collect();
    assert_eq!((body.lines().count(), ids.len()), (EVENTS as usize, EVENTS as usize));
}

#[tokio::test]
async fn the_live_tail_sends_new_events_of_the_asserted_organization_and_keeps_them() {
    let served = Office::open().serve(Tool::SystemLog).await;
    let mut acme = served.get("/live", "acme").send().await.unwrap();
    let mut globex = served.get("/live", "globex").send().await.unwrap();
    assert_eq!(acme.headers()["content-type"], "text/event-stream");
    let (first, second, other) =
        (next_event(&mut acme).await, next_event(&mut acme).await, next_event(&mut globex).await);
    assert_ne!(first["uuid"], second["uuid"]);
    assert!(first["published"].as_str() < second["published"].as_str());
    assert!(first["actor"]["alternateId"].as_str().unwrap().ends_with("@acme.example"));
    assert!(other["actor"]["alternateId"].as_str().unwrap().ends_with("@globex.example"));

    // They are in the log, and the log has kept its size.
    let log = served.get("/api/v1/logs?sortOrder=DESCENDING&limit=5", "acme").send().await.unwrap();
    let log: Vec<Value> = log.json().await.unwrap();
    assert!(log.contains(&first) && log.contains(&second));
    assert!(served.text("/", "acme").await.contains(&format!("<p>{EVENTS} events.")));
    assert!(served.text("/", "initech").await.contains(&format!("<p>{EVENTS} events.")));
}

#[tokio::test]
async fn two_watchers_see_the_same_events() {
    let served = Office::open().serve(Tool::SystemLog).await;
    let mut one = served.get("/live", "acme").send().await.unwrap();
    let mut two = served.get("/live", "acme").send().await.unwrap();
    let (_, _) = (next_event(&mut one).await, next_event(&mut two).await);
    let ones = [next_event(&mut one).await, next_event(&mut one).await];
    let twos = [next_event(&mut two).await, next_event(&mut two).await];
    assert!(ones.iter().any(|event| twos.contains(event)));
}

#[tokio::test]
async fn people_are_found_and_another_organizations_person_does_not_exist() {
    let served = Office::open().serve(Tool::UserLookup).await;
    let all: Vec<Value> = served.get("/api/v1/users", "acme").send().await.unwrap().json().await.unwrap();
    assert_eq!(all.len(), 200);
    let emails: BTreeSet<_> = all.iter().map(|person| person["profile"]["email"].to_string()).collect();
    assert_eq!(emails.len(), 200);

    let person = &all[3];
    let email = person["profile"]["email"].as_str().unwrap();
    let found: Vec<Value> =
        served.get(&format!("/api/v1/users?q={email}"), "acme").send().await.unwrap().json().await.unwrap();
    assert_eq!(&found, std::slice::from_ref(person));

    let id = person["id"].as_str().unwrap();
    assert!(served.text(&format!("/person?id={id}"), "acme").await.contains(email));
    for path in [format!("/person?id={id}"), format!("/api/v1/users/{id}")] {
        let own = served.get(&path, "acme").send().await.unwrap();
        let other = served.get(&path, "globex").send().await.unwrap();
        let missing = served.get(&path.replace("00u", "00v"), "globex").send().await.unwrap();
        assert_eq!(own.status(), StatusCode::OK);
        assert_eq!((other.status(), missing.status()), (StatusCode::NOT_FOUND, StatusCode::NOT_FOUND));
        assert_eq!(other.text().await.unwrap(), missing.text().await.unwrap());
    }
}

#[tokio::test]
async fn hostile_text_stays_text() {
    let office = Office::open();
    let log = office.serve(Tool::SystemLog).await;
    let hostile = "%22%3E%3Cscript%3Ealert(1)%3C%2Fscript%3E";
    for path in [
        format!("/?q={hostile}"),
        format!("/search?q={hostile}"),
        format!("/search?organization={hostile}"),
        "/search?q=invalid_credentials".to_owned(), // among these is a scanner, see below
    ] {
        let page = log.get(&path, "acme").send().await.unwrap().text().await.unwrap();
        assert!(page.contains("&#60;script&#62;"), "{path}");
        assert!(!page.contains("<script>") && !page.contains("<img"), "{path}");
    }
    let raw = log.text("/export.ndjson", "acme").await;
    assert!(raw.contains("<script>"), "the data holds what the pages must not obey");

    let people = office.serve(Tool::UserLookup).await;
    let page = people.text("/", "acme").await;
    assert!(page.contains("&#60;") && !page.contains(" <dana"), "{page}");
    let page = people.text(&format!("/?q={hostile}"), "acme").await;
    assert!(!page.contains("<script>"));
}

#[tokio::test]
async fn pages_hold_nothing_inline_and_only_relative_links() {
    let office = Office::open();
    for (tool, paths) in [
        (Tool::SystemLog, vec!["/", "/search", "/search?organization=globex"]),
        (Tool::UserLookup, vec!["/", "/person?id=00u00000000000000001"]),
        (Tool::Diagnostics, vec!["/"]),
    ] {
        let served = office.serve(tool).await;
        for path in paths {
            let answer = served.get(path, "acme").send().await.unwrap();
            assert!(
                answer.headers()["content-security-policy"].to_str().unwrap().contains("script-src 'self'")
            );
            assert_eq!(answer.headers()["cache-control"], "no-store");
            let page = answer.text().await.unwrap();
            assert!(
                !page.contains("<script>") && !page.contains("<style") && !page.contains(" style="),
                "{path}"
            );
            for attribute in ["href=\"", "src=\"", "action=\""] {
                for link in page.split(attribute).skip(1) {
                    assert!(!link.starts_with('/') && !link.starts_with("http"), "{path}: {link}");
                }
            }
        }
    }
}

#[tokio::test]
async fn the_console_answers_and_says_who_is_there() {
    let served = Office::open().serve(Tool::Diagnostics).await;
    let mut console = served.connect("acme").await.unwrap();
    assert!(line(&mut console).await.starts_with("connected to acme"));
    let hostile = "<img src=x onerror=alert(1)> é";
    assert_eq!(ask(&mut console, &format!("echo {hostile}")).await, hostile);
    assert_eq!(ask(&mut console, "ping").await, "pong");
    assert_eq!(ask(&mut console, "fly").await, "unknown command `fly`; try `help`");
    assert!(ask(&mut console, "help").await.starts_with("help"));
    for _ in 0..6 {
        line(&mut console).await;
    }
    assert_eq!(ask(&mut console, "whoami").await, "Ines Okafor of Northwind Cloud (person_01)");
    assert_eq!(line(&mut console).await, format!("for acme ({})", id("acme")));
    assert_eq!(line(&mut console).await, "on visit_01, decision decision_01");
    assert!(ask(&mut console, "sessions").await.ends_with("@acme.example"));
}

#[tokio::test]
async fn the_consoles_tail_runs_until_stop() {
    let served = Office::open().serve(Tool::Diagnostics).await;
    let mut console = served.connect("acme").await.unwrap();
    line(&mut console).await;
    assert!(ask(&mut console, "tail").await.contains("acme"));
    assert!(line(&mut console).await.contains("finished in"));
    console.send(Message::text("stop")).await.unwrap();
    console.send(Message::text("ping")).await.unwrap();
    while line(&mut console).await != "pong" {}
    assert!(timeout(Duration::from_millis(1200), console.next()).await.is_err(), "it goes on");
}

#[tokio::test]
async fn a_console_without_an_assertion_or_with_a_huge_message_is_closed() {
    let served = Office::open().serve(Tool::Diagnostics).await;
    let stream = TcpStream::connect(served.address).await.unwrap();
    let refused = tokio_tungstenite::client_async(format!("ws://{}/ws", served.address), stream).await;
    assert!(matches!(refused, Err(WsError::Http(answer)) if answer.status() == 401));

    let mut console = served.connect("acme").await.unwrap();
    line(&mut console).await;
    let _ = console.send(Message::text("x".repeat(5000))).await;
    let end = timeout(PATIENCE, console.next()).await.unwrap();
    assert!(matches!(end, None | Some(Err(_) | Ok(Message::Close(_)))), "{end:?}");
}

/// The same seed makes the same data; another makes other data.
#[tokio::test]
async fn data_follows_from_the_seed() {
    let events = |seed| async move {
        let served = Office::with_seed(seed).serve(Tool::SystemLog).await;
        served.text("/export.ndjson", "acme").await
    };
    let (one, same, other) = (events(1).await, events(1).await, events(2).await);
    assert!(one == same && one != other);
}

struct Office(BackOffice);

struct Served {
    address: SocketAddr,
    tool: Tool,
    http: reqwest::Client,
}

impl Office {
    fn open() -> Self {
        Self::with_seed(7)
    }

    fn with_seed(seed: u64) -> Self {
        let organization =
            |slug: &str| Organization { id: id(slug), slug: slug.to_owned(), name: slug.to_owned() };
        let config = Config {
            organizations: ["acme", "globex", "initech"].map(organization).to_vec(),
            events_per_organization: EVENTS,
            seed,
            clock: ticking_clock(),
        };
        Self(BackOffice::open(config).unwrap())
    }

    async fn serve(&self, tool: Tool) -> Served {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let keys = Keys { jwks: signer().jwks(), issuer: ISSUER.into() };
        let office = self.0.clone();
        tokio::spawn(async move { office.serve(listener, tool, &keys).await.unwrap() });
        Served { address, tool, http: reqwest::Client::new() }
    }
}

impl Served {
    fn bare(&self, path: &str) -> RequestBuilder {
        self.http.get(format!("http://{}{path}", self.address)).timeout(PATIENCE)
    }

    fn get(&self, path: &str, organization: &str) -> RequestBuilder {
        self.bare(path).header(HEADER_NAME, signer().sign(&assertion(self.tool, organization)))
    }

    async fn text(&self, path: &str, organization: &str) -> String {
        let answer = self.get(path, organization).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
        answer.text().await.unwrap()
    }

    async fn connect(&self, organization: &str) -> Result<WebSocketStream<TcpStream>, WsError> {
        let mut request = format!("ws://{}/ws", self.address).into_client_request().unwrap();
        let value = signer().sign(&assertion(self.tool, organization));
        request.headers_mut().insert(HEADER_NAME, value.parse().unwrap());
        let stream = TcpStream::connect(self.address).await.unwrap();
        Ok(tokio_tungstenite::client_async(request, stream).await?.0)
    }
}

/// A fixed instant that goes on from the first time it is read, so that data and assertions do not depend on the day.
fn ticking_clock() -> Arc<dyn Fn() -> Timestamp + Send + Sync> {
    let started = std::sync::OnceLock::new();
    Arc::new(move || {
        let elapsed = started.get_or_init(std::time::Instant::now).elapsed().as_millis();
        Timestamp::from_millisecond(NOW * 1000 + i64::try_from(elapsed).unwrap()).unwrap()
    })
}

const NOW: i64 = 1_790_000_000;

fn signer() -> Signer {
    Signer::from_seed(&[1; 32]).unwrap()
}

fn id(slug: &str) -> String {
    let digit = slug.chars().next().unwrap();
    format!("org_{:032x}", u32::from(digit))
}

fn assertion(tool: Tool, organization: &str) -> Assertion {
    Assertion {
        iss: ISSUER.into(),
        aud: tool.slug().into(),
        sub: id(organization),
        organization: organization.into(),
        act: Act { sub: "person_01".into(), name: "Ines Okafor".into(), employer: "Northwind Cloud".into() },
        visit: "visit_01".into(),
        jti: "decision_01".into(),
        iat: NOW,
        exp: NOW + LIFE_SECONDS,
    }
}

fn relation(answer: &reqwest::Response, relation: &str) -> Option<String> {
    let wanted = format!(">; rel=\"{relation}\"");
    let links = answer.headers().get_all("link").iter().map(|link| link.to_str().unwrap());
    links.filter_map(|link| link.strip_suffix(&wanted)?.strip_prefix('<')).map(str::to_owned).next()
}

/// The next event of a stream that sends each in a piece of its own.
async fn next_event(stream: &mut reqwest::Response) -> Value {
    let piece = timeout(PATIENCE, stream.chunk()).await.unwrap().unwrap().unwrap();
    let text = String::from_utf8(piece.to_vec()).unwrap();
    let data = text.lines().find_map(|line| line.strip_prefix("data: ")).unwrap();
    serde_json::from_str(data).unwrap()
}

async fn line(console: &mut WebSocketStream<TcpStream>) -> String {
    match timeout(PATIENCE, console.next()).await.unwrap().unwrap().unwrap() {
        Message::Text(text) => text.to_string(),
        other => unreachable!("{other:?}"),
    }
}

async fn ask(console: &mut WebSocketStream<TcpStream>, command: &str) -> String {
    console.send(Message::text(command)).await.unwrap();
    line(console).await
}
