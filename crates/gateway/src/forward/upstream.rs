//! Connections to upstreams.

use std::io;
use std::sync::{Arc, OnceLock};

use http::Uri;
use http::uri::Scheme;
use hyper::client::conn::{http1, http2};
use hyper::rt::Executor;
use hyper_util::rt::{TokioIo, TokioTimer};
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, lookup_host};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_util::sync::CancellationToken;

use super::pool::{Connection, Pool, Sender};
use crate::config::{
    BUFFER_BYTES_MAX, CONNECT_WAIT_MAX, HEAD_BYTES_MAX, HEADERS_MAX, SILENCE_MAX, UPSTREAM_END_MAX,
    WINDOW_BYTES,
};
use crate::registry::Line;
use crate::socket::{Handle, Socket};

/// A tool's origin.
#[derive(Debug)]
pub(crate) struct Upstream {
    authority: String,
    host: String,
    port: u16,
    speaks: Speaks,
}

/// What an upstream speaks, as the scheme of its origin says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Speaks {
    /// `http`: version 1.1.
    Plain,
    /// `https`: what is agreed on.
    Tls,
    /// `h2c`: HTTP/2 without TLS, known beforehand.
    Plain2,
}

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConnectError {
    #[error("no connection within {} s", CONNECT_WAIT_MAX.as_secs())]
    Slow,
    #[error(transparent)]
    Io(#[from] io::Error),
    #[error("an upstream that speaks HTTP/2 alone changes no protocol")]
    NoUpgrade,
    #[error("TLS is not available: {0}")]
    Tls(String),
    #[error(transparent)]
    Http(#[from] hyper::Error),
}

impl Upstream {
    /// Reads an origin: scheme `http` or `https` and authority.
    pub(crate) fn parse(origin: &str) -> Option<Self> {
        let uri: Uri = origin.parse().ok()?;
        let speaks = match uri.scheme()? {
            scheme if *scheme == Scheme::HTTP => Speaks::Plain,
            scheme if *scheme == Scheme::HTTPS => Speaks::Tls,
            scheme if scheme.as_str() == "h2c" => Speaks::Plain2,
            _ => return None,
        };
        let authority = uri.authority()?;
        if authority.as_str().contains('@') || !matches!(uri.path(), "" | "/") || uri.query().is_some() {
            return None;
        }
        let port = authority.port_u16().unwrap_or(if speaks == Speaks::Tls { 443 } else { 80 });
        let host = authority.host().trim_start_matches('[').trim_end_matches(']').to_owned();
        Some(Self { authority: authority.as_str().to_ascii_lowercase(), host, port, speaks })
    }

    /// Host and port as declared.
    pub(crate) fn authority(&self) -> &str {
        &self.authority
    }

    /// Whether a link of this scheme (`None`: the page's own) and authority leads here.
    pub(crate) fn is_at(&self, scheme: Option<&str>, authority: &str) -> bool {
        let scheme = scheme.map_or(self.scheme().as_str().to_owned(), str::to_ascii_lowercase);
        let other = Self::parse(&format!("{scheme}://{authority}"));
        other.is_some_and(|other| other.host.eq_ignore_ascii_case(&self.host) && other.port == self.port)
    }

    /// The scheme of its links.
    pub(crate) fn scheme(&self) -> Scheme {
        if self.speaks == Speaks::Tls { Scheme::HTTPS } else { Scheme::HTTP }
    }

    /// Makes a connection, on `line` to begin with. For an `upgrade` it speaks HTTP/1.1.
    pub(crate) async fn connect(
        &self,
        pool: &Pool,
        tls: &Tls,
        line: &Arc<Line>,
        upgrade: bool,
    ) -> Result<Connection, ConnectError> {
        if upgrade && self.speaks == Speaks::Plain2 {
            return Err(ConnectError::NoUpgrade);
        }
        timeout(CONNECT_WAIT_MAX, self.connect_patiently(pool, tls, line, upgrade))
            .await
            .map_err(|_| ConnectError::Slow)?
    }

    async fn connect_patiently(
        &self,
        pool: &Pool,
        tls: &Tls,
        line: &Arc<Line>,
        upgrade: bool,
    ) -> Result<Connection, ConnectError> {
        let room = pool.room().await.ok_or(ConnectError::Slow)?;
        let socket = Socket::new(self.dial().await?, line)?;
        let carried = Carried { handle: socket.handle(), upgrade, _room: room };
        match self.speaks {
            Speaks::Plain => carried.one(socket).await,
            Speaks::Plain2 => carried.two(socket).await,
            Speaks::Tls => {
                let name = ServerName::try_from(self.host.clone())
                    .map_err(|error| ConnectError::Tls(error.to_string()))?;
                let connector = tls.connector(upgrade).map_err(ConnectError::Tls)?;
                let stream = connector.connect(name, socket).await?;
                if stream.get_ref().1.alpn_protocol() == Some(b"h2") {
                    carried.two(stream).await
                } else {
                    carried.one(stream).await
                }
            }
        }
    }

    async fn dial(&self) -> io::Result<TcpStream> {
        let mut last = io::Error::from(io::ErrorKind::AddrNotAvailable);
        for address in lookup_host((self.host.as_str(), self.port)).await? {
            match TcpStream::connect(address).await {
                Ok(tcp) => return Ok(tcp),
                Err(error) => last = error,
            }
        }
        Err(last)
    }
}

/// A connection as its task holds it.
struct Carried {
    handle: Handle,
    upgrade: bool,
    _room: OwnedSemaphorePermit,
}

impl Carried {
    async fn one<S>(self, stream: S) -> Result<Connection, ConnectError>
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let mut http = http1::Builder::new();
        http.max_buf_size(BUFFER_BYTES_MAX).max_headers(HEADERS_MAX);
        let (sender, connection) = http.handshake(TokioIo::new(stream)).await?;
        let hold = self.handle.hold();
        tokio::spawn(self.run(async move { connection.with_upgrades().await.is_ok() }));
        Ok(Connection { sender: Sender::One(sender), hold })
    }

    async fn two<S>(self, stream: S) -> Result<Connection, ConnectError>
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let tasks = OfConnection(CancellationToken::new());
        let over = tasks.0.clone().drop_guard();
        let mut http = http2::Builder::new(tasks);
        http.timer(TokioTimer::new())
            .keep_alive_interval(SILENCE_MAX)
            .max_header_list_size(u32::try_from(HEAD_BYTES_MAX).unwrap_or(u32::MAX))
            .max_send_buf_size(BUFFER_BYTES_MAX)
            .initial_stream_window_size(WINDOW_BYTES)
            .initial_connection_window_size(WINDOW_BYTES);
        let (sender, connection) = http.handshake(TokioIo::new(stream)).await?;
        let hold = self.handle.hold();
        tokio::spawn(self.run(async move {
            let _over = over;
            connection.await.is_ok()
        }));
        Ok(Connection { sender: Sender::Two(sender), hold })
    }

    /// Lets a connection run until nobody needs it any more, or the line that it is on is over. Of a line, one upstream
    /// connection ends in an orderly way at a time, and any other at once: nothing is left to deliver then, and whoever
    /// changes upstreams quickly holds no more sockets than anybody else.
    async fn run(self, connection: impl Future<Output = bool>) {
        let running = async {
            // After an upgrade the socket is the tunnel's.
            if connection.await
                && !self.upgrade
                && let Ok(_permit) = self.handle.line().upstream_ending().try_acquire()
            {
                self.handle.clone().end_orderly(UPSTREAM_END_MAX).await;
            }
        };
        tokio::select! {
            biased;
            () = self.handle.line_over() => {}
            () = running => {}
        }
    }
}

