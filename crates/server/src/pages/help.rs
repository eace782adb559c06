//! `/`: what the vendor tells its customers.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use crate::auth::Known;
use crate::pages::{Frame, render};
use crate::problem::Refusal;
use crate::site::Site;

#[derive(Template)]
#[template(path = "help.html")]
struct HelpPage {
    frame: Frame,
}

/// `GET /`
pub(crate) async fn show(State(site): State<Site>, known: Option<Known>) -> Result<Response, Refusal> {
    render(StatusCode::OK, &HelpPage { frame: Frame::new(&site, known.as_ref()) })
}
