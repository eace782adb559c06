//! The HTTP API as the command line uses it.

use std::sync::OnceLock;
use std::time::Duration;

use byleave_api::problem::{Problem, ProblemType};
use byleave_app::clock::SystemEntropy;
use byleave_app::ports::Entropy as _;
use byleave_domain::ids::to_hex;
use clap::Args;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::failure::{Context as _, Failure};

/// Largest answer that is taken, bytes.
const ANSWER_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Items asked for at once.
const PAGE_ITEMS: usize = 1_000;

/// A wait that is told (`Retry-After`) is waited for if it is no longer than this.
const TOLD_WAIT_MAX: Duration = Duration::from_secs(60);

/// So often is waited for one answer; others may share the limit and come first.
const TOLD_WAITS_MAX: u32 = 10;

/// So long in all.
const TOLD_WAITS_IN_ALL: Duration = Duration::from_secs(180);

/// Somebody who says nothing for this long is no longer waited for; an import of many organizations takes its time.
const SILENCE_MAX: Duration = Duration::from_secs(300);

/// Items of a list at most.
const LIST_ITEMS_MAX: usize = 1_000_000;

/// The header by which a change is known again.
const KEY: &str = "idempotency-key";

/// What came back.
struct Answer {
    body: Vec<u8>,
    /// The query of the next page.
    next: Option<String>,
}

/// The query in a `Link` to the next page of a list.
fn next_page(link: &str) -> Option<String> {
    link.strip_prefix("<?")?.strip_suffix(">; rel=\"next\"").map(str::to_owned)
}

/// Where the control plane is and who is asking.
#[derive(Debug, Clone, Args)]
pub struct Server {
    /// Address of the control plane, such as http://127.0.0.1:8080
    #[arg(long, env = "BYLEAVE_URL", global = true)]
    url: Option<String>,
    /// Bearer token of whoever is asking
    #[arg(long, env = "BYLEAVE_TOKEN", hide_env_values = true, global = true)]
    token: Option<String>,
    /// Made once: a log has thousands of files.
    #[arg(skip)]
    client: OnceLock<reqwest::Client>,
}

impl Server {
    /// A control plane at `url`, asked as whoever `token` stands for.
    #[must_use]
    pub fn new(url: &str, token: &str) -> Self {
        Self { url: Some(url.to_owned()), token: Some(token.to_owned()), client: OnceLock::new() }
    }

    /// Asks with GET.
    ///
    /// # Errors
    /// What the server refused, or why it was not reached.
    pub async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, Failure> {
        read(&self.get_bytes(path).await?)
    }

    /// A whole list, page by page.
    ///
    /// # Errors
    /// What the server refused, why it was not reached, or that the list has no end.
    pub async fn list<T: DeserializeOwned>(&self, path: &str) -> Result<Vec<T>, Failure> {
        let (address, query) = path.split_once('?').unwrap_or((path, ""));
        let mut query = format!("{query}&limit={PAGE_ITEMS}").trim_start_matches('&').to_owned();
        let mut all = Vec::new();
        loop {
            let page =
                self.attempt(&format!("{address}?{query}"), true, |client, url| client.get(url)).await?;
            let page = page.map_err(|problem| Failure::new(problem.detail))?;
            let items: Vec<T> = read(&page.body)?;
            all.extend(items);
            match page.next {
                None => return Ok(all),
                Some(_) if all.len() >= LIST_ITEMS_MAX => {
                    return Err(Failure::new(format_args!("the list has more than {LIST_ITEMS_MAX} items")));
                }
                Some(next) => query = next,
            }
        }
    }

    /// Sends `body` with POST.
    ///
    /// # Errors
    /// What the server refused, or why it was not reached.
    pub async fn post<T: DeserializeOwned>(&self, path: &str, body: &impl Serialize) -> Result<T, Failure> {
        self.post_or_problem(path, body).await?.map_err(|problem| Failure::new(problem.detail))
    }

