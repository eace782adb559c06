//! Sends through the vendor's own server: what it answers is all that is known then. By TLS, unless the server is on this
//! very machine.
//!
//! Absent: sending to the recipients' own servers, as [`crate::direct`] does.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use mail_send::smtp::message::Message;
use mail_send::{Credentials, Error, SmtpClient, SmtpClientBuilder};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use crate::address::Mailbox;

/// How long sending one message may take.
pub(crate) const SENDING_TIME_MAX: Duration = Duration::from_mins(5);

/// How long the server may be silent.
const IDLE_TIME_MAX: Duration = Duration::from_mins(1);

/// A server that takes our mail.
#[derive(Clone)]
pub struct Relay {
    host: String,
    port: u16,
    /// Name and password.
    login: Option<(String, String)>,
    connector: TlsConnector,
}

/// What became of a message, with the server's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sent {
    /// The server has it.
    Taken(String),
    /// The server will never take it.
    Never(String),
    /// Not now.
    NotNow(String),
    /// The server could not be asked at all.
    Unreachable(String),
}

impl Relay {
    /// A relay that is believed when its certificate leads to one of `roots`.
    ///
    /// # Errors
    /// No version of TLS can be spoken.
    pub fn new(
        host: &str,
        port: u16,
        login: Option<(String, String)>,
        roots: RootCertStore,
    ) -> Result<Self, tokio_rustls::rustls::Error> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
        let config = config.with_root_certificates(roots).with_no_client_auth();
        let connector = TlsConnector::from(Arc::new(config));
        Ok(Self { host: host.to_owned(), port, login, connector })
    }

    /// Sends one message.
    pub async fn send(&self, helo: &str, from: &str, to: &str, message: &[u8]) -> Sent {
        let envelope = match envelope(from, to, message) {
            Ok(envelope) => envelope,
            Err(sent) => return sent,
        };
        match timeout(SENDING_TIME_MAX, self.try_to(helo, envelope)).await {
            Ok(sent) => sent,
            Err(_) => Sent::Unreachable("the server took too long".to_owned()),
        }
    }

    async fn try_to(&self, helo: &str, message: Message<'_>) -> Sent {
        let builder = builder(&self.host, self.port, self.connector.clone(), helo);
        let builder = builder.implicit_tls(self.port == 465);
        let builder = match self.login.clone() {
            Some((username, secret)) => builder.credentials(Credentials::Plain { username, secret }),
            None => builder,
        };
        if self.is_here() {
            match builder.connect_plain().await {
                Ok(client) => give(client, message).await,
                Err(why) => unreachable(&why),
            }
        } else {
            match builder.connect().await {
                Ok(client) => give(client, message).await,
                Err(why) => unreachable(&why),
            }
        }
    }

    /// Whether nobody is between: then TLS would protect nothing, and a server there seldom has a certificate.
    fn is_here(&self) -> bool {
        self.host == "localhost" || self.host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
    }
}

pub(crate) fn envelope<'a>(from: &'a str, to: &'a str, message: &'a [u8]) -> Result<Message<'a>, Sent> {
    for address in [from, to] {
        let plain = address.is_ascii() && !address.contains(['<', '>', ' ', '"']);
        if !plain || Mailbox::parse(address).is_err() {
            return Err(Sent::Never("the address cannot be written to".to_owned()));
        }
    }
    // The library ends the last line itself.
    Ok(Message::new(from, [to], message.strip_suffix(b"\r\n").unwrap_or(message)))
}

pub(crate) fn builder(
    host: &str,
    port: u16,
    connector: TlsConnector,
    helo: &str,
) -> SmtpClientBuilder<String> {
    let builder = SmtpClientBuilder::new_with_tls_connector(host.to_owned(), port, connector);
    builder.timeout(IDLE_TIME_MAX).helo_host(helo)
}

pub(crate) async fn give<S: AsyncRead + AsyncWrite + Unpin>(
    mut client: SmtpClient<S>,
    message: Message<'_>,
) -> Sent {
    let sent = match client.send(message).await {
        Ok(answer) => Sent::Taken(words(answer.code, answer.esc, &answer.message)),
        Err(why) => judged(&why),
    };
    // It has answered for the message; what it says to goodbye changes nothing.
    let _ = client.quit().await;
    sent
}

/// RFC 5321 §4.2.1: five hundreds are for good, anything else is not.
fn judged(why: &Error) -> Sent {
    match why {
        Error::UnexpectedReply(answer) if (500..600).contains(&answer.code) => {
            Sent::Never(words(answer.code, answer.esc, &answer.message))
        }
        Error::UnexpectedReply(answer) => Sent::NotNow(words(answer.code, answer.esc, &answer.message)),
        other => Sent::Unreachable(other.to_string()),
    }
}

/// An answer as the server gave it.
fn words(code: u16, [class, subject, detail]: [u8; 3], message: &str) -> String {
    let enhanced = if class == 0 { String::new() } else { format!("{class}.{subject}.{detail} ") };
    format!("{code} {enhanced}{message}")
}

/// A greeting or a login that is refused is about this server, not about the letter: tried again.
pub(crate) fn unreachable(why: &Error) -> Sent {
    Sent::Unreachable(why.to_string())
}
