//! `/`: what the vendor tells its customers.

use askama::Template;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use byleave_domain::process::ProfileName;

use crate::auth::Known;
use crate::pages::{Frame, render};
use crate::problem::Refusal;
use crate::site::{Site, blocking};
use crate::words;

#[derive(Template)]
#[template(path = "help.html")]
struct HelpPage {
    frame: Frame,
    address: String,
    policy: String,
    tools: Vec<String>,
    /// Whether a second desk person approves, and any contact can object.
    plus: bool,
    /// How long an approved enabling waits, if it does.
    wait: Option<String>,
}

/// `GET /`
pub(crate) async fn show(State(site): State<Site>, known: Option<Known>) -> Result<Response, Refusal> {
    let process = site.app.process();
    let tools = site.app.world().tools.values().map(|tool| tool.name.to_string()).collect();
    let page = HelpPage {
        frame: Frame::new(&site, known.as_ref()),
        address: process.address.clone(),
        policy: process.policy.clone(),
        tools,
        plus: process.profile.name == ProfileName::ArticlePlus,
        wait: Some(process.profile.enable_wait).filter(|wait| !wait.is_zero()).map(words::lasting),
    };
    render(StatusCode::OK, &page)
}

/// `GET /acknowledgement-form.pdf`: a copy of the form for whoever wants to learn about it first.
pub(crate) async fn specimen(State(site): State<Site>) -> Result<Response, Refusal> {
    let bytes = blocking(move || site.app.form_specimen()).await??;
    let headers = [
        (header::CONTENT_TYPE, "application/pdf"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"acknowledgement-form.pdf\""),
    ];
    Ok((headers, bytes).into_response())
}