    /// Sends `body` with POST; what the server refuses is the caller's to explain.
    ///
    /// # Errors
    /// Why the server was not reached, or made no sense.
    pub async fn post_or_problem<T: DeserializeOwned>(
        &self,
        path: &str,
        body: &impl Serialize,
    ) -> Result<Result<T, Problem>, Failure> {
        match self.change(path, |client, url| client.post(url).json(body)).await? {
            Ok(answer) => read(&answer.body).map(Ok),
            Err(problem) => Ok(Err(problem)),
        }
    }

    /// Sends a file with POST.
    ///
    /// # Errors
    /// What the server refused, or why it was not reached.
    pub async fn post_bytes<T: DeserializeOwned>(&self, path: &str, bytes: Vec<u8>) -> Result<T, Failure> {
        self.post_bytes_or_problem(path, bytes).await?.map_err(|problem| Failure::new(problem.detail))
    }

    /// The same; what the server refuses is the caller's to explain.
    ///
    /// # Errors
    /// Why the server was not reached, or made no sense.
    pub async fn post_bytes_or_problem<T: DeserializeOwned>(
        &self,
        path: &str,
        bytes: Vec<u8>,
    ) -> Result<Result<T, Problem>, Failure> {
        match self.change(path, |client, url| client.post(url).body(bytes.clone())).await? {
            Ok(answer) => read(&answer.body).map(Ok),
            Err(problem) => Ok(Err(problem)),
        }
    }

    /// A file, with GET.
    ///
    /// # Errors
    /// What the server refused, or why it was not reached.
    pub async fn get_bytes(&self, path: &str) -> Result<Vec<u8>, Failure> {
        self.get_bytes_or_problem(path).await?.map_err(|problem| Failure::new(problem.detail))
    }

    /// The same; what the server refuses is the caller's to explain.
    ///
    /// # Errors
    /// Why the server was not reached, or made no sense.
    pub async fn get_bytes_or_problem(&self, path: &str) -> Result<Result<Vec<u8>, Problem>, Failure> {
        let answer = self.attempt(path, true, |client, url| client.get(url)).await?;
        Ok(answer.map(|answer| answer.body))
    }

    /// Asks for a change, under a key of its own: then a line that breaks may be followed by another. Where no key is taken
    /// nothing was done, and there is one attempt without.
    async fn change(
        &self,
        path: &str,
        request: impl Fn(&reqwest::Client, &str) -> reqwest::RequestBuilder,
    ) -> Result<Result<Answer, Problem>, Failure> {
        let key = fresh_key();
        match self.attempt(path, true, |client, url| request(client, url).header(KEY, &key)).await? {
            Err(problem) if problem.kind() == Some(ProblemType::KeyNotTaken) => {
                self.attempt(path, false, request).await
            }
            answer => Ok(answer),
        }
    }

    /// `twice` says whether it may be asked once more when it is not known whether it was done.
    async fn attempt(
        &self,
        path: &str,
        twice: bool,
        request: impl Fn(&reqwest::Client, &str) -> reqwest::RequestBuilder,
    ) -> Result<Result<Answer, Problem>, Failure> {
        let url = self.url.as_deref().ok_or_else(|| {
            Failure::new("where is the control plane? set BYLEAVE_URL or give --url http://HOST:PORT")
        })?;
        let token = self
            .token
            .as_deref()
            .ok_or_else(|| Failure::new("who is asking? set BYLEAVE_TOKEN or give --token"))?;
        let address = format!("{}{path}", url.trim_end_matches('/'));
        let client = match self.client.get() {
            Some(client) => client,
            None => {
                let client = http_client()?;
                self.client.get_or_init(|| client)
            }
        };
        let send = || received(|| request(client, &address).bearer_auth(token));
        // A line that breaks says nothing of what was done.
        let (status, next, body) = match send().await {
            Err(Broken::Line(_)) if twice => send().await,
            other => other,
        }
        .map_err(|broken| match broken {
            Broken::Never(why) => unreached(url, &why),
            Broken::Line(why) | Broken::Other(why) => why,
        })?;
        if status.is_success() {
            return Ok(Ok(Answer { body, next }));
        }
        match serde_json::from_slice::<Problem>(&body) {
            Ok(problem) => Ok(Err(problem)),
            Err(_) => Err(Failure::new(format_args!("`{url}` answered {status}"))),
        }
    }
}

