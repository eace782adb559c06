//! `/sessions`: where somebody is signed in, and how they end that.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use byleave_domain::ids::SessionId;

use crate::auth::Known;
use crate::form::{Nothing, Posted};
#[cfg(test)]
use crate::pages::samples::{Sample, sample};
use crate::pages::{Frame, render, see, sign_in};
use crate::problem::Refusal;
use crate::site::Site;
use crate::text::{Moment, filters};

#[derive(Template)]
#[template(path = "sessions.html")]
struct SessionsPage {
    frame: Frame,
    sessions: Vec<Row>,
}

struct Row {
    id: String,
    browser: String,
    since: Moment,
    /// When a passkey answered in it last, if one has.
    passkey: Option<Moment>,
    seen: Moment,
    until: Moment,
    /// The browser that asks.
    here: bool,
}

/// `GET /sessions`
pub(crate) async fn show(State(site): State<Site>, known: Known) -> Result<Response, Refusal> {
    let here = known.session()?;
    let row = |session: byleave_app::sessions::Session| Row {
        id: session.id.to_string(),
        browser: session.browser,
        since: Moment(session.created_at),
        passkey: session.shown.map(|shown| Moment(shown.at)),
        seen: Moment(session.seen_at),
        until: Moment(session.expires_at),
        here: session.id == here,
    };
    let sessions = site.app.sessions_beside(here).into_iter().map(row).collect();
    render(StatusCode::OK, &SessionsPage { frame: Frame::new(&site, Some(&known)), sessions })
}

/// `POST /sessions/{id}/end`
pub(crate) async fn end(
    State(site): State<Site>,
    Path(id): Path<String>,
    form: Posted<Nothing>,
) -> Result<Response, Refusal> {
    let missing = || Refusal::not_found("session");
    let id: SessionId = id.parse().map_err(|_| missing())?;
    let here = form.known.session()?;
    if here == id {
        return sign_in::out(State(site), form).await;
    }
    match site.app.sessions_end(here, move |session| session == id).await? {
        0 => Err(missing()),
        _ => Ok(see("/sessions")),
    }
}

/// `POST /sessions/end-others`
pub(crate) async fn end_others(State(site): State<Site>, form: Posted<Nothing>) -> Result<Response, Refusal> {
    let here = form.known.session()?;
    site.app.sessions_end(here, move |session| session != here).await?;
    Ok(see("/sessions"))
}

#[cfg(test)]
pub(crate) fn samples() -> Vec<Sample> {
    let row = |number: usize, browser: &str| Row {
        id: format!("session_{number:032}"),
        browser: browser.to_owned(),
        since: Moment(jiff::Timestamp::UNIX_EPOCH),
        passkey: (number == 0).then_some(Moment(jiff::Timestamp::UNIX_EPOCH)),
        seen: Moment(jiff::Timestamp::UNIX_EPOCH),
        until: Moment(jiff::Timestamp::UNIX_EPOCH),
        here: number == 0,
    };
    let page = |sessions| SessionsPage { frame: Frame::of_person("Dana Example", "/desk"), sessions };
    vec![
        sample("sessions", page(vec![row(0, "Firefox, Linux"), row(1, "Safari, iPhone"), row(2, "")])),
        sample("sessions-one", page(vec![row(0, "Firefox, Linux")])),
    ]
}
