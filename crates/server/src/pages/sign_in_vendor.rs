//! How the vendor's people sign in, by their OpenID provider; and how the provider signs them out.

use askama::Template;
use axum::body::Bytes;
use axum::extract::{Query, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use byleave_app::vendor::{Answer, CEREMONY_LIFE, NotSignedIn, Vendor};
use serde::Deserialize;

use crate::auth::{self, Known};
use crate::form;
#[cfg(test)]
use crate::pages::samples::{Sample, sample};
use crate::pages::{Frame, render, see, sign_in};
use crate::problem::Refusal;
use crate::site::Site;
use crate::text::{Text, filters};

/// Why somebody is not signed in, as they are told. Who is registered is told to nobody.
#[derive(Template)]
#[template(path = "sign_in_refused.html")]
struct RefusedPage {
    frame: Frame,
    why: Why,
    vendor_sign_in: Option<String>,
}

#[derive(Clone, Copy)]
enum Why {
    Stale,
    Unreachable,
    NotKnown,
}

impl Why {
    const fn what(self) -> Text {
        Text::of(match self {
            Self::Stale => "vendor-stale",
            Self::Unreachable => "vendor-unreachable",
            Self::NotKnown => "vendor-not-known",
        })
    }

    const fn what_now(self) -> Text {
        Text::of(match self {
            Self::Stale => "vendor-stale-now",
            Self::Unreachable => "vendor-unreachable-now",
            Self::NotKnown => "vendor-not-known-now",
        })
    }
}

#[derive(Deserialize)]
pub(crate) struct Wanted {
    next: Option<String>,
}

#[derive(Deserialize)]
pub(crate) struct Returned {
    #[serde(default)]
    state: String,
    code: Option<String>,
    iss: Option<String>,
}

#[derive(Deserialize)]
struct LoggedOut {
    logout_token: String,
}

/// Where the vendor's people begin to sign in, if they can: from the page `next`.
pub(crate) fn address(site: &Site, next: Option<&str>) -> Option<String> {
    site.config.vendor.as_ref()?;
    let next = next.and_then(|next| serde_urlencoded::to_string([("next", next)]).ok());
    Some(next.map_or_else(|| "/sign-in/vendor".to_owned(), |next| format!("/sign-in/vendor?{next}")))
}

/// `GET /sign-in/vendor`
pub(crate) async fn begin(
    State(site): State<Site>,
    known: Option<Known>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Refusal> {
    let next = wanted.next.filter(|next| next.len() <= NEXT_BYTES_MAX);
    let begun = match site.app.vendor_begin(vendor(&site)?, next).await {
        Ok(begun) => begun,
        Err(why) => return refused(&site, known.as_ref(), why),
    };
    let mut response = see(&begun.address);
    let life = CEREMONY_LIFE.as_secs();
    sign_in::set_cookie(&site, &mut response, cookie_name(&site), begun.browser.reveal(), life)?;
    Ok(response)
}

/// `GET /sign-in/callback`, where the provider sends the browser.
pub(crate) async fn end(
    State(site): State<Site>,
    known: Option<Known>,
    headers: HeaderMap,
    Query(returned): Query<Returned>,
) -> Result<Response, Refusal> {
    let answer = Answer {
        browser: auth::cookie(&headers, cookie_name(&site)),
        state: &returned.state,
        code: returned.code.as_deref(),
        iss: returned.iss.as_deref(),
    };
    let beginning = sign_in::beginning(&site, &headers);
    let mut response = match site.app.vendor_sign_in(vendor(&site)?, answer, beginning).await {
        Ok((signed_in, next)) => sign_in::welcome(&site, &signed_in, next.as_deref())?,
        Err(why) => refused(&site, known.as_ref(), why)?,
    };
    sign_in::set_cookie(&site, &mut response, cookie_name(&site), "", 0)?;
    Ok(response)
}

/// `POST /sign-in/back-channel-logout`, by which the provider says that somebody is logged out there (OpenID Connect
/// Back-Channel Logout 1.0, 2.5). What it sends is signed; no form is filled in here.
pub(crate) async fn back_channel_logout(
    State(site): State<Site>,
    request: Request,
) -> Result<Response, Refusal> {
    let vendor = vendor(&site)?;
    let body: Bytes = form::bytes(request, &site).await?;
    let LoggedOut { logout_token } = serde_urlencoded::from_bytes(&body).map_err(Refusal::invalid)?;
    match site.app.vendor_logout(vendor, &logout_token).await {
        Ok(count) => {
            tracing::info!("the OpenID provider has logged somebody out: {count} sessions ended");
            let no_store = [(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))];
            Ok((StatusCode::OK, no_store).into_response())
        }
        Err(NotSignedIn::NotWritten(why)) => Err(why.into()),
        Err(NotSignedIn::Unreachable(why)) => Err(Refusal::failed(why)),
        Err(why) => {
            tracing::warn!("a logout token is not taken: {why}");
            Err(Refusal::plain(StatusCode::BAD_REQUEST, "the logout token is not taken"))
        }
    }
}

/// Bytes of an address on our pages at most.
const NEXT_BYTES_MAX: usize = 2_048;

fn vendor(site: &Site) -> Result<&Vendor, Refusal> {
    site.config.vendor.as_deref().ok_or_else(|| Refusal::not_found("page"))
}

/// Of the browser in which a sign-in begins.
fn cookie_name(site: &Site) -> &'static str {
    if site.is_https() { "__Host-byleave_sign_in" } else { "byleave_sign_in" }
}

fn refused(site: &Site, known: Option<&Known>, why: NotSignedIn) -> Result<Response, Refusal> {
    let (status, told) = match &why {
        NotSignedIn::NotWritten(why) => return Err(why.clone().into()),
        NotSignedIn::Stale => (StatusCode::BAD_REQUEST, Why::Stale),
        NotSignedIn::Unreachable(_) => (StatusCode::SERVICE_UNAVAILABLE, Why::Unreachable),
        NotSignedIn::Refused(_) => (StatusCode::FORBIDDEN, Why::NotKnown),
    };
    tracing::warn!("a sign-in by the OpenID provider fails: {why}");
    let frame = Frame::new(site, known);
    render(status, &RefusedPage { frame, why: told, vendor_sign_in: address(site, None) })
}

#[cfg(test)]
pub(crate) fn samples() -> Vec<Sample> {
    let page = |why| RefusedPage {
        frame: Frame::of_stranger(),
        why,
        vendor_sign_in: Some("/sign-in/vendor".to_owned()),
    };
    vec![
        sample("sign-in-stale", page(Why::Stale)),
        sample("sign-in-unreachable", page(Why::Unreachable)),
        sample("sign-in-not-known", page(Why::NotKnown)),
    ]
}
