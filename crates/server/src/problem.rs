//! The only maker of refusals: RFC 9457 problem documents for programs, and what a page says in their place.

use std::fmt::Display;
use std::str::FromStr;

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use byleave_api::problem::{Fault, Problem, ProblemType};
use byleave_app::NotWritten;
use byleave_app::caller::Caller;
use byleave_app::catalog::NotCreated;
use byleave_app::change_requests::TEXT_MAX;
use byleave_app::doubts::NotDoubted;
use byleave_app::erasure::{ContactNotErased, DeskPersonNotErased, NotErased};
use byleave_app::freezes::NotFrozen;
use byleave_app::passkeys::PasskeyRefused;
use byleave_app::setting::NotChanged;
use byleave_app::tokens::{NotIssued, NotKnown, NotRevoked};
use byleave_app::visits::NotEntered;
use byleave_domain::token::{NotGiven, ScopeMissing};

use crate::pages::denial;
use crate::refused;
use crate::text::Text;

/// Characters of a value that does not fit, as it is shown again, at most.
const VALUE_SHOWN_MAX: usize = 80;

/// An answer that is not what was asked for.
#[derive(Debug, Clone)]
pub(crate) struct Refusal {
    pub problem: Box<Problem>,
    /// What pages say in place of `detail`, which is in English; none where it cannot be known beforehand.
    pub said: Option<Text>,
    /// Where the caller finds their own page.
    pub home: Option<&'static str>,
}

impl Refusal {
    pub fn new(kind: ProblemType, detail: impl Into<String>) -> Self {
        let problem = Problem {
            type_uri: kind.uri(""),
            title: kind.title().to_owned(),
            status: kind.status(),
            detail: detail.into(),
            errors: Vec::new(),
        };
        Self { problem: Box::new(problem), said: None, home: None }
    }

    /// The same, and pages say `said`.
    pub fn saying(self, said: Text) -> Self {
        Self { said: Some(said), ..self }
    }

    /// Refused by a rule, for which pages may have words.
    fn by_rule(why: &impl Display, said: Option<Text>) -> Self {
        Self { said, ..Self::new(ProblemType::Refused, why.to_string()) }
    }

    /// What it is called on a page.
    pub fn title(&self) -> Text {
        match self.problem.kind() {
            Some(kind) => Text::about(kind, "title"),
            None => Text::of("refusal-plain").arg("status", u64::from(self.problem.status)),
        }
    }

    pub fn invalid(why: impl ToString) -> Self {
        Self::new(ProblemType::Invalid, why.to_string())
    }

    /// A field that holds what does not fit; of a field within another, the rest of its JSON Pointer (RFC 6901).
    pub fn unfit(field: &str, value: &str, why: impl ToString) -> Self {
        let mut refusal = Self::invalid(why);
        let pointer = format!("#/{field}");
        let value = value.chars().take(VALUE_SHOWN_MAX).collect();
        refusal.problem.errors.push(Fault { pointer, value, detail: refusal.problem.detail.clone() });
        refusal
    }

    /// A field that could be read, and holds what is not taken all the same.
    pub fn refused(field: &str, value: &str, why: impl ToString) -> Self {
        let mut refused = Self::new(ProblemType::Refused, why.to_string());
        refused.problem.errors = Self::unfit(field, value, why).problem.errors;
        refused
    }

    /// Several refusals of one kind as one.
    pub fn together(faults: impl IntoIterator<Item = Self>) -> Self {
        let mut faults = faults.into_iter();
        let mut first = faults.next().unwrap_or_else(|| Self::invalid("nothing fits"));
        for fault in faults {
            first.problem.errors.extend(fault.problem.errors);
        }
        if first.problem.errors.len() > 1 {
            first.problem.detail =
                format!("{} values are not taken, and nothing was done", first.problem.errors.len());
            // What was said is about one of them.
            first.said = None;
        }
        first
    }

