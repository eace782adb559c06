//! Clients that write bytes and read bytes.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// A connection.
pub struct Client {
    pub tcp: TcpStream,
    pub(super) read: Vec<u8>,
}

/// An answer.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    /// Lower-case names.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

/// Sends a whole request and reads one answer.
pub async fn ask(to: SocketAddr, request: &str) -> Reply {
    let mut client = connect(to).await;
    client.send(request.as_bytes()).await;
    if request.starts_with("HEAD ") { client.head().await } else { client.reply().await }
}

pub async fn connect(to: SocketAddr) -> Client {
    Client { tcp: TcpStream::connect(to).await.unwrap(), read: vec![] }
}

impl Client {
    pub async fn send(&mut self, bytes: &[u8]) {
        self.tcp.write_all(bytes).await.unwrap();
    }

    /// Reads one answer, body and all.
    pub async fn reply(&mut self) -> Reply {
        let mut reply = self.head().await;
        reply.body = match (reply.header("content-length"), reply.header("transfer-encoding")) {
            (Some(length), _) => self.exactly(length.parse().unwrap()).await,
            (None, Some("chunked")) => self.chunked().await,
            _ => vec![],
        };
        reply
    }

    pub async fn head(&mut self) -> Reply {
        let end = loop {
            if let Some(end) = self.read.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
                break end + 4;
            }
            self.more().await;
        };
        let head: Vec<u8> = self.read.drain(..end).collect();
        let text = String::from_utf8(head).unwrap();
        let mut lines = text.trim_end().split("\r\n");
        let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
        let headers = lines
            .map(|line| {
                let (name, value) = line.split_once(':').unwrap();
                (name.to_ascii_lowercase(), value.trim().to_owned())
            })
            .collect();
        Reply { status, headers, body: vec![] }
    }

    pub async fn exactly(&mut self, length: usize) -> Vec<u8> {
        while self.read.len() < length {
            self.more().await;
        }
        self.read.drain(..length).collect()
    }

    async fn chunked(&mut self) -> Vec<u8> {
        let mut body = vec![];
        loop {
            let chunk = self.chunk().await;
            if chunk.is_empty() {
                return body;
            }
            body.extend(chunk);
        }
    }

    /// One chunk of a chunked body; empty at its end.
    pub async fn chunk(&mut self) -> Vec<u8> {
        let end = loop {
            if let Some(end) = self.read.windows(2).position(|bytes| bytes == b"\r\n") {
                break end;
            }
            self.more().await;
        };
        let size = usize::from_str_radix(std::str::from_utf8(&self.read[..end]).unwrap(), 16).unwrap();
        self.read.drain(..end + 2);
        let chunk = self.exactly(size).await;
        self.exactly(2).await;
        chunk
    }

    /// The next chunk of a chunked body; `None` where its data ends and [`Client::trailers`] follow.
    pub async fn data_chunk(&mut self) -> Option<Vec<u8>> {
        let size = usize::from_str_radix(&self.line().await, 16).unwrap();
        if size == 0 {
            return None;
        }
        let chunk = self.exactly(size).await;
        assert_eq!(self.line().await, "");
        Some(chunk)
    }

    /// The lines before the empty one, lower case.
    pub async fn trailers(&mut self) -> Vec<String> {
        let mut lines = vec![];
        loop {
            match self.line().await {
                line if line.is_empty() => return lines,
                line => lines.push(line.to_ascii_lowercase()),
            }
        }
    }

    async fn line(&mut self) -> String {
        let end = loop {
            if let Some(end) = self.read.windows(2).position(|bytes| bytes == b"\r\n") {
                break end;
            }
            self.more().await;
        };
        let line = self.read.drain(..end + 2).take(end).collect();
        String::from_utf8(line).unwrap()
    }

    /// Bytes that have been read and not asked for.
    pub fn buffered(&self) -> usize {
        self.read.len()
    }

    async fn more(&mut self) {
        let read = timeout(Duration::from_secs(10), self.tcp.read_buf(&mut self.read)).await;
        assert_ne!(
            read.expect("an answer in time").unwrap(),
            0,
            "ended after {:?}",
            String::from_utf8_lossy(&self.read)
        );
    }

    /// Reads until the connection ends, however it does: the bytes, and the error where there was one.
    pub async fn rest(mut self) -> (Vec<u8>, Option<std::io::ErrorKind>) {
        let mut bytes = self.read;
        let ended = timeout(Duration::from_secs(10), self.tcp.read_to_end(&mut bytes)).await;
        (bytes, ended.expect("an end in time").err().map(|error| error.kind()))
    }
}

impl Reply {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    pub fn all(&self, name: &str) -> Vec<&str> {
        self.headers.iter().filter(|(n, _)| n == name).map(|(_, value)| value.as_str()).collect()
    }

    pub fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }

    /// The member `reason` of a problem document.
    pub fn reason(&self) -> String {
        assert_eq!(self.header("content-type"), Some("application/problem+json"), "{self:?}");
        let document: serde_json::Value = serde_json::from_slice(&self.body).unwrap();
        assert_eq!(document["status"], self.status);
        assert_eq!(Some(document["decision"].as_str().unwrap()), self.header("byleave-decision"));
        document["reason"].as_str().unwrap().to_owned()
    }
}
