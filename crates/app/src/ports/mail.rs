//! What mail needs from the world: DNS as it comes, and a place where it is kept.

use async_trait::async_trait;
use byleave_domain::ids::{ChangeRequestId, MessageId};
use byleave_mail::checks::Checks;
use byleave_mail::envelope::Envelope;
use jiff::Timestamp;

/// The only way to ask DNS about a mail.
#[async_trait]
pub trait MailChecks: Send + Sync + 'static {
    /// Checks a mail whose lines end in CR LF. `from` is the domain in its `From`, where there is exactly one.
    async fn check(&self, envelope: &Envelope, mail: &[u8], from: Option<&str>) -> Checks;
}

/// A mail that came in, with what was made of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailRow {
    /// Id; the same as its message's, where it is held.
    pub id: MessageId,
    /// When it came in.
    pub received_at: Timestamp,
    /// Its Message-ID under a key of the deployment, if it has one.
    pub identifier: Option<[u8; 32]>,
    /// Its body under the same key.
    pub body: [u8; 32],
    /// Whether it is proven to be a security contact's own.
    pub proven: bool,
    /// What became of it.
    pub disposition: String,
    /// Whether it waits for a person.
    pub held: bool,
    /// The change request that it belongs to.
    pub change_request: Option<ChangeRequestId>,
    /// Bytes that came in, and those of the record.
    pub size: u64,
    /// `crate::intake::MailRecord`, as JSON.
    pub record: Vec<u8>,
    /// The bytes as they came in; none where they are evidence, or were too many of what nobody needs.
    pub raw: Option<Vec<u8>>,
}

/// A stored mail as it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredMail {
    /// Id.
    pub id: MessageId,
    /// When it came in.
    pub received_at: Timestamp,
    /// `crate::intake::MailRecord`, as JSON.
    pub record: Vec<u8>,
    /// Its bytes, where one is asked for and they are kept with it.
    pub raw: Option<Vec<u8>>,
}

/// Whether there is mail that came earlier. Duplicates do not count, nor does what was rejected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Earlier {
    /// Whether some of it is not proven to be a security contact's own.
    pub unproven: bool,
    /// Whether some of it is.
    pub proven: bool,
}

/// What is known of a mail before it is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct MailKnown {
    /// Mail with its Message-ID and its body.
    pub same: Earlier,
    /// Mail with its Message-ID and another body.
    pub other: Earlier,
    /// Whether the same body came under another Message-ID.
    pub body_seen: bool,
    /// How many unproven ones are held.
    pub held: u64,
    /// Their bytes.
    pub held_bytes: u64,
}
