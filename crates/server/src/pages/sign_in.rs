//! Signing in with a one-time link, and out.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::Response;
use byleave_app::credentials::SESSION_LIFE;

use crate::auth::Known;
use crate::form::{Nothing, Posted};
#[cfg(test)]
use crate::pages::samples::{Sample, sample};
use crate::pages::{Frame, render, see};
use crate::problem::{Refusal, home};
use crate::site::Site;
use crate::text::filters;

#[derive(Template)]
#[template(path = "link_used.html")]
struct LinkUsedPage {
    frame: Frame,
}

/// `GET /sign-in/{link}`. A used link and one that never was get the same answer.
pub(crate) async fn with_link(
    State(site): State<Site>,
    method: Method,
    known: Option<Known>,
    Path(link): Path<String>,
) -> Result<Response, Refusal> {
    // Programs that preview addresses ask with HEAD; that must not use the link up.
    let session = if method == Method::GET { site.app.sign_in(&link).await? } else { None };
    let Some(session) = session else {
        return render(StatusCode::GONE, &LinkUsedPage { frame: Frame::new(&site, known.as_ref()) });
    };
    let caller = site.app.session(session.reveal());
    let mut response = see(caller.and_then(home).unwrap_or("/"));
    set_cookie(&site, &mut response, session.reveal(), SESSION_LIFE.as_secs())?;
    Ok(response)
}

/// `POST /sign-out`
pub(crate) async fn out(State(site): State<Site>, form: Posted<Nothing>) -> Result<Response, Refusal> {
    site.app.sign_out(form.known.secret()).await?;
    let mut response = see("/");
    set_cookie(&site, &mut response, "", 0)?;
    Ok(response)
}

/// Lax, not Strict: a sign-in link is followed from a mail, and the page after it must know who came (RFC 6265bis §8.8).
/// Every change asks for the form's token besides.
fn set_cookie(site: &Site, response: &mut Response, value: &str, seconds: i64) -> Result<(), Refusal> {
    let secure = if site.is_https() { "; Secure" } else { "" };
    let cookie =
        format!("{}={value}; Max-Age={seconds}; Path=/; HttpOnly; SameSite=Lax{secure}", site.cookie_name());
    let cookie = HeaderValue::from_str(&cookie).map_err(Refusal::failed)?;
    response.headers_mut().insert(header::SET_COOKIE, cookie);
    Ok(())
}

#[cfg(test)]
pub(crate) fn samples() -> Vec<Sample> {
    let signed_in = Frame::of_person("Dana Example", "/portal");
    vec![
        sample("link-used", LinkUsedPage { frame: Frame::of_stranger() }),
        sample("link-used-signed-in", LinkUsedPage { frame: signed_in }),
    ]
}
