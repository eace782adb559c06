//! Signing in with a one-time link or a passkey, and out.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::Response;
use byleave_app::credentials::Secret;
use byleave_app::sessions::{Beginning, SignedIn};
use byleave_domain::ids::SessionId;

use crate::auth::{self, Known};
use crate::form::{Anyones, Nothing, Posted};
use crate::pages::passkey_form::UsedFields;
#[cfg(test)]
use crate::pages::samples::{Sample, sample};
use crate::pages::{Frame, render, see, sign_in_vendor};
use crate::problem::{Refusal, home};
use crate::site::Site;
use crate::text::{Text, filters};

#[derive(Template)]
#[template(path = "link_used.html")]
struct LinkUsedPage {
    frame: Frame,
}

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignInPage {
    frame: Frame,
    /// What the browser is asked; where it cannot be, why.
    options: Result<String, Text>,
    vendor_sign_in: Option<String>,
}

/// `GET /sign-in/{link}`. A used link and one that never was get the same answer.
pub(crate) async fn with_link(
    State(site): State<Site>,
    method: Method,
    known: Option<Known>,
    headers: HeaderMap,
    Path(link): Path<String>,
) -> Result<Response, Refusal> {
    // Programs that preview addresses ask with HEAD; that must not use the link up.
    let is_person = method == Method::GET;
    let signed_in = if is_person { site.app.sign_in(&link, beginning(&site, &headers)).await? } else { None };
    match signed_in {
        Some(signed_in) => welcome(&site, &signed_in, None),
        None => render(StatusCode::GONE, &LinkUsedPage { frame: Frame::new(&site, known.as_ref()) }),
    }
}

/// `GET /sign-in`
pub(crate) async fn show(
    State(site): State<Site>,
    known: Option<Known>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let options =
        site.passkey_page(&headers).map(|page| page.to_use(&site.app.sign_in_begin(), std::iter::empty()));
    let frame = Frame::new(&site, known.as_ref());
    render(
        StatusCode::OK,
        &SignInPage { frame, options, vendor_sign_in: sign_in_vendor::address(&site, None) },
    )
}

/// `POST /sign-in`: a passkey, which says whose it is.
pub(crate) async fn with_passkey(
    State(site): State<Site>,
    headers: HeaderMap,
    Anyones(fields): Anyones<UsedFields>,
) -> Result<Response, Refusal> {
    let (used, beginning) = (fields.used()?, beginning(&site, &headers));
    let signed_in = site.app.passkey_sign_in(site.passkeys()?, fields.challenge, used, beginning).await?;
    welcome(&site, &signed_in, None)
}

/// `POST /sign-out`
pub(crate) async fn out(State(site): State<Site>, form: Posted<Nothing>) -> Result<Response, Refusal> {
    let here = form.known.session()?;
    site.app.sessions_end(here, move |session| session == here).await?;
    let mut response = see("/");
    set_cookie(&site, &mut response, site.cookie_name(), "", 0)?;
    Ok(response)
}

/// What a session begins with in the browser that asks.
pub(crate) fn beginning(site: &Site, headers: &HeaderMap) -> Beginning {
    Beginning {
        limits: site.config.sessions,
        browser: browser(headers),
        instead_of: auth::cookie(headers, site.cookie_name()).map(ToOwned::to_owned),
    }
}

/// To where somebody wanted who has just signed in, if that is on their own pages; else to their page.
pub(crate) fn welcome(site: &Site, signed_in: &SignedIn, next: Option<&str>) -> Result<Response, Refusal> {
    let own = home(signed_in.caller).unwrap_or("/sessions");
    let next = next.filter(|next| is_below(own, next));
    let mut response = see(next.unwrap_or(own));
    let secret = signed_in.secret.reveal();
    set_cookie(site, &mut response, site.cookie_name(), secret, site.config.sessions.lasts.as_secs())?;
    Ok(response)
}

