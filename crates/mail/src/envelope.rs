//! What is known of a message besides its bytes: who handed it over, for whom, and how.

use std::net::IpAddr;

/// How a message came here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    /// The sender of the envelope, which need not be the one in the message.
    pub sender: Sender,
    /// Intake addresses that it was given for.
    pub recipients: Vec<String>,
    /// The address that it came from; `None` when it came through a pipe.
    pub peer: Option<IpAddr>,
    /// The name by which the peer greeted; empty when it came through a pipe.
    pub helo: String,
    /// Protocol version and cipher suite, if the connection was encrypted.
    pub tls: Option<String>,
}

/// The sender of an envelope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sender {
    /// An address.
    Address(String),
    /// `<>`: whoever sends so does not want an answer, ever.
    Null,
    /// Not told, as through a pipe.
    Unknown,
}
