//! An SMTP and LMTP server for the intake's addresses (RFC 5321, RFC 2033), and for nothing else: no relay, no mailboxes,
//! no sending.
//!
//! The dialogue is a state machine without IO ([`Dialogue`]): bytes go in, replies and deliveries come out, however the
//! bytes are cut. Around it stands a thin edge ([`serve`]) with sockets, TLS and clocks. "250" is said once whoever
//! implements [`Intake`] has made the message durable, and nothing that was answered so is dropped.
//!
//! Only CR LF `.` CR LF ends a message, and a bare CR or LF refuses it: what two servers end at different places hides a
//! second message.

mod command;
mod content;
mod dialogue;
mod server;
mod sources;

use std::future::Future;

use crate::envelope::Envelope;
pub use dialogue::{Dialogue, Step};
pub use server::{Limits, PER_MINUTE_MIN, serve};

/// Longest line of a command, bytes.
pub const LINE_BYTES_MAX: usize = 2048;

/// Recipients of one message at most; RFC 5321 asks for 100.
pub const RECIPIENTS_MAX: usize = 100;

/// Refused commands after which a session ends.
pub const ERRORS_MAX: usize = 20;

/// Which protocol is spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// From anywhere.
    Smtp,
    /// From the vendor's own mail server: one reply for each recipient.
    Lmtp,
}

/// What is offered, and to whom mail may go.
#[derive(Debug, Clone)]
pub struct Terms {
    /// Which protocol is spoken.
    pub protocol: Protocol,
    /// The name of this server.
    pub hostname: String,
    /// The addresses of the intake.
    pub intake: Vec<String>,
    /// Longest message, bytes; at most [`MESSAGE_BYTES_MAX`](crate::fields::MESSAGE_BYTES_MAX).
    pub message_bytes_max: usize,
}

/// A message, whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// How it came.
    pub envelope: Envelope,
    /// Its bytes as sent, without the dots that SMTP puts before lines.
    pub message: Vec<u8>,
}

/// What became of a delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Receipt {
    /// It is durable.
    Taken,
    /// It is not taken, ever; why.
    Refused(String),
    /// Not now; why. The peer tries again.
    NotNow(String),
}

/// Where messages go.
pub trait Intake: Send + Sync + 'static {
    /// Takes a message. It is durable when this answers [`Receipt::Taken`], and the same message may come again when
    /// the answer was lost.
    fn take(&self, delivery: Delivery) -> impl Future<Output = Receipt> + Send;
}
