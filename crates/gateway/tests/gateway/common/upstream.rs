//! Upstreams: one that answers each request with what it was sent, and whatever a test writes itself.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};

use super::Client;

/// An upstream, and what it has seen.
pub struct Upstream {
    pub address: SocketAddr,
    pub seen: Seen,
}

/// What an upstream has seen.
#[derive(Clone, Default)]
pub struct Seen(Arc<Mutex<Inner>>);

#[derive(Default)]
struct Inner {
    connections: Vec<Instant>,
    requests: Vec<(String, Instant)>,
}

impl Seen {
    pub fn connections(&self) -> usize {
        self.0.lock().unwrap().connections.len()
    }

    /// Heads of requests, in order, with the instant each was complete.
    pub fn requests(&self) -> Vec<(String, Instant)> {
        self.0.lock().unwrap().requests.clone()
    }

    /// The head of the latest request.
    pub fn last(&self) -> String {
        self.requests().last().expect("a request").0.clone()
    }

    /// The request line of the latest request.
    pub fn last_target(&self) -> String {
        self.last().split(' ').nth(1).unwrap().to_owned()
    }

    /// The values of a header of the latest request.
    pub fn last_header(&self, name: &str) -> Vec<String> {
        let head = self.last();
        let fields = head.lines().skip(1).filter_map(|line| line.split_once(':'));
        fields
            .filter(|(n, _)| n.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.trim().to_owned())
            .collect()
    }

    fn connected(&self) {
        self.0.lock().unwrap().connections.push(Instant::now());
    }

    pub fn asked(&self, head: &str) {
        self.0.lock().unwrap().requests.push((head.to_owned(), Instant::now()));
    }
}

impl Upstream {
    /// Runs `each` for every connection.
    pub async fn start<F, R>(each: F) -> Self
    where
        F: Fn(TcpStream, Seen) -> R + Send + Sync + 'static,
        R: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Seen::default();
        let noted = seen.clone();
        tokio::spawn(async move {
            while let Ok((tcp, _)) = listener.accept().await {
                noted.connected();
                tokio::spawn(each(tcp, noted.clone()));
            }
        });
        Self { address, seen }
    }

    /// Answers every request with this head (status line and header lines, no length) and `ok`.
    pub async fn answering(head: &'static str) -> Self {
        Self::start(move |tcp, seen| async move {
            let mut client = Client::of(tcp);
            while let Some(request) = client.request_head().await {
                seen.asked(&request);
                let length = length_of(&request);
                client.exactly(length).await;
                let none = request.starts_with("HEAD ");
                let body = if none { "" } else { "ok" };
                let answer = format!("{head}\r\nContent-Length: 2\r\n\r\n{body}");
                if client.tcp.write_all(answer.as_bytes()).await.is_err() {
                    return;
                }
            }
        })
        .await
    }

    pub async fn plain() -> Self {
        Self::answering("HTTP/1.1 200 OK").await
    }
}

fn length_of(head: &str) -> usize {
    let fields = head.lines().filter_map(|line| line.split_once(':'));
    let mut lengths = fields.filter(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    lengths.next().map_or(0, |(_, length)| length.trim().parse().unwrap())
}

impl Client {
    pub fn of(tcp: TcpStream) -> Self {
        Self { tcp, read: vec![] }
    }

    /// The head of the next request; `None` when the peer has gone.
    pub async fn request_head(&mut self) -> Option<String> {
        use tokio::io::AsyncReadExt;
        loop {
            if let Some(end) = self.read.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
                let head: Vec<u8> = self.read.drain(..end + 4).collect();
                return Some(String::from_utf8(head).unwrap());
            }
            if self.tcp.read_buf(&mut self.read).await.ok()? == 0 {
                return None;
            }
        }
    }
}