    /// The same words for what does not exist and for what is another organization's (K14).
    pub fn not_found(what: &str) -> Self {
        let refusal = Self::new(ProblemType::NotFound, format!("there is no such {what} here"));
        refusal.saying(Text::of("refusal-not-found"))
    }

    /// A known caller whose place is elsewhere.
    pub fn elsewhere(caller: Caller, whose: &str) -> Self {
        let detail = format!("this is for {whose}; you are {}", kind_in_words(caller));
        Self { home: home(caller), ..Self::new(ProblemType::Forbidden, detail) }
    }

    /// The same for a page that is for others, which `said` names, and who `{$you}` are.
    pub fn others_page(caller: Caller, whose: &str, said: Text) -> Self {
        let you = Text::of(match caller {
            Caller::Admin => "refusal-you-administrator",
            Caller::DeskPerson(_) => "refusal-you-desk",
            Caller::Contact(..) => "refusal-you-contact",
            Caller::Subject(_) => "refusal-you-support",
            Caller::Organization(_) => "refusal-you-program",
        });
        Self::elsewhere(caller, whose).saying(said.arg("you", you))
    }

    /// A refusal with one of HTTP's own meanings and none of ours (RFC 9457 §4.2.1).
    pub fn plain(status: StatusCode, detail: impl Into<String>) -> Self {
        let problem = Problem {
            type_uri: "about:blank".into(),
            title: status.canonical_reason().unwrap_or_default().into(),
            status: status.as_u16(),
            detail: detail.into(),
            errors: Vec::new(),
        };
        Self { problem: Box::new(problem), said: None, home: None }
    }

    /// A failure of ours. The cause is for the operator, who finds it in the log; callers are told what it means.
    pub fn failed(cause: impl std::fmt::Display) -> Self {
        tracing::error!("a request failed: {cause}");
        let detail = "it could not be read or recorded, so it did not happen; try again in a moment";
        Self::new(ProblemType::Unavailable, detail).saying(Text::of("refusal-failed"))
    }

    /// The problem document. `base` is our own origin.
    pub fn document(mut self, base: &str) -> Response {
        // RFC 6750 §3.1 has words for both.
        let challenge = match self.problem.type_uri.as_str() {
            uri if uri == ProblemType::TokenExpired.uri("") => Some("Bearer error=\"invalid_token\""),
            uri if uri == ProblemType::InsufficientScope.uri("") => {
                Some("Bearer error=\"insufficient_scope\"")
            }
            _ if self.status() == StatusCode::UNAUTHORIZED => Some("Bearer"),
            _ => None,
        };
        if self.problem.type_uri.starts_with('/') {
            self.problem.type_uri.insert_str(0, base);
        }
        let mut response = (self.status(), Json(&self.problem)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(challenge) = challenge {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        }
        response
    }

    pub fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }
}

/// The status alone: `present` makes the document or the page, and knows at which address we are reached.
impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// What somebody wrote: not white space alone, and not too long.
pub(crate) fn words(field: &str, text: &str) -> Result<String, Refusal> {
    let length = text.chars().count();
    if text.trim().is_empty() {
        let why = format!("`{field}` is empty; say in a few words what it is");
        return Err(Refusal::unfit(field, text, why).saying(Text::of("refusal-empty")));
    }
    if length > TEXT_MAX {
        let why = format!("`{field}` has {length} characters; at most {TEXT_MAX} are taken");
        let said = Text::of("refusal-too-long").arg("length", length).arg("most", TEXT_MAX);
        return Err(Refusal::unfit(field, text, why).saying(said));
    }
    Ok(text.to_owned())
}

/// Reads a signed text; one that is not in its canonical form was not signed by anything of ours.
pub(crate) fn statement<T: FromStr<Err: Display>>(text: &str) -> Result<T, Refusal> {
    text.parse().map_err(|why: T::Err| Refusal::refused("statement", text, why))
}

/// Reads a field of a request; where it does not fit, the refusal names it.
pub(crate) fn read<T: FromStr<Err: Display>>(field: &str, text: &str) -> Result<T, Refusal> {
    text.parse().map_err(|why: T::Err| Refusal::unfit(field, text, why))
}

