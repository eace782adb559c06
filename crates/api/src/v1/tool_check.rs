//! Whether an application answers without the gateway.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::schema;

/// `POST /v1/tools/{tool}/check`: what came of asking the application directly, as somebody who goes past the gateway
/// would.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ToolCheck {
    /// Slug of the tool.
    #[schemars(with = "schema::Slug")]
    pub tool: String,
    /// The application asked.
    #[schemars(with = "schema::Origin")]
    pub upstream: String,
    /// How organizations are kept apart in it, as declared.
    #[schemars(with = "schema::Isolation")]
    pub isolation: String,
    /// Each request and its answer.
    pub requests: Vec<ToolProbe>,
    /// Whether each request was refused or answered; otherwise it is not known whether the application answers past the
    /// gateway.
    pub checked: bool,
    /// Whether what was declared is contradicted: it is said to verify the assertion, and answers without a valid one.
    pub contradicted: bool,
    /// What it means, in a sentence.
    pub meaning: String,
}

/// One request that went past the gateway.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ToolProbe {
    /// `without an assertion`, `with a forged assertion`, `with an expired assertion`, `with another tool's assertion`.
    pub request: String,
    /// The status of the answer; none where there was none.
    pub status: Option<u16>,
    /// `refused` (401 or 403), `answered` (any other status), `unreachable` (nobody listens, no such name, no way there) or
    /// `unclear` (anything else, such as an answer that cannot be read).
    #[schemars(with = "schema::ProbeOutcome")]
    pub outcome: String,
}
