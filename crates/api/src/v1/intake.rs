//! What the intake made of mail, for programs.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::schema;

/// What the intake made of one mail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct IntakeMessage {
    /// Id; the held message's, where it is held.
    #[schemars(with = "schema::MessageId")]
    pub id: String,
    /// Its Message-ID with brackets; none where it does not have exactly one.
    pub message_id: Option<String>,
    /// When it came in.
    #[schemars(with = "schema::Moment")]
    pub received_at: String,
    /// What became of it: `accepted` from the proven contact, `held` for a person, `rejected`, or `duplicate`.
    #[schemars(extend("enum" = ["accepted", "held", "rejected", "duplicate"]))]
    pub disposition: String,
    /// What DNS said as it came in.
    pub auth: IntakeAuth,
    /// The organization's name, as written.
    #[serde(rename = "customer")]
    pub organization_name: Option<String>,
    /// What it asks for.
    #[schemars(extend("enum" = ["disable", "enable", "other"]))]
    pub action: String,
    /// Whether it says that this is wanted.
    pub confirmation: bool,
    /// Whom to speak to, as written. Nothing is sent there.
    pub contact: Option<String>,
    /// Whether the setting was changed by this mail alone: never.
    pub effective: bool,
    /// What is attached.
    pub attachments: Vec<IntakeAttachment>,
    /// What a person should see: a code, a colon, and words.
    pub warnings: Vec<String>,
    /// What stands against it: a code, a colon, and words.
    pub reasons: Vec<String>,
    /// The change request that it belongs to.
    #[schemars(with = "Option<schema::ChangeId>")]
    pub change_request: Option<String>,
    /// SHA-256 of its bytes as they came, in hex.
    pub sha256: String,
    /// Its bytes.
    pub size: u64,
}

/// Results in the words of RFC 8601.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct IntakeAuth {
    /// SPF of the envelope.
    pub spf: String,
    /// All signatures in one word.
    pub dkim: String,
    /// DMARC of the domain in `From`.
    pub dmarc: String,
    /// ARC; recorded, never believed.
    pub arc: String,
    /// The domain in `From`.
    pub from_domain: Option<String>,
}

/// A file that came with a mail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct IntakeAttachment {
    /// Its name, made safe.
    pub filename: String,
    /// What its bytes are.
    pub media_type: String,
    /// Bytes.
    pub size: u64,
    /// SHA-256 in hex.
    pub sha256: String,
}

/// `POST /v1/messages/{id}/attach`: a held message joins a request that is open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MessageAttach {
    /// The change request.
    #[schemars(with = "schema::ChangeId")]
    pub change_request: String,
}
