//! Passkeys as an organization's log tells of them: all that it takes to verify what was signed with one.

use serde::{Deserialize, Serialize};

/// `passkey.added`: a security contact's passkey. What is signed with it before this counts for nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PasskeyAdded {
    /// The passkey's id.
    pub passkey: String,
    /// The security contact's id.
    pub contact: String,
    /// What it is called.
    pub name: String,
    /// The authenticator's id of it, hex.
    pub credential: String,
    /// Its public key, COSE, hex.
    pub public_key: String,
    /// Which model the authenticator says that it is, hex; zeros for none.
    pub aaguid: String,
    /// How it was made, as the authenticator says: the flags of WebAuthn's authenticator data.
    pub flags: u8,
    /// By which way: `link`, or `passkey`.
    pub way: String,
    /// The desk person who issued the link, or the contact's earlier passkey.
    pub by: String,
}

/// `passkey.removed`: nothing is signed with it any more. Refers to its adding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PasskeyRemoved {
    /// The passkey's id.
    pub passkey: String,
    /// The security contact's id.
    pub contact: String,
    /// What it is called.
    pub name: String,
    /// Who removed it.
    pub by: String,
}
