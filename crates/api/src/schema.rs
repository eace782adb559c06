//! The forms of texts in `/v1`, as JSON Schema has them (2020-12, which OpenAPI 3.1 uses): what the domain's types take,
//! said once more for programs. `#[schemars(with = "…")]` names one of these where a field is a string on the wire.
//!
//! Patterns keep to what ECMA 262 and everybody else's regular expressions share. A test of the server holds every
//! answer against them.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

/// A character class of white space as `str::trim` takes it off.
macro_rules! white {
    () => {
        r"\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
    };
}

/// A character class of what no short text may hold: control characters, and what hides or reorders text.
macro_rules! control {
    () => {
        r"\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff"
    };
}

macro_rules! forms {
    ($($(#[$doc:meta])* $name:ident { $($schema:tt)* })*) => { $(
        $(#[$doc])*
        #[derive(Debug)]
        pub enum $name {}

        impl JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({ "type": "string", $($schema)* })
            }
        }
    )* };
}

forms! {
    /// `byleave_domain::text::Name`.
    Name {
        "minLength": 1,
        "maxLength": 120,
        "pattern": concat!(
            "^[", white!(), "]*[^", white!(), control!(), "]([^", control!(), "]*[^", white!(), control!(), "])?[",
            white!(), "]*$"
        ),
    }
    /// `byleave_domain::text::Reason`.
    Reason {
        "minLength": 1,
        "maxLength": 500,
        "pattern": concat!(
            "^[", white!(), "]*[^", white!(), control!(), "]([^", control!(), "]*[^", white!(), control!(), "])?[",
            white!(), "]*$"
        ),
    }
    /// `byleave_domain::text::Slug`.
    Slug { "minLength": 1, "maxLength": 30, "pattern": "^[a-z0-9]+(-[a-z0-9]+)*$" }
    /// `byleave_domain::text::MailDomain`.
    MailDomain {
        "minLength": 3,
        "maxLength": 253,
        "pattern": concat!(
            "^[", white!(), "]*([A-Za-z0-9]([-A-Za-z0-9]{0,61}[A-Za-z0-9])?[.])+[A-Za-z]([-A-Za-z0-9]{0,61}[A-Za-z0-9])?[",
            white!(), "]*$"
        ),
    }
    /// `byleave_domain::text::Email`.
    Email {
        "minLength": 3,
        "maxLength": 254,
        "pattern": concat!(
            "^[", white!(), "]*[^@", white!(), control!(), "]+@[^@", white!(), control!(), "]+[", white!(), "]*$"
        ),
    }
    /// `byleave_domain::text::Phone`.
    Phone {
        "minLength": 1,
        "maxLength": 40,
        "pattern": concat!("^[", white!(), "]*[-+()/0-9]([-+()/0-9 ]*[-+()/0-9])?[", white!(), "]*$"),
    }
    /// What a step rests on, in somebody's words: not white space alone.
    Words { "minLength": 1, "maxLength": 20_000, "pattern": concat!("[^", white!(), "]") }
    /// An Ed25519 public key.
    Key { "minLength": 64, "maxLength": 64, "pattern": "^[0-9a-f]{64}$" }
    /// An Ed25519 signature.
    Signature { "minLength": 128, "maxLength": 128, "pattern": "^[0-9a-f]{128}$" }
    /// SHA-256 of a file.
    Sha256 { "minLength": 64, "maxLength": 64, "pattern": "^[0-9a-f]{64}$" }
    /// An instant, RFC 3339.
    Moment { "format": "date-time" }
    /// An organization's id.
    OrganizationId { "minLength": 36, "maxLength": 36, "pattern": "^org_[0-9a-f]{32}$" }
    /// An organization's id or slug.
    OrganizationName { "minLength": 1, "maxLength": 36, "pattern": "^(org_[0-9a-f]{32}|[a-z0-9]+(-[a-z0-9]+)*)$" }
    /// A security contact's id.
    ContactId { "minLength": 40, "maxLength": 40, "pattern": "^contact_[0-9a-f]{32}$" }
    /// The id of a support person, support service or desk person.
    PersonId { "minLength": 39, "maxLength": 39, "pattern": "^person_[0-9a-f]{32}$" }
    /// The id of a person who can be erased.
    ErasableId { "minLength": 39, "maxLength": 40, "pattern": "^(person|contact)_[0-9a-f]{32}$" }
    /// The id of a change request or of a change of contacts.
    ChangeId { "minLength": 39, "maxLength": 39, "pattern": "^change_[0-9a-f]{32}$" }
    /// The id of a document or note.
    EvidenceId { "minLength": 41, "maxLength": 41, "pattern": "^evidence_[0-9a-f]{32}$" }
    /// A freeze's id.
    FreezeId { "minLength": 39, "maxLength": 39, "pattern": "^freeze_[0-9a-f]{32}$" }
    /// Whether anybody is kept out by a freeze.
    FreezeState { "enum": ["in_force", "lifted"] }
    /// A doubt's id.
    DoubtId { "minLength": 38, "maxLength": 38, "pattern": "^doubt_[0-9a-f]{32}$" }
    /// Whether a doubt waits for its answer.
    DoubtState { "enum": ["open", "answered"] }
    /// A visit's id.
    VisitId { "minLength": 38, "maxLength": 38, "pattern": "^visit_[0-9a-f]{32}$" }
    /// A token's id.
    TokenId { "minLength": 38, "maxLength": 38, "pattern": "^token_[0-9a-f]{32}$" }
    /// `byleave_domain::token::Scope`.
    Scope {
        "enum": ["read", "contents", "manage", "access", "requests", "freeze", "erase", "intake", "enter", "tokens"],
    }
    /// A day in UTC.
    Day { "format": "date" }
    /// A message's id.
    MessageId { "minLength": 40, "maxLength": 40, "pattern": "^message_[0-9a-f]{32}$" }
    /// A letter's id.
    LetterId { "minLength": 39, "maxLength": 39, "pattern": "^letter_[0-9a-f]{32}$" }
    /// What became of a letter.
    LetterState { "enum": ["waiting", "sent", "failed", "bounced"] }
    /// `disable` or `enable`.
    Action { "enum": ["disable", "enable"] }
    /// Where a change request stands.
    ChangeRequestState {
        "enum": [
            "received", "under_review", "incomplete", "form_sent", "found", "returned", "called", "approved", "processed",
            "announced", "refused", "withdrawn", "vetoed", "expired", "superseded"
        ],
    }
    /// An organization's setting; `closed` while the stored one is unproven.
    SupportAccess { "enum": ["enabled", "approval_required", "disabled", "closed"] }
    /// Whether the article's steps follow a disable, or are done.
    Confirmation { "enum": ["provisional", "confirmed"] }
    /// What came of a call.
    CallOutcome { "enum": ["confirmed", "not_reached", "denied"] }
    /// Why a call was confirmed without words.
    WithoutWords { "enum": ["cannot_sign_in", "no_screen", "portal_away", "other"] }
    /// Whether a call was confirmed with words, or why without.
    CallWords { "enum": ["matched", "cannot_sign_in", "no_screen", "portal_away", "other"] }
    /// Scheme, host and port.
    Origin {
        "minLength": 7,
        "maxLength": 200,
        "pattern": concat!(
            r"^(https?|h2c)://([A-Za-z0-9]([-A-Za-z0-9.]*[A-Za-z0-9])?|\[[0-9a-fA-F]{0,4}(:[0-9a-fA-F]{0,4}){2,7}\])",
            "(:([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]))?/?$"
        ),
    }
    /// Where the gateway puts the organization.
    Injection {
        "minLength": 6,
        "maxLength": 200,
        "pattern": "^(prefix|header:[-!#$%&'*+.^_`|~0-9A-Za-z]+|query:[-_.0-9A-Za-z]+)$",
    }
    /// A place in a list.
    Cursor { "minLength": 2, "maxLength": 400, "pattern": "^([0-9a-f]{2})+$" }
    /// A path prefix.
    Prefix { "minLength": 1, "maxLength": 200, "pattern": "^/[!-~]*$" }
    /// Whether a visit must state it.
    Requirement { "enum": ["required", "optional"] }
    /// Who keeps a tool's organizations apart.
    Isolation { "enum": ["upstream-verified", "injected", "shared"] }
    /// What came of a request.
    ProbeOutcome { "enum": ["refused", "answered", "unreachable", "unclear"] }
    /// What somebody is who wants in.
    SubjectKind { "enum": ["support_person", "support_service"] }
}
