//! The catalogue of problem types (RFC 9457): every `type` that an answer of ours can carry.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A kind of refusal or failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProblemType {
    /// The request does not parse; the detail names the value.
    Invalid,
    /// No valid session or token came with the request.
    Unauthenticated,
    /// The caller is known and may not do this.
    Forbidden,
    /// There is no such thing for this caller.
    NotFound,
    /// The present state refuses it.
    Refused,
    /// It exists already.
    Taken,
    /// It could not be recorded, so it did not happen.
    Unavailable,
}

impl ProblemType {
    /// Every one.
    pub const ALL: [Self; 7] = [
        Self::Invalid,
        Self::Unauthenticated,
        Self::Forbidden,
        Self::NotFound,
        Self::Refused,
        Self::Taken,
        Self::Unavailable,
    ];

    /// The last part of the `type` URI.
    #[must_use]
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Invalid => "invalid",
            Self::Unauthenticated => "unauthenticated",
            Self::Forbidden => "forbidden",
            Self::NotFound => "not-found",
            Self::Refused => "refused",
            Self::Taken => "taken",
            Self::Unavailable => "unavailable",
        }
    }

    /// The HTTP status.
    #[must_use]
    pub const fn status(self) -> u16 {
        match self {
            Self::Invalid => 400,
            Self::Unauthenticated => 401,
            Self::Forbidden => 403,
            Self::NotFound => 404,
            Self::Refused | Self::Taken => 409,
            Self::Unavailable => 503,
        }
    }

    /// The short sentence that is the same each time.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Invalid => "The request cannot be read",
            Self::Unauthenticated => "Sign in first",
            Self::Forbidden => "Not yours to do",
            Self::NotFound => "No such thing",
            Self::Refused => "Refused",
            Self::Taken => "Already exists",
            Self::Unavailable => "Not recorded, so not done",
        }
    }
}

/// The body of `application/problem+json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Problem {
    /// `https://byleave.example/problems/{slug}`.
    #[serde(rename = "type")]
    pub type_uri: String,
    /// [`ProblemType::title`].
    pub title: String,
    /// [`ProblemType::status`].
    pub status: u16,
    /// What happened this time, naming the value and the way out.
    pub detail: String,
}

impl Problem {
    /// A problem of `kind`, this time because of `detail`.
    #[must_use]
    pub fn new(kind: ProblemType, detail: impl Into<String>) -> Self {
        Self {
            type_uri: format!("https://byleave.example/problems/{}", kind.slug()),
            title: kind.title().to_owned(),
            status: kind.status(),
            detail: detail.into(),
        }
    }
}
