//! An organization file: what an organization has of its own log beside the leaves, one JSON object a line. The first
//! says whose it is; then each entry's salt and payload, in the log's order, or that it was erased.

use byleave_domain::ids::{parse_hex, to_hex};
use serde::{Deserialize, Serialize};

/// What the first line says of the format.
pub const FORMAT: &str = "byleave-organization/v1";

/// Longest line, bytes.
pub const LINE_BYTES_MAX: usize = 16 * 1024 * 1024;

/// The first line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// [`FORMAT`].
    pub format: String,
    /// The organization's id.
    pub organization: String,
    /// The log's name in its checkpoints.
    pub origin: String,
    /// How many entries follow.
    pub size: u64,
}

/// One entry's line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Disclosed {
    /// Its place in the log.
    pub entry: u64,
    /// Salt and payload; none where they were erased.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opening: Option<Opening>,
}

/// What a commitment commits to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Opening {
    /// 64 hex digits.
    pub salt: String,
    /// The payload's bytes, which are JSON, as a text.
    pub payload: String,
}

impl Opening {
    /// Salt and payload as they are disclosed; none for a payload that is no text, which none of ours is.
    #[must_use]
    pub fn new(salt: &[u8; 32], payload: &[u8]) -> Option<Self> {
        let payload = std::str::from_utf8(payload).ok()?.to_owned();
        Some(Self { salt: to_hex(salt), payload })
    }

    /// The salt, where it is one.
    #[must_use]
    pub fn salt(&self) -> Option<[u8; 32]> {
        parse_hex(&self.salt)
    }
}
