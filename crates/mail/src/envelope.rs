//! What is known of a message besides its bytes: who handed it over, for whom, and how.

use std::borrow::Cow;
use std::net::IpAddr;

use crate::fields::{Field, Fields};

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

impl Envelope {
    /// What can be known of a message that a mail server pipes to us: the sender, if that server wrote it on top as
    /// `Return-Path`. SPF has nothing to go by then.
    #[must_use]
    pub fn piped(fields: &Fields<'_>) -> Self {
        let first = fields.first().filter(|field| field.name.eq_ignore_ascii_case("Return-Path"));
        let path = first.map(Field::value);
        let sender = match path.as_deref().map(|path| path.trim_matches(['<', '>', ' '])) {
            None => Sender::Unknown,
            Some("") => Sender::Null,
            Some(address) => Sender::Address(address.to_owned()),
        };
        Self { sender, recipients: Vec::new(), peer: None, helo: String::new(), tls: None }
    }
}

/// A message as it would have come by SMTP: a pipe gives it with LF alone. One that has any CR is left as it is.
#[must_use]
pub fn wire_form(message: &[u8]) -> Cow<'_, [u8]> {
    if message.contains(&b'\r') {
        return Cow::Borrowed(message);
    }
    let lines: Vec<&[u8]> = message.split(|byte| *byte == b'\n').collect();
    Cow::Owned(lines.join(&b"\r\n"[..]))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_piped_message_is_as_if_it_came_by_smtp() {
        assert_eq!(&*wire_form(b"a: b\n\nc\n"), b"a: b\r\n\r\nc\r\n");
        assert_eq!(&*wire_form(b"a: b\r\n\nc\n"), b"a: b\r\n\nc\n", "what is mixed stays, and is refused");
        let sender = |message: &[u8]| Envelope::piped(&Fields::read(message).unwrap().0).sender;
        assert_eq!(sender(b"Return-Path: <a@b.test>\r\n\r\n"), Sender::Address("a@b.test".into()));
        assert_eq!(sender(b"Return-Path: <>\r\n\r\n"), Sender::Null);
        assert_eq!(sender(b"From: x\r\nReturn-Path: <a@b.test>\r\n\r\n"), Sender::Unknown, "not on top");
    }
}
