//! The catalogue of problem types (RFC 9457): every `type` that an answer of ours can carry, from the control plane and
//! from the gateway. Each has a page, `/problems/{slug}` on the control plane, and a row in `docs/problems.md`, with the
//! words that stand here.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

macro_rules! catalogue {
    ($($kind:ident { $slug:literal, $status:literal, $title:literal, $happened:literal, $remedy:literal, })*) => {
        /// A kind of refusal or failure.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum ProblemType { $(
            #[doc = $happened]
            $kind,
        )* }

        impl ProblemType {
            /// Every one.
            pub const ALL: &[Self] = &[$(Self::$kind),*];

            /// The last part of the `type` URI.
            #[must_use]
            pub const fn slug(self) -> &'static str {
                match self { $(Self::$kind => $slug,)* }
            }

            /// The HTTP status.
            #[must_use]
            pub const fn status(self) -> u16 {
                match self { $(Self::$kind => $status,)* }
            }

            /// The short sentence that is the same each time.
            #[must_use]
            pub const fn title(self) -> &'static str {
                match self { $(Self::$kind => $title,)* }
            }

            /// What happened, for the page about it.
            #[must_use]
            pub const fn happened(self) -> &'static str {
                match self { $(Self::$kind => $happened,)* }
            }

            /// What to do, for the page about it.
            #[must_use]
            pub const fn remedy(self) -> &'static str {
                match self { $(Self::$kind => $remedy,)* }
            }
        }
    };
}

catalogue! {
    Invalid {
        "invalid", 400, "The request cannot be read",
        "The request does not parse, could be read in two ways, or a value does not fit or is over a bound \
         (over the gateway's bounds for addresses and headers: 414, 431).",
        "Correct what `detail` names; with `errors`, the field that `pointer` names.",
    }
    Unauthenticated {
        "unauthenticated", 401, "Sign in first",
        "No session, token or visit that works came with the request. A browser's session changes nothing under \
         `/v1`.",
        "Sign in, or send `Authorization: Bearer` with a token. From a browser, open the tool from your list.",
    }
    TokenExpired {
        "token-expired", 401, "The token's time is over",
        "The token that came with the request is one of ours, and worked until a moment that is past.",
        "Make another, or have one made; every token says from the start until when it works.",
    }
    InsufficientScope {
        "insufficient-scope", 403, "The token is not for this",
        "You may do this, but not with this token: it was made for other things.",
        "`detail` names the scope that is missing. Send a token that has it.",
    }
    TooManyRequests {
        "too-many-requests", 429, "Too many requests",
        "More requests came with one token or session, or from one address without either, than are taken in a minute.",
        "Wait as long as `Retry-After` says.",
    }
    NotFound {
        "not-found", 404, "There is nothing here",
        "No such thing, or none of yours: the two look alike. Or the address names no organization's tool.",
        "Check the address, or start from your list.",
    }
    Unavailable {
        "unavailable", 503, "Not possible at present",
        "It could not be read or recorded, so it did not happen; or nobody can enter while the gateway starts. \
         After a disable: not known to be in force.",
        "Try again in a moment.",
    }
    Forbidden {
        "forbidden", 403, "Not yours to do",
        "You are known, and this is for somebody else.",
        "`detail` says for whom.",
    }
    PasskeyWanted {
        "passkey-wanted", 403, "Show that it is you",
        "A desk person's session decides only within ten minutes after their passkey has answered in it.",
        "Send the form from its page, which asks for the passkey. Programs send a token.",
    }
    Refused {
        "refused", 409, "Refused",
        "The present state, the signature or the file does not allow it.",
        "Read `detail`; for a statement, sign anew with the next epoch.",
    }
    KeyReused {
        "key-reused", 422, "The key belongs to another request",
        "The `Idempotency-Key` came with another request of the same token within the last day.",
        "Take a fresh key for each change, and the same only to ask for the same once more.",
    }
    UnderWay {
        "under-way", 409, "Being done",
        "The same request came with the same `Idempotency-Key` and is being worked on.",
        "Ask again in a moment, with the same key.",
    }
    AlreadyAsked {
        "already-asked", 409, "Asked before",
        "The same request came with the same `Idempotency-Key`, and its answer cannot be given again: it held a secret, \
         was too long to keep, or got lost when the process stopped.",
        "`detail` says whether it was done, and where to look. For a token: revoke it, and make another.",
    }
    KeyNotTaken {
        "key-not-taken", 409, "No key is taken at present",
        "The token has sent 1,000 keys (`Idempotency-Key`) within a day, or Byleave's disk is nearly full. Nothing was done.",
        "Ask again without a key: then nothing keeps it from being done twice.",
    }
    Taken {
        "taken", 409, "Already exists",
        "The slug or e-mail address is in use.",
        "Choose another.",
    }
    Frozen {
        "frozen", 403, "You cannot enter",
        "The vendor keeps everybody out, or everybody of one employer.",
        "Your trust desk says why; lifting takes two of them.",
    }
    SupportAccessDisabled {
        "support-access-disabled", 403, "You cannot enter",
        "The organization disabled support access.",
        "Ask the customer to send what you need, or to enable it.",
    }
    ApprovalRequired {
        "approval-required", 403, "You cannot enter",
        "The organization approves each visit beforehand.",
        "Ask its security contact.",
    }
    OrganizationClosed {
        "organization-closed", 403, "You cannot enter",
        "The stored setting is not the one that the log proves.",
        "Only the trust desk can look into it.",
    }
    ReasonRequired {
        "reason-required", 403, "You cannot enter",
        "The tool wants to know why.",
        "Send `Byleave-Reason`, or use the visit page.",
    }
    CaseRequired {
        "case-required", 403, "You cannot enter",
        "The tool wants a case number.",
        "Send `Byleave-Case`, or use the visit page.",
    }
    VisitEnded {
        "visit-ended", 403, "You cannot enter",
        "The visit is over; `detail` says why.",
        "Open a new one.",
    }
    VisitSuperseded {
        "visit-superseded", 403, "You cannot enter",
        "The setting changed after the visit was opened.",
        "Open a new one.",
    }
    VisitMismatch {
        "visit-mismatch", 403, "You cannot enter",
        "The visit is another person's, or for another place.",
        "Open a new one.",
    }
    UnknownSubject {
        "unknown-subject", 403, "You cannot enter",
        "You are not known as a support person.",
        "Ask the trust desk.",
    }
    ToolNotAccepted {
        "tool-not-accepted", 403, "You cannot enter",
        "The tool keeps no organizations apart and is not accepted as it is.",
        "Declare its isolation.",
    }
    UnknownOrganization {
        "unknown-organization", 404, "There is nothing here",
        "No such organization.",
        "Check the address.",
    }
    UnknownTool {
        "unknown-tool", 404, "There is nothing here",
        "No such tool.",
        "Check the address.",
    }
    EntryCode {
        "entry-code", 403, "This link no longer works",
        "The link into the tool was used, is too old, or is for another place.",
        "Open the tool from your list again.",
    }
    CrossOrigin {
        "cross-origin", 403, "Another page asked for this",
        "The request comes from a page that is not this tool's own, and uses the visit cookie.",
        "Open the tool from your list and do it there; programs send `Authorization: Bearer`.",
    }
    Misdirected {
        "misdirected", 421, "Host name and path disagree",
        "Host name and path name different tools or organizations, or the connection was made for another host.",
        "Use one of the two, on a connection of its own.",
    }
    NotSupported {
        "not-supported", 501, "Not possible through the gateway",
        "A method or protocol that is not passed on.",
        "Use plain requests or WebSocket.",
    }
    Upstream {
        "upstream", 502, "The tool does not answer",
        "The tool does not answer, or makes no sense. Byleave let you in.",
        "Tell whoever runs the tool.",
    }
    Unrecorded {
        "unrecorded", 503, "Not recorded, so not forwarded",
        "Your request could not be recorded in time, so it was not forwarded.",
        "Try again in a moment.",
    }
    NoRoom {
        "no-room", 503, "You cannot enter",
        "Byleave's disk is nearly full; what is left is kept for ends and for disabling.",
        "Tell whoever runs Byleave.",
    }
    EndsWaiting {
        "ends-waiting", 503, "You cannot enter",
        "How earlier requests ended is not in the logs yet, for too many of them or for too long.",
        "Try again in a moment; if it stays so, tell whoever runs Byleave.",
    }
    UpstreamSlow {
        "upstream-slow", 504, "The tool does not answer",
        "The tool took no connection in time.",
        "Try again; if it stays so, tell whoever runs the tool.",
    }
}

