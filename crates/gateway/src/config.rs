//! What an operator sets, and the bounds that nobody sets.

use std::sync::Arc;
use std::time::Duration;

use ipnet::IpNet;

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
    /// With it clients speak TLS, and HTTP/2 where they agree on it (ALPN); without it plain HTTP, of either version.
    pub tls: Option<Arc<rustls::ServerConfig>>,
    /// Networks from which every connection begins with a PROXY protocol header, whose word is taken.
    pub proxy_protocol_from: Vec<IpNet>,
    /// Networks whose `X-Forwarded-For` is believed.
    pub trusted_forwarders: Vec<IpNet>,
    /// Protocols that a client may change to and a tool may agree to (`Upgrade`), lower case. Everything that follows
    /// passes unread, so each is one to argue about; `h2c` is never one, since it would carry requests.
    pub upgrades: Vec<String>,
}

impl Config {
    /// A gateway that speaks plain HTTP, trusts no proxy and lets nothing but WebSocket be changed to.
    #[must_use]
    pub fn plain(support_domain: &str, console_urls: &[&str]) -> Self {
        Self {
            support_domain: support_domain.to_owned(),
            external_scheme: ExternalScheme::Http,
            console_urls: console_urls.iter().map(|url| (*url).to_owned()).collect(),
            upstream_roots: Vec::new(),
            tls: None,
            proxy_protocol_from: Vec::new(),
            trusted_forwarders: Vec::new(),
            upgrades: vec!["websocket".to_owned()],
        }
    }
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

/// A PROXY protocol header, or a TLS handshake, must be complete within this.
pub(crate) const GREETING_WAIT_MAX: Duration = Duration::from_secs(10);
/// Bytes of a PROXY protocol header, extensions included.
pub(crate) const PROXY_HEADER_BYTES_MAX: usize = 1024;

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

/// Requests at once on one HTTP/2 connection.
pub(crate) const STREAMS_MAX: u32 = 100;
/// Requests of an HTTP/2 connection that were reset and are still being looked after; more end it (K19).
pub(crate) const RESETS_MAX: usize = 50;
/// Bytes that an HTTP/2 peer may send before any has been taken, on one stream as on the whole connection. It bounds the
/// memory of a connection, and how much a long way carries: so much in each round trip.
pub(crate) const WINDOW_BYTES: u32 = 512 * 1024;

/// One write to a proxied socket (N5).
pub(crate) const WRITE_BYTES_MAX: usize = 16 * 1024;

/// Name resolution, TCP and TLS towards an upstream, together.
pub(crate) const CONNECT_WAIT_MAX: Duration = Duration::from_secs(5);

/// An upstream must begin its answer, or take more of the request, within this; long polls are shorter.
pub(crate) const ANSWER_WAIT_MAX: Duration = Duration::from_secs(300);

/// Someone who uploads must send something within this.
pub(crate) const UPLOAD_SILENCE_MAX: Duration = Duration::from_secs(60);

/// Upstream connections that wait for the next request of the same organization to the same tool.
pub(crate) const IDLE_MAX: usize = 16;
/// How long each waits. Shorter than upstreams usually do, so that it is seldom they who end it.
pub(crate) const IDLE_WAIT_MAX: Duration = Duration::from_secs(15);
/// Bytes of a request's body after which its connection is used again. So much is in the first window of every receiver.
pub(crate) const KEPT_AFTER_BYTES_MAX: u64 = 14 * 1024;
/// How long one that has just been used may take to say that it is free.
pub(crate) const FREE_WAIT_MAX: Duration = Duration::from_millis(20);

/// How long a person waits for a record before being refused (S1).
pub(crate) const RECORD_WAIT_MAX: Duration = Duration::from_secs(2);

/// Tcut: whatever is not closed in this time takes the process with it (N6).
pub(crate) const CUT_WAIT_MAX: Duration = Duration::from_secs(1);

/// When that time is over, what is left is looked at this many times more, this far apart. Where it was the process that
/// stood still and not a connection, everything closes as soon as the process runs again.
pub(crate) const CUT_LOOKS_MAX: usize = 5;
/// See [`CUT_LOOKS_MAX`].
pub(crate) const CUT_LOOK_EVERY: Duration = Duration::from_millis(10);

/// `TCP_USER_TIMEOUT` of proxied sockets (N8): unacknowledged for this long, they are gone. It also ends a live client
/// that takes nothing for this long (a paused download), so it is the upper bound of a lease's length and not its
/// default: in one process no lease depends on it (protocols 1.13), a cut closes the socket itself.
pub(crate) const UNACKNOWLEDGED_MAX: Duration = Duration::from_secs(60);

/// A peer that has been silent for this long is asked whether it is still there, so that a stream to nobody ends and does
/// not keep its visit in use.
pub(crate) const SILENCE_MAX: Duration = Duration::from_secs(15);

/// After a half-close, how long the other side may take to close too (N8).
pub(crate) const ORDERLY_END_MAX: Duration = Duration::from_secs(30);

/// After a half-close, how long an upstream may take to close too: its exchange is complete, nothing is on its way.
pub(crate) const UPSTREAM_END_MAX: Duration = Duration::from_secs(1);

/// Downstream connections held at once, file descriptors permitting; further ones wait in the kernel's queue.
const CONNECTIONS_MAX: u64 = 10_000;
/// Upstream connections for each downstream connection: one in use, one that waits or is ending.
const UPSTREAMS_PER_CONNECTION: u64 = 2;
/// File descriptors kept for everything else in this process, at least: the control plane above all, which has to be able
/// to take a Disable however many connections there are here.
const DESCRIPTORS_RESERVED: u64 = 512;
/// The part of all that is kept where it is more. The control plane holds half of it open.
const RESERVED_PART: u64 = 4;

/// How many downstream connections are held at once where the process may have `descriptors` files open; at least 1.
pub(crate) fn connections_max(descriptors: u64) -> usize {
    let reserved = DESCRIPTORS_RESERVED.max(descriptors / RESERVED_PART);
    let held = descriptors.saturating_sub(reserved) / (1 + UPSTREAMS_PER_CONNECTION);
    usize::try_from(held.clamp(1, CONNECTIONS_MAX)).unwrap_or(1)
}

/// How many upstream connections are held at once, those that wait and those that are ending included.
pub(crate) fn upstreams_max(descriptors: u64) -> usize {
    connections_max(descriptors) * usize::try_from(UPSTREAMS_PER_CONNECTION).unwrap_or(1)
}

/// How many files this process may have open at once, after asking for as many as it may ask for.
pub(crate) fn descriptors() -> u64 {
    let raised = rlimit::increase_nofile_limit(u64::MAX);
    let descriptors = raised.or_else(|error| {
        tracing::warn!("raising the limit on open files: {error}");
        rlimit::Resource::NOFILE.get_soft()
    });
    // Unreadable: as if there were hardly any.
    descriptors.unwrap_or_default()
}

/// How often open streams count as use of their visit, and visits are asked whether they are over.
pub(crate) const VISIT_CHECK_EVERY: Duration = Duration::from_secs(1);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_leave_descriptors_for_the_control_plane() {
        for (descriptors, connections) in
            [(0, 1), (512, 1), (1024, 170), (20_000, 5000), (65_536, 10_000), (u64::MAX, 10_000)]
        {
            assert_eq!(connections_max(descriptors), connections, "{descriptors}");
        }
    }

    #[test]
    fn as_many_files_may_be_open_as_may_be_asked_for() {
        let descriptors = descriptors();
        assert_eq!(rlimit::Resource::NOFILE.get_soft().unwrap(), descriptors);
        assert!(descriptors > 0);
    }
}
