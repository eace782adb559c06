//! Tokens as an organization's log tells of them: never a secret, nor anything that could be compared with one.

use serde::{Deserialize, Serialize};

/// `token.made`: what opens something in the organization's name from here on. Its id is the entry's `rid` as well.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenMade {
    /// The token's id.
    pub token: String,
    /// Whom it stands for: the organization's id.
    pub holder: String,
    /// What it is called.
    pub name: Option<String>,
    /// What it is good for.
    pub scopes: Vec<String>,
    /// Until when it works, RFC 3339.
    pub expires_at: String,
    /// Who made it; none for the vendor's administrator.
    pub by: Option<String>,
}

/// `token.revoked`: it opens nothing any more. Refers to its making where the log tells of that.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenRevoked {
    /// The token's id.
    pub token: String,
    /// Who revoked it; none for the vendor's administrator.
    pub by: Option<String>,
}