/// Runs what an HTTP/2 connection needs beside itself, and no longer than that.
#[derive(Clone)]
struct OfConnection(CancellationToken);

impl<F> Executor<F> for OfConnection
where
    F: Future<Output = ()> + Send + 'static,
{
    fn execute(&self, task: F) {
        let over = self.0.clone();
        tokio::spawn(async move {
            tokio::select! {
                biased;
                () = over.cancelled() => {}
                () = task => {}
            }
        });
    }
}

/// TLS towards upstreams, set up when the first `https` upstream is asked for.
pub(crate) struct Tls {
    extra_roots: Vec<Vec<u8>>,
    connectors: OnceLock<Result<Connectors, String>>,
}

struct Connectors {
    any: TlsConnector,
    one: TlsConnector,
}

impl Tls {
    pub(crate) const fn new(extra_roots: Vec<Vec<u8>>) -> Self {
        Self { extra_roots, connectors: OnceLock::new() }
    }

    fn connector(&self, upgrade: bool) -> Result<&TlsConnector, String> {
        let connectors = self.connectors.get_or_init(|| self.set_up()).as_ref().map_err(Clone::clone)?;
        Ok(if upgrade { &connectors.one } else { &connectors.any })
    }

    fn set_up(&self) -> Result<Connectors, String> {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        for root in &self.extra_roots {
            roots.add(CertificateDer::from(root.clone())).map_err(|error| error.to_string())?;
        }
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let versions = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let config = versions.map_err(|error| error.to_string())?.with_root_certificates(roots);
        let mut one = config.with_no_client_auth();
        one.alpn_protocols = vec![b"http/1.1".to_vec()];
        let mut any = one.clone();
        any.alpn_protocols.insert(0, b"h2".to_vec());
        Ok(Connectors { any: TlsConnector::from(Arc::new(any)), one: TlsConnector::from(Arc::new(one)) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_have_a_scheme_and_an_authority() {
        for good in ["http://a", "http://A:1/", "https://a.b:65535", "http://[::1]:1", "h2c://a:1"] {
            assert!(Upstream::parse(good).is_some(), "{good}");
        }
        for bad in ["", "a", "a:1", "/x", "ftp://a", "http://", "http://a/x", "http://a/?x", "http://u@a"] {
            assert!(Upstream::parse(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn links_to_the_upstream_are_known_by_host_and_port() {
        let upstream = Upstream::parse("http://127.0.0.1:9000").unwrap();
        assert!(upstream.is_at(Some("http"), "127.0.0.1:9000"));
        assert!(upstream.is_at(None, "127.0.0.1:9000"));
        for (scheme, authority) in [
            (Some("http"), "127.0.0.1"),
            (Some("http"), "127.0.0.1:9000@evil.example"),
            (Some("http"), "evil.example"),
            (Some("ftp"), "127.0.0.1:9000"),
            (Some("http"), ""),
        ] {
            assert!(!upstream.is_at(scheme, authority), "{authority}");
        }
        assert!(Upstream::parse("http://a.example").unwrap().is_at(Some("HTTP"), "A.example:80"));
        assert!(Upstream::parse("https://a.example").unwrap().is_at(None, "a.example:443"));
    }
}