/// Sends a request; where there were too many (429), or the same is under way (409), again when the server says. Nothing was
/// done for one that is refused so. A log has more files than may be read at once.
///
/// # Errors
/// It was not reached.
pub async fn patiently(
    request: impl Fn() -> reqwest::RequestBuilder,
) -> Result<reqwest::Response, reqwest::Error> {
    let mut waits = Waits::default();
    loop {
        let answer = request().send().await?;
        let Some(wait) = told_to_wait(&answer).filter(|wait| waits.are_few_with(*wait)) else {
            return Ok(answer);
        };
        eprintln!("told to wait {} s", wait.as_secs());
        tokio::time::sleep(wait).await;
    }
}

/// Those for one answer so far.
#[derive(Default)]
struct Waits {
    count: u32,
    in_all: Duration,
}

impl Waits {
    /// Whether this one may be waited for, too; it is counted then.
    fn are_few_with(&mut self, wait: Duration) -> bool {
        let are_few = self.count < TOLD_WAITS_MAX && self.in_all + wait <= TOLD_WAITS_IN_ALL;
        if are_few {
            self.count += 1;
            self.in_all += wait;
        }
        are_few
    }
}

fn told_to_wait(answer: &reqwest::Response) -> Option<Duration> {
    if ![reqwest::StatusCode::TOO_MANY_REQUESTS, reqwest::StatusCode::CONFLICT].contains(&answer.status()) {
        return None;
    }
    let seconds = answer.headers().get("retry-after")?.to_str().ok()?.parse().ok()?;
    Some(Duration::from_secs(seconds)).filter(|wait| *wait <= TOLD_WAIT_MAX)
}

/// Why there is no answer.
enum Broken {
    /// Nobody is there.
    Never(reqwest::Error),
    /// Somebody was, and the answer did not come, or not whole.
    Line(Failure),
    /// Somebody was, and another attempt would come to the same.
    Other(Failure),
}

fn broken(why: reqwest::Error) -> Broken {
    match why {
        why if why.is_connect() => Broken::Never(why),
        why if why.is_timeout() => {
            let why = "nothing came for too long; whether it was done is not known";
            Broken::Other(Failure::new(why))
        }
        why => Broken::Line(Failure::new(format_args!("the line broke: {}", innermost(&why)))),
    }
}

