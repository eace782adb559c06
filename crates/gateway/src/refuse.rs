//! Every answer that the gateway makes itself: problem documents (RFC 9457) for programs, a page for people, redirects.
//! Each says why and what now, carries `Byleave-Decision`, and is never stored.

use byleave_api::problem::ProblemType;
use byleave_domain::decision::DenyReason;
use byleave_domain::ids::DecisionId;
use bytes::Bytes;
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, HeaderValue, LOCATION, REFERRER_POLICY,
    SET_COOKIE, WWW_AUTHENTICATE, X_CONTENT_TYPE_OPTIONS,
};
use http::{Response, StatusCode};
use serde_json::json;

use crate::body::Outgoing;
use crate::words::{self, Language, Words};

/// The header that names the decision in every answer.
pub(crate) const DECISION: HeaderName = HeaderName::from_static("byleave-decision");

/// A request that ends here.
pub(crate) enum Answer {
    /// With a reason.
    Refused(Box<Refusal>),
    /// Somewhere else, with a cookie where one is to be set.
    Elsewhere { status: StatusCode, location: String, cookie: Option<String> },
}

/// Why a request ends here.
pub(crate) struct Refusal {
    kind: ProblemType,
    /// The kind's own, but for what is too long.
    status: StatusCode,
    detail: Words,
    what_now: Words,
    /// A fresh visit would help.
    visit_helps: bool,
    /// The visit page says what can be done instead, and has a text for the customer.
    instead: bool,
}

/// Where a person can go on from a refusal's page.
pub(crate) struct Links {
    /// The console's origin; its list of organizations and tools is there, and the pages about problems.
    pub(crate) console: String,
    /// The page that opens a visit here.
    pub(crate) visit: Option<String>,
}

