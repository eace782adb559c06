//! Connections to upstreams.

use std::io;
use std::sync::{Arc, OnceLock};

use http::Uri;
use http::uri::Scheme;
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use crate::body::Counted;
use crate::config::{BUFFER_BYTES_MAX, CONNECT_WAIT_MAX, HEADERS_MAX, UPSTREAM_END_MAX};
use crate::registry::Line;
use crate::socket::{Handle, Socket};

/// A tool's origin.
#[derive(Debug)]
pub(crate) struct Upstream {
    authority: String,
    host: String,
    port: u16,
    tls: bool,
}

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConnectError {
    #[error("no connection within {} s", CONNECT_WAIT_MAX.as_secs())]
    Slow,
    #[error(transparent)]
    Io(#[from] io::Error),
    #[error("TLS is not available: {0}")]
    Tls(String),
    #[error(transparent)]
    Http(#[from] hyper::Error),
}

impl Upstream {
    /// Reads an origin: scheme `http` or `https` and authority.
    pub(crate) fn parse(origin: &str) -> Option<Self> {
        let uri: Uri = origin.parse().ok()?;
        let tls = match uri.scheme()? {
            scheme if *scheme == Scheme::HTTP => false,
            scheme if *scheme == Scheme::HTTPS => true,
            _ => return None,
        };
        let authority = uri.authority()?;
        if authority.as_str().contains('@') || !matches!(uri.path(), "" | "/") || uri.query().is_some() {
            return None;
        }
        let port = authority.port_u16().unwrap_or(default_port(tls));
        let host = authority.host().trim_start_matches('[').trim_end_matches(']').to_owned();
        Some(Self { authority: authority.as_str().to_ascii_lowercase(), host, port, tls })
    }

    /// Host and port as declared.
    pub(crate) fn authority(&self) -> &str {
        &self.authority
    }

    /// Whether a link of this scheme (`None`: the page's own) and authority leads here.
    pub(crate) fn is_at(&self, scheme: Option<&str>, authority: &str) -> bool {
        let tls = match scheme.map(str::to_ascii_lowercase).as_deref() {
            None => self.tls,
            Some("http") => false,
            Some("https") => true,
            Some(_) => return false,
        };
        let other = Self::parse(&format!("{}://{authority}", if tls { "https" } else { "http" }));
        other.is_some_and(|other| other.host.eq_ignore_ascii_case(&self.host) && other.port == self.port)
    }

    /// Makes a connection that belongs to `line` and ends with it.
    pub(crate) async fn connect(
        &self,
        tls: &Tls,
        line: &Arc<Line>,
        upgrade: bool,
    ) -> Result<SendRequest<Counted>, ConnectError> {
        timeout(CONNECT_WAIT_MAX, self.connect_patiently(tls, line, upgrade))
            .await
            .map_err(|_| ConnectError::Slow)?
    }

    async fn connect_patiently(
        &self,
        tls: &Tls,
        line: &Arc<Line>,
        upgrade: bool,
    ) -> Result<SendRequest<Counted>, ConnectError> {
        let socket = Socket::upstream(self.dial().await?, line)?;
        let handle = socket.handle();
        if !self.tls {
            return speak(socket, handle, line, upgrade).await;
        }
        let name =
            ServerName::try_from(self.host.clone()).map_err(|error| ConnectError::Tls(error.to_string()))?;
        let stream = tls.connector().map_err(ConnectError::Tls)?.connect(name, socket).await?;
        speak(stream, handle, line, upgrade).await
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

const fn default_port(tls: bool) -> u16 {
    if tls { 443 } else { 80 }
}

/// Sets HTTP up on a connection, and lets it run until the exchange that needs it, or its line, is over. Of a line, one
/// upstream connection ends in an orderly way at a time, and any other at once: nothing is left to deliver then, and
/// whoever changes upstreams quickly holds no more sockets than anybody else.
async fn speak<S>(
    stream: S,
    handle: Handle,
    line: &Arc<Line>,
    upgrade: bool,
) -> Result<SendRequest<Counted>, ConnectError>
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let mut builder = http1::Builder::new();
    builder.max_buf_size(BUFFER_BYTES_MAX).max_headers(HEADERS_MAX);
    let (sender, connection) = builder.handshake(TokioIo::new(stream)).await?;
    let ending = line.upstream_ending();
    line.spawn(async move {
        let ended = connection.with_upgrades().await;
        // After an upgrade the socket is the tunnel's.
        if ended.is_ok()
            && !upgrade
            && let Ok(_permit) = ending.try_acquire()
        {
            handle.end_orderly(UPSTREAM_END_MAX).await;
        }
    });
    Ok(sender)
}

/// TLS towards upstreams, set up when the first `https` upstream is asked for.
pub(crate) struct Tls {
    extra_roots: Vec<Vec<u8>>,
    connector: OnceLock<Result<TlsConnector, String>>,
}

impl Tls {
    pub(crate) const fn new(extra_roots: Vec<Vec<u8>>) -> Self {
        Self { extra_roots, connector: OnceLock::new() }
    }

    fn connector(&self) -> Result<&TlsConnector, String> {
        self.connector.get_or_init(|| self.set_up()).as_ref().map_err(Clone::clone)
    }

    fn set_up(&self) -> Result<TlsConnector, String> {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        for root in &self.extra_roots {
            roots.add(CertificateDer::from(root.clone())).map_err(|error| error.to_string())?;
        }
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let versions = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let config = versions.map_err(|error| error.to_string())?.with_root_certificates(roots);
        Ok(TlsConnector::from(Arc::new(config.with_no_client_auth())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_have_a_scheme_and_an_authority() {
        for good in ["http://a", "http://A:1/", "https://a.b:65535", "http://[::1]:1"] {
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