/// Sends a request and waits for the whole answer.
async fn received(
    request: impl Fn() -> reqwest::RequestBuilder,
) -> Result<(reqwest::StatusCode, Option<String>, Vec<u8>), Broken> {
    let answer = patiently(request).await.map_err(broken)?;
    let status = answer.status();
    let next = answer.headers().get("link").and_then(|link| next_page(link.to_str().ok()?));
    let body = whole_body(answer, ANSWER_BYTES_MAX).await?;
    Ok((status, next, body))
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Failure> {
    serde_json::from_slice(body).context("the answer cannot be read")
}

/// A key of its own for one change.
fn fresh_key() -> String {
    let mut bits = [0; 16];
    SystemEntropy.fill(&mut bits);
    to_hex(&bits)
}

/// An address that was not reached.
#[must_use]
pub fn unreached(url: &str, why: &reqwest::Error) -> Failure {
    Failure::new(format_args!("`{url}` was not reached: {}", innermost(why)))
}

/// The innermost cause of an error: the outer ones say that something went wrong, and not what.
pub fn innermost(why: &dyn std::error::Error) -> String {
    let mut cause = why;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}

/// A client that follows no redirects, so that no token and no verification is led elsewhere.
///
/// # Errors
/// When the system's certificates cannot be used.
pub fn http_client() -> Result<reqwest::Client, Failure> {
    http_client_within(SILENCE_MAX)
}

fn http_client_within(silence: Duration) -> Result<reqwest::Client, Failure> {
    reqwest::Client::builder()
        .read_timeout(silence)
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(Duration::from_secs(10))
        .build()
        .context("no HTTP client")
}

/// Reads a body up to `bytes_max`.
///
/// # Errors
/// When it is longer, or breaks off.
pub async fn bounded_body(answer: reqwest::Response, bytes_max: usize) -> Result<Vec<u8>, Failure> {
    whole_body(answer, bytes_max).await.map_err(|broken| match broken {
        Broken::Never(why) => Failure::new(innermost(&why)),
        Broken::Line(why) | Broken::Other(why) => why,
    })
}

async fn whole_body(mut answer: reqwest::Response, bytes_max: usize) -> Result<Vec<u8>, Broken> {
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(broken)? {
        if body.len() + chunk.len() > bytes_max {
            let why = format_args!("the answer is longer than {bytes_max} bytes");
            return Err(Broken::Other(Failure::new(why)));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead as _, BufReader, Write as _};
    use std::net::TcpListener;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;
    use crate::commands::verify::fetch;

    /// Refuses the first `refused` requests with this header; and how many came.
    fn flooded(refused: u32, header: &'static str) -> (String, Arc<AtomicU32>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let came = Arc::new(AtomicU32::new(0));
        let counted = Arc::clone(&came);
        std::thread::spawn(move || {
            for mut tcp in listener.incoming().flatten() {
                let lines = BufReader::new(tcp.try_clone().unwrap()).lines();
                let _ = lines.map_while(Result::ok).find(String::is_empty);
                let answer = match counted.fetch_add(1, Ordering::SeqCst) < refused {
                    true => format!("429 X\r\n{header}\r\nContent-Length: 0"),
                    false => "200 X\r\nContent-Length: 2".to_owned(),
                };
                let body = if answer.starts_with("200") { "[]" } else { "" };
                let _ =
                    tcp.write_all(format!("HTTP/1.1 {answer}\r\nConnection: close\r\n\r\n{body}").as_bytes());
            }
        });
        (address, came)
    }

    #[tokio::test]
    async fn whoever_is_told_to_wait_waits_and_asks_again_within_bounds() {
        for (refused, header, works, comes) in [
            (0, "Retry-After: 1", true, 1),
            (2, "Retry-After: 0", true, 3),
            (TOLD_WAITS_MAX, "Retry-After: 0", true, 11),
            (u32::MAX, "Retry-After: 0", false, 11),
            (1, "Retry-After: 61", false, 1),
            (1, "Retry-After: soon", false, 1),
            (1, "Age: 1", false, 1),
        ] {
            let (address, came) = flooded(refused, header);
            let asked = Server::new(&address, "token").get::<Vec<u32>>("/").await;
            assert_eq!((asked.is_ok(), came.load(Ordering::SeqCst)), (works, comes), "{refused} {header}");
            let (address, came) = flooded(refused, header);
            let fetched = fetch(&http_client().unwrap(), &address).await;
            assert_eq!((fetched.is_ok(), came.load(Ordering::SeqCst)), (works, comes), "{refused} {header}");
        }
        let (address, came) = flooded(1, "Retry-After: 1");
        let begun = std::time::Instant::now();
        assert_eq!(Server::new(&address, "token").get::<Vec<u32>>("/").await.unwrap(), Vec::<u32>::new());
        assert_eq!(came.load(Ordering::SeqCst), 2);
        assert!(begun.elapsed() >= Duration::from_secs(1));
    }

    #[test]
    fn nobody_is_waited_for_too_often_or_too_long() {
        let seconds = Duration::from_secs;
        for (told, times) in [(seconds(0), 10), (seconds(18), 10), (seconds(20), 9), (seconds(60), 3)] {
            let mut waits = Waits::default();
            assert_eq!((0..100).filter(|_| waits.are_few_with(told)).count(), times, "{told:?}");
        }
    }

    #[tokio::test]
    async fn whoever_accepts_and_says_nothing_is_not_waited_for_for_good() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = Server::new(&format!("http://{}", listener.local_addr().unwrap()), "bl_x");
        server.client.set(http_client_within(Duration::from_millis(100)).unwrap()).unwrap();
        let silent = async { (listener.accept().await.unwrap(), listener.accept().await) };
        let asked = server.get::<Vec<u32>>("/");
        let refused = tokio::select! {
            _ = silent => panic!("it was asked twice"),
            refused = asked => refused.unwrap_err().to_string(),
        };
        assert!(refused.contains("nothing came for too long"), "{refused}");
    }

    #[tokio::test]
    async fn an_answer_that_is_too_long_is_fetched_once() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let came = Arc::new(AtomicU32::new(0));
        let counted = Arc::clone(&came);
        std::thread::spawn(move || {
            for mut tcp in listener.incoming().flatten() {
                counted.fetch_add(1, Ordering::SeqCst);
                let lines = BufReader::new(tcp.try_clone().unwrap()).lines();
                let _ = lines.map_while(Result::ok).find(String::is_empty);
                let _ = tcp.write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
                let _ = tcp.write_all(&vec![b' '; ANSWER_BYTES_MAX + 1]);
            }
        });
        let refused = Server::new(&address, "token").get::<Vec<u32>>("/").await.unwrap_err().to_string();
        assert!(refused.contains("longer than"), "{refused}");
        assert_eq!(came.load(Ordering::SeqCst), 1);
    }

    /// Answers `answers` one after the other, an empty one by breaking the line; returns each request's key.
    async fn keys(answers: &[&str]) -> (Vec<String>, bool) {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = Server::new(&format!("http://{}", listener.local_addr().unwrap()), "bl_x");
        let serving = async {
            let mut keys = Vec::new();
            for answer in answers {
                let accepted = tokio::time::timeout(std::time::Duration::from_secs(10), listener.accept());
                let (mut line, _) = accepted.await.unwrap().unwrap();
                let mut request = vec![0; 4096];
                let read = line.read(&mut request).await.unwrap();
                let text = String::from_utf8_lossy(&request[..read]).into_owned();
                let key = text.split("idempotency-key: ").nth(1).and_then(|rest| rest.lines().next());
                keys.push(key.unwrap_or_default().to_owned());
                line.write_all(answer.as_bytes()).await.unwrap();
            }
            keys
        };
        let body = serde_json::json!({});
        let asked = server.post::<serde_json::Value>("/v1/organizations", &body);
        let (keys, answer) = tokio::join!(serving, asked);
        (keys, answer.is_ok())
    }

    /// A 409 of this kind.
    fn refusal(kind: &str) -> String {
        let problem = serde_json::json!({
            "type": format!("http://127.0.0.1/problems/{kind}"), "title": "", "status": 409, "detail": kind,
        });
        let (problem, head) = (problem.to_string(), "HTTP/1.1 409 Conflict\r\nconnection: close");
        let wait = if kind == "under-way" { "\r\nretry-after: 0" } else { "" };
        format!("{head}{wait}\r\ncontent-length: {}\r\n\r\n{problem}", problem.len())
    }

    #[tokio::test]
    async fn a_change_is_asked_for_once_more_under_its_key_when_the_line_breaks() {
        let whole = "HTTP/1.1 201 Created\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}";
        let half = "HTTP/1.1 201 Created\r\ncontent-length: 9\r\n\r\n{";
        for first in ["", half] {
            let (keys, answered) = keys(&[first, whole]).await;
            assert!(answered && keys[0] == keys[1] && keys[0].len() == 32, "{keys:?}");
        }
        let (broken, answered) = keys(&["", ""]).await;
        assert!(!answered && broken.len() == 2, "once more, and no more");
        let not_taken = refusal("key-not-taken");
        let (without, answered) = keys(&[&not_taken, whole]).await;
        assert!(answered && without[0].len() == 32 && without[1].is_empty(), "{without:?}");
        let (broken_without, answered) = keys(&[&not_taken, ""]).await;
        assert!(!answered && broken_without.len() == 2, "without a key it is asked once");
        let under_way = refusal("under-way");
        let (waited, answered) = keys(&["", &under_way, &under_way, whole]).await;
        assert!(answered && waited.iter().all(|key| *key == waited[0]), "{waited:?}");
        let (one, _) = keys(&[whole]).await;
        assert_ne!(one[0], broken[0], "each change has its own");
    }
}