impl Refusal {
    fn new(kind: ProblemType, detail: Words, what_now: Words) -> Self {
        let status = StatusCode::from_u16(kind.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        Self { kind, status, detail, what_now, visit_helps: false, instead: false }
    }

    pub(crate) fn denied(reason: &DenyReason) -> Self {
        let kind = match reason {
            DenyReason::Unavailable(_) => ProblemType::Unavailable,
            DenyReason::Frozen { .. } => ProblemType::Frozen,
            DenyReason::UnknownOrganization => ProblemType::UnknownOrganization,
            DenyReason::UnknownSubject => ProblemType::UnknownSubject,
            DenyReason::UnknownTool => ProblemType::UnknownTool,
            DenyReason::ToolNotAccepted => ProblemType::ToolNotAccepted,
            DenyReason::OrganizationClosed { .. } => ProblemType::OrganizationClosed,
            DenyReason::SupportAccessDisabled { .. } => ProblemType::SupportAccessDisabled,
            DenyReason::ApprovalRequired => ProblemType::ApprovalRequired,
            DenyReason::VisitMismatch => ProblemType::VisitMismatch,
            DenyReason::VisitEnded(_) => ProblemType::VisitEnded,
            DenyReason::VisitSuperseded => ProblemType::VisitSuperseded,
            DenyReason::ReasonRequired => ProblemType::ReasonRequired,
            DenyReason::CaseRequired => ProblemType::CaseRequired,
            DenyReason::NoRoom => ProblemType::NoRoom,
            DenyReason::EndsWaiting => ProblemType::EndsWaiting,
        };
        let visit_helps = matches!(
            reason,
            DenyReason::VisitMismatch
                | DenyReason::VisitEnded(_)
                | DenyReason::VisitSuperseded
                | DenyReason::ReasonRequired
                | DenyReason::CaseRequired
        );
        let instead = matches!(
            reason,
            DenyReason::Frozen { .. }
                | DenyReason::OrganizationClosed { .. }
                | DenyReason::SupportAccessDisabled { .. }
                | DenyReason::ApprovalRequired
                | DenyReason::ToolNotAccepted
        );
        let (detail, what_now) = words::denied(reason);
        Self { visit_helps, instead, ..Self::new(kind, detail, what_now) }
    }

    pub(crate) fn unauthenticated() -> Self {
        Self {
            visit_helps: true,
            ..Self::new(ProblemType::Unauthenticated, words::NOBODY, words::NOBODY_NOW)
        }
    }

    pub(crate) fn token_expired() -> Self {
        Self::new(ProblemType::TokenExpired, words::EXPIRED, words::EXPIRED_NOW)
    }

    pub(crate) fn insufficient_scope() -> Self {
        Self::new(ProblemType::InsufficientScope, words::SCOPE, words::SCOPE_NOW)
    }

    pub(crate) fn entry_code() -> Self {
        Self { visit_helps: true, ..Self::new(ProblemType::EntryCode, words::CODE, words::CODE_NOW) }
    }

    pub(crate) fn cross_origin() -> Self {
        Self::new(ProblemType::CrossOrigin, words::FOREIGN, words::FOREIGN_NOW)
    }

    pub(crate) fn bad_request(detail: impl Into<Words>) -> Self {
        Self::new(ProblemType::Invalid, detail.into(), words::INVALID_NOW)
    }

    pub(crate) fn target_too_long(detail: impl Into<Words>) -> Self {
        Self { status: StatusCode::URI_TOO_LONG, ..Self::bad_request(detail) }
    }

    pub(crate) fn not_supported(detail: impl Into<Words>) -> Self {
        Self::new(ProblemType::NotSupported, detail.into(), words::UNSUPPORTED_NOW)
    }

    pub(crate) fn not_found() -> Self {
        Self::new(ProblemType::NotFound, words::NOWHERE, words::NOWHERE_NOW)
    }

    pub(crate) fn misdirected() -> Self {
        Self::new(ProblemType::Misdirected, words::TWO_NAMES, words::TWO_NAMES_NOW)
    }

    pub(crate) fn misdirected_connection() -> Self {
        Self::new(ProblemType::Misdirected, words::ANOTHER_HOST, words::ANOTHER_HOST_NOW)
    }

    pub(crate) fn head_too_large(detail: impl Into<Words>) -> Self {
        Self { status: StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, ..Self::bad_request(detail) }
    }

    pub(crate) fn unrecorded(detail: Words) -> Self {
        Self::new(ProblemType::Unrecorded, detail, words::AGAIN)
    }

    pub(crate) fn upstream(detail: Words) -> Self {
        Self::new(ProblemType::Upstream, detail, words::UPSTREAM_NOW)
    }

    pub(crate) fn upstream_slow(detail: Words) -> Self {
        Self::new(ProblemType::UpstreamSlow, detail, words::UPSTREAM_NOW)
    }

    pub(crate) const fn status(&self) -> StatusCode {
        self.status
    }

    fn document(&self, decision: DecisionId, links: &Links) -> String {
        json!({
            "type": self.kind.uri(&links.console),
            "title": self.kind.title(),
            "status": self.status.as_u16(),
            "detail": self.detail.english(),
            "reason": self.kind.slug().replace('-', "_"),
            "what_now": self.what_now.english(),
            "decision": decision.to_string(),
        })
        .to_string()
    }

    fn page(&self, decision: DecisionId, language: Language, links: &Links) -> String {
        let visit = links.visit.as_deref().filter(|_| self.visit_helps || self.instead);
        let next = if self.instead { words::INSTEAD } else { words::OPEN_VISIT };
        let said = |words: &Words| {
            let (text, its) = words.in_language(language);
            let text = escape(text);
            if its == language { text } else { format!("<span lang=\"{}\">{text}</span>", its.tag()) }
        };
        let link = |to: &str, words: &Words| format!("<p><a href=\"{}\">{}</a></p>", escape(to), said(words));
        format!(
            "<!doctype html><html lang=\"{language}\"><head><meta charset=\"utf-8\">\
             <meta name=\"viewport\" content=\"width=device-width\"><title>{title}</title>\
             <style nonce=\"{nonce}\">{STYLE}</style></head><body><main><h1>{ICON} {title}</h1>\
             <p class=\"why\">{detail}</p><p>{what_now}</p>{visit}{list}\
             <footer>{status} · {decision}</footer></main></body></html>",
            language = language.tag(),
            title = said(&words::title(self.kind)),
            nonce = decision,
            detail = said(&self.detail),
            what_now = said(&self.what_now),
            visit = visit.map(|to| link(to, &next)).unwrap_or_default(),
            list = link(&format!("{}/support", links.console), &words::LIST),
            status = self.status.as_u16(),
        )
    }
}

/// A closed door; it repeats what the title says.
const ICON: &str = "<svg viewBox=\"0 0 24 24\" aria-hidden=\"true\"><path d=\"M5 21V4a1 1 0 0 1 1-1h12a1 1 0 0 1 1 1v17M3 21h18\
    M15 12h.01\"/></svg>";

/// In the colours of the console.
const STYLE: &str = ":root{color-scheme:light dark}body{margin:0;background:#f5f7f9;color:#17202b;font:17px/1.55 system-ui,sans-serif}\
    main{max-width:36rem;margin:8vh auto;padding:1.5rem;box-sizing:border-box;background:#fff;border:1px solid #dbe0e6;\
    border-top:5px solid #3d3a8c;border-radius:10px}h1{font-size:1.5rem;line-height:1.25;margin:0 0 1rem}\
    svg{width:1.1em;height:1.1em;vertical-align:-.18em;fill:none;stroke:currentColor;stroke-width:2;stroke-linecap:round}\
    .why{background:#fdf2d8;border-left:4px solid #7a5000;border-radius:6px;padding:.75rem 1rem}\
    a{color:#0b57a4}footer{margin-top:2rem;color:#55606e;font-size:.8rem;overflow-wrap:anywhere}\
    @media(prefers-color-scheme:dark){body{background:#10151b;color:#e4e9ef}main{background:#1a2129;border-color:#343e49;\
    border-top-color:#b3b1f4}.why{background:#33280f;border-color:#efc164}a{color:#82bbf5}footer{color:#a7b2bf}}\
    @media(max-width:40rem){main{margin:0;border-width:5px 0 0;border-radius:0;min-height:100vh}}";

impl Answer {
    /// The word for the refusal, or that it leads elsewhere.
    pub(crate) const fn code(&self) -> &'static str {
        match self {
            Self::Refused(refusal) => refusal.kind.slug(),
            Self::Elsewhere { .. } => "redirected",
        }
    }

