//! What an entry's commitment commits to: who, why, what. JSON bytes, kept as written beside the log, with the salt.
//!
//! Personal data lives only here. One type per kind of entry; fields are added, never re-used for another meaning.

mod change_request;
mod contact;
mod doubt;
mod erasure;
mod facts;
mod freeze;
mod passkey;
mod setting;
mod signed;
mod token;

use serde::{Deserialize, Serialize};

pub use change_request::{
    InvalidStep, StepRecord, action, call_word, kind, question_word, source_word, words_word,
};
pub use contact::{ContactCalled, ContactChangeAnnounced, ContactStepRecord};
pub use doubt::{DoubtAnswered, DoubtRaised, InvalidDoubt};
pub use erasure::{ErasedDeskKey, Erasure, Gone};
pub use facts::{ClaimedRecord, DeclaredRecord, FACTS_VERSION, FactsRecord, visit_end};
pub use freeze::{FreezeBegun, FreezeRecord, InvalidFreeze, LiftApproved};
pub use passkey::{PasskeyAdded, PasskeyRemoved};
pub use setting::{InvalidSetting, SettingRecord};
pub use signed::{PasskeyRecord, SignedRecord};
pub use token::{TokenMade, TokenRevoked};

/// `log.open`: the first entry of every log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogOpen {
    /// The organization's id.
    pub organization: String,
    /// Its name at creation.
    pub name: String,
}

/// `contact.added`: whose word counts from here on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContactAdded {
    /// The contact's id.
    pub contact: String,
    /// Name.
    pub name: String,
    /// E-mail address.
    pub email: String,
    /// The number on file.
    pub phone: String,
    /// Ed25519 public key, 64 hex digits; without one the contact cannot decide.
    pub key: Option<String>,
}

/// A person or service as customers see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Who {
    /// The id.
    pub id: String,
    /// Name.
    pub name: String,
    /// Employer.
    pub employer: String,
}

/// `visit.open`: somebody enters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VisitOpen {
    /// The visit's id.
    pub visit: String,
    /// Who.
    pub person: Who,
    /// The tool's slug.
    pub tool: String,
    /// Whether anything keeps this tool's organizations apart.
    pub covered: bool,
    /// Why; none reads "no reason given".
    pub reason: Option<String>,
    /// The vendor's case number.
    pub case: Option<String>,
    /// What the decision looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub facts: Option<FactsRecord>,
}

/// `access.begin`: one request, recorded before its first byte goes upstream.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessBegin {
    /// The visit it hangs under.
    pub visit: String,
    /// The decision that admitted it.
    pub decision: String,
    /// Epoch of the setting the decision rests on.
    pub epoch: u64,
    /// HTTP method.
    pub method: String,
    /// Path and query as forwarded.
    pub target: String,
    /// Address that the request came from.
    pub peer: String,
    /// What the decision looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub facts: Option<FactsRecord>,
}

/// `access.denied`: a known person was refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessDenied {
    /// Who.
    pub person: Who,
    /// The tool's slug.
    pub tool: String,
    /// The decision's id.
    pub decision: String,
    /// Why not: a code of the refusals' catalogue.
    pub reason: String,
    /// HTTP method.
    pub method: String,
    /// Path and query as asked for.
    pub target: String,
    /// Address that the request came from.
    pub peer: String,
    /// What the decision looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub facts: Option<FactsRecord>,
}

/// `visit.progress` and `visit.close`: what ended since the last one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VisitEnds {
    /// The visit's id.
    pub visit: String,
    /// The requests that ended.
    pub requests: Vec<AccessEnd>,
    /// Requests for the tool's declared assets, which are no entries of their own.
    pub assets: u64,
    /// Bytes of assets sent to the person.
    pub asset_bytes: u64,
    /// On `visit.close`: why the visit is over.
    pub end: Option<String>,
    /// Who of the organization stopped it, where that is why: a security contact, or the organization itself where one of
    /// its programs did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
}

/// How one request ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessEnd {
    /// Index of its `access.begin`.
    pub entry: u64,
    /// HTTP status sent to the person; 0 when none was.
    pub status: u16,
    /// Bytes of the request's body taken from the person.
    pub bytes_up: u64,
    /// Bytes of the answer's body given to the person's connection.
    pub bytes_down: u64,
    /// Milliseconds from the record to the end.
    pub duration_ms: u64,
    /// `done`, `client_abort`, `upstream_abort`, `cut`, `not_forwarded` or `node_lost`.
    pub reason: String,
}

/// `desk_key.added` and `desk_key.removed`: whose approvals count, under which key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeskKeyRecord {
    /// The desk person's id.
    pub person: String,
    /// The desk person's name.
    pub name: String,
    /// Ed25519 public key, 64 hex digits.
    pub key: String,
}

/// `evidence.read`: somebody read what a change request rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EvidenceRead {
    /// What was read.
    pub evidence: String,
    /// Who read it: the id of a desk person or security contact.
    pub by: String,
}

/// `evidence.erased`: what was kept for its time is gone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EvidenceErased {
    /// Their ids.
    pub evidence: Vec<String>,
}

/// `mail_domains.changed`: where the organization's mail comes from, from here on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailDomainsChanged {
    /// All of them, in alphabetical order.
    pub domains: Vec<String>,
}

/// `notice_addresses.changed`: where copies of what the organization's contacts are told go, from here on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoticeAddressesChanged {
    /// All of them, in alphabetical order.
    pub addresses: Vec<String>,
    /// The security contact who says so; none: the vendor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
}

/// `change_request.signed`: the contact's own signature, which came with the request before it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangeRequestSigned {
    /// The change request's id.
    pub change_request: String,
    /// The contact's word.
    pub signed: SignedRecord,
}