impl From<NotWritten> for Refusal {
    fn from(why: NotWritten) -> Self {
        match why {
            NotWritten::Taken(_) => {
                Self { said: refused::written(&why), ..Self::new(ProblemType::Taken, why.to_string()) }
            }
            NotWritten::NotAdmitted | NotWritten::Refused(_) => Self::by_rule(&why, refused::written(&why)),
            NotWritten::LogBroken(_) | NotWritten::Unavailable(_) => Self::failed(why),
        }
    }
}

impl From<NotKnown> for Refusal {
    fn from(why: NotKnown) -> Self {
        match why {
            NotKnown::Unknown => Self::new(
                ProblemType::Unauthenticated,
                "no session or token that works came with the request",
            ),
            NotKnown::Expired(_) => Self::new(ProblemType::TokenExpired, why.to_string()),
        }
    }
}

impl From<ScopeMissing> for Refusal {
    fn from(why: ScopeMissing) -> Self {
        Self::new(ProblemType::InsufficientScope, why.to_string())
    }
}

impl From<NotIssued> for Refusal {
    fn from(why: NotIssued) -> Self {
        match why {
            NotIssued::NotGiven(NotGiven::ScopeMissing(why)) => why.into(),
            NotIssued::NotGiven(NotGiven::NotTheirs { .. }) | NotIssued::Contact => {
                Self::new(ProblemType::Forbidden, why.to_string())
            }
            NotIssued::NotGiven(_) | NotIssued::TooMany => Self::new(ProblemType::Refused, why.to_string()),
            NotIssued::NotWritten(why) => why.into(),
        }
    }
}

impl From<NotRevoked> for Refusal {
    fn from(why: NotRevoked) -> Self {
        match why {
            NotRevoked::Unknown(_) => Self::not_found("token"),
            NotRevoked::NotWritten(why) => why.into(),
        }
    }
}

impl From<NotCreated> for Refusal {
    fn from(why: NotCreated) -> Self {
        match why {
            NotCreated::UnknownOrganization(_) => Self::not_found("organization"),
            NotCreated::SharedNotAccepted(_)
            | NotCreated::AssetsOfOrganization { .. }
            | NotCreated::TooManyDomains(_)
            | NotCreated::TooManyNotices(_)
            | NotCreated::NoticeOfContact(_)
            | NotCreated::NotAContact(_) => Self::new(ProblemType::Refused, why.to_string()),
            NotCreated::NotWritten(why) => why.into(),
        }
    }
}

impl From<NotChanged> for Refusal {
    fn from(why: NotChanged) -> Self {
        match why {
            NotChanged::UnknownOrganization(_) => Self::not_found("organization"),
            NotChanged::UnknownChangeRequest(_) => Self::not_found("change request"),
            NotChanged::UnknownMessage(_) => Self::not_found("message"),
            NotChanged::Document(_)
            | NotChanged::Call(_)
            | NotChanged::Statement(_)
            | NotChanged::Step(_)
            | NotChanged::Contacts(_)
            | NotChanged::Unsettled(_)
            | NotChanged::Unproven(_)
            | NotChanged::OutboxWaits
            | NotChanged::Overtaken => Self::by_rule(&why, refused::change(&why)),
            NotChanged::Passkey(why) => why.into(),
            NotChanged::NotWritten(why) => why.into(),
        }
    }
}

impl From<NotDoubted> for Refusal {
    fn from(why: NotDoubted) -> Self {
        match why {
            NotDoubted::UnknownVisit(_) => Self::not_found("visit"),
            NotDoubted::Unknown(_) => Self::not_found("doubt"),
            NotDoubted::Refused(_) | NotDoubted::Text(_) => Self::by_rule(&why, refused::doubt(&why)),
            NotDoubted::NotWritten(why) => why.into(),
        }
    }
}