impl ProblemType {
    /// Statuses of `/v1` and the log endpoints; the others are the gateway's alone.
    pub const OF_THE_API: &[Self] = &[
        Self::Invalid,
        Self::Unauthenticated,
        Self::TokenExpired,
        Self::InsufficientScope,
        Self::NotFound,
        Self::Unavailable,
        Self::Forbidden,
        Self::Refused,
        Self::Taken,
        Self::KeyReused,
        Self::UnderWay,
        Self::AlreadyAsked,
        Self::KeyNotTaken,
        Self::TooManyRequests,
    ];

    /// The type with this slug.
    #[must_use]
    pub fn from_slug(slug: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.slug() == slug)
    }

    /// The `type` URI, which leads to the page about it: `base` is the control plane's origin.
    #[must_use]
    pub fn uri(self, base: &str) -> String {
        format!("{base}/problems/{}", self.slug())
    }
}

/// The body of `application/problem+json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Problem {
    /// [`ProblemType::uri`], or `about:blank` where the status says all.
    #[serde(rename = "type")]
    pub type_uri: String,
    /// [`ProblemType::title`].
    pub title: String,
    /// [`ProblemType::status`].
    pub status: u16,
    /// What happened this time, naming the value and the way out.
    pub detail: String,
    /// The fields that did not fit.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<Fault>,
}

impl Problem {
    /// Which of ours it is, if it is one.
    #[must_use]
    pub fn kind(&self) -> Option<ProblemType> {
        let (_, slug) = self.type_uri.rsplit_once("/problems/")?;
        ProblemType::from_slug(slug)
    }
}

/// A field that did not fit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Fault {
    /// Which: a JSON Pointer as a fragment (RFC 6901 §6) into the body, such as `#/slug`; of a query parameter, its name.
    pub pointer: String,
    /// What it held, cut to 80 characters.
    pub value: String,
    /// What is wrong with it.
    pub detail: String,
}
