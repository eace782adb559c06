//! Sends to the recipients' own servers, which their domain's MX records name (RFC 5321 §5.1, RFC 7505). By TLS where a server
//! offers it, whoever's certificate it has (RFC 7435): its name is only what DNS has told, so there is nothing to hold it to.
//!
//! Absent: DANE and MTA-STS, and reputation, which an address has or has not.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use mail_send::Error;
use mail_send::smtp::message::Message;
use tokio::time::Instant;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use tokio_rustls::rustls::crypto::{
    CryptoProvider, aws_lc_rs, verify_tls12_signature, verify_tls13_signature,
};
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use tokio_rustls::rustls::{ClientConfig, DigitallySignedStruct, SignatureScheme};

use crate::checks::{NoMailHosts, Resolver};
use crate::relay::{Sent, builder, envelope, give, reached, unreachable};

/// Where mail servers listen.
pub const SMTP_PORT: u16 = 25;

/// Servers of one domain that are tried at most, and addresses of one server.
const HOSTS_MAX: usize = 5;
const ADDRESSES_MAX: usize = 4;

/// How long it is looked for a server that is there.
const SEARCH_TIME_MAX: Duration = Duration::from_mins(3);

/// Finds each recipient's server.
#[derive(Clone)]
pub struct Direct {
    resolver: Resolver,
    port: u16,
    may_reach: fn(IpAddr) -> bool,
    connector: TlsConnector,
}

impl Direct {
    /// Asks `resolver` for servers, which listen at `port`; addresses that are not to be reached are passed over.
    ///
    /// # Errors
    /// No version of TLS can be spoken.
    pub fn new(
        resolver: Resolver,
        port: u16,
        may_reach: fn(IpAddr) -> bool,
    ) -> Result<Self, tokio_rustls::rustls::Error> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let config = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(Anybody(provider)))
            .with_no_client_auth();
        Ok(Self { resolver, port, may_reach, connector: TlsConnector::from(Arc::new(config)) })
    }

    /// Sends one message. A domain whose servers cannot be reached holds up nobody else, so that is [`Sent::NotNow`].
    pub async fn send(&self, helo: &str, from: &str, to: &str, message: &[u8]) -> Sent {
        let envelope = match envelope(from, to, message) {
            Ok(envelope) => envelope,
            Err(sent) => return sent,
        };
        let domain = to.rsplit_once('@').map_or(to, |(_, domain)| domain);
        let hosts = match self.resolver.mail_hosts(domain).await {
            Ok(hosts) => hosts,
            Err(NoMailHosts::Never(why)) => return Sent::Never(format!("{domain} {why}")),
            Err(NoMailHosts::Unknown) => {
                return Sent::NotNow(format!("DNS does not tell the servers of {domain}"));
            }
        };
        let mut last = Sent::NotNow(format!("no server of {domain} has an address"));
        let until = Instant::now() + SEARCH_TIME_MAX;
        for host in hosts.iter().take(HOSTS_MAX) {
            for address in self.resolver.addresses(host).await.into_iter().take(ADDRESSES_MAX) {
                if Instant::now() >= until {
                    return last;
                }
                if !(self.may_reach)(address) {
                    last = Sent::NotNow(format!("{host} has the address {address}, which is not public"));
                    continue;
                }
                let address = SocketAddr::new(address, self.port);
                match self.try_one(helo, host, address, envelope.clone()).await {
                    Sent::Unreachable(why) => last = Sent::NotNow(format!("{host}: {why}")),
                    answered => return answered,
                }
            }
        }
        last
    }

    async fn try_one(&self, helo: &str, host: &str, address: SocketAddr, message: Message<'_>) -> Sent {
        let mut builder = builder(host, self.port, self.connector.clone(), helo).implicit_tls(false);
        builder.addr = address.to_string();
        match reached(builder.connect()).await {
            Ok(client) => give(client, message).await,
            Err(why) if !is_there(&why) => unreachable(&why),
            // In the clear, rather than not at all: whatever kept TLS from being spoken.
            Err(_) => match reached(builder.connect_plain()).await {
                Ok(client) => give(client, message).await,
                Err(why) => unreachable(&why),
            },
        }
    }
}

/// Whether there was a server at all.
fn is_there(why: &Error) -> bool {
    let absent = |kind| {
        use std::io::ErrorKind::{ConnectionRefused, HostUnreachable, NetworkUnreachable, TimedOut};
        matches!(kind, ConnectionRefused | HostUnreachable | NetworkUnreachable | TimedOut)
    };
    match why {
        Error::Timeout => false,
        Error::Io(why) => !absent(why.kind()),
        _ => true,
    }
}

/// Whether an address is one of the internet's, as far as its form tells: a record that names one of ours would have us speak
/// to a server inside.
#[must_use]
pub fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(v4) => is_public_v4(v4),
        IpAddr::V6(v6) => is_public_v6(v6),
    }
}

fn is_public_v4(v4: Ipv4Addr) -> bool {
    let [first, second, third, _] = v4.octets();
    let shared = first == 100 && (64..128).contains(&second);
    let benchmarks = first == 198 && (18..20).contains(&second);
    let protocols = (first, second, third) == (192, 0, 0);
    let own = v4.is_loopback() || v4.is_private() || v4.is_link_local() || shared || benchmarks || protocols;
    let nobodys = first == 0 || v4.is_multicast() || v4.is_documentation() || first >= 240;
    !own && !nobodys
}

fn is_public_v6(v6: Ipv6Addr) -> bool {
    // 2000::/3 is all that is given out (RFC 4291 §2.4), but for what stands for other addresses or for none: 2001::/23 (RFC
    // 2928), examples, and 6to4.
    let [first, second, ..] = v6.segments();
    let reserved = first == 0x2001 && (second < 0x200 || second == 0xdb8) || first == 0x2002;
    first & 0xe000 == 0x2000 && !reserved
}

/// Believes every certificate, yet holds the handshake to the key in it.
#[derive(Debug)]
struct Anybody(Arc<CryptoProvider>);

impl ServerCertVerifier for Anybody {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, tokio_rustls::rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, tokio_rustls::rustls::Error> {
        verify_tls12_signature(message, certificate, signed, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, tokio_rustls::rustls::Error> {
        verify_tls13_signature(message, certificate, signed, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