    /// The answer as sent: a page for a browser, in its language, else a problem document.
    pub(crate) fn render(
        self,
        decision: DecisionId,
        browser: Option<Language>,
        links: &Links,
    ) -> Response<Outgoing> {
        let mut response = match (self, browser) {
            (Self::Refused(refusal), Some(language)) => refused_page(&refusal, decision, language, links),
            (Self::Refused(refusal), None) => refused_document(&refusal, decision, links),
            (Self::Elsewhere { status, location, cookie }, _) => {
                elsewhere(status, &location, cookie.as_deref())
            }
        };
        let headers = response.headers_mut();
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
        headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        insert(headers, DECISION, &decision.to_string());
        response
    }
}

impl From<Refusal> for Answer {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(Box::new(refusal))
    }
}

fn refused_page(
    refusal: &Refusal,
    decision: DecisionId,
    language: Language,
    links: &Links,
) -> Response<Outgoing> {
    let mut response = own(refusal, refusal.page(decision, language, links), "text/html; charset=utf-8");
    let policy = format!(
        "default-src 'none'; style-src 'nonce-{decision}'; base-uri 'none'; form-action 'none'; \
         frame-ancestors 'none'"
    );
    insert(response.headers_mut(), CONTENT_SECURITY_POLICY, &policy);
    response
}

fn refused_document(refusal: &Refusal, decision: DecisionId, links: &Links) -> Response<Outgoing> {
    own(refusal, refusal.document(decision, links), "application/problem+json")
}

fn own(refusal: &Refusal, body: String, media_type: &'static str) -> Response<Outgoing> {
    let mut response = Response::new(Outgoing::own(Bytes::from(body)));
    *response.status_mut() = refusal.status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    if refusal.status == StatusCode::UNAUTHORIZED {
        headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"byleave\""));
    }
    response
}

fn elsewhere(status: StatusCode, location: &str, cookie: Option<&str>) -> Response<Outgoing> {
    let mut response = Response::new(Outgoing::own(Bytes::new()));
    *response.status_mut() = status;
    insert(response.headers_mut(), LOCATION, location);
    if let Some(cookie) = cookie {
        insert(response.headers_mut(), SET_COOKIE, cookie);
    }
    response
}

/// Sets a header whose value is built from checked parts; were it no header value after all, it is left out.
fn insert(headers: &mut http::HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
    out
}
