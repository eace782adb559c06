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

/// How long reaching a server may take, with its greeting, TLS and login.
const REACHING_TIME_MAX: Duration = Duration::from_mins(1);

/// How long a server may take for its last answer. RFC 5321 §4.5.3.2.6 wants so much after the final dot: whoever gives up
/// earlier sends what was taken once more.
const ANSWER_TIME_MAX: Duration = Duration::from_mins(10);

/// How long it may take to say goodbye.
const GOODBYE_TIME_MAX: Duration = Duration::from_secs(5);

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
        let builder = builder(&self.host, self.port, self.connector.clone(), helo);
        let builder = builder.implicit_tls(self.port == 465);
        let builder = match self.login.clone() {
            Some((username, secret)) => builder.credentials(Credentials::Plain { username, secret }),
            None => builder,
        };
        if self.is_here() {
            match reached(builder.connect_plain()).await {
                Ok(client) => give(client, envelope).await,
                Err(why) => unreachable(&why),
            }
        } else {
            match reached(builder.connect()).await {
                Ok(client) => give(client, envelope).await,
                Err(why) => unreachable(&why),
            }
        }
    }

    /// Whether nobody is between: then TLS would protect nothing, and a server there seldom has a certificate.
    fn is_here(&self) -> bool {
        is_here(&self.host)
    }
}

/// Whether a host is this very machine.
#[must_use]
pub fn is_here(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
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
    builder.timeout(REACHING_TIME_MAX).helo_host(helo)
}

/// All of it in time, however often a server says a little.
pub(crate) async fn reached<C>(connecting: impl Future<Output = Result<C, Error>>) -> Result<C, Error> {
    timeout(REACHING_TIME_MAX, connecting).await.map_err(|_| Error::Timeout)?
}

/// Gives it to a server that was reached. What it refuses before it knows whom the message is for is about us: that is tried
/// again.
pub(crate) async fn give<S: AsyncRead + AsyncWrite + Unpin>(
    mut client: SmtpClient<S>,
    message: Message<'_>,
) -> Sent {
    let sent = match client.mail_from(&message.mail_from.email, &message.mail_from.parameters).await {
        Err(why) => not_now(&why),
        Ok(()) => match hand_over(&mut client, &message).await {
            Ok(sent) => sent,
            Err(why) => judged(&why),
        },
    };
    // It has answered for the message; what it says to goodbye changes nothing.
    let _ = timeout(GOODBYE_TIME_MAX, client.quit()).await;
    sent
}

async fn hand_over<S: AsyncRead + AsyncWrite + Unpin>(
    client: &mut SmtpClient<S>,
    message: &Message<'_>,
) -> Result<Sent, Error> {
    for recipient in &message.rcpt_to {
        client.rcpt_to(&recipient.email, &recipient.parameters).await?;
    }
    client.timeout = ANSWER_TIME_MAX;
    let answer = client.data(&message.body).await?;
    Ok(Sent::Taken(words(answer.code, answer.esc, &answer.message)))
}

/// RFC 5321 §4.2.1: five hundreds are for good, anything else is not. Nor is 530, which wants a login or TLS of us (RFC 4954 §6,
/// RFC 3207 §4).
fn judged(why: &Error) -> Sent {
    match why {
        Error::UnexpectedReply(answer) if (500..600).contains(&answer.code) && answer.code != 530 => {
            Sent::Never(words(answer.code, answer.esc, &answer.message))
        }
        other => not_now(other),
    }
}

/// What a server that was reached made of it, for now. Perhaps it has it, and its answer was lost: nobody else is asked.
fn not_now(why: &Error) -> Sent {
    match why {
        Error::UnexpectedReply(answer) => Sent::NotNow(words(answer.code, answer.esc, &answer.message)),
        other => Sent::NotNow(other.to_string()),
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
