//! What every answer has in common: the headers that keep browsers strict, and refusals as pages where a person asked.

use askama::Template;
use axum::extract::{Request, State};
use axum::http::uri::PathAndQuery;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse as _, Response};
#[cfg(test)]
use byleave_app::caller::Caller;
#[cfg(test)]
use byleave_app::tokens::NotKnown;
#[cfg(test)]
use byleave_domain::ids::SubjectId;

use crate::auth::Known;
use crate::limit;
use crate::once;
#[cfg(test)]
use crate::pages::samples::{Sample, sample};
use crate::pages::{Frame, sign_in_vendor};
use crate::problem::Refusal;
use crate::site::Site;
use crate::text::{Language, Text, filters};

/// Addresses that programs ask.
const FOR_PROGRAMS: [&str; 8] =
    ["/v1/", "/c/", "/o/", "/oauth2/", "/healthz", "/readyz", "/metrics", "/sign-in/back-channel-logout"];

/// What no page of ours asks a browser for, so that nothing that gets into one can (Permissions Policy).
const NO_DEVICES: &str = "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), hid=(), \
    magnetometer=(), microphone=(), midi=(), payment=(), serial=(), usb=()";

/// Pages speak the reader's language; what programs read is in English.
pub(crate) async fn present(State(site): State<Site>, request: Request, next: Next) -> Response {
    let language = match wants_page(&request) {
        true => Language::asked(request.headers()),
        false => Language::English,
    };
    language.speak(answer(site, request, next)).await
}

async fn answer(site: Site, request: Request, next: Next) -> Response {
    let asked = wants_page(&request).then(|| Known::signed_in(request.extensions()).cloned());
    let next_page = request.uri().path_and_query().filter(|_| request.method() == Method::GET).cloned();
    let mut response = next.run(request).await;
    if is_bare(&response) {
        let detail = "the address or the form cannot be read";
        let refusal = Refusal::plain(response.status(), detail).saying(Text::of("refusal-unread"));
        response = refusal.into_response();
    }
    if let Some(refusal) = response.extensions_mut().remove::<Refusal>() {
        let told = std::mem::take(response.headers_mut());
        response = match asked {
            Some(known) => page(&site, known.as_ref(), refusal, next_page.as_ref().map(PathAndQuery::as_str)),
            None => refusal.document(&site.config.base_url),
        };
        for name in limit::TOLD.iter().chain([&once::REPLAYED, &header::SET_COOKIE]) {
            if let Some(value) = told.get(name) {
                response.headers_mut().insert(name, value.clone());
            }
        }
    }
    strict(&site, response.headers_mut());
    response
}

pub(crate) fn wants_page(request: &Request) -> bool {
    let path = request.uri().path();
    let accept = request.headers().get(header::ACCEPT).and_then(|accept| accept.to_str().ok());
    let script_asks = accept.is_some_and(|accept| accept.contains("application/problem+json"));
    !script_asks && !FOR_PROGRAMS.iter().any(|prefix| path.starts_with(prefix))
}

/// A refusal that the framework made before any handler was asked.
fn is_bare(response: &Response) -> bool {
    let media_type = response.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    response.status().is_client_error() && media_type.is_some_and(|value| value.starts_with("text/plain"))
}

fn strict(site: &Site, headers: &mut HeaderMap) {
    let mut set = |name: HeaderName, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.entry(name).or_insert(value);
        }
    };
    set(header::CONTENT_SECURITY_POLICY, &site.content_security_policy());
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    // Nothing leaks to other origins. `no-referrer` would make browsers send forms with `Origin: null` (Fetch, "append
    // a request `Origin` header"), which is what the check in `auth` must be able to tell from a foreign page's.
    set(header::REFERRER_POLICY, "same-origin");
    set(HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
    set(HeaderName::from_static("cross-origin-resource-policy"), "same-origin");
    set(HeaderName::from_static("permissions-policy"), NO_DEVICES);
    set(header::CACHE_CONTROL, "no-store");
}

#[derive(Template)]
#[template(path = "refusal.html")]
struct RefusalPage {
    frame: Frame,
    title: Text,
    refusal: Refusal,
    sign_in: bool,
    vendor_sign_in: Option<String>,
}

/// The page in place of which `next` was asked for.
fn page(site: &Site, known: Option<&Known>, refusal: Refusal, next: Option<&str>) -> Response {
    let status = refusal.status();
    let frame = Frame::new(site, known);
    let sign_in = status == StatusCode::UNAUTHORIZED;
    let vendor_sign_in = sign_in_vendor::address(site, next);
    match (RefusalPage { frame, title: refusal.title(), refusal, sign_in, vendor_sign_in }).render() {
        Ok(html) => (status, Html(html)).into_response(),
        Err(why) => Refusal::from(why).document(&site.config.base_url),
    }
}

#[cfg(test)]
pub(crate) fn samples() -> Vec<Sample> {
    let page = |frame: Frame, refusal: Refusal| RefusalPage {
        frame,
        title: refusal.title(),
        sign_in: refusal.status() == StatusCode::UNAUTHORIZED,
        refusal,
        vendor_sign_in: None,
    };
    let stranger = || page(Frame::of_stranger(), NotKnown::Unknown.into());
    let vendor =
        RefusalPage { vendor_sign_in: Some("/sign-in/vendor?next=%2Fsupport".to_owned()), ..stranger() };
    let support_person = Caller::Subject(SubjectId::from_bytes([1; 16]));
    let sam = || Frame::of_person("Sam Example", "/support");
    vec![
        sample("refusal-stranger", stranger()),
        sample("refusal-stranger-vendor", vendor),
        sample(
            "refusal-elsewhere",
            page(sam(), Refusal::others_page(support_person, "desk people", Text::of("refusal-for-desk"))),
        ),
        sample("refusal-not-found", page(sam(), Refusal::not_found("page"))),
        sample("refusal-plain", page(sam(), Refusal::plain(StatusCode::PAYLOAD_TOO_LARGE, "too large"))),
        sample("refusal-program", page(sam(), Refusal::invalid("missing field `said`"))),
    ]
}