impl From<PasskeyRefused> for Refusal {
    fn from(why: PasskeyRefused) -> Self {
        match why {
            PasskeyRefused::NotFound(_) => Self::not_found("passkey"),
            PasskeyRefused::Link => {
                Self { said: refused::passkey(&why), ..Self::new(ProblemType::NotFound, why.to_string()) }
            }
            PasskeyRefused::NotWritten(why) => why.into(),
            PasskeyRefused::NotAsked
            | PasskeyRefused::Refused(_)
            | PasskeyRefused::Unknown
            | PasskeyRefused::TooNew
            | PasskeyRefused::NotDelegated
            | PasskeyRefused::AddedHere
            | PasskeyRefused::OtherDelegation
            | PasskeyRefused::Delegation(_)
            | PasskeyRefused::Waits(_)
            | PasskeyRefused::TooMany
            | PasskeyRefused::Twice
            | PasskeyRefused::OwnLink
            | PasskeyRefused::NoHolder => Self::by_rule(&why, refused::passkey(&why)),
        }
    }
}

impl From<NotFrozen> for Refusal {
    fn from(why: NotFrozen) -> Self {
        match why {
            NotFrozen::Unknown(_) => Self::not_found("freeze"),
            NotFrozen::Text(_) | NotFrozen::UnknownEmployer { .. } | NotFrozen::Lift(_) => {
                Self::by_rule(&why, refused::freeze(&why))
            }
            NotFrozen::NotWritten(why) => why.into(),
        }
    }
}

impl From<ContactNotErased> for Refusal {
    fn from(why: ContactNotErased) -> Self {
        match why {
            ContactNotErased::UnknownContact(_) => Self::not_found("security contact"),
            ContactNotErased::Refused(_) | ContactNotErased::LogBroken(_) => {
                Self::new(ProblemType::Refused, why.to_string())
            }
            ContactNotErased::NotWritten(why) => why.into(),
        }
    }
}

impl From<DeskPersonNotErased> for Refusal {
    fn from(why: DeskPersonNotErased) -> Self {
        match why {
            DeskPersonNotErased::UnknownPerson(_) => Self::not_found("desk person"),
            DeskPersonNotErased::OwnRecord
            | DeskPersonNotErased::Configured
            | DeskPersonNotErased::LogBroken(_) => Self::new(ProblemType::Refused, why.to_string()),
            DeskPersonNotErased::NotWritten(why) => why.into(),
        }
    }
}

impl From<NotErased> for Refusal {
    fn from(why: NotErased) -> Self {
        match why {
            NotErased::UnknownPerson(_) => Self::not_found("support person"),
            NotErased::Refused(_) | NotErased::LogBroken(_) => {
                Self::new(ProblemType::Refused, why.to_string())
            }
            NotErased::NotWritten(why) => why.into(),
        }
    }
}

impl From<NotEntered> for Refusal {
    fn from(why: NotEntered) -> Self {
        match why {
            NotEntered::Denied(reason) => {
                let detail = format!("{} {}", reason.explanation(), reason.what_now());
                Self::new(ProblemType::Forbidden, detail).saying(denial::why(&reason))
            }
            NotEntered::NotRecorded(why) => Self::failed(why),
        }
    }
}

impl From<askama::Error> for Refusal {
    fn from(why: askama::Error) -> Self {
        Self::failed(why)
    }
}

/// Where a caller's own page is, if it has one.
pub(crate) const fn home(caller: Caller) -> Option<&'static str> {
    match caller {
        Caller::Contact(..) => Some("/portal"),
        Caller::Subject(_) => Some("/support"),
        Caller::DeskPerson(_) => Some("/desk"),
        Caller::Admin | Caller::Organization(_) => None,
    }
}

const fn kind_in_words(caller: Caller) -> &'static str {
    match caller {
        Caller::Admin => "the administrator",
        Caller::DeskPerson(_) => "a desk person",
        Caller::Contact(..) => "a security contact",
        Caller::Subject(_) => "a support person",
        Caller::Organization(_) => "an organization's program",
    }
}
