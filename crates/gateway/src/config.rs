//! What an operator sets, and the bounds that nobody sets.

use std::time::Duration;

/// Where the gateway stands in the world.
#[derive(Debug, Clone)]
pub struct Config {
    /// Tools are reached at `{organization}--{tool}.{support_domain}`, such as `support.vendor.example`; `localhost`
    /// works in browsers without DNS. Lower case, no port.
    pub support_domain: String,
    /// How browsers reach this gateway, TLS in front of it included.
    pub external_scheme: ExternalScheme,
    /// Where support people sign in and open visits: origins such as `https://byleave.vendor.example`. Of several, the
    /// one is used whose host is the request's host or its parent domain, else the first.
    pub console_urls: Vec<String>,
    /// Certificates (DER) trusted for `https` upstreams beside those of the operating system.
    pub upstream_roots: Vec<Vec<u8>>,
}

/// The scheme that browsers see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExternalScheme {
    /// Plain HTTP: a demonstration on one machine.
    Http,
    /// HTTPS, ended in front of this process. Cookies are `Secure`.
    Https,
}

impl ExternalScheme {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }
}

/// A request's head must be complete within this, from the connection's start or the previous answer's end.
pub(crate) const HEAD_WAIT_MAX: Duration = Duration::from_secs(30);

/// Bytes of a request's head, and headers in it (K15).
pub(crate) const HEAD_BYTES_MAX: usize = 32 * 1024;
/// Headers in a request (K15).
pub(crate) const HEADERS_MAX: usize = 100;
/// Bytes of a request target (K15).
pub(crate) const TARGET_BYTES_MAX: usize = 8 * 1024;

/// Bytes read or buffered at once per direction and connection; bounds the memory of a transfer.
pub(crate) const BUFFER_BYTES_MAX: usize = 64 * 1024;

/// One write to a proxied socket (N5).
pub(crate) const WRITE_BYTES_MAX: usize = 16 * 1024;

/// Name resolution, TCP and TLS towards an upstream, together.
pub(crate) const CONNECT_WAIT_MAX: Duration = Duration::from_secs(5);

/// How long a person waits for a record before being refused (S1).
pub(crate) const RECORD_WAIT_MAX: Duration = Duration::from_secs(2);

/// Tcut: whatever is not closed in this time takes the process with it (N6).
pub(crate) const CUT_WAIT_MAX: Duration = Duration::from_secs(1);

/// `TCP_USER_TIMEOUT` of proxied sockets (N8): unacknowledged for this long, they are gone. It also ends a live client
/// that takes nothing for this long (a paused download), so it is the upper bound of a lease's length and not its
/// default: in one process no lease depends on it (protocols 1.13), a cut closes the socket itself.
pub(crate) const UNACKNOWLEDGED_MAX: Duration = Duration::from_secs(60);

/// A peer that has been silent for this long is asked whether it is still there, so that a stream to nobody ends and does
/// not keep its visit in use.
pub(crate) const SILENCE_MAX: Duration = Duration::from_secs(15);

/// After a half-close, how long the other side may take to close too (N8).
pub(crate) const ORDERLY_END_MAX: Duration = Duration::from_secs(30);

/// Connections held at once; further ones wait in the kernel's queue.
pub(crate) const CONNECTIONS_MAX: usize = 10_000;

/// How often open streams count as use of their visit, and visits are asked whether they are over.
pub(crate) const VISIT_CHECK_EVERY: Duration = Duration::from_secs(1);