/// Whether a path is `own` or below it, and nothing that a browser would take for another host.
pub(crate) fn is_below(own: &str, path: &str) -> bool {
    let rest = path.strip_prefix(own);
    let ends = |rest: &str| rest.is_empty() || rest.starts_with(['/', '?']);
    let plain = |c: char| c.is_ascii_graphic() && c != '\\';
    rest.is_some_and(ends) && path.chars().all(plain) && !path.split(['/', '?']).any(|part| part == "..")
}

/// What a browser says it is, if anything that is known; in so few words that it tells nobody apart: they are ours, whatever it says.
fn browser(headers: &HeaderMap) -> String {
    let said = headers.get("user-agent").and_then(|said| said.to_str().ok()).unwrap_or_default();
    // Each names those before it, too.
    let names = [("Firefox/", "Firefox"), ("Edg/", "Edge"), ("Chrome/", "Chrome"), ("Safari/", "Safari")];
    let systems = [
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Windows", "Windows"),
        ("Mac OS X", "macOS"),
        ("Linux", "Linux"),
    ];
    let found = |all: &[(&str, &'static str)]| {
        all.iter().find(|(mark, _)| said.contains(mark)).map(|(_, name)| *name)
    };
    [found(&names), found(&systems)].into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// Lax, not Strict: a sign-in link is followed from a mail, and the page after it must know who came (RFC 6265bis §8.8).
/// Every change asks for the form's token besides.
pub(crate) fn set_cookie(
    site: &Site,
    response: &mut Response,
    name: &str,
    value: &str,
    seconds: i64,
) -> Result<(), Refusal> {
    let secure = if site.is_https() { "; Secure" } else { "" };
    let cookie = format!("{name}={value}; Max-Age={seconds}; Path=/; HttpOnly; SameSite=Lax{secure}");
    let cookie = HeaderValue::from_str(&cookie).map_err(Refusal::failed)?;
    response.headers_mut().append(header::SET_COOKIE, cookie);
    Ok(())
}

/// The cookie of a session that has another secret and lasts as long as it would have.
pub(crate) fn renew_cookie(
    site: &Site,
    response: &mut Response,
    session: SessionId,
    secret: &Secret,
) -> Result<(), Refusal> {
    let until = site.app.world().session_by_id(session).map(|session| session.expires_at);
    let left = until.map_or(0, |until| until.duration_since(site.app.now()).as_secs());
    set_cookie(site, response, site.cookie_name(), secret.reveal(), left)
}

#[cfg(test)]
pub(crate) fn samples() -> Vec<Sample> {
    let signed_in = Frame::of_person("Dana Example", "/portal");
    let page = |options| SignInPage {
        frame: Frame::of_stranger(),
        options,
        vendor_sign_in: Some("/sign-in/vendor".to_owned()),
    };
    let elsewhere = Text::of("passkeys-elsewhere").arg("origin", "http://localhost:8080");
    vec![
        sample("link-used", LinkUsedPage { frame: Frame::of_stranger() }),
        sample("link-used-signed-in", LinkUsedPage { frame: signed_in }),
        sample("sign-in", page(crate::pages::passkey_form::sample_options())),
        sample("sign-in-elsewhere", page(Err(elsewhere))),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_signs_in_goes_to_their_own_pages_alone() {
        for good in ["/support", "/support/visit?organization=acme", "/support?all=1"] {
            assert!(is_below("/support", good), "{good}");
        }
        for bad in [
            "",
            "/",
            "/desk",
            "/supporters",
            "/support\\evil.example",
            "//evil.example",
            "https://evil.example",
            "/support/../sign-out",
            "/support/\r\nx",
            "/support/a b",
        ] {
            assert!(!is_below("/support", bad), "{bad}");
        }
    }

    #[test]
    fn a_browser_is_named_in_words_of_ours() {
        let linux = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36";
        let edge = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0.0.0 Safari/537.36 Edg/140.0";
        for (said, named) in [
            (linux, "Chrome, Linux"),
            (edge, "Edge, Windows"),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Safari/604.1",
                "Safari, iPhone",
            ),
            ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox, Linux"),
            ("curl/8.7.1 <script>", ""),
            ("", ""),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert("user-agent", said.parse().unwrap());
            assert_eq!(browser(&headers), named, "{said}");
        }
    }
}
